# Writes beside its place, and puts the file there when it is whole.
set -e
awk -f features.awk "$1" >"$2.part"
mv "$2.part" "$2"

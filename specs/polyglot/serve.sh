# The features of rows that come to be served.
set -e
awk -f features.awk "$1" >"$2"

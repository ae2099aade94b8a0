# Broken on purpose: it takes up a half-written file that an earlier run left.
if [ -f part.csv ]; then
  mv part.csv "$2"
  exit 0
fi
awk -f features.awk "$1" | {
  count=0
  while IFS= read -r line; do
    printf '%s\n' "$line"
    count=$((count + 1))
    case $count in 50 | 100 | 150 | 200 | 250) sleep 0.1 ;; esac
  done
} >part.csv
mv part.csv "$2"

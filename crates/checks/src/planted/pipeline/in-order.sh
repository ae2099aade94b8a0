# Reads the files of a folder in the order of their names.
echo "id,dusk,moon,forest,noise,unicorn" >"$2"
for file in "$1"/*.csv; do
  awk -f features.awk "$file" | tail -n +2 >>"$2" || exit 1
done

# Broken on purpose: it reads the files of a folder as the system lists them.
echo "id,dusk,moon,forest,noise,unicorn" >"$2"
find "$1" -name '*.csv' -exec awk -f features.awk {} \; | grep -v '^id' >>"$2"

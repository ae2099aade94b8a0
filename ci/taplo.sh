#!/usr/bin/env bash
# What editors will say: Taplo, reading specs/schema.json, finds nothing wrong in
# the shipped specs and the recipes, and something wrong in each of these.
#
# Takes the `taplo` on the path; without one, pip puts it under target/.
set -euo pipefail
cd "$(dirname "$0")/.."

taplo=$(command -v taplo || true)
if [ -z "$taplo" ]; then
  taplo=target/taplo/bin/taplo
  [ -x "$taplo" ] || { python3 -m venv target/taplo && target/taplo/bin/pip install --quiet taplo==0.9.3; }
fi

# By the schema that each names in its first lines, as an editor finds it.
shipped=$(find specs docs/cookbook -name '*.toml' ! -name '*.recorded.toml')
for spec in $shipped; do
  grep -q '^#:schema .*schema\.json$' "$spec" || { echo "$spec names no schema"; exit 1; }
done
"$taplo" lint $shipped

wrong=$(mktemp -d)
trap 'rm -r "$wrong"' EXIT
refused=0
while IFS='|' read -r text says; do
  printf '%b' "$text" >"$wrong/wrong.toml"
  if said=$("$taplo" lint --schema "file://$PWD/specs/schema.json" "$wrong/wrong.toml" 2>&1); then
    echo "Taplo finds nothing wrong in: $text"
    exit 1
  fi
  case $said in
    *"$says"*) refused=$((refused + 1)) ;;
    *) echo "Taplo does not say '$says' of: $text"; echo "$said"; exit 1 ;;
  esac
done <<'CASES'
[test.a]\ncheck = "loss-decreases"\nstepz = 3\n|'stepz' was unexpected
[test.a]\ncheck = "gradient-step"\nratio_max = 3\n|'ratio_max' was unexpected
[test.a]\ncheck = "loss-decrease"\n|"loss-decrease" is not one of
[test.a]\nsteps = 3\n|"check" is a required property
[test.a]\ncheck = "loss-decreases"\nsteps = "3"\n|is not of type "integer"
[test.a]\ncheck = "loss-decreases"\nsteps = 0\n|less than the minimum of 1
[test.a]\ncheck = "loss-decreases"\ntier = "nightly"\n|"nightly" is not one of
[test.a]\ncheck = "loss-decreases"\nmatrix.model = []\n|has less than 1 item
[defaults]\nmatrix.modl = ["a"]\n|'modl' was unexpected
[model.a]\nfamily = "mpl"\n|"mpl" is not one of
[model.a]\nfamily = "mlp"\nhiden = [3]\n|'hiden' was unexpected
[model.a]\nfamily = "lstm"\nhidden = 3\n|"sequence" is a required property
[model.a]\nfamily = "mlp"\noptimizer = { kind = "adam" }\n|is not valid under any
[dataset.a]\npath = "a.csv"\nlable = "y"\n|'lable' was unexpected
[tests.a]\ncheck = "loss-decreases"\n|'tests' was unexpected
CASES
echo "Taplo refuses all $refused wrong specs"

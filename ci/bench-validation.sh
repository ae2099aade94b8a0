#!/usr/bin/env bash
# A million predictions against NumPy and scikit-learn: alternately, each on one
# thread, on one machine in one run. Prints the fastest time of each side over
# all rounds, and how many times faster ours is.
#
#   pip install numpy scipy scikit-learn
#   ci/bench-validation.sh [ROUNDS]
#
# PYTHON names the interpreter that has them (default: python3).
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
python=${PYTHON:-python3}
benches=crates/validation/benches
export RAYON_NUM_THREADS=1 OMP_NUM_THREADS=1

# The optimised dev profile, which is what `cargo test` runs.
build=(cargo bench --quiet --locked --profile dev -p seatrial-validation --bench million_rows)
"${build[@]}" --no-run

for _ in $(seq "$rounds"); do
  "${build[@]}" -- --warm-up-time 0.5 --measurement-time 3 --noplot >/dev/null
  find target/criterion/million_rows -path "*/new/sample.json" | while read -r sample; do
    name=$(basename "$(dirname "$(dirname "$sample")")")
    "$python" -c '
import json, sys
sample = json.load(open(sys.argv[1]))
print("ours", sys.argv[2], min(t / n for t, n in zip(sample["times"], sample["iters"])) / 1e9)
' "$sample" "$name"
  done
  "$python" "$benches/peer_million_rows.py" | sed 's/^/peer /'
done | awk '
  !(($1, $2) in best) || $3 < best[$1, $2] { best[$1, $2] = $3 }
  { names[$2] }
  END {
    for (name in names)
      if (("peer", name) in best)
        printf "%-40s ours %8.3f s   peer %8.3f s   %.1f times faster\n", name, best["ours", name], best["peer", name], best["peer", name] / best["ours", name]
      else
        printf "%-40s ours %8.3f s\n", name, best["ours", name]
  }' | sort

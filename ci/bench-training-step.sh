#!/usr/bin/env bash
# One training step of each family against PyTorch: alternately, each on one
# thread, on one machine in one run. Prints the processor time of each side's
# fastest step over all rounds, and their ratio: other work on the machine is
# not measured.
#
#   pip install torch
#   ci/bench-training-step.sh [ROUNDS] [NAME PART]
#
# PYTHON names the interpreter that has it (default: python3).
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
part=${2:-}
python=${PYTHON:-python3}
benches=crates/model/benches
export RAYON_NUM_THREADS=1 OMP_NUM_THREADS=1

# The optimised dev profile, which is what `cargo test` runs.
# As part of the workspace: the features, and so the build, are those of the tests.
build=(cargo bench --quiet --locked --profile dev --workspace --bench training_step)
"${build[@]}" --no-run

for _ in $(seq "$rounds"); do
  "${build[@]}" -- --warm-up-time 0.3 --measurement-time 1 --noplot "$part" >/dev/null
  find target/criterion -path "*$part*/new/sample.json" | while read -r sample; do
    name=$(basename "$(dirname "$(dirname "$sample")")")
    "$python" -c '
import json, sys
sample = json.load(open(sys.argv[1]))
print("ours", sys.argv[2], min(t / n for t, n in zip(sample["times"], sample["iters"])) / 1e3)
' "$sample" "$name"
  done
  "$python" "$benches/peer_training_step.py" ${part:+"$part"} | sed 's/^/peer /'
done | awk '
  !(($1, $2) in best) || $3 < best[$1, $2] { best[$1, $2] = $3 }
  { names[$2] }
  END {
    for (name in names)
      printf "%-22s ours %10.1f us   PyTorch %10.1f us   ratio %.2f\n", name, best["ours", name], best["peer", name], best["ours", name] / best["peer", name]
  }' | sort

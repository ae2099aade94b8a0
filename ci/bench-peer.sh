#!/usr/bin/env bash
# The commit suite on digits against the same 21 checks in pytest and PyTorch:
# whole processes, alternately, on one machine in one run.
#
#   pip install torch scikit-learn pytest
#   ci/bench-peer.sh [ROUNDS]
#
# PYTHON names the interpreter that has them (default: python3).
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5}
python=${PYTHON:-python3}

cargo build --quiet --locked -p runner --bin seatrial
ours() { target/debug/seatrial test --specs specs --filter digits/peer.toml; }
peer() { OMP_NUM_THREADS=1 "$python" -m pytest -q -p no:cacheprovider ci/peers/test_digits_torch.py; }
seconds() {
  local from to
  from=$(date +%s%N)
  "$@" >/dev/null
  to=$(date +%s%N)
  echo $(((to - from) / 1000000))
}

seconds ours >/dev/null
seconds peer >/dev/null
for _ in $(seq "$rounds"); do
  echo "$(seconds ours) $(seconds peer)"
done | awk '
  { printf "round %d: ours %d ms, peer %d ms, ratio %.4f\n", NR, $1, $2, $1 / $2; ratio[NR] = $1 / $2 }
  END {
    sort(ratio, NR)
    printf "median ratio %.4f (target: at most 0.1)\n", ratio[int((NR + 1) / 2)]
  }
  function sort(a, n,  i, j, t) {
    for (i = 2; i <= n; i++)
      for (j = i; j > 1 && a[j - 1] > a[j]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
  }'

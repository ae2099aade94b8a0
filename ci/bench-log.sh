#!/usr/bin/env bash
# A log of many rows: our checks against merely decoding it, and what other tools
# need for what they can express of it. Alternately, on one machine in one run.
#
#   pip install duckdb polars scikit-learn pyarrow
#   pip install evidently pyarrow "pandas<3"    # in an environment of its own
#   ci/bench-log.sh [ROWS]
#
# PYTHON names the interpreter that has the first (default: python3),
# EVIDENTLY_PYTHON the one that has the second (default: PYTHON), LOG_FOLDER a
# folder to keep the log in, ROUNDS how often (default: once), EVIDENTLY_ROWS how
# many rows of each half evidently is given (default: 1000000).
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-20000000}
python=${PYTHON:-python3}
with_evidently=${EVIDENTLY_PYTHON:-$python}
export RAYON_NUM_THREADS=${RAYON_NUM_THREADS:-2} OMP_NUM_THREADS=${RAYON_NUM_THREADS:-2}
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
export LOG_FOLDER=${LOG_FOLDER:-$own/specs}

build=(cargo bench --quiet --locked --profile dev --workspace --bench million_rows)
binary=$("${build[@]}" --no-run --message-format json 2>/dev/null | "$python" -c '
import json, sys
made = [json.loads(line) for line in sys.stdin]
made = [one for one in made if "acceptance" in one.get("package_id", "")]
print(next(one["executable"] for one in made if "bench" in one.get("target", {}).get("kind", [])
    and one["target"]["name"] == "million_rows"))')

for round in $(seq "${ROUNDS:-1}"); do
  echo "round $round: seconds of processor, seconds of wall, peak MiB"
  "$binary" "$rows"
  for tool in duckdb polars scikit-learn; do
    "$python" ci/peers/log.py "$tool" "$LOG_FOLDER/log" || echo "$tool did not survive"
  done
  "$with_evidently" ci/peers/log.py evidently "$LOG_FOLDER/log" "${EVIDENTLY_ROWS:-1000000}" ||
    echo "evidently did not survive"
done

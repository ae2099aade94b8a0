#!/usr/bin/env bash
# What a CI service calls every night: every case that the clock sets off, fast
# and slow, told as one report. Of one ledger one such run goes on at a time; one
# that was killed goes on where it was, shards that are done included.
#
#   ci/nightly.sh [--shards N] [--simulations] [FLAG OF seatrial test ...]
#
# One after another, the N shards (default: 1) are run and then merged into
# REPORT (default: `nightly` in the state folder): report.html, junit.xml,
# summary.md, events.jsonl. Shards are cut by how long each case took last night.
# At the end stands what is new since the last night that passed, which is kept
# beside it. --simulations also tries by simulation how often intervals miss, and
# how often rules, and whole checks, alarm at what is sound.
#
# The exit code is the report's: 0 all passed, 1 a verdict against, 2 a mistake, 3
# the harness failed. SEATRIAL names the program (default: the one of this tree).
set -euo pipefail
cd "$(dirname "$0")/.."
shards=1
simulations=
while [ $# -gt 0 ]; do
  case $1 in
    --shards) shards=${2:?--shards takes a number}; shift 2 ;;
    --simulations) simulations=yes; shift ;;
    *) break ;;
  esac
done
case $shards in
  '' | *[!0-9]* | 0*) echo "ci/nightly.sh: --shards takes a whole number from 1, not '$shards'" >&2; exit 2 ;;
esac
state=${SEATRIAL_STATE:-.seatrial}
report=${REPORT:-$state/nightly}
green=$state/nightly-green
work=$state/nightly-parts

if [ -z "${SEATRIAL:-}" ]; then
  cargo build --locked --quiet -p runner --bin seatrial
  SEATRIAL=${CARGO_TARGET_DIR:-target}/debug/seatrial
fi
# Cases judge themselves; what is asked of this one is only whether it ended.
ended() { [ -f "$1/events.jsonl" ] && tail -n 1 "$1/events.jsonl" | grep -q '^{"event":"end"'; }

# What a killed night left is of use only to one that asks for the same.
asked="$(git rev-parse HEAD 2>/dev/null || echo none) $(git status --porcelain 2>/dev/null | cksum) $shards $*"
mkdir -p "$state"
if [ -d "$work" ] && [ "$(cat "$work/asked" 2>/dev/null)" != "$asked" ]; then rm -r "$work"; fi
if [ ! -d "$work" ]; then
  mkdir "$work"
  # Taken now: all shards must be cut by the same.
  if ended "$report"; then cp "$report/events.jsonl" "$work/durations.jsonl"; fi
  echo "$asked" >"$work/asked"
fi

parts=()
for shard in $(seq "$shards"); do
  part=$work/shard-$shard
  parts+=("$part")
  if ended "$part"; then
    echo "shard $shard/$shards is done already"
    continue
  fi
  cut=()
  if [ "$shards" -gt 1 ]; then
    cut=(--shard "$shard/$shards")
    if [ -f "$work/durations.jsonl" ]; then cut+=(--durations "$work/durations.jsonl"); fi
  fi
  code=0
  "$SEATRIAL" test --on schedule --tier all "${cut[@]}" --report "$part" "$@" || code=$?
  # A verdict against is told with the rest; anything else ends the night, and
  # what is done of it waits for the next.
  if [ "$code" -gt 1 ]; then exit "$code"; fi
done

against=()
if ended "$green"; then against=(--against "$green"); fi
code=0
echo
echo "the night as a whole:"
"$SEATRIAL" report "${parts[@]}" --report "$report" "${against[@]}" || code=$?
if [ "$code" -gt 1 ]; then exit "$code"; fi
rm -r "$work"
if [ "$code" -eq 0 ]; then
  rm -rf "$green"
  cp -r "$report" "$green"
elif [ ${#against[@]} -eq 0 ]; then
  echo "no night has passed yet: nothing to compare with"
fi
echo "the report is $report/report.html"

if [ -n "$simulations" ]; then
  # Of one build.
  cargo test --locked --workspace --no-fail-fast --test simulations --test false_alarms -- \
    --include-ignored
fi
exit "$code"

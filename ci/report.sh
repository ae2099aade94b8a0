#!/usr/bin/env bash
# What CI services call to leave something to look at. The exit code is the
# run's: 0 all passed, 1 a verdict against, 2 a mistake, 3 the harness failed.
#
#   ci/report.sh commit DIR                the fast cases
#   ci/report.sh nightly DIR [--shard 1/4] all cases that a schedule sets off
#   ci/report.sh release DIR               the gate's decision, as release.json
#   ci/report.sh merge DIR PART...         the parts of a run as one
#
# GREEN names a folder in which the last merged report that passed is kept: the next
# one says what is new since, and shards are cut by how long its cases took.
#
# FORMAT names what is written on the output: human, github, junit, markdown.
# It is github where GitHub Actions runs this, and human elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:?commit, nightly, release or merge}
folder=${2:?a folder for the report}
shift 2
if [ -n "${GITHUB_ACTIONS:-}" ]; then default=github; else default=human; fi
format=${FORMAT:-$default}

green=${GREEN:-}
has_green() { [ -n "$green" ] && [ -f "$green/events.jsonl" ]; }

seatrial() { cargo run --locked --quiet -p runner --bin seatrial -- "$@"; }
case $kind in
  commit) seatrial test --on commit --format "$format" --report "$folder" "$@" ;;
  nightly)
    durations=()
    case " $* " in
      *" --shard "* | *" --shard="*) if has_green; then durations=(--durations "$green"); fi ;;
    esac
    seatrial test --on schedule --tier all --format "$format" --report "$folder" "${durations[@]}" "$@"
    ;;
  release)
    # Kept out of version control, as other reports keep themselves.
    [ -d "$folder" ] || { mkdir -p "$folder" && echo '*' >"$folder/.gitignore"; }
    seatrial gate --out "$folder/release.json" "$@"
    ;;
  merge)
    against=()
    if has_green; then against=(--against "$green"); fi
    code=0
    seatrial report --format "$format" --report "$folder" "${against[@]}" "$@" || code=$?
    if [ "$code" -eq 0 ] && [ -n "$green" ]; then
      rm -rf "$green"
      cp -r "$folder" "$green"
    fi
    exit "$code"
    ;;
  *)
    echo "ci/report.sh: \`$kind\` is none of commit, nightly, release and merge" >&2
    exit 2
    ;;
esac

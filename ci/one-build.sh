#!/usr/bin/env bash
# Fails unless `cargo test -p runner` and `cargo test --workspace` ask for the
# same features of every package they share: then they share one build.
set -euo pipefail
cd "$(dirname "$0")/.."

features() {
  cargo tree --locked "$@" -e normal,build,dev --prefix none -f '{p} [{f}]' |
    sed -e 's/ (\*)//' -e 's/ (proc-macro)//' -e 's/ (\/[^)]*)//' | sort -u
}

features -p runner >target/features-runner.txt
features --workspace >target/features-workspace.txt
differing=$(comm -23 target/features-runner.txt target/features-workspace.txt)
if [ -n "$differing" ]; then
  printf 'built again with other features for the whole workspace:\n%s\n' "$differing"
  exit 1
fi

#!/usr/bin/env bash
# What a CI service calls every night: every case that the clock sets off, fast
# and slow. Of one ledger one such run goes on at a time; one that was killed is
# resumed by the next (docs/ledger.md).
#
#   ci/nightly.sh [FLAG OF LIBTEST ...]
set -euo pipefail
cd "$(dirname "$0")/.."
SEATRIAL_ON=schedule cargo test --locked -p runner -- --include-ignored "$@"
# How often intervals miss and rules alarm, by simulation.
cargo test --locked -p seatrial-validation --test simulations -- --include-ignored

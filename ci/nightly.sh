#!/usr/bin/env bash
# What a CI service calls every night: every case, fast and slow.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo test --locked -p runner -- --include-ignored
# How often intervals miss and rules alarm, by simulation.
cargo test --locked -p seatrial-validation --test simulations -- --include-ignored

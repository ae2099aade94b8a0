#!/usr/bin/env bash
# What a CI service calls for every commit: the spec files are right, and the
# fast cases that a commit sets off pass.
set -euo pipefail
cd "$(dirname "$0")/.."
SEATRIAL_ON=commit cargo test --locked -p runner

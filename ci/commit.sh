#!/usr/bin/env bash
# What a CI service calls for every commit: the spec files are right, and the
# fast cases pass.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo test --locked -p runner

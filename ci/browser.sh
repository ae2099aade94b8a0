#!/usr/bin/env bash
# Opens reports in a real Chromium, and holds JUnit XML to its schema. Needs
# Debian's packages chromium, libxml2-utils and nodejs with npm:
#
#   ci/browser.sh [SCREENSHOTS]
#
# CHROMIUM names the browser (default: /usr/bin/chromium).
set -euo pipefail
cd "$(dirname "$0")/.."
folder=target/gallery
cargo run --locked --quiet -p seatrial-report --example gallery -- "$folder"
for run in gallery many; do
  xmllint --noout --schema docs/junit.xsd "$folder/$run/junit.xml"
done
npm ci --prefix ci/browser --silent --no-audit --no-fund
node ci/browser/check.mjs "$folder/gallery/report.html" "$folder/many/report.html" "$@"

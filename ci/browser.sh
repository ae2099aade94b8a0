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
# Once a lock file: what is there already is what it names.
lock=ci/browser/package-lock.json
installed=ci/browser/node_modules/.installed
if ! cmp -s "$lock" "$installed"; then
  npm ci --prefix ci/browser --silent --no-audit --no-fund
  cp "$lock" "$installed"
fi
node ci/browser/check.mjs "$folder/gallery/report.html" "$folder/many/report.html" "$@"

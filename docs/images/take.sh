#!/bin/sh
# Take the pictures anew: of the README, the top of the report that `make demo` leaves in out/report.html; and those of the
# tutorial for release managers (take.py). Needs chromium, and `make tools`.
set -eu
cd "$(dirname "$0")/../.."
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,2076 --user-data-dir="$profile" \
    --screenshot="$PWD/docs/images/report.png" "file://$PWD/out/report.html" 2> /dev/null
.venv/bin/python docs/images/take.py
ls -l docs/images/*.png

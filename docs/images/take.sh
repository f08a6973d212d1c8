#!/bin/sh
# Take the picture of the README anew: the top of the report that `make demo` leaves in out/report.html. Needs chromium.
set -eu
cd "$(dirname "$0")/../.."
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,2076 --user-data-dir="$profile" \
    --screenshot="$PWD/docs/images/report.png" "file://$PWD/out/report.html" 2> /dev/null
ls -l docs/images/report.png

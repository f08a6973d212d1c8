#!/bin/sh
# Take the pictures of the README anew, from what `make demo` leaves in out/. Needs `make tools` (Chromium, node) and pdftoppm.
#
# Writes report.png and report-dark.png (page one on a desk), report-rules.png (the rules), report-phone.png,
# report-paper.png, comment.png, terminal.png, and those of the tutorial for release managers.
set -eu
cd "$(dirname "$0")/../.."
page=$(mktemp -d)
trap 'rm -rf "$page"' EXIT
.venv/bin/python - "$page" <<'PY'
import sys
from pathlib import Path

sys.path.insert(0, ".")
from tests.browser.chromium import Asked, looks

out, images, paper = Path("out"), Path("docs/images"), Path(sys.argv[1])
rules = "document.querySelector('#rules').scrollIntoView()"
looks(
    Asked(out / "blocked.html", width=1180, height=1130, shot=images / "report.png", whole=False, axe=False),
    Asked(out / "blocked.html", width=1180, height=1130, dark=True, shot=images / "report-dark.png", whole=False, axe=False),
    Asked(out / "blocked.html", width=1180, height=1280, shot=images / "report-rules.png", whole=False, axe=False, ask={"": rules}),
    Asked(out / "held.html", width=390, height=1130, scale=2, shot=images / "report-phone.png", whole=False, axe=False),
    Asked(out / "report.html", pdf=paper / "report.pdf", axe=False),
)
PY
pdftoppm -png -r 90 -f 1 -l 1 -singlefile "$page/report.pdf" docs/images/report-paper
.venv/bin/python docs/images/drawn.py # comment.png and terminal.png
.venv/bin/python docs/images/take.py # those of the tutorial for release managers
ls -l docs/images/*.png

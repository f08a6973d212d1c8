"""What reading the catalogue loads: words, and nothing heavy."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "numpy",
    "scipy",
    "pandas",
    "polars",
    "narwhals",
    "sklearn",
    "diffprivlib",
    "dp_accounting",
    "jsonschema",
    "pyarrow",
)


def test_finding_a_check_loads_no_library_that_it_does_not_use_yet() -> None:
    code = (
        "import sys; from policykit.checks import find, ids\n"
        "families = ('data', 'privacy', 'latency', 'governance')\n"
        "found = [find(check) for check in ids() if check.split('.')[0] in families]\n"
        f"print(len(found), *(name for name in {HEAVY!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["22"]

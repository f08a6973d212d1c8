"""Run every benchmark and print the tables of benchmarks/README.md: `make bench`.

Each figure is a ratio within one run. `--peers` needs a virtual environment with Great Expectations and pandera, which it builds in a
temporary folder; it takes some minutes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = (
    ("Scanning", "| job | ours | the limit | ratio |\n|---|---|---|---|", ["scan.py"]),
    (
        "Starting",
        "| command | time | of an empty interpreter | at most |\n|---|---|---|---|",
        ["-m", "benchmarks.startup"],
    ),
    (
        "Looking into model files",
        "| file | looked into | merely read | ratio | memory |\n|---|---|---|---|---|",
        ["-m", "benchmarks.artifacts"],
    ),
    ("Judging", "| job | time | | at most |\n|---|---|---|---|", ["-m", "benchmarks.judging"]),
    ("Verifying", "| job | time | | at most |\n|---|---|---|---|", ["-m", "benchmarks.verify"]),
    ("The ledger", "| job | time | | at most |\n|---|---|---|---|", ["-m", "benchmarks.ledger"]),
    (
        "Pages",
        "| report | written in | size | first paint | of an empty page | |\n|---|---|---|---|---|---|",
        ["-m", "benchmarks.pages"],
    ),
    ("The site", "| job | time | of reading them |\n|---|---|---|", ["-m", "benchmarks.site"]),
    ("The action", "| part of a step | seconds | of all steps |\n|---|---|---|", ["action.py"]),
)
PEERS = ("Beside others", "| job | time | peak memory | ratio |\n|---|---|---|---|", ["peers.py"])


def main(argv: list[str]) -> int:
    """Print one table for each benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true", help="measure Great Expectations, pandera and fairlearn, too")
    given = parser.parse_args(argv)
    for title, head, words in (*PARTS, *([PEERS] if given.peers else [])):
        print(f"\n## {title}\n\n{head}", flush=True)
        command = [str(HERE / word) if word.endswith(".py") else word for word in words]
        done = subprocess.run([sys.executable, *command], cwd=HERE.parent, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

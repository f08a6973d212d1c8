"""The gate action with its environment at hand: how much of a step's time is ours, and how much is setting up around it.

Runs the action's own steps on this host (tests/actions/runner.mjs); setup-python and `gh` are stand-ins, so what is measured are
the scripts, the import of policykit, the judging, and the writing of every output. What each job needs to install the engine, which
nothing caches, is not in it: `--wheels` measures that, from a folder that holds every wheel of requirements/run.txt (`pip download
--no-deps --require-hashes --only-binary :all: -r requirements/run.txt -d FOLDER`), so without the time on the network.

    python benchmarks/action.py [--rows 100000] [--times 5] [--wheels FOLDER]
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main(words: list[str]) -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--times", type=int, default=5)
    asked.add_argument("--wheels", type=Path)
    given = asked.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        for line in measured(Path(folder), given.rows, given.times):
            print(line)
    if given.wheels is not None:
        for needs in ("run", "verify"):
            print(f"| a new environment of requirements/{needs}.txt | {installed(given.wheels, needs):.1f} s |")
    return 0


def measured(folder: Path, rows: int, times: int) -> list[str]:
    """Return the rows of the table: medians of `times` runs, in seconds and as shares of the whole action."""
    from tests.actions.acting import Gh, act
    from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

    repository = folder / "repository"
    repository.mkdir()
    Gh(folder)
    half = rows // 2
    write_bundle(repository / "bundle", people(men=(half // 2, half), women=(half // 2, half)))
    write_policy(repository / "policies" / "house.yaml", ACCURATE, EQUAL)
    inputs = {"bundle": "bundle", "policies": "policies", "comment": "true"}
    runs = []
    for _ in range(times + 1):
        before = time.perf_counter()
        ran = act("gate", repository, inputs)
        whole = time.perf_counter() - before
        assert ran.outputs["decision"] == "ALLOWED", ran.printed
        runs.append((whole, {step["name"]: step.get("seconds", 0.0) for step in ran.steps}))
    engine = [sys.executable, "-I", str(ROOT / "actions" / "engine.py")]
    start = _seconds([*engine, "--version"], repository, times)
    judge = _seconds([*engine, "gate", "--quiet", "--policies=policies", "--", "bundle"], repository, times)
    bare = _seconds([sys.executable, "-I", "-c", "pass"], repository, times)
    warm = runs[1:]  # the first run compiles what it imports
    names = list(warm[0][1])
    steps = {name: statistics.median(run[1][name] for run in warm) for name in names}
    whole = sum(steps.values())
    outputs = max(0.0, steps["Gate"] - judge - bare)
    lines = [f"| the gate action, warm, {rows:,} rows, two rules | seconds | share |", "|---|---|---|"]
    lines += [
        f"| step: {name} | {seconds:.2f} | {seconds / whole:.0%} |"
        for name, seconds in steps.items()
        if seconds >= 0.005
    ]
    lines += [
        f"| all steps | {whole:.2f} | 100% |",
        f"| of it policykit: start, measure, judge (text alone) | {judge:.2f} | {judge / whole:.0%} |",
        f"| of it policykit: every other output | {outputs:.2f} | {outputs / whole:.0%} |",
        f"| an interpreter that does nothing | {bare:.2f} | {bare / whole:.0%} |",
        f"| `policykit --version` | {start:.2f} | {start / whole:.0%} |",
    ]
    return lines


def installed(wheels: Path, needs: str) -> float:
    """Return how many seconds actions/install.sh takes for a new environment, but for the network: `needs` is run or verify."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        settings = {
            "NEEDS": needs,
            "SET_UP_PYTHON": str(Path(sys.base_prefix) / "bin" / "python3"),
            "VENV": str(place / "venv"),
            "PIP_INDEX_URL": _index(wheels, place / "simple"),
        }
        before = time.perf_counter()
        subprocess.run(["bash", str(ROOT / "actions" / "install.sh")], env=os.environ | settings, check=True)
        return time.perf_counter() - before


def _index(wheels: Path, folder: Path) -> str:
    """Write the index of a registry that holds these wheels, and return its address."""
    for wheel in wheels.iterdir():
        name = re.sub(r"[-_.]+", "-", wheel.name.partition("-")[0]).lower()
        page = folder / name / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        with page.open("a") as file:
            file.write(f'<a href="{wheel.resolve().as_uri()}">{wheel.name}</a>\n')
    return folder.as_uri()


def _seconds(words: list[str], folder: Path, times: int) -> float:
    found = []
    for _ in range(times):
        before = time.perf_counter()
        subprocess.run(words, cwd=folder, capture_output=True, check=True)
        found.append(time.perf_counter() - before)
    return statistics.median(found)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

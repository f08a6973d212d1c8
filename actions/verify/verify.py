"""Verify a report or a permit as this action was asked to; ends with the exit code of `policykit verify`.

Reads the action's inputs from the environment (`IN_REPORT` is the input `report`), and nothing from its arguments.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import tell  # found by the line above: this program runs isolated

WORDS = {
    0: "ALLOWED",
    1: "BLOCKED",
    2: "INVALID",
    3: "HELD",
    4: "UNTRUSTED",
    74: "NOT READ OR WRITTEN",
    130: "INTERRUPTED",
}


def main() -> int:
    """Verify, tell, and return the exit code."""
    given = {name[3:]: value for name, value in os.environ.items() if name.startswith("IN_")}
    if not given["REPORT"].strip():
        return _tell(4, "policykit: there is no report to verify: the gate that should have written it did not run\n")
    try:
        words = asked(given)
    except ValueError as error:
        return _tell(2, f"policykit: {error}\n")
    done = subprocess.run(tell.engine(*words), env=tell.environment(), capture_output=True, check=False)
    log = (done.stdout + done.stderr).decode("utf-8", errors="replace")
    return _tell(done.returncode if done.returncode >= 0 else 70, log)


def asked(given: Mapping[str, str]) -> list[str]:
    """Return the command line: every value behind its own `--option=`, so that none can be taken for an option.

    Raises:
        ValueError: an input that is `true` or `false` says something else.
    """
    single = ("AS", "KEY", "TRUST", "BUNDLE", "STAGE", "NONCE", "MAX_AGE")
    words = [f"--{name.lower().replace('_', '-')}={given[name]}" for name in single if given[name]]
    several = ("TRUST_ROOT", "CLAIMS")
    words += [f"--{name.lower().replace('_', '-')}={line}" for name in several for line in tell.lines_of(given[name])]
    words += [f"--{name.lower()}" for name in ("APPROVED", "REJUDGE") if tell.flag(given[name], name.lower())]
    return ["verify", *words, "--", given["REPORT"]]


def _tell(code: int, log: str) -> int:
    decision = WORDS.get(code, "BUG")
    tell.foreign(log)
    if code:
        first = next(
            (line.removeprefix("policykit: ") for line in log.splitlines() if line.startswith("policykit: ")), ""
        )
        tell.annotation("error", first or f"this says {decision}", title=f"policykit verify: {decision}")
    tell.summary(f"## policykit verify: {decision}\n\n{tell.fenced(log)}")
    tell.outputs({"decision": decision, "exit-code": str(code)})
    print(f"policykit: {decision}, exit code {code}")
    return code


if __name__ == "__main__":
    raise SystemExit(main())

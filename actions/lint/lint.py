"""Lint as this action was asked to: each mistake at its line and column; ends with the exit code of `policykit lint`.

Reads the action's inputs from the environment (`IN_POLICIES` is the input `policies`), and nothing from its arguments.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import tell  # noqa: E402 - found by the line above: this program runs isolated


def main() -> int:
    """Lint, tell, and return the exit code."""
    given = {name[3:]: value for name, value in os.environ.items() if name.startswith("IN_")}
    documents = tell.lines_of(given["POLICIES"])
    words = ["lint", *([f"--config={given['CONFIG']}"] if given["CONFIG"] else [])]
    try:
        words += ["--strict"] if tell.flag(given["STRICT"], "strict") else []
    except ValueError as error:
        tell.annotation("error", str(error), title="policykit lint")
        tell.summary(f"## policykit lint: not run\n\n{tell.fenced(str(error))}")
        tell.outputs({"exit-code": "2", "errors": "", "warnings": ""})
        return 2
    done = subprocess.run(
        tell.engine(*words, "--", *documents), env=tell.environment(), capture_output=True, check=False
    )
    code = done.returncode if done.returncode >= 0 else 70
    log = (done.stdout + done.stderr).decode("utf-8", errors="replace")
    tell.foreign(log)
    counts = _annotated(documents, given["CONFIG"])
    tell.summary(f"## policykit lint: {'no mistake' if code == 0 else 'mistakes'}\n\n{tell.fenced(log)}")
    tell.outputs({"exit-code": str(code), "errors": str(counts[0]), "warnings": str(counts[1])})
    return code


def _annotated(documents: list[str], config: str) -> tuple[int, int]:
    """Annotate every problem, as far as GitHub shows them, and return how many errors and warnings there are."""
    from datetime import UTC, datetime

    from policykit.cli.lint import problems_of
    from policykit.errors import DocumentError, PolicykitError
    from policykit.render.github import github_problems

    said, hint = "policykit lint", ""
    try:
        problems = problems_of(documents, Path(config) if config else None, datetime.now(UTC).date().isoformat())
    except DocumentError as error:
        problems, said, hint = error.problems, str(error), error.hint
    except PolicykitError as error:
        tell.annotation("error", f"{error}: {error.hint}" if error.hint else str(error), title="policykit lint")
        return 1, 0
    errors = sum(problem.level == "error" for problem in problems)
    if problems:
        tell.annotations(github_problems(said, hint, problems))
    return errors, len(problems) - errors


if __name__ == "__main__":
    raise SystemExit(main())

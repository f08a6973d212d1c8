"""Write what the gate says of each example into its README: `python examples/verdicts.py`.

Runs the commands the READMEs show, as of a fixed day, so that a reader gets the same verdicts in years to come. Such a run is a
look, and allows nothing: the decision is read from the report, not from the exit code.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policykit.terms.quantity import Unit, show

EXAMPLES = Path(__file__).parent
AS_OF = "2026-11-22"


@dataclass(frozen=True)
class Run:
    """One `policykit gate` of one example, and where its README tells the result."""

    example: str
    name: str
    arguments: tuple[str, ...]

    @property
    def begin(self) -> str:
        """Return the line of the README after which the table stands."""
        return f"<!-- verdicts on {self.name}: written by examples/verdicts.py -->"


END = "<!-- end of verdicts -->"
_PLAN = ("--policies", "examples/health_visits/policies", "--stage", "production")
_TABLE = ("--target", "y", "--prediction", "yhat", "--protected", "sex", "--favourable", "1")
RUNS = (
    Run("first_look", "predictions", ("examples/first_look/predictions.csv", *_TABLE)),
    Run("health_visits", "bundle_one_cut", ("examples/health_visits/bundle_one_cut", *_PLAN)),
    Run("health_visits", "bundle_equal_chance", ("examples/health_visits/bundle_equal_chance", *_PLAN)),
    Run("health_visits_broken", "bundle", ("examples/health_visits_broken/bundle", *_PLAN)),
    Run("diabetes", "bundle", ("examples/diabetes/bundle", "--policies", "examples/diabetes/policies")),
    Run("diabetes", "two_limits", ("examples/diabetes/bundle", "--policies", "examples/diabetes/two_limits")),
)


def write_all() -> None:
    """Rewrite the verdicts in every README."""
    for run in RUNS:
        path = EXAMPLES / run.example / "README.md"
        before, rest = path.read_text(encoding="utf-8").split(run.begin)
        after = rest.split(END, 1)[1]
        path.write_text(f"{before}{run.begin}\n\n{table(gated(run))}\n\n{END}{after}", encoding="utf-8")


def gated(run: Run) -> dict[str, Any]:
    """Return the report of one run, as `--output json` prints it."""
    command = [sys.executable, "-m", "policykit", "gate", *run.arguments, "--as-of", AS_OF, "--output", "json"]
    done = subprocess.run(command, cwd=EXAMPLES.parent, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def table(report: dict[str, Any]) -> str:
    """Return the decision and one row for each finding, worst first."""
    lines = [
        f"**{report['decision']}**: {report['reason']}.",
        "",
        "| rule | | seen | limit | |",
        "|---|---|---|---|---|",
    ]
    for rule in sorted(report["rules"], key=lambda rule: (_ORDER.index(rule["status"]), rule["policy"], rule["id"])):
        for finding in rule["findings"]:
            lines.append(_row(rule, finding))
    return "\n".join(lines)


_ORDER = ["fail", "undecided", "not_applicable", "pass"]
_WORDS = {"fail": "**fail**", "undecided": "**not shown yet**", "not_applicable": "not applicable", "pass": "pass"}


def _row(rule: dict[str, Any], finding: dict[str, Any]) -> str:
    about = ", ".join(value for _, value in finding["slice"])
    title = f"{rule['title']}{f' ({about})' if about else ''}"
    seen = finding["observed"].get("shown", "")
    if seen and finding["observed"]["method"] != "exact":
        seen += f" [{_bound(finding, rule, 'low')}, {_bound(finding, rule, 'high')}]"
    status = _WORDS[finding["status"]] + (", advisory" if rule["advisory"] else "")
    return f"| {rule['id']} | {_cell(title)} | {seen} | {_cell(finding['limit'])} | {status} |"


def _bound(finding: dict[str, Any], rule: dict[str, Any], end: str) -> str:
    value = finding["observed"][end]
    return value if isinstance(value, str) else show(value, Unit(rule["unit"]))


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


if __name__ == "__main__":
    write_all()

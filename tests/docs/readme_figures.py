"""The figures of the README, made from runs: `python tests/docs/readme_figures.py` writes them in; a test compares them."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
_RELEASES = {
    "1.0.0, one cut for everybody": "health_visits/bundle_one_cut",
    "1.1.0, one cut per group": "health_visits/bundle_equal_chance",
}
_ROWS = (
    ("of those who will need much care, the gap in offers by physical limitation", "FAIR-01", "physical_limitation"),
    ("the same by sex", "FAIR-01", "sex"),
    ("area under the ROC curve", "PERF-01", ""),
    ("of those who will need much care, offered a place", "PERF-03", ""),
    ("95 of 100 answers come within", "LAT-01", ""),
)
_WORDS = {"fail": "**fail**", "undecided": "not shown yet", "pass": "pass"}


def block(name: str) -> str:
    """Return what stands in the README between the marks of the figures called `name`."""
    return _split(README.read_text(encoding="utf-8"), name)[1].strip()


def simulated() -> str:
    """Return the table of the simulation."""
    text = (ROOT / "examples" / "why_not_assert" / "figures.md").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if line.startswith("|"))


def releases() -> str:
    """Return what the gate says of the two releases, side by side."""
    reports = {title: _gated(name) for title, name in _RELEASES.items()}
    lines = [f"| | limit | {' | '.join(reports)} |", "|---|---|---|---|"]
    decisions = [f"**{report['decision']}**" for report in reports.values()]
    lines.append(f"| decision | | {' | '.join(decisions)} |")
    for words, rule, about in _ROWS:
        found = [_finding(report, rule, about) for report in reports.values()]
        limit = found[0][1]["limit"]
        lines.append(f"| {words} | {limit} | {' | '.join(_cell(*each) for each in found)} |")
    return "\n".join(lines)


def _finding(report: dict[str, Any], rule: str, about: str) -> tuple[dict[str, Any], dict[str, Any]]:
    line = next(each for each in report["rules"] if each["id"] == rule)
    wanted = [value for value in (about,) if value]
    return line, next(f for f in line["findings"] if [value for _, value in f["slice"]] == wanted)


def _cell(rule: dict[str, Any], finding: dict[str, Any]) -> str:
    from policykit.terms.quantity import Unit, show

    seen, unit = finding["observed"], Unit(rule["unit"])
    return f"{seen['shown']} ({show(seen['low'], unit)} to {show(seen['high'], unit)}): {_WORDS[finding['status']]}"


FIGURES: Mapping[str, Callable[[], str]] = {"examples/why_not_assert/figures.md": simulated, "health_visits": releases}
"""What makes each block of figures."""


@cache
def _gated(name: str) -> dict[str, Any]:
    verdicts = _loaded(ROOT / "examples" / "verdicts.py")
    report: dict[str, Any] = verdicts.gated(next(run for run in verdicts.RUNS if f"{run.example}/{run.name}" == name))
    return report


def few() -> tuple[str, str, int]:
    """Return the decision on the patients of the diabetes example, the gap seen between the sexes, and how many there are."""
    report = _gated("diabetes/bundle")
    gap = _finding(report, "FAIR-01", "sex")[1]["observed"]["shown"]
    return report["decision"], gap, int(report["materials"][0]["rows"])


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"readme_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _split(text: str, name: str) -> tuple[str, str, str]:
    found = re.search(rf"(?s)^(.*<!-- figures: {re.escape(name)} -->)(.*?)(<!-- end of figures -->.*)$", text)
    assert found is not None, f"the README has no figures called `{name}`"
    return found[1], found[2], found[3]


if __name__ == "__main__":
    page = README.read_text(encoding="utf-8")
    for title, make in FIGURES.items():
        before, _, after = _split(page, title)
        page = f"{before}\n\n{make()}\n\n{after}"
    README.write_text(page, encoding="utf-8")

"""Reports to make sites of: real ones of a small bundle, varied in name, version, day and numbers."""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from policykit.attest.state import State
from policykit.canon import canonical
from policykit.stories.gate import Asked as Gate
from policykit.stories.outputs import statement_bytes
from policykit.stories.site import Asked, Built, site
from tests.build import ACCURATE, EQUAL, judged, people
from tests.clock import NOW

DAY = date(2026, 11, 22)
SLOW = {"check": "latency.p99", "at_most": "200 ms", "title": "Fast enough", "owner": "platform@bank.example"}


@cache
def real(kind: str) -> str:
    """Return what the gate really says of a bundle that is `ALLOWED`, `BLOCKED` or `HELD`."""
    women = (300, 1000) if kind == "BLOCKED" else (490, 1000)
    rules = [{**ACCURATE, "title": "Right often enough"}, {**EQUAL, "title": "Alike for men and women"}]
    with tempfile.TemporaryDirectory() as name:
        found = judged(
            Path(name),
            *rules,
            *([SLOW] if kind == "HELD" else []),
            data=people(women=women),
            asked=Gate(stage="production", now=NOW),
        )
        data = statement_bytes(found).decode()
    assert json.loads(data)["predicate"]["decision"] == kind
    return data


def said(
    kind: str = "ALLOWED",
    *,
    name: str = "loans",
    version: str = "1.0.0",
    day: int = 1,
    stage: str = "production",
    shift: float = 0.0,
    waivers: tuple[Mapping[str, Any], ...] = (),
) -> dict[str, Any]:
    """Return a statement; `day` counts from the first of September 2026. Waivers that are used excuse `house/R-2`."""
    used = [one for one in waivers if one["state"] == "used"]
    found: dict[str, Any] = copy.deepcopy(json.loads(real("BLOCKED" if used else kind)))
    predicate = found["predicate"]
    predicate["bundle"]["name"], predicate["bundle"]["version"] = name, version
    predicate["gate"]["stage"] = stage
    at = date.fromordinal(date(2026, 9, 1).toordinal() + day - 1).isoformat()
    predicate["timeEvaluated"], predicate["asOf"] = f"{at}T08:00:00Z", at
    predicate["waivers"] = [dict(one) for one in waivers]
    if used:
        _excuse(predicate, [one["id"] for one in used])
    for rule in predicate["rules"]:
        for finding in rule["findings"]:
            if finding["observed"] and finding["observed"]["value"] not in (0, 1):
                for end in ("value", "low", "high"):
                    finding["observed"][end] += shift
    return found


def _excuse(predicate: dict[str, Any], names: list[str]) -> None:
    """Let waivers excuse what blocks a report."""
    rule = next(one for one in predicate["rules"] if one["id"] == "R-2")
    places = [place for place, finding in enumerate(rule["findings"]) if finding["status"] == "fail"]
    predicate["decision"] = "ALLOWED"
    for waiver in predicate["waivers"]:
        if waiver["id"] in names:
            excuse = {"waiver": waiver["id"], "rule": "house/R-2", "kind": "fail", "slices": [], "findings": places}
            waiver["excuses"] = [{**excuse, "until": waiver["expires"]}]
            rule["excused"].append(waiver["excuses"][0])


def write(folder: Path, file: str, statement: Mapping[str, Any]) -> Path:
    """Write a statement as a file of a folder of reports."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(canonical(statement))
    return path


def build(given: Path | list[Path], output: Path, **more: Any) -> Built:
    """Make the site; what the user saw before lies beside it."""
    state = State(more.pop("state", output.parent / f"{output.name}-state"))
    paths = given if isinstance(given, list) else [given]
    return site(Asked(paths, output, **{"as_of": DAY, "now": NOW, **more}), state=state)


def tree(folder: Path, *, state: bool = False) -> dict[str, bytes]:
    """Return every file of a site by its path, the state left out unless it is asked for."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (state or path.name != ".policykit-site")
    }


def page_of(folder: Path, words: str) -> str:
    """Return the one report page that holds these words."""
    found = [text for path in (folder / "reports").glob("*/*.html") if words in (text := path.read_text())]
    assert len(found) == 1, (words, len(found))
    return found[0]


WAIVER: Mapping[str, Any] = {
    "id": "W-7",
    "rule": "house/R-2",
    "state": "used",
    "told": "excuses a fail",
    "reason": "the branch closes in March",
    "requestedBy": "p.neves@bank.example",
    "signers": [{"who": "n.okafor@bank.example", "name": "okafor"}],
    "expires": "2026-12-01",
    "daysLeft": 9,
    "refused": "",
    "excuses": [],
}

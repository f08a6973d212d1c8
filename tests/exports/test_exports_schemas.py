"""Documents held against the schemas of those who made the formats: CycloneDX 1.6's own, and OSCAL's as NIST's models."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from policykit.render.exports.cyclonedx import cyclonedx
from policykit.render.exports.oscal import oscal
from policykit.render.exports.reading import Json, Source
from tests.exports.exports_reports import blocked, changed, held, source

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
MAKERS: dict[str, Callable[[Source], Json]] = {"cyclonedx": cyclonedx, "oscal": oscal}


def says(kind: str, *files: Path) -> subprocess.CompletedProcess[str]:
    python, script = ROOT / ".tools" / "services" / "bin" / "python", ROOT / "tests" / "tools" / "schemas.py"
    return subprocess.run([python, script, kind, *files], capture_output=True, text=True)


def reports(folder: Path) -> dict[str, Source]:
    """Return reports of every decision, an empty one, one with a waiver, and one whose texts are hostile."""
    stopped = blocked(folder / "blocked")
    waiver = {"waiver": "W-1", "kind": "fail", "slices": [""], "until": "2027-03-31"}
    rules = [rule | {"excused": [waiver]} if rule["status"] == "fail" else rule for rule in stopped.said["rules"]]
    bundle = {**stopped.said["bundle"], "name": " \u202eloan\n<b>\t", "version": ""}
    gate = {**stopped.said["gate"], "stage": "pre prod/\u2028x"}
    return {
        "allowed": source(folder / "allowed"),
        "blocked": stopped,
        "held": held(folder / "held"),
        "waived": changed(stopped, rules=rules, decision="ALLOWED"),
        "nothing": changed(stopped, rules=[], policies=[], materials=[], decision="HELD"),
        "hostile": changed(stopped, bundle=bundle, gate=gate, reason="\n\u2066x"),
    }


@pytest.mark.parametrize("kind", MAKERS)
def test_documents_of_every_decision_are_valid_by_the_schema_of_the_format(kind: str, tmp_path: Path) -> None:
    files = []
    for name, found in reports(tmp_path).items():
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps(MAKERS[kind](found)))
    done = says(kind, *files)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", MAKERS)
def test_the_schemas_refuse_a_document_with_a_word_they_do_not_know(kind: str, tmp_path: Path) -> None:
    made = MAKERS[kind](source(tmp_path / "allowed"))
    (made["components"][0] if kind == "cyclonedx" else made["assessment-results"]["results"][0])["invented"] = "x"
    (tmp_path / "wrong.json").write_text(json.dumps(made))
    done = says(kind, tmp_path / "wrong.json")
    assert done.returncode == 1
    assert "wrong.json" in done.stdout

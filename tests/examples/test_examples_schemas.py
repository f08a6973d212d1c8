"""Every document of the examples is valid by the committed JSON Schemas, and the policies by the linter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PLATFORMS = ("github", "gitlab")  # workflows are held against the schemas of their platforms, in tests/actions
WRITTEN = sorted(path for path in EXAMPLES.rglob("*.yaml") if path.relative_to(EXAMPLES).parts[0] not in PLATFORMS)
RECORDED = sorted(path for name in ("load_test", "privacy_ledger") for path in EXAMPLES.rglob(f"{name}.json"))


def _schema(name: str) -> dict:
    return json.loads((ROOT / "schemas" / f"{name}.v1.json").read_text(encoding="utf-8"))


def _problems(document: object, schema: str) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(_schema(schema)).iter_errors(document)]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_a_document_is_valid_by_the_schema_its_first_line_names(path):
    text = path.read_text(encoding="utf-8")
    document = json.loads(json.dumps(yaml.safe_load(text), default=str))  # a date is text, as the schema has it
    kind = document["policykit"].split("/")[0]
    named = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / named).resolve() == ROOT / "schemas" / f"{kind}.v1.json"
    assert _problems(document, kind) == []


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_recorded_evidence_is_valid_by_its_schema(path):
    assert _problems(json.loads(path.read_text(encoding="utf-8")), path.stem) == []


def test_the_policies_have_no_error_and_no_warning():
    folders = [str(path) for path in sorted(EXAMPLES.glob("*/policies"))]
    done = subprocess.run(
        [sys.executable, "-m", "policykit", "lint", "--strict", *folders], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

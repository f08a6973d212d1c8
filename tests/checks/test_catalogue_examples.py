"""Every example in the catalogue is a test of the whole gate: a bundle on disk, a policy in YAML, a verdict."""

from __future__ import annotations

import json
from inspect import cleandoc
from pathlib import Path
from typing import Any

import pytest

from policykit.checks import catalogue
from policykit.stories.gate import Asked, gate
from policykit.stories.open import Table, open_all
from policykit.terms.check import Check, Example
from policykit.terms.quantity import Unit
from tests.clock import NOW

CASES = [
    pytest.param(check, example, id=f"{check.id}: {example.title}")
    for check in catalogue().values()
    for example in check.examples
]


@pytest.mark.parametrize(("check", "example"), CASES)
def test_the_gate_says_of_an_example_what_its_check_promises(
    check: type[Check], example: Example, tmp_path: Path
) -> None:
    bundle, policy = write(check, example, tmp_path)
    opened = open_all(bundle, [policy], None, Table())
    judged = gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW, as_of=example.as_of))
    (line,) = judged.report.rules
    verdict = line.verdict
    said = f"{verdict.status}({verdict.cause})" if verdict.cause is not None else str(verdict.status)
    assert said == example.expect, verdict.reason
    assert verdict.reason == verdict.reason.strip() != ""


@pytest.mark.parametrize("check", catalogue().values(), ids=lambda check: check.id)
def test_a_check_is_complete(check: type[Check]) -> None:
    doc = cleandoc(check.__doc__ or "")
    assert "## Why it matters" in doc and "## What it does not see" in doc
    assert doc.split("\n", 1)[0].endswith(".")
    assert check.question and check.question[0].islower() and check.question.endswith("?")
    expected = {example.expect.partition("(")[0] for example in check.examples}
    assert {"pass", "fail", "undecided"} <= expected, "every rule must be seen to pass, fail and be undecided"
    assert check.unit is Unit.PRESENCE or check.better in ("higher", "lower", "neither")
    assert all(field.description for field in check.model_fields.values()), "every parameter says what it is"


def write(check: type[Check], example: Example, folder: Path) -> tuple[Path, Path]:
    """Write the example as a bundle and a policy."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    bundle = folder / "bundle"
    (bundle / "data").mkdir(parents=True)
    pq.write_table(pa.table(columns(example.rows)), bundle / "data" / "rows.parquet")
    role = check.data or "evaluation"
    dataset: dict[str, Any] = {"path": "data/rows.parquet"}
    if example.collected is not None:
        dataset["collected"] = example.collected
    documents = {}
    for name, content in example.documents.items():
        suffix = "md" if isinstance(content, str) else "json"
        (bundle / f"{name}.{suffix}").write_text(content if isinstance(content, str) else json.dumps(content))
        documents[name] = {"path": f"{name}.{suffix}"}
    protected = list(example.attributes)
    manifest: dict[str, Any] = {
        "policykit": "bundle/1",
        "name": "example",
        "version": "1.0.0",
        "datasets": {role: dataset},
        "task": dict(example.task),
        "attributes": dict(example.attributes),
        "protected_attributes": protected,
        "documents": documents,
        "facts": dict(example.facts),
    }
    if example.model:
        (bundle / "model").mkdir()
        (bundle / "model" / "weights").write_bytes(example.model.encode("latin-1"))
        manifest["model"] = {"path": "model/weights"}
    (bundle / "bundle.yaml").write_text(json.dumps({name: value for name, value in manifest.items() if value}))
    rule: dict[str, Any] = {"id": "EX-01", "title": example.title, "check": check.id, "why": "an example"}
    if example.params:
        rule["with"] = dict(example.params)
    policy = {
        "policykit": "policy/1",
        "id": "examples",
        "version": "1",
        "title": "Examples",
        "owner": "tests",
        "applies_to": "everything",
        "rules": [{**rule, **example.rule}],
    }
    (folder / "policy.yaml").write_text(json.dumps(policy))
    return bundle, folder / "policy.yaml"


def columns(text: str) -> dict[str, list[Any]]:
    """Read a text table: `-` is missing, `nan` is NaN, a last column `x` repeats the row."""
    lines = [line.split() for line in cleandoc(text).splitlines()] or [["nothing"]]
    head, *rows = lines
    repeated = head[-1] == "x"
    names = head[:-1] if repeated else head
    cells: dict[str, list[str]] = {name: [] for name in names}
    for row in rows:
        for name, cell in zip(names, row, strict=False):
            cells[name] += [cell] * (int(row[-1]) if repeated else 1)
    return {name: _typed(values) for name, values in cells.items()}


def _typed(values: list[str]) -> list[Any]:
    for kind in (int, float):
        try:
            return [None if value == "-" else kind(value) for value in values]
        except ValueError:
            continue
    truths = {"true": True, "false": False}
    if values and set(values) <= {*truths, "-"}:
        return [truths.get(value) for value in values]
    return [None if value == "-" else value for value in values]

"""The JSON Schemas: everything we ship validates, and the schema never refuses what the reader accepts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from policykit.author.schemas import schemas
from policykit.checks import catalogue
from policykit.load.companions import Companions
from policykit.load.lint.codes import CODES
from policykit.load.node import Node
from policykit.load.policies import examine
from policykit.load.scalars import literal
from policykit.load.yaml import parse, read
from tests.load.policy_texts import policy, rule, text_of

ROOT = Path(__file__).parents[2]
SCHEMAS = {name: json.loads(text) for name, text in schemas().items()}
DOCUMENTS = [
    path
    for folder in ("policies", "examples")
    for path in sorted((ROOT / folder).rglob("*.yaml"))
    if re.search(r"(?m)^policykit: ", path.read_text(encoding="utf-8"))
]
EXAMPLES = [
    pytest.param(page, which, id=f"{page.code}-{which}")
    for page in CODES.values()
    if page.kind in ("policy", "rule", "trust", "waiver")
    for which in ("wrong", "right")
]


def plain(node: Node) -> Any:
    """Return a document as an editor hands it to a schema: YAML 1.2, so dates are text."""
    match node.kind:
        case "map":
            return {key: plain(value) for key, value in node.entries()}
        case "list":
            return [plain(item) for item in node.items]
        case "scalar":
            value = literal(node, [])
            return None if value is None else value.value


def refused(text: str) -> bool:
    node, problems = parse(text.encode(), "p.yaml")
    assert node is not None, problems
    document = plain(node)
    kind = document["policykit"].partition("/")[0] if isinstance(document, dict) else "policy"
    return not Draft202012Validator(SCHEMAS[f"{kind}.v1.json"]).is_valid(document)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_each_schema_is_a_schema(name: str) -> None:
    meta = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    assert [error.message for error in meta.iter_errors(SCHEMAS[name])] == []


def test_there_is_a_schema_for_each_document() -> None:
    assert set(SCHEMAS) >= {
        f"{name}.v1.json"
        for name in (
            "policy",
            "bundle",
            "gate",
            "measurements",
            "load_test",
            "privacy_ledger",
            "dp_training",
            "card",
            "trust",
            "waiver",
            "test",
        )
    }


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_everything_we_ship_validates(path: Path) -> None:
    document = plain(read(path.read_bytes(), path.name))
    kind = document["policykit"].partition("/")[0]
    errors = [error.message for error in Draft202012Validator(SCHEMAS[f"{kind}.v1.json"]).iter_errors(document)]
    assert errors == []


def test_there_is_something_to_validate() -> None:
    assert len(DOCUMENTS) >= 10


@pytest.mark.parametrize(("page", "which"), EXAMPLES)
def test_what_the_schema_refuses_the_reader_refuses(page: Any, which: str, tmp_path: Path) -> None:
    text = text_of(page, getattr(page, which))
    node, _ = parse(text.encode(), "p.yaml")
    (tmp_path / "p.yaml").write_text(text)
    if node is not None and refused(text):
        assert examine([tmp_path / "p.yaml"], beside=Companions()).errors


@pytest.mark.parametrize(
    "keys",
    [
        "check: data.row_cuont\nat_least: 1",
        "check: latency.p95\nat_most: 200",
        "check: latency.p95\nat_most: 10 pp",
        "check: latency.p95",
        "check: latency.p95\nwith: {of: x}\nat_most: 200 ms",
        "check: data.completeness\nat_least: 99 %",
        "check: data.completeness\nwith: {colum: a}\nat_least: 99 %",
        "check: governance.owner\nat_least: 1",
        "check: data.row_count\nis: present",
        "check: performance.accuracy\ncompared_with: champion\nworse_by_at_most: 1 pp",
        "check: data.row_count\nat_least: 1\nseverity: grave",
        "check: data.row_count\nat_least: 1\nevidence: {min_row: 3}",
        "check: data.row_count\nat_least: 1\nwhere: {column: a, equal: 3}",
        "check: data.row_count\nat_least: 1\nall_of: [{check: data.row_count, at_least: 1}]",
    ],
)
def test_an_editor_sees_the_commonest_mistakes(keys: str, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(rule(keys))
    assert refused(rule(keys))
    assert examine([tmp_path / "p.yaml"]).errors


@pytest.mark.parametrize(
    "keys",
    [
        "check: performance.accuracy\ncompared_with: champion\nworse_by_at_most: 5 % relative\nif_no_champion: advisory",
        "check: performance.accuracy\nbetween: [60 %, 4/5]",
        "check: privacy.dp_budget\nat_most: 1e-5",
        "check: data.completeness\nwith: {columns: [a, b]}\nat_least: 0.99",
        "check: data.completeness\nwith: {column: 2019}\nat_least: 99%",
        "check: governance.owner\nis_one_of: [a, b]",
        "check: data.row_count\nat_least: 2000 rows\nwhere: {all_of: [{not: {column: a, is: absent}}, {column: b, equals: true}]}",
        "any_of: [{check: data.row_count, at_least: 5}, {check: latency.p50, at_most: 3 s}]",
        "check: data.row_count\nat_least: 1\nevidence: {max_age: 90 days, confidence: none, source: declared, min_rows: 20 rows}",
    ],
)
def test_what_the_reader_accepts_the_schema_accepts(keys: str, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(rule(keys))
    assert not examine([tmp_path / "p.yaml"]).errors
    assert not refused(rule(keys))


def test_a_parameter_stands_wherever_a_limit_does(tmp_path: Path) -> None:
    keys = (
        "parameters:\n  slow: {title: T, value: 200 ms}\n"
        "rules:\n  - {id: A, title: T, why: W, check: latency.p95, at_most: $slow}"
    )
    (tmp_path / "p.yaml").write_text(policy(keys))
    assert not examine([tmp_path / "p.yaml"]).problems
    assert not refused(policy(keys))


def test_every_example_of_every_check_validates() -> None:
    for name, check in catalogue().items():
        for example in check.examples:
            asked = {"with": dict(example.params)} if example.params else {}
            body = {"id": "A", "title": "T", "check": name, **asked, **example.rule}
            text = policy("rules: " + json.dumps([body]))
            assert not refused(text), (name, example.title)


def test_the_committed_schemas_are_those_of_the_code() -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "schemas").glob("*.json")}
    assert there == dict(schemas())

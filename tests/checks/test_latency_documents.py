"""The schemas of documents that checks read: true JSON Schemas, and of one mind with the checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from counting_by_hand import ask

import policykit.checks
from policykit.checks import find
from policykit.checks.latency.p50 import P50
from policykit.terms.verdict import Unmeasured

HOME = Path(policykit.checks.__file__).parent
SCHEMAS = {path.stem.removeprefix("_"): path for path in sorted(HOME.glob("*/_*.json"))}
READERS = {
    "load_test": ("latency.p50", "latency.p95", "latency.p99"),
    "privacy_ledger": ("privacy.dp_budget",),
    "dp_training": ("privacy.dp_epsilon",),
    "card": ("governance.model_card",),
}


def validator(document: str) -> Any:
    return jsonschema.Draft202012Validator(json.loads(SCHEMAS[document].read_text(encoding="utf-8")))


def test_each_document_that_a_check_reads_has_a_schema() -> None:
    assert set(SCHEMAS) == set(READERS)


@pytest.mark.parametrize("document", sorted(READERS))
def test_a_schema_is_a_schema(document: str) -> None:
    meta = jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA)
    assert [error.message for error in meta.iter_errors(validator(document).schema)] == []


@pytest.mark.parametrize("document", sorted(READERS))
def test_the_documents_of_examples_that_pass_are_valid(document: str) -> None:
    kinds = [kind for check in READERS[document] if (kind := find(check)) is not None]
    stated = [example.documents[document] for kind in kinds for example in kind.examples if example.expect == "pass"]
    assert stated
    for found in stated:
        validator(document).validate(json.loads(json.dumps(found["front"] if document == "card" else found)))


@pytest.mark.parametrize(
    "odd",
    [
        {"samples": [1]},
        {"unit": "ms"},
        {"unit": "minutes", "samples": [1]},
        {"unit": "ms", "samples": []},
        {"unit": "ms", "samples": [-1]},
        {"unit": "ms", "samples": ["1"]},
        {"unit": "ms", "samples": [True]},
        {"unit": "ms", "samples": {"p99": 20}},
    ],
)
def test_what_the_schema_of_a_load_test_refuses_no_percentile_answers(odd: dict[str, Any]) -> None:
    assert not validator("load_test").is_valid(odd)
    assert isinstance(ask(P50(), facts={"documents": {"load_test": odd}}), Unmeasured)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "µs", "ns"])
def test_every_unit_of_the_schema_is_one_that_the_percentiles_know(unit: str) -> None:
    stated = {"unit": unit, "samples": [1, 2, 3, 4, 5, 6]}
    assert validator("load_test").is_valid(stated)
    assert not isinstance(ask(P50(), facts={"documents": {"load_test": stated}}), Unmeasured)

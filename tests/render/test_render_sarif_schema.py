"""SARIF against the schema of the standard itself, as the technical committee published it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from test_render_sarif import REPORTS, log

from policykit.errors import Diagnostic
from policykit.render.sarif import sarif_problems

PUBLISHED = (
    Path(__file__).parents[2] / ".tools/node/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published() -> jsonschema.protocols.Validator:
    schema = json.loads(PUBLISHED.read_text())
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    found: jsonschema.protocols.Validator = kind(schema, format_checker=kind.FORMAT_CHECKER)
    return found


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_valid_by_the_published_schema(published: jsonschema.protocols.Validator, name: str) -> None:
    made = log(REPORTS[name]())
    assert made["runs"][0]["tool"]["driver"]["name"] == "policykit"
    assert [error.message for error in published.iter_errors(made)] == []


def test_what_was_wrong_is_found(published: jsonschema.protocols.Validator) -> None:
    made = log(REPORTS["blocked"]())
    made["runs"][0]["results"][0]["level"] = "grave"
    assert [error.json_path for error in published.iter_errors(made)] == ["$.runs[0].results[0].level"]


def test_problems_are_valid_by_the_published_schema(published: jsonschema.protocols.Validator) -> None:
    problem = Diagnostic("PK104", "no check is called `x`", "policies/a b.yaml", 3, 5, hint="did you mean `y`?")
    made = json.loads(sarif_problems("the policies are wrong", "mend them", [problem], exit_code=2))
    assert made["runs"][0]["results"]
    assert [error.message for error in published.iter_errors(made)] == []

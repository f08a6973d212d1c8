from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import policykit
from policykit.attest.statement import GATE_REPORT, statement
from policykit.errors import SigningError

DIGEST = "ab" * 32


def test_a_statement_is_in_toto_v1_in_canonical_bytes() -> None:
    assert (
        statement([("bundle.manifest.json", DIGEST)], {"b": 1, "a": "ü"})
        == (
            '{"_type":"https://in-toto.io/Statement/v1","predicate":{"a":"ü","b":1},'
            '"predicateType":"https://policykit.dev/gate-report/v1",'
            f'"subject":[{{"digest":{{"sha256":"{DIGEST}"}},"name":"bundle.manifest.json"}}]}}'
        ).encode()
    )


def test_the_order_of_subjects_is_kept_because_the_first_is_the_manifest() -> None:
    named = json.loads(statement([("z", DIGEST), ("a", DIGEST)], {}))["subject"]
    assert [subject["name"] for subject in named] == ["z", "a"]


def test_the_order_of_members_does_not_matter() -> None:
    assert statement([("m", DIGEST)], {"a": 1, "b": 2}) == statement([("m", DIGEST)], {"b": 2, "a": 1})


@pytest.mark.parametrize(
    ("subjects", "message"),
    [
        ([], "a statement about nothing cannot be signed"),
        ([("", DIGEST)], "a subject has no name"),
        ([("m", DIGEST), ("m", DIGEST)], "the subject `m` is named twice"),
        ([("m", DIGEST.upper())], "the digest of the subject `m` is not a SHA-256 in lower-case hex"),
        ([("m", "sha256:" + DIGEST)], "the digest of the subject `m` is not a SHA-256 in lower-case hex"),
        ([("m", DIGEST + "\n")], "the digest of the subject `m` is not a SHA-256 in lower-case hex"),
    ],
)
def test_a_statement_names_each_file_once_by_its_digest(subjects: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(SigningError, match=f"^{re.escape(message)}$"):
        statement(subjects, {})


@pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), "\ud800", {1: 2}, b"bytes"])
def test_what_canonical_json_cannot_carry_is_not_signed(value: object) -> None:
    with pytest.raises(SigningError, match="the report holds what canonical JSON cannot carry") as caught:
        statement([("m", DIGEST)], {"x": value})
    assert "decimal strings" in caught.value.hint


def test_the_predicate_type_is_written_once() -> None:
    package = Path(policykit.__path__[0])
    assert [path.name for path in package.rglob("*.py") if "/gate-report/" in path.read_text()] == ["statement.py"], (
        GATE_REPORT
    )

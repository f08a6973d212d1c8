"""The action `gate`, really executed, with inputs and names that would be commands."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.actions.conftest import Repository
from tests.actions.hostile_words import HOSTILE, NEVER
from tests.build import EQUAL, write_policy

pytestmark = pytest.mark.slow


def is_harmless(ran: Any, untouched: Any) -> None:
    assert untouched() == []
    assert {command["name"] for command in ran.commands} & NEVER == set()
    assert not any(command["text"] == "forged" for command in ran.commands)
    assert {step["id"] for step in ran.steps if step.get("outputs")} <= {"place", "gate"}
    said = ran.outputs
    assert said["decision"] in {"ALLOWED", "BLOCKED", "HELD", "INVALID", "UNTRUSTED", "NOT READ OR WRITTEN"}
    assert (said["exit-code"] == "0") == (said["decision"] == "ALLOWED") == (not ran.failed)
    assert "ghs_a_token_of_the_job" not in ran.printed + ran.summary
    assert "\x1b" not in ran.printed + ran.summary and "\u202e" not in ran.printed + ran.summary


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_input_is_only_text(repository: Repository, untouched: Any, word: str) -> None:
    everywhere = dict.fromkeys(
        (
            "bundle",
            "stage",
            "policies",
            "config",
            "mode",
            "trust",
            "trust_root",
            "sign",
            "waivers",
            "key",
            "unless_changed",
        ),
        word,
    )
    is_harmless(repository.gate(**everywhere, gate_id=word, nonce=word), untouched)
    is_harmless(repository.gate(bundle=word), untouched)
    is_harmless(repository.gate(stage=word), untouched)
    is_harmless(repository.gate(policies=word), untouched)
    ran = repository.gate(gate_id=word, nonce=word, comment="true")
    is_harmless(ran, untouched)
    assert ran.outputs["decision"] == "ALLOWED"
    first = repository.gh.comments[-1]["body"].split("\n")[0]
    assert re.fullmatch(r"<!-- policykit: [A-Za-z0-9._-]+(?: \([A-Za-z0-9._-]+\))? -->", first)


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_in_a_table_is_only_text(repository: Repository, untouched: Any, word: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    column = word.strip()
    pq.write_table(
        pa.table({column: ["a", "b"] * 200, "y": [0, 0, 1, 1] * 100, "yhat": [0, 0, 1, 1] * 100}),
        repository.folder / "rows.parquet",
    )
    ran = repository.gate(
        rows="rows.parquet", target="y", prediction="yhat", protected=column, favourable="1", comment="true"
    )
    is_harmless(ran, untouched)
    is_harmless(
        repository.gate(rows="rows.parquet", target=word, prediction=word, score=word, favourable=word), untouched
    )


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_in_a_bundle_or_a_policy_is_only_text(repository: Repository, untouched: Any, word: str) -> None:
    repository.bundle(women=(200, 1000), version=word.strip() or "x", labels={"team": word})
    rule = {**EQUAL, "title": word, "why": word, "fix": word, "owner": word}
    write_policy(repository.folder / "policies" / "house.yaml", rule, title=word, owner=word)
    ran = repository.gate(comment="true", sarif="true")
    is_harmless(ran, untouched)
    assert ran.outputs["decision"] in {"BLOCKED", "INVALID"}
    assert len(repository.gh.comments) == 1


def test_a_path_that_is_a_command_is_a_path(repository: Repository, untouched: Any) -> None:
    name = "a; touch pwned $(id)"
    repository.bundle(name=name)
    ran = repository.gate(bundle=name)
    is_harmless(ran, untouched)
    assert ran.outputs["decision"] == "ALLOWED"

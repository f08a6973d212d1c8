"""What is kept of an accepted trust file says exactly who may sign the next one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.attest.accepted import accepted_from_json, accepted_to_json
from policykit.canon import canonical, digest
from policykit.errors import VerificationError
from policykit.terms.policy import Place
from policykit.terms.trust import (
    Quorum,
    Revoked,
    StageTrust,
    Trust,
    TrustAccount,
    TrustFile,
    TrustIdentity,
    TrustKey,
)

DAYS = st.none() | st.dates().map(lambda day: day.isoformat())
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
KEYS = st.builds(
    TrustKey,
    st.just("k"),
    WORDS,
    WORDS,
    WORDS,
    DAYS,
    DAYS,
    st.none() | st.builds(Revoked, st.sampled_from(["superseded", "compromised"]), DAYS),
    st.just(Place("trust.yaml", 3, 1)),
)


def trust(**changed: Any) -> Trust:
    return replace(
        Trust(
            "acme.models",
            7,
            "Who may",
            "2027-06-30",
            Quorum("trust-authority", 2),
            keys={name: TrustKey(name, "pem", name) for name in ("root-a", "gate", "recorder", "unused")},
            identities={
                name: TrustIdentity(name, "https://issuer", f"https://{name}", name) for name in ("flow", "judge")
            },
            accounts={
                name: TrustAccount(name, "github", name, f"{name}@acme.example", by)
                for name, by in (("silva", "recorder"), ("jones", "recorder"))
            },
            roots={name: TrustFile(name, f"/t/{name}.json", "ab" * 32) for name in ("flow", "judge")},
            timestamp_authorities={"acme": TrustFile("acme", "/t/tsa.pem", "cd" * 32)},
            roles={"trust-authority": ("root-a", "flow", "silva"), "evaluator": ("gate", "judge")},
            stages={"production": StageTrust("production")},
            text=b"policykit: trust/1\n",
        ),
        **changed,
    )


def kept(accepted: Trust) -> Trust:
    """Return it as it comes back from the disk."""
    return accepted_from_json(json.loads(canonical(accepted_to_json(accepted))), where="trust.yaml")


def test_who_may_sign_the_next_version_is_kept_and_nobody_else() -> None:
    found = kept(trust())
    assert (found.id, found.version, found.digest) == ("acme.models", 7, digest(b"policykit: trust/1\n"))
    assert (found.authority, found.roles) == (
        Quorum("trust-authority", 2),
        {"trust-authority": ("root-a", "flow", "silva")},
    )
    assert (set(found.keys), set(found.identities), set(found.accounts)) == (
        {"root-a", "recorder"},
        {"flow"},
        {"silva"},
    )
    assert (set(found.roots), set(found.timestamp_authorities)) == ({"flow"}, {"acme"})


@given(key=KEYS)
@settings(max_examples=100)
def test_a_key_comes_back_as_it_was_with_its_days(key: TrustKey) -> None:
    found = kept(trust(keys={"k": key}, roles={"trust-authority": ("k",)}))
    assert found.keys["k"] == replace(key, place=found.keys["k"].place)


def test_the_words_of_the_file_are_kept_to_be_read_again() -> None:
    text = "policykit: trust/1\ntitle: Größe\n"
    assert accepted_to_json(trust(text=text.encode()))["text"] == text


CHANGES: list[dict[str, Any]] = [
    {"version": "7"},
    {"version": None},
    {"digest": 1},
    {"signed_by": {"role": "x", "count": 0}},
    {"signed_by": {"role": "x", "count": "2"}},
    {"signed_by": 1},
    {"signed_by": {"who": "x"}},
    {"keys": [{"name": "x"}]},
    {"keys": 1},
    {"keys": ["x"]},
    {"identities": [{}]},
    {"accounts": [[]]},
    {"roots": [{"name": "x"}]},
    {"members": None},
]


@pytest.mark.parametrize("change", CHANGES)
def test_anything_else_than_what_was_written_is_damage(change: dict[str, Any]) -> None:
    said = json.loads(canonical(accepted_to_json(trust()))) | change
    with pytest.raises(VerificationError) as caught:
        accepted_from_json(said, where="t")
    assert (caught.value.reason, caught.value.where) == ("state", "t")


@pytest.mark.parametrize("left_out", sorted(accepted_to_json(trust()).keys() - {"text"}))
def test_anything_missing_is_damage(left_out: str) -> None:
    said = accepted_to_json(trust())
    said.pop(left_out)
    with pytest.raises(VerificationError, match="what was remembered of the trust file is damaged"):
        accepted_from_json(said, where="t")

"""Whoever holds the key can sign anything: one member of a report replaced, and the report is refused, never a crash."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import seal, unseal
from policykit.attest.keys import load_signer
from policykit.attest.reasons import REASONS
from policykit.attest.signer import Signer
from policykit.attest.verify import Asked
from policykit.canon import canonical
from policykit.cli.start import run
from policykit.errors import VerificationError
from policykit.report.digests import inputs_digest_of, policy_digest, verdict_digest_of
from policykit.stories.verify import verify
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

Step = str | int
VALUES: tuple[Any, ...] = (None, "zzz", -5, 0.5, True, [], {}, ["zzz"], {"zzz": 1}, "2", "2020-01-01", 10**15)
FREE = {("timeEvaluated",), ("gate", "id"), ("gate", "nonce"), ("engine", "version"), ("engine", "sources")}
"""Members that anybody may write as they like, as long as they are texts (and a time, not in the future)."""
INPUTS = {"bundle", "measurements", "schemas", "champion", "asOf"}
"""Judging again starts from these: who forges them and every digest has forged the evidence itself."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    before, here = Path.cwd(), tmp_path_factory.mktemp("members")
    os.chdir(here)
    try:
        run(["keys", "new", "k", "--unencrypted"])
        write_bundle(Path("b"), people(), labels={"risk": "high"}, facts={"owners": {"model": "a@bank.example"}})
        either = {"any_of": [ACCURATE, {"check": "performance.recall", "at_least": "99 %"}]}
        owner = {"check": "governance.owner", "with": {"of": "model"}, "is": "present"}
        completeness = {"check": "data.completeness", "with": {"columns": ["sex", "y"]}, "at_least": "99 %"}
        write_policy(Path("p.yaml"), ACCURATE, EQUAL, either, owner, completeness)
        words = ["gate", "b", "-p", "p.yaml", "--sign", "k.key.pem", "-o", "attestation=r.json"]
        assert run([*words, "--nonce", "n-1", "--gate-id", "g"]) == 0
        yield here
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def signer(folder: Path) -> Signer:
    return load_signer(str(folder / "k.key.pem"), None)


@pytest.fixture(scope="module")
def statement(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(unseal((folder / "r.json").read_bytes()).payload)
    return said


def places(value: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Yield the place of every member and entry."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in entries:
        yield (*path, name)
        yield from places(inner, (*path, name))


def refusal(folder: Path, signer: Signer, statement: dict[str, Any]) -> str | None:
    """Return why a report signed anew is refused, or None."""
    (folder / "x.json").write_bytes(seal(canonical(statement), signer))
    try:
        verify(folder / "x.json", folder / "k.pub.pem", Asked(), now=datetime.now(UTC), again=True)
    except VerificationError as error:
        return error.reason
    return None


def changed(statement: dict[str, Any], path: tuple[Step, ...], value: Any) -> dict[str, Any] | None:
    """Return the statement with one member of its predicate replaced, or None where it was that already."""
    said = copy.deepcopy(statement)
    inside: Any = said["predicate"]
    for step in path[:-1]:
        inside = inside[step]
    if canonical(inside[path[-1]]) == canonical(value):
        return None
    inside[path[-1]] = value
    return said


def test_any_one_member_replaced_or_taken_away_is_refused(
    folder: Path, signer: Signer, statement: dict[str, Any]
) -> None:
    assert refusal(folder, signer, statement) is None
    rng = random.Random(7)
    accepted = []
    for path in places(statement["predicate"]):
        values = VALUES if len(path) <= 2 else [rng.choice(VALUES)]
        for value in values:
            said = changed(statement, path, value)
            if said is not None and refusal(folder, signer, said) is None:
                accepted.append((path, value))
        said = copy.deepcopy(statement)
        inside: Any = said["predicate"]
        for step in path[:-1]:
            inside = inside[step]
        del inside[path[-1]]
        if refusal(folder, signer, said) is None:
            accepted.append((path, "taken away"))
    assert all(path in FREE and isinstance(value, str) for path, value in accepted), accepted
    assert {path for path, _ in accepted} == FREE - {("timeEvaluated",)}
    assert (("gate", "nonce"), "taken away") not in accepted


def test_a_member_that_no_report_has_is_refused(folder: Path, signer: Signer, statement: dict[str, Any]) -> None:
    for path in (
        (),
        ("gate",),
        ("engine",),
        ("rules", 0),
        ("rules", 0, "findings", 0),
        ("policies", 0),
        ("materials", 0),
    ):
        said = copy.deepcopy(statement)
        inside: Any = said["predicate"]
        for step in path:
            inside = inside[step]
        inside["waived"] = "yes"
        assert refusal(folder, signer, _redigested(said)) in ("rejudge", "incomplete"), path


def test_a_conclusion_replaced_is_refused_even_where_every_digest_is_taken_anew(
    folder: Path, signer: Signer, statement: dict[str, Any]
) -> None:
    rng = random.Random(11)
    accepted = []
    for path in places(statement["predicate"]):
        if path in FREE or path[0] in INPUTS or path in (("gate", "measured"), ("gate", "stage")):
            continue
        if path[0] == "policies" and path[-1] == "path":
            continue  # where the policies lay, judging again cannot know
        if str(path[-1]).endswith("igest"):
            continue  # taken anew, it is what it was
        said = changed(statement, path, rng.choice(VALUES))
        if said is not None and refusal(folder, signer, _redigested(said)) is None:
            accepted.append(path)
    assert accepted == []


def test_evidence_of_another_shape_is_never_a_crash(folder: Path, signer: Signer, statement: dict[str, Any]) -> None:
    rng = random.Random(13)
    found: set[str | None] = set()
    for path in places(statement["predicate"]):
        if path[0] in INPUTS or path[0] == "gate":
            said = changed(statement, path, rng.choice(VALUES))
            if said is not None:
                found.add(refusal(folder, signer, _redigested(said)))
    assert found - {None} and found - {None} <= set(REASONS)


def _redigested(said: dict[str, Any]) -> dict[str, Any]:
    predicate = said["predicate"]
    with contextlib.suppress(
        KeyError, TypeError, AttributeError, ValueError
    ):  # of such a shape there is no digest to take
        for policy in predicate["policies"]:
            policy["digest"] = policy_digest(policy["text"], policy["settings"])
        predicate["verdictDigest"] = verdict_digest_of(predicate)
        predicate["inputsDigest"] = inputs_digest_of(predicate)
    return said

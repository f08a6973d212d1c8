"""A trust file is believed only where those signed it who may, and never an older one than before."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import with_proofs
from policykit.attest.state import State
from policykit.attest.statement import GATE_REPORT, TRUST, WAIVER
from policykit.canon import digest
from policykit.errors import StorageError, TrustError, UsageError, VerificationError
from policykit.stories.trusting import open_trust
from tests.stories.trusting_worlds import believed, counted, refused, written
from tests.trust_world import ROLES, World, add, document_claim, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "w", report=False)


def test_every_root_that_is_given_has_to_have_signed(world: World) -> None:
    for roots in (["root-a"], ["root-b"], ["root-a", "root-b"]):
        assert believed(world, *roots).trust.id == "bank.models"
    error = refused("trust_root", world, "stranger", "root-b")
    assert str(error) == (
        "version 1 of `bank.models` is signed by 1 of the 2 root keys that you gave, and all of them have to"
    )
    assert error.hint == "have the others sign it; `--trust-root-count` says how many are enough"


def test_fewer_roots_are_enough_where_that_is_said(world: World) -> None:
    assert counted(world, 1, "root-a", "stranger").trust.version == 1
    assert counted(world, 2, "root-a", "root-b", "stranger").trust.version == 1
    with pytest.raises(VerificationError, match="signed by 1 of the 3 root keys that you gave, and 2 of them have to"):
        counted(world, 2, "root-a", "stranger", "keller")
    for roots in (["root-a"], ["root-a", "root-a"]):
        with pytest.raises(UsageError, match="2 root keys are asked for, and 1 root key given"):
            counted(world, 2, *roots)


def test_a_holder_of_one_root_key_of_two_makes_no_trust_file_of_their_own(world: World) -> None:
    roles = {name: ["root-a"] for name in ROLES}
    keys = json.loads(world.trust.read_text())["keys"]
    keys = {name: {**key, "who": f"{name}@x.example"} for name, key in keys.items() if name == "root-a"}
    own = {"role": "trust-authority", "count": 1}
    said = json.loads(world.trust.read_text()) | {"version": 99, "keys": keys, "roles": roles, "signed_by": own}
    said["stages"] = {"production": {"report": {"signed_by": "evaluator"}}}
    world.trust.write_text(json.dumps(said))
    add(
        world.claims, document_claim(world.trust, "trust", "bank.models", TRUST, "root-a", "trust-authority", world.now)
    )
    refused("trust_root", world, "root-a", "root-b")


def test_a_root_may_be_given_by_its_digest(world: World) -> None:
    key_id = world.signer("root-a").public.id
    assert open_trust(world.trust, [f"sha256:{key_id}"], state=None, now=world.now).trust.version == 1


@pytest.mark.parametrize("word", ["sha256:", "sha256:00", "sha256:" + "G" * 64, "sha256:" + "A" * 64])
def test_a_digest_that_is_none_is_said(world: World, word: str) -> None:
    with pytest.raises(UsageError, match="is not the digest of a key"):
        open_trust(world.trust, [word], state=None, now=world.now)


def test_a_root_that_is_no_key_or_not_there_is_said(world: World) -> None:
    with pytest.raises(VerificationError, match="this is a private key"):
        open_trust(world.trust, [str(world.key("root-a"))], state=None, now=world.now)
    with pytest.raises(StorageError, match="cannot read the public key"):
        open_trust(world.trust, ["none.pem"], state=None, now=world.now)


def test_without_a_root_and_without_memory_nothing_is_believed(world: World) -> None:
    for state in (False, True):
        error = refused("trust_root", world, state=state)
        assert "`--trust-root`" in error.hint


def test_roots_that_signed_nothing_are_not_enough(world: World) -> None:
    for root in ("stranger", "keller", "gate"):
        error = refused("trust_root", world, root)
        assert error.hint.startswith("it is signed by `root-a`, `root-b`")


def test_too_few_signatures_are_refused_and_counted(world: World) -> None:
    lines = world.claims.read_bytes().splitlines(keepends=True)
    for kept, count in ((lines[:1], 1), ([], 0), (lines[:1] * 3, 1)):
        world.claims.write_bytes(b"".join(kept))
        error = refused("trust_unsigned", world, "root-a")
        assert str(error) == (
            f"version 1 of `bank.models` is signed by {count} of the 2 of `trust-authority` that it asks for"
        )
        assert error.hint == "have it signed: `policykit approve trust.yaml --sign KEY`"


def test_no_claims_file_is_no_signature(world: World) -> None:
    world.claims.unlink()
    refused("trust_unsigned", world, "root-a")


def test_signatures_by_others_do_not_count_and_one_is_named(world: World) -> None:
    world.claims.write_bytes(b"")
    written(world, 1, signed_by=("root-a", "keller", "stranger"))
    error = refused("trust_unsigned", world, "root-a")
    assert "another signature does not count: it says it is signed with the key" in str(error)


def test_signatures_under_other_bytes_do_not_count(world: World) -> None:
    world.trust.write_text(world.trust.read_text() + "\n")
    refused("trust_unsigned", world, "root-a")


def test_signatures_under_the_same_bytes_as_another_kind_do_not_count(world: World) -> None:
    world.claims.write_bytes(b"")
    for root in ("root-a", "root-b"):
        add(
            world.claims,
            document_claim(world.trust, "trust", "bank.models", WAIVER, root, "trust-authority", world.now),
        )
    refused("trust_unsigned", world, "root-a")


def test_claims_about_other_things_do_no_harm(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w")
    world.approve(by="keller")
    world.approve(by="stranger")
    assert believed(world, "root-a").open(world.report.read_bytes(), role="evaluator", predicate_type=GATE_REPORT)


def test_a_claims_file_cut_short_is_refused(world: World) -> None:
    world.claims.write_bytes(world.claims.read_bytes()[:-10])
    assert str(refused("claims_file", world, "root-a")) == "line 2 is cut short"


def test_a_wrong_trust_file_says_all_its_problems(world: World) -> None:
    world.trust.write_text(world.trust.read_text().replace('"version": 1', '"version": "x", "more": 1'))
    with pytest.raises(TrustError) as caught:
        believed(world, "root-a")
    assert len(caught.value.problems) >= 2


# time


def test_a_trust_file_holds_to_its_last_day(world: World) -> None:
    assert believed(world, "root-a", days=200)
    error = refused("trust_expired", world, "root-a", days=201)
    assert "held until" in str(error)


def test_a_clock_set_back_is_refused_before_anything_else(world: World) -> None:
    believed(world, "root-a", state=True, days=2)
    refused("clock", world, "root-a", state=True, days=1)
    believed(world, "root-a", state=False, days=1)


# memory


def test_what_was_accepted_needs_no_root_any_more(world: World) -> None:
    believed(world, "root-a", state=True)
    assert believed(world, state=True).trust.version == 1


def test_a_root_that_is_given_is_checked_whatever_is_remembered(world: World) -> None:
    believed(world, "root-a", state=True)
    assert believed(world, "root-a", "root-b", state=True).trust.version == 1
    refused("trust_root", world, "stranger", state=True)
    refused("trust_root", world, "root-a", "stranger", state=True)


def test_a_root_may_have_signed_where_the_chain_began(world: World) -> None:
    believed(world, "root-a", state=True)
    written(world, 2, signed_by=("keller", "silva", "root-a", "root-b"), **rotated("keller", "silva"))
    assert believed(world, state=True).trust.version == 2
    written(world, 3, signed_by=("keller", "silva"), **rotated("keller", "silva"))
    assert believed(world, "root-a", "root-b", state=True).trust.version == 3
    assert believed(world, "keller", "root-b", state=True).trust.version == 3
    refused("trust_root", world, "root-a", "okafor", state=True)
    refused("trust_root", world, "root-a")


def test_what_is_not_to_be_remembered_is_held_against_what_was(world: World) -> None:
    roots, state = [str(world.public("root-a"))], State(world.state)
    old = world.trust.read_bytes()
    assert open_trust(world.trust, roots, state=state, now=world.now, remember=False).trust.version == 1
    assert state.seen("trust", "bank.models") is None
    written(world, 2)
    believed(world, "root-a", state=True)
    written(world, 3)
    assert open_trust(world.trust, roots, state=state, now=world.now, remember=False).trust.version == 3
    assert (state.seen("trust", "bank.models") or {})["version"] == 2
    world.trust.write_bytes(old)
    with pytest.raises(VerificationError) as caught:
        open_trust(world.trust, roots, state=state, now=world.now, remember=False)
    assert caught.value.reason == "trust_rollback"


def test_what_was_refused_is_not_remembered(world: World) -> None:
    for roots, days in (([], 0), (["stranger"], 0), (["root-a"], 300)):
        with pytest.raises(VerificationError):
            open_trust(
                world.trust,
                [str(world.public(root)) for root in roots],
                state=State(world.folder / f"state{days}"),
                now=world.now + timedelta(days=days),
            )
        assert State(world.folder / f"state{days}").seen("trust", "bank.models") is None


def test_the_next_version_is_believed_by_those_of_the_version_before(world: World) -> None:
    believed(world, "root-a", state=True)
    written(world, 2)
    assert believed(world, state=True).trust.version == 2


def test_an_older_version_is_refused(world: World) -> None:
    old = world.trust.read_bytes()
    written(world, 2)
    believed(world, "root-a", state=True)
    world.trust.write_bytes(old)
    error = refused("trust_rollback", world, "root-a", state=True)
    assert str(error) == "this is version 1 of `bank.models`, and version 2 was accepted here before"
    assert believed(world, "root-a").trust.version == 1  # without a memory nobody can know


def test_the_same_version_with_other_words_is_refused(world: World) -> None:
    believed(world, "root-a", state=True)
    written(world, 1, title="Another title")
    refused("trust_changed", world, "root-a", state=True)


def test_another_trust_file_is_no_next_version(world: World) -> None:
    believed(world, "root-a", state=True)
    written(world, 2, id="other.models")
    refused("trust_root", world, state=True)
    assert believed(world, "root-b", state=True).trust.id == "other.models"


def rotated(*authority: str) -> dict[str, Any]:
    return {"roles": {**ROLES, "trust-authority": [*authority]}}


def test_those_who_may_sign_change_only_with_the_signatures_of_those_before(world: World) -> None:
    believed(world, "root-a", state=True)
    written(world, 2, signed_by=("keller", "silva"), **rotated("keller", "silva"))
    error = refused("trust_unsigned", world, "keller", state=True)
    assert "0 of the 2 of `trust-authority` that version 1 asks for" in str(error)
    assert error.hint.startswith("version 1 was accepted here before")
    for root in ("root-a", "root-b"):
        add(world.claims, document_claim(world.trust, "trust", "bank.models", TRUST, root, "", world.now))
    assert believed(world, state=True).trust.version == 2
    written(world, 3, signed_by=("keller", "silva"), **rotated("keller", "silva"))
    assert believed(world, state=True).trust.version == 3


def test_a_version_that_only_its_own_authority_signed_is_not_believed_by_a_root_either(world: World) -> None:
    written(world, 2, signed_by=("keller", "silva"), **rotated("keller", "silva"))
    refused("trust_root", world, "root-a")


def test_a_quorum_cannot_be_lowered_by_the_version_that_lowers_it(world: World) -> None:
    believed(world, "root-a", state=True)
    said = json.loads(world.trust.read_text()) | {"version": 2, "signed_by": {"role": "trust-authority", "count": 1}}
    world.trust.write_text(json.dumps(said))
    add(
        world.claims, document_claim(world.trust, "trust", "bank.models", TRUST, "root-a", "trust-authority", world.now)
    )
    error = refused("trust_unsigned", world, state=True)
    assert "signed by 1 of the 2 of `trust-authority` that version 1 asks for" in str(error)


def test_a_damaged_memory_is_a_refusal(world: World) -> None:
    believed(world, "root-a", state=True)
    for path in world.state.iterdir():
        said = json.loads(path.read_bytes())
        if said["kind"] == "trust":
            said["value"]["keys"] = [{"name": "x"}]
            path.write_text(json.dumps(said))
    written(world, 2)
    refused("state", world, "root-a", state=True)


def test_a_key_file_that_is_gone_does_not_keep_the_next_version_out(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w", report=False)
    said = json.loads(world.trust.read_text())
    public = world.public("root-a").read_bytes()
    (world.folder / "root.pem").write_bytes(public)
    said["keys"]["root-a"] = {"path": "root.pem", "sha256": digest(public)}
    written(world, 2, keys=said["keys"])
    believed(world, "root-b", state=True)
    (world.folder / "root.pem").unlink()
    written(world, 3)
    assert believed(world, state=True).trust.version == 3


def test_certificates_that_were_replaced_do_not_keep_the_next_version_out(world: World, tmp_path: Path) -> None:
    certificates = world.folder / "tsa.pem"
    for version, content in ((2, b"old"), (3, b"new")):
        certificates.write_bytes(content)
        pinned = {"acme": {"path": "tsa.pem", "sha256": digest(content)}}
        written(world, version, timestamp_authorities=pinned)
        lines = [with_proofs(line, timestamps=[b"stamp"]) for line in world.claims.read_bytes().splitlines()]
        world.claims.write_bytes(b"".join(line + b"\n" for line in lines))
        assert believed(world, "root-a", state=True).trust.version == version

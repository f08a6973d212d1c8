"""Waivers count when enough people who may excuse signed exactly these bytes, none of whom asked for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.authority import Authority
from policykit.attest.claims_file import read_claims
from policykit.attest.envelope import seal
from policykit.attest.statement import REVOCATION, WAIVER, statement
from policykit.canon import digest
from policykit.cli.start import run
from policykit.errors import VerificationError
from policykit.load.bundle import load_bundle
from policykit.load.waiver_document import load_waivers
from policykit.stories.waiver_list import listed
from policykit.stories.waivers import reverified, signed_waivers
from policykit.terms.waiver import SignedWaiver
from tests.trust_world import AUTHOR, PEOPLE, World, add, document_claim, make_world, rfc3339

TERMS = {"signed_by": {"role": "waiver-authority", "count": 1}, "longest": "120 days"}
TWO = {"signed_by": {"role": "excusers", "count": 2}, "longest": "120 days"}
EXCUSERS = {
    "trust-authority": ["root-a", "root-b"],
    "evaluator": ["gate"],
    "release-manager": ["keller", "silva"],
    "permit-office": ["office"],
    "incident-lead": ["lead", "deputy"],
    "waiver-authority": ["okafor"],
    "excusers": ["okafor", "keller", "silva"],
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "world", report=False)


@pytest.fixture
def two(tmp_path: Path) -> World:
    """A world in which two people have to excuse."""
    return make_world(tmp_path / "two", report=False, terms={"waivers": TWO}, trust={"roles": EXCUSERS})


def signed(world: World, stage: str | None = "production", *, days: int = 0) -> tuple[SignedWaiver, ...]:
    claims = read_claims(world.waivers / "claims.jsonl")
    authority = world.authority(world.now + timedelta(days=days))
    return signed_waivers(load_waivers(world.waivers), claims, load_bundle(world.bundle), authority, stage)


def reason(world: World, stage: str | None = "production") -> str:
    with pytest.raises(VerificationError) as caught:
        signed(world, stage)
    return caught.value.reason


def revoked(world: World, thing: str, *, by: str = "okafor") -> None:
    predicate = {"revokes": f"sha256:{thing}", "kind": "waiver", "reason": "withdrawn", "time": rfc3339(world.now)}
    payload = statement([("W-1.yaml", thing)], predicate, predicate_type=REVOCATION)
    add(world.waivers / "claims.jsonl", seal(payload, world.signer(by)))


def test_a_signed_waiver_counts_and_says_who_signed_it(world: World) -> None:
    world.waiver()
    (one,) = signed(world)
    assert [by.who for by in one.approvers] == ["n.okafor@bank.example"]
    assert (len(one.claims), one.refused) == (1, "")


def test_a_waiver_of_another_bundle_or_version_is_none_of_our_business(world: World) -> None:
    world.waiver(id="W-1", binds={"bundle": "cars", "version": "1.4.0"}, signed_by=[])
    world.waiver(id="W-2", binds={"bundle": "loans", "version": "1.5.0"}, signed_by=[])
    world.waiver(id="W-3", binds={"bundle": "loans", "build": "sha256:" + "ab" * 32}, signed_by=[])
    assert signed(world) == ()
    assert signed(world, stage=None) == ()


def test_a_waiver_bound_to_this_build_counts(world: World) -> None:
    build = load_bundle(world.bundle).manifest_digest
    world.waiver(binds={"bundle": "loans", "build": f"sha256:{build}"})
    assert len(signed(world)[0].approvers) == 1


def test_an_unsigned_waiver_is_refused(world: World) -> None:
    world.waiver(signed_by=[])
    assert reason(world) == "waiver_unsigned"


def test_a_waiver_changed_after_signing_is_unsigned(world: World) -> None:
    path = world.waiver()
    path.write_text(path.read_text().replace("90 pp", "91 pp"))
    assert reason(world) == "waiver_unsigned"


@pytest.mark.parametrize("by", ["keller", "gate", "office", "stranger"])
def test_a_waiver_signed_by_somebody_who_may_not_excuse_is_refused(world: World, by: str) -> None:
    world.waiver(signed_by=[by])
    assert reason(world) == "waiver_signer"


@pytest.mark.parametrize("asked_by", [PEOPLE["okafor"], PEOPLE["okafor"].upper(), f" {PEOPLE['okafor']} "])
def test_a_waiver_approved_by_whoever_asked_for_it_is_refused(world: World, asked_by: str) -> None:
    world.waiver(requested_by=asked_by)
    assert reason(world) == "waiver_requester"


def test_a_key_of_nobody_cannot_excuse(world: World) -> None:
    world.waiver()
    authority = world.authority()
    nobody = {**authority.trust.keys, "okafor": replace(authority.trust.keys["okafor"], who=" ")}
    claims, waivers = read_claims(world.waivers / "claims.jsonl"), load_waivers(world.waivers)
    under = Authority(replace(authority.trust, keys=nobody), world.now)
    with pytest.raises(VerificationError, match="the key `okafor` names no person") as caught:
        signed_waivers(waivers, claims, load_bundle(world.bundle), under, "production")
    assert caught.value.reason == "waiver_signer"


def test_one_of_two_is_not_enough_and_two_signatures_of_one_person_are_one(two: World) -> None:
    two.waiver(signed_by=["okafor", "okafor"], role="excusers")
    assert reason(two) == "waiver_unsigned"


def test_two_different_people_are_two(two: World) -> None:
    two.waiver(signed_by=["okafor", "keller"], role="excusers")
    assert len(signed(two)[0].approvers) == 2


def test_the_requester_does_not_count_among_two(two: World) -> None:
    two.waiver(signed_by=["okafor", "keller"], requested_by=PEOPLE["keller"], role="excusers")
    assert reason(two) == "waiver_requester"
    two.waiver(signed_by=["okafor", "silva", "keller"], requested_by=PEOPLE["keller"], role="excusers")
    assert {by.name for by in signed(two)[0].approvers} == {"okafor", "silva"}


@pytest.mark.parametrize("role", ["intern", "", "release-manager"])
def test_a_signature_counts_only_in_the_role_that_it_states(world: World, role: str) -> None:
    world.waiver(role=role)
    assert reason(world) == "waiver_signer"


def test_a_signature_for_one_stage_does_not_count_at_another(world: World) -> None:
    path = world.waiver(signed_by=())
    for stage, counts in (("staging", False), ("production", True)):
        words = ["approve", str(path), "--sign", str(world.key("okafor")), "--role", "waiver-authority", "-s", stage]
        assert run([*words, "--state", str(world.state)]) == 0
        if counts:
            assert [by.name for by in signed(world)[0].approvers] == ["okafor"]
        else:
            with pytest.raises(VerificationError, match="`okafor` signed it for the stage `staging`") as caught:
                signed(world)
            assert caught.value.reason == "waiver_signer"


@pytest.mark.parametrize(
    "asked_by",
    [
        "N. Okafor <n.okafor@bank.example>",
        "n.okafor@bank.example (risk)",
        "n.okafor+risk@bank.example",
        "n.okafor@bank.example\u200b",
        "\u202en.oka\u00adfor@BANK.example\u3164",
        "ｎ.okafor@bank.example",
        "n.\u043ekafor@bank.example",
        "n.okafor\u2603@bank.example",
    ],
)
def test_a_name_is_not_hidden_by_what_is_around_it_or_looks_like_it(world: World, asked_by: str) -> None:
    world.waiver()
    claims, (waiver,) = read_claims(world.waivers / "claims.jsonl"), load_waivers(world.waivers)
    asked = replace(waiver, requested_by=asked_by)  # as a document might say that was read by other means
    with pytest.raises(VerificationError) as caught:
        signed_waivers([asked], claims, load_bundle(world.bundle), world.authority(), "production")
    assert caught.value.reason == "waiver_requester"


def test_it_is_said_why_nobody_can_tell_who_asked(world: World) -> None:
    world.waiver()
    claims, (waiver,) = read_claims(world.waivers / "claims.jsonl"), load_waivers(world.waivers)
    asked = replace(waiver, requested_by="n.\u043ekafor@bank.example")
    with pytest.raises(VerificationError, match="one word mixes the letters of CYRILLIC and LATIN") as caught:
        signed_waivers([asked], claims, load_bundle(world.bundle), world.authority(), "production")
    assert caught.value.hint.startswith("write `requested_by` anew")


# a report that was judged with waivers


def test_a_waiver_nobody_signed_is_not_hidden_by_one_of_the_same_name(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w", women=(300, 1000))
    world.waiver()
    said = json.loads(world.payload(world.gate(waived=True)))["predicate"]
    assert [one.waiver.id for one in reverified(said, world.authority())] == ["W-1"]
    (genuine,) = [rule for rule in said["rules"] if rule["excused"]]
    (entry,) = said["waivers"]
    forged = world.waiver(id="W-9", signed_by=()).read_text()
    excuse = [{**each, "waiver": "W-9"} for each in genuine["excused"]]
    other = {**genuine, "policy": "house@2", "excused": excuse}
    both = [{**entry}, {**entry, "id": "W-9", "text": forged, "digest": digest(forged.encode()), "claims": []}]
    for rules in ([other, genuine], [genuine, other]):
        with pytest.raises(VerificationError) as caught:
            reverified({**said, "rules": rules, "waivers": both}, world.authority())
        assert caught.value.reason == "waiver_unsigned"


def test_two_policies_of_one_name_are_two_excused_rules(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w", women=(300, 1000), terms={"waivers": {**TERMS, "at_most": 1}})
    world.waiver()
    said = json.loads(world.payload(world.gate(waived=True)))["predicate"]
    (genuine,) = [rule for rule in said["rules"] if rule["excused"]]
    twice = [genuine, {**genuine, "policy": "house@2"}]
    with pytest.raises(VerificationError, match="2 rules are excused, and the trust file lets at most 1 be"):
        reverified({**said, "rules": twice}, world.authority())


def test_two_waivers_of_one_name_are_not_told_apart_and_refused(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w", women=(300, 1000))
    world.waiver()
    said = json.loads(world.payload(world.gate(waived=True)))["predicate"]
    other = world.waiver(allows={"at_most": "80 pp"}).read_text()
    (entry,) = said["waivers"]
    both = [entry, {**entry, "text": other, "digest": digest(other.encode())}]
    with pytest.raises(VerificationError, match="two waivers have one id") as caught:
        reverified({**said, "waivers": both}, world.authority(), claims=read_claims(world.waivers / "claims.jsonl"))
    assert caught.value.reason == "waiver_changed"


def test_the_signature_under_another_kind_of_document_is_no_approval(world: World) -> None:
    path = world.waiver(signed_by=[])
    claim = document_claim(path, "policy", "W-1", WAIVER, "okafor", "waiver-authority", world.now)
    add(world.waivers / "claims.jsonl", claim)
    assert reason(world) == "waiver_unsigned"


def test_without_a_stage_nobody_knows_whether_a_waiver_counts(world: World) -> None:
    world.waiver()
    assert reason(world, stage=None) == "stage_unsaid"


def test_a_stage_whose_terms_name_nobody_lets_no_waiver_count(world: World) -> None:
    world.waiver()
    assert reason(world, stage="staging") == "waiver_terms"


@pytest.mark.parametrize(
    ("terms", "changed", "told"),
    [
        ({"longest": "30 days"}, {}, "it holds for 62 days, and the trust file accepts at most 30"),
        ({"widest": "build"}, {}, "it is bound to a version, and the trust file accepts no wider than a build"),
        (
            {},
            {"binds": {"bundle": "loans"}},
            "it is bound to a model, and the trust file accepts no wider than a version",
        ),
        ({"never": ["house/R-2"]}, {}, "the trust file lets nobody excuse `house/R-2`"),
        (
            {"doubts": ["straddles"]},
            {"allows": {"undecided": "too_few", "surely_at_most": "30 pp"}},
            "it accepts undecided(too_few), and the trust file lets nobody accept that doubt",
        ),
        ({"at_most": 1}, {}, ""),
    ],
)
def test_a_waiver_that_goes_further_than_the_trust_file_does_not_count(
    tmp_path: Path, terms: dict[str, Any], changed: dict[str, Any], told: str
) -> None:
    whole = {"signed_by": {"role": "waiver-authority", "count": 1}, "longest": "120 days", **terms}
    world = make_world(tmp_path / "world", report=False, terms={"waivers": whole})
    world.waiver(**changed)
    assert signed(world)[0].refused == told


def test_more_rules_than_may_be_excused_are_all_refused(tmp_path: Path) -> None:
    terms = {"signed_by": {"role": "waiver-authority", "count": 1}, "longest": "120 days", "at_most": 1}
    world = make_world(tmp_path / "world", report=False, terms={"waivers": terms})
    world.waiver(id="W-1")
    world.waiver(id="W-2", only_for={"attribute": "sex"})
    assert [one.refused for one in signed(world)] == ["", ""]
    world.waiver(id="W-3", rule="house/R-1", allows={"at_least": "50 %"})
    assert {one.refused for one in signed(world)} == {"there are waivers for 2 rules, and at most 1 may be excused"}


def test_an_expired_waiver_is_returned_without_approvers_whoever_signed_it(world: World) -> None:
    world.waiver(signed_by=[])
    assert signed(world, days=61)[0].approvers == ()


def test_a_waiver_that_was_taken_back_does_not_count(world: World) -> None:
    path = world.waiver()
    revoked(world, digest(path.read_bytes()))
    assert signed(world)[0].refused == "it was taken back by `n.okafor@bank.example`"


@pytest.mark.parametrize("by", ["keller", "gate", "stranger", "office"])
def test_only_those_who_may_take_back_are_heard(tmp_path: Path, by: str) -> None:
    from policykit.stories.claimed import revokers

    world = make_world(tmp_path / "world", report=False)
    trust = world.authority().trust
    assert revokers(trust, "waiver") == ("trust-authority", "waiver-authority")
    assert revokers(trust, "permit") == ("trust-authority", "permit-office")
    path = world.waiver()
    revoked(world, digest(path.read_bytes()), by=by)
    taken = signed(world)[0].refused
    assert taken == ""


def test_a_revocation_outlives_its_key(tmp_path: Path) -> None:
    from tests.trust_world import ROLES, trust_document

    world = make_world(tmp_path / "world", report=False)
    path = world.waiver()
    keys = trust_document(world.now)["keys"]
    over = {**keys["keller"], "valid_until": (world.now.date() - timedelta(days=1)).isoformat()}
    roles = {**ROLES, "waiver-authority": ["okafor", "keller"]}
    world.write_trust(version=2, keys={**keys, "keller": over}, roles=roles)
    revoked(world, digest(path.read_bytes()), by="keller")
    assert signed(world)[0].refused == "it was taken back by `m.keller@bank.example`"


def states(world: World, **given: Any) -> Sequence[tuple[str, str, int]]:
    claims = read_claims(world.waivers / "claims.jsonl")
    now = given.pop("now", world.now)
    authority = world.authority(now) if given.pop("trust", False) else None
    found = listed(load_waivers(world.waivers), now=now, claims=claims, authority=authority, **given)
    return [(one.waiver.id, one.state, one.days_left) for one in found]


def test_the_list_has_the_waiver_that_ends_first_at_the_top(world: World) -> None:
    day = world.now.date()
    world.waiver(id="W-1")
    world.waiver(id="W-2", expires=(day + timedelta(days=3)).isoformat())
    world.waiver(id="W-3", expires=day.isoformat(), signed_by=[])
    world.waiver(id="W-4", valid_from=(day + timedelta(days=1)).isoformat())
    assert states(world) == [
        ("W-3", "not_verified", 0),
        ("W-2", "not_verified", 3),
        ("W-1", "not_verified", 60),
        ("W-4", "not_yet", 60),
    ]
    assert states(world, trust=True, stage="production")[0] == ("W-3", "unsigned", 0)
    assert states(world, now=world.now + timedelta(days=1))[0] == ("W-3", "expired", -1)


def test_the_list_says_what_each_excuses_as_a_sentence(world: World) -> None:
    world.waiver(id="W-1", allows={"at_most": "20 pp", "surely_at_most": "24 pp"}, only_for={"attribute": "sex"})
    world.waiver(id="W-2", allows={"undecided": "missing"})
    found = listed(load_waivers(world.waivers), now=world.now)
    assert [one.excuses for one in found] == [
        "a fail of attribute `sex`, as far as at most 20 pp, and surely at most 24 pp",
        "the doubt `missing`",
    ]


def test_the_list_says_which_waivers_a_report_used(tmp_path: Path) -> None:
    import json

    world = make_world(tmp_path / "world", women=(300, 1000), report=False)
    world.waiver(id="W-1")
    world.waiver(id="W-2", rule="house/R-1", allows={"at_least": "50 %"})
    said = json.loads(world.payload(world.gate(waived=True)))["predicate"]
    assert [(name, state) for name, state, _ in states(world, said=said)] == [("W-1", "used"), ("W-2", "unused")]


def test_the_author_of_a_model_may_ask_for_a_waiver(world: World) -> None:
    world.waiver(requested_by=AUTHOR)
    assert len(signed(world)[0].approvers) == 1

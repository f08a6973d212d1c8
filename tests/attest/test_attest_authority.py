"""Who signed, by the words of a trust file, and whether their key counted when they did."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.authority import Authority
from policykit.attest.envelope import seal, sealed
from policykit.attest.keys import new_key
from policykit.attest.material import Material
from policykit.attest.signer import Signer
from policykit.attest.statement import APPROVAL, GATE_REPORT, statement
from policykit.canon import canonical, digest
from policykit.errors import TrustError, VerificationError
from policykit.terms.trust import (
    Quorum,
    Trust,
    TrustKey,
)
from tests.attest.authorities import opened, refused, review
from tests.clock import NOW

Opens = Callable[..., Any]


def changed(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    bundle = json.loads(data)
    change(bundle)
    return canonical(bundle)


def approval(signer: Signer, **more: Any) -> bytes:
    predicate = {"role": "release-manager", **more}
    return seal(statement([("m", "ab" * 32)], predicate, predicate_type=APPROVAL), signer)


def test_a_report_by_a_member_of_the_role_says_what_it_says_and_by_whom(
    trust: Trust, signers: Mapping[str, Signer], payload: bytes
) -> None:
    data = seal(payload, signers["gate"])
    signed = opened(trust, data)
    assert (signed.payload, signed.payload_digest) == (payload, digest(payload))
    assert signed.predicate["decision"] == "ALLOWED"
    assert (signed.by.name, signed.by.who, signed.by.role, signed.by.at) == ("gate", "", "evaluator", "")
    assert signed.by.key_id == signers["gate"].public.id
    assert (signed.at, signed.envelope.raw) == (None, data)


def test_a_signer_without_the_role_is_refused_by_name(
    trust: Trust, signers: Mapping[str, Signer], payload: bytes
) -> None:
    error = refused("role", trust, seal(payload, signers["keller"]))
    assert str(error) == "it is signed by `keller`, who does not have the role `evaluator`"


def test_a_stranger_is_refused_by_key(trust: Trust, signers: Mapping[str, Signer], payload: bytes) -> None:
    error = refused("unknown_signer", trust, seal(payload, signers["stranger"]))
    assert signers["stranger"].public.id in str(error)


def test_a_role_that_nobody_has_lets_nobody_in(trust: Trust, signers: Mapping[str, Signer], payload: bytes) -> None:
    for signer in ("gate", "keller"):
        refused("role", trust, seal(payload, signers[signer]), role="nobody")


def test_any_of_several_roles_will_do_and_the_first_the_signer_has_is_its(
    trust: Trust, signers: Mapping[str, Signer]
) -> None:
    authority = Authority(trust, NOW)
    for roles, role in [
        (("officer", "release-manager"), "officer"),
        (("evaluator", "release-manager"), "release-manager"),
    ]:
        signed = authority.open_any(approval(signers["keller"]), roles=roles, predicate_type=APPROVAL)
        assert signed.by.role == role
    with pytest.raises(VerificationError, match="does not have the role `evaluator` or `nobody`"):
        authority.open_any(approval(signers["keller"]), roles=("evaluator", "nobody"), predicate_type=APPROVAL)


def test_a_file_that_does_not_say_whose_it_is_is_tried_with_every_key(
    trust: Trust, signers: Mapping[str, Signer], payload: bytes
) -> None:
    def bare(signer: str) -> bytes:
        return sealed(payload, signers[signer].sign(_pae(payload)), Material("", None, (), ()))

    assert opened(trust, bare("gate")).by.name == "gate"
    refused("role", trust, bare("keller"))
    assert "no key of the trust file fits" in str(refused("unknown_signer", trust, bare("stranger")))


def _pae(payload: bytes) -> bytes:
    from policykit.attest.envelope import pae

    return pae(payload)


def test_the_word_of_the_file_is_not_enough(trust: Trust, signers: Mapping[str, Signer], payload: bytes) -> None:
    forged = sealed(
        payload, signers["stranger"].sign(_pae(payload)), Material(signers["gate"].public.hint, None, (), ())
    )
    refused("bad_signature", trust, forged)


def test_a_file_changed_after_signing_is_refused(trust: Trust, signers: Mapping[str, Signer], payload: bytes) -> None:
    envelope = seal(payload, signers["gate"])
    other = statement([("m", "cd" * 32)], {"decision": "ALLOWED"})
    forged = changed(
        envelope,
        lambda b: b["dsseEnvelope"].update(payload=json.loads(seal(other, signers["gate"]))["dsseEnvelope"]["payload"]),
    )
    refused("bad_signature", trust, forged)


def test_a_key_id_in_the_signature_is_never_looked_at(
    trust: Trust, signers: Mapping[str, Signer], payload: bytes
) -> None:
    data = seal(payload, signers["gate"])
    for keyid in ("", "keller", signers["keller"].public.id, signers["stranger"].public.id):
        named = changed(data, lambda b, keyid=keyid: b["dsseEnvelope"]["signatures"][0].update(keyid=keyid))  # type: ignore[misc]
        assert opened(trust, named).by.name == "gate"


@pytest.mark.parametrize("hint", ["AAAA", "not base64!", "x" * 5000, "\u202e"])
def test_any_other_hint_is_somebody_unknown(
    trust: Trust, signers: Mapping[str, Signer], payload: bytes, hint: str
) -> None:
    data = changed(seal(payload, signers["gate"]), lambda b: b["verificationMaterial"]["publicKey"].update(hint=hint))
    error = refused("unknown_signer", trust, data)
    assert "\u202e" not in str(error) and len(str(error)) < 300


def test_nothing_is_parsed_before_the_signature_holds(trust: Trust, signers: Mapping[str, Signer]) -> None:
    nonsense = b"\xff not even JSON"
    refused("unknown_signer", trust, seal(nonsense, signers["stranger"]))
    refused("json", trust, seal(nonsense, signers["gate"]))


def test_validity_comes_before_what_is_said(trust: Trust, signers: Mapping[str, Signer]) -> None:
    old = replace(trust, keys={**trust.keys, "gate": replace(trust.keys["gate"], valid_until="2026-01-01")})
    refused("key_expired", old, seal(b"nonsense", signers["gate"]))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (GATE_REPORT.replace("/v1", "/v2"), "newer"),
        (APPROVAL, "predicate_type"),
        (GATE_REPORT + "/", "predicate_type"),
        (GATE_REPORT.upper(), "predicate_type"),
    ],
)
def test_another_kind_of_statement_is_refused(
    trust: Trust, signers: Mapping[str, Signer], kind: str, reason: str
) -> None:
    refused(reason, trust, seal(statement([("m", "ab" * 32)], {}, predicate_type=kind), signers["gate"]))


def test_a_stage_the_trust_file_does_not_speak_of_is_refused(trust: Trust) -> None:
    assert Authority(trust, NOW).stage("production").name == "production"
    with pytest.raises(VerificationError) as caught:
        Authority(trust, NOW).stage("producti\u202eon")
    assert (caught.value.reason, caught.value.hint) == ("trust_stage", "it speaks of `production`")
    assert "\u202e" not in str(caught.value)


# keys


def test_a_key_that_is_not_what_its_id_says_is_refused_before_anything(trust: Trust) -> None:
    for pem, key_id in [(trust.keys["gate"].pem, "00" * 32), (trust.keys["keller"].pem, trust.keys["gate"].id)]:
        wrong = replace(trust, keys={**trust.keys, "gate": TrustKey("gate", pem, key_id)})
        with pytest.raises(TrustError, match="the key `gate` is not written in its one form"):
            Authority(wrong, NOW)


def test_a_key_in_a_second_spelling_is_no_second_key(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    public = new_key("k", tmp_path, None, algorithm="ecdsa-p256")[1].read_bytes()
    point = load_pem_public_key(public).public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    head = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    import base64

    body = base64.encodebytes(head + point).decode()
    pem = f"-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n"
    key = TrustKey("twin", pem, digest(head + point))
    with pytest.raises(TrustError, match="not written in its one form"):
        Authority(Trust("a", 1, "", "2027-01-01", Quorum("r"), keys={"twin": key}), NOW)


def test_one_key_under_two_names_is_refused(trust: Trust) -> None:
    twice = replace(trust, keys={**trust.keys, "other": replace(trust.keys["gate"], name="other")})
    with pytest.raises(TrustError, match="one key under two names, `gate` and `other`"):
        Authority(twice, NOW)


@pytest.mark.parametrize("pem", ["", "-----BEGIN PUBLIC KEY-----\n", "-----BEGIN PRIVATE KEY-----\n"])
def test_what_is_no_public_key_is_refused(trust: Trust, pem: str) -> None:
    with pytest.raises(TrustError, match="the key `gate`: this is"):
        Authority(replace(trust, keys={"gate": replace(trust.keys["gate"], pem=pem)}), NOW)


def test_a_key_is_found_by_name_and_a_member_before_it_signs(trust: Trust, signers: Mapping[str, Signer]) -> None:
    authority = Authority(trust, NOW)
    assert authority.key("gate") == signers["gate"].public
    with pytest.raises(VerificationError, match="the trust file has no key `none`"):
        authority.key("none")
    assert [(m.name, m.who) for m in authority.members("release-manager")] == [
        ("keller", "m.keller@acme.example"),
        ("asilva", "a.silva@acme.example"),
    ]


def test_a_review_counts_as_its_reviewers(trust: Trust, signers: Mapping[str, Signer]) -> None:
    signed = opened(trust, approval(signers["workflow"], **review()), "release-manager", APPROVAL)
    assert (signed.by.name, signed.by.who) == ("asilva", "a.silva@acme.example")
    assert signed.by.key_id == "github asilva"


def test_two_reviewers_recorded_by_one_workflow_are_two_people(trust: Trust, signers: Mapping[str, Signer]) -> None:
    from policykit.attest.quorum import distinct

    both = replace(trust, roles={"release-manager": ("asilva", "bjones")})
    people = [
        opened(both, approval(signers["workflow"], **review(login)), "release-manager", APPROVAL).by
        for login in ("asilva", "bjones", "ASILVA")
    ]
    assert distinct(people) == 2


@pytest.mark.parametrize(("login", "platform"), [("bjones", "github"), ("asilva", "gitlab"), ("nobody", "github")])
def test_a_review_by_somebody_without_the_role_is_refused(
    trust: Trust, signers: Mapping[str, Signer], login: str, platform: str
) -> None:
    data = approval(signers["workflow"], **review(login, platform))
    assert f"the review is by `{login}`" in str(refused("role", trust, data, "release-manager", APPROVAL))


def test_a_review_signed_by_anything_but_its_recorder_is_refused(trust: Trust, signers: Mapping[str, Signer]) -> None:
    refused("role", trust, approval(signers["gate"], **review()), "release-manager", APPROVAL)
    error = refused("role", trust, approval(signers["keller"], **review()), "release-manager", APPROVAL)
    assert "not through `keller`" in str(error)


def test_a_recorder_does_not_approve_for_itself(trust: Trust, signers: Mapping[str, Signer]) -> None:
    for data in (approval(signers["workflow"]), approval(signers["workflow"], review={})):
        error = refused("role", trust, data, "release-manager", APPROVAL)
        assert str(error) == "`workflow` records the reviews of others, and this names no review"


def test_a_recorder_that_has_the_role_itself_signs_as_itself_or_for_a_reviewer(
    trust: Trust, signers: Mapping[str, Signer]
) -> None:
    assert opened(trust, approval(signers["workflow"]), "officer", APPROVAL).by.name == "workflow"
    assert opened(trust, approval(signers["workflow"], **review("bjones")), "officer", APPROVAL).by.name == "bjones"
    refused("role", trust, approval(signers["workflow"], **review("asilva")), "officer", APPROVAL)


@pytest.mark.parametrize("said", [{"login": "asilva"}, {"platform": "github"}, {"platform": 1, "login": "a"}, "x", [1]])
def test_a_review_that_does_not_say_by_whom_is_incomplete(
    trust: Trust, signers: Mapping[str, Signer], said: object
) -> None:
    refused("incomplete", trust, approval(signers["workflow"], review=said), "release-manager", APPROVAL)

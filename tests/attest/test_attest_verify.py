from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policykit.attest.claims import Asked, check_age, check_claims, check_subject, evaluated_at
from policykit.attest.envelope import seal
from policykit.attest.keys import load_public_key
from policykit.attest.publickey import PublicKey
from policykit.attest.reasons import REASONS
from policykit.attest.signer import Signer
from policykit.attest.verify import open_report
from policykit.canon import canonical
from policykit.errors import VerificationError

MANIFEST = "ab" * 32
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

Sealed = Callable[[bytes], bytes]
Statement = dict[str, Any]


@pytest.fixture
def stated(payload: bytes) -> Statement:
    """The statement as an object, to change and sign again."""
    return json.loads(payload)


def refusal(step: Callable[[], object]) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        step()
    assert caught.value.reason in REASONS
    return caught.value


# the signature, before everything


def test_a_report_opens_with_the_key_it_was_signed_with(pair: tuple[Signer, PublicKey], payload: bytes) -> None:
    signer, key = pair
    verified = open_report(seal(payload, signer), key)
    assert verified.payload == payload
    assert verified.key == key
    assert verified.predicate["decision"] == "ALLOWED"


def test_without_a_key_nothing_opens(report: bytes) -> None:
    error = refusal(lambda: open_report(report, None))
    assert (error.reason, error.hint) == ("no_key", "give the signer's public key with `--key`")


def test_the_key_of_somebody_else_does_not_open(report: bytes, keys: dict[str, tuple[Path, Path]]) -> None:
    for other in ("other", "ecdsa-p256"):
        key = load_public_key(keys[other][1])
        error = refusal(lambda key=key: open_report(report, key))  # type: ignore[misc]
        assert error.reason == "wrong_key"
        assert f"`{key.id}` is accepted" in str(error)


def test_a_hint_that_names_the_accepted_key_does_not_help_a_signature_by_another(
    report: bytes, keys: dict[str, tuple[Path, Path]]
) -> None:
    key = load_public_key(keys["other"][1])
    bundle = json.loads(report)
    for hint in (key.hint, ""):
        bundle["verificationMaterial"]["publicKey"]["hint"] = hint
        assert refusal(lambda: open_report(canonical(bundle), key)).reason == "bad_signature"


def test_nothing_inside_is_read_before_the_signature_holds(report: bytes, key: PublicKey) -> None:
    bundle = json.loads(report)
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(b'{"a":1,"a":NaN').decode()
    assert refusal(lambda: open_report(canonical(bundle), key)).reason == "bad_signature"


@shared
@given(data=st.data())
def test_any_flipped_bit_anywhere_in_the_file_is_refused(data: st.DataObject, report: bytes, key: PublicKey) -> None:
    bit = data.draw(st.integers(0, len(report) * 8 - 1))
    flipped = bytearray(report)
    flipped[bit // 8] ^= 1 << bit % 8
    refusal(lambda: open_report(bytes(flipped), key))


@shared
@given(data=st.data())
def test_any_flipped_bit_of_payload_or_signature_is_a_bad_signature(
    data: st.DataObject, pair: tuple[Signer, PublicKey], payload: bytes
) -> None:
    signer, key = pair
    bundle = json.loads(seal(payload, signer))
    holder, name = data.draw(
        st.sampled_from([(bundle["dsseEnvelope"], "payload"), (bundle["dsseEnvelope"]["signatures"][0], "sig")])
    )
    raw = bytearray(base64.b64decode(holder[name]))
    bit = data.draw(st.integers(0, 2**20)) % (len(raw) * 8)  # an ECDSA signature has no fixed length
    raw[bit // 8] ^= 1 << bit % 8
    holder[name] = base64.b64encode(bytes(raw)).decode()
    assert refusal(lambda: open_report(canonical(bundle), key)).reason == "bad_signature"


@shared
@given(data=st.data())
def test_any_file_cut_short_or_longer_is_refused(data: st.DataObject, report: bytes, key: PublicKey) -> None:
    end = data.draw(st.integers(0, len(report) - 1))
    refusal(lambda: open_report(report[:end], key))
    refusal(lambda: open_report(report + data.draw(st.sampled_from([b"{}", b"]", b"\x00", b"x"])), key))


@shared
@given(data=st.binary(max_size=2000))
def test_any_bytes_are_refused_with_a_reason(data: bytes, key: PublicKey) -> None:
    refusal(lambda: open_report(data, key))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every member of a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, inner in items for place in places(inner, (*path, name)))]


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], by)
    return copy


@shared
@given(data=st.data(), by=json_values)
def test_any_changed_member_of_the_file_is_refused_or_changes_nothing(
    data: st.DataObject, by: Any, report: bytes, payload: bytes, key: PublicKey
) -> None:
    bundle = json.loads(report)
    path = data.draw(st.sampled_from(places(bundle)))
    try:
        verified = open_report(json.dumps(replaced(bundle, path, by)).encode("utf-8", "surrogatepass"), key)
    except VerificationError as error:
        assert error.reason in REASONS
    else:
        assert verified.payload == payload
        assert path[:2] in {("verificationMaterial", "tlogEntries"), ("verificationMaterial", "publicKey")}


@shared
@given(data=st.data(), by=json_values)
def test_any_signed_statement_opens_or_is_refused_with_a_reason(
    data: st.DataObject, by: Any, payload: bytes, sealed: Sealed, key: PublicKey
) -> None:
    whole = json.loads(payload)
    changed = replaced(whole, data.draw(st.sampled_from(places(whole))), by)
    asked = Asked("production", "n-1", ["ef" * 32], engine_at_least="0.1.0", oldest=timedelta(hours=1))
    try:
        verified = open_report(sealed(json.dumps(changed).encode("utf-8", "replace")), key)
        check_subject(verified.statement, MANIFEST)
        check_claims(verified.statement, asked, now=NOW)
    except VerificationError as error:
        assert error.reason in REASONS


# the statement


@pytest.mark.parametrize(
    ("payload_bytes", "reason"),
    [
        (b"not json", "json"),
        (b'{"_type":1,"_type":1}', "duplicate_member"),
        (b"[" * 100_000, "json"),
        (b"[]", "statement_type"),
        (b"{}", "statement_type"),
        (b'{"_type":"https://in-toto.io/Statement/v0.1"}', "statement_type"),
        (b'{"_type":"https://in-toto.io/Statement/v2"}', "newer"),
    ],
)
def test_what_was_signed_must_be_a_statement(payload_bytes: bytes, reason: str, sealed: Sealed, key: PublicKey) -> None:
    assert refusal(lambda: open_report(sealed(payload_bytes), key)).reason == reason


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("https://policykit.dev/gate-report/v2", "newer"),
        ("https://policykit.dev/gate-report/v0", "predicate_type"),
        ("https://policykit.dev/gate-report/v1/", "predicate_type"),
        ("https://policykit.dev/promotion-permit/production/v1", "predicate_type"),
        ("https://POLICYKIT.dev/gate-report/v1", "predicate_type"),
        (None, "predicate_type"),
        (["https://policykit.dev/gate-report/v1"], "predicate_type"),
    ],
)
def test_another_kind_of_statement_is_no_gate_report(
    kind: object, reason: str, stated: Statement, sealed: Sealed, key: PublicKey
) -> None:
    stated["predicateType"] = kind
    assert refusal(lambda: open_report(sealed(canonical(stated)), key)).reason == reason


@pytest.mark.parametrize(
    "change",
    [
        {"subject": []},
        {"subject": None},
        {"subject": {"0": {}}},
        {"subject": ["x"]},
        {"subject": [{"name": "m"}]},
        {"subject": [{"name": "m", "digest": {"sha512": "00"}}]},
        {"subject": [{"name": "m", "digest": {"sha256": 7}}]},
        {"predicate": []},
        {"predicate": None},
    ],
)
def test_a_statement_about_no_file_or_saying_nothing_is_incomplete(
    change: dict[str, Any], stated: Statement, sealed: Sealed, key: PublicKey
) -> None:
    assert refusal(lambda: open_report(sealed(canonical(stated | change)), key)).reason == "incomplete"


# what it claims


def test_a_report_on_these_files_is_accepted_and_one_on_others_is_not(stated: Statement) -> None:
    check_subject(stated, MANIFEST)
    check_subject(stated, f"sha256:{MANIFEST}")
    error = refusal(lambda: check_subject(stated, "cd" * 32))
    assert error.reason == "subject"
    assert f"about the bundle `{MANIFEST}`, and the bundle at hand is `{'cd' * 32}`" in str(error)


def test_only_the_first_subject_is_the_bundle(stated: Statement) -> None:
    assert refusal(lambda: check_subject(stated, "12" * 32)).reason == "subject"


def test_a_report_that_answers_what_was_asked_passes_every_step(stated: Statement) -> None:
    asked = Asked(
        "production", "n-1", ["ef" * 32, "sha256:" + "ef" * 32], engine_at_least="0.1.0", oldest=timedelta(minutes=30)
    )
    check_claims(stated, asked, now=NOW)
    assert refusal(lambda: check_claims(stated, asked, now=NOW + timedelta(seconds=1))).reason == "age"


@pytest.mark.parametrize(
    ("asked", "reason", "words"),
    [
        (Asked(stage="staging"), "stage", "about the stage `production`, and `staging` was asked for"),
        (Asked(nonce="n-2"), "nonce", "answers the request `n-1`, and `n-2` was asked"),
        (Asked(nonce=""), "nonce", "answers the request `n-1`, and `` was asked"),
        (Asked(policy_digests=["ee" * 32]), "policy_digest", "was not made with the policy of digest"),
        (Asked(engine_at_least="0.1.1"), "engine", "made by policykit `0.1.0`, and `0.1.1` or newer"),
        (Asked(engine_at_least="new"), "engine", "`new` is not a version"),
        (Asked(modes=("audit",)), "mode", "made in the mode `enforce`"),
        (Asked(scopes=("partial",)), "scope", "has the scope `full`"),
        (
            Asked(oldest=timedelta(minutes=29)),
            "age",
            "made at 2026-11-22T09:30:00Z, longer ago than the 1740 seconds",
        ),
    ],
)
def test_each_claim_that_differs_has_its_own_reason(stated: Statement, asked: Asked, reason: str, words: str) -> None:
    error = refusal(lambda: check_claims(stated, asked, now=NOW))
    assert (error.reason, words in str(error), bool(error.hint)) == (reason, True, True), str(error)


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        ({"mode": "audit"}, "mode"),
        ({"mode": None}, "mode"),
        ({"scope": "partial"}, "scope"),
        ({"scope": "trial"}, "scope"),
        ({"scope": ["full"]}, "scope"),
    ],
)
def test_audit_mode_and_a_part_of_the_rules_are_refused_unless_asked_for(
    stated: Statement, gate: dict[str, Any], reason: str
) -> None:
    stated["predicate"]["gate"] |= gate
    assert refusal(lambda: check_claims(stated, Asked(), now=NOW)).reason == reason


def test_audit_mode_and_a_part_of_the_rules_are_accepted_when_asked_for(stated: Statement) -> None:
    stated["predicate"]["gate"] |= {"mode": "audit", "scope": "partial"}
    check_claims(stated, Asked(modes=("enforce", "audit"), scopes=("full", "partial")), now=NOW)
    assert refusal(lambda: check_claims(stated, Asked(scopes=("full", "partial")), now=NOW)).reason == "mode"
    assert refusal(lambda: check_claims(stated, Asked(modes=("enforce", "audit")), now=NOW)).reason == "scope"


@pytest.mark.parametrize("name", ["gate", "policies", "engine"])
@pytest.mark.parametrize("value", ["absent", None, 3, "x"])
def test_a_claim_that_is_asked_about_and_absent_is_incomplete(stated: Statement, name: str, value: object) -> None:
    if value == "absent":
        del stated["predicate"][name]
    else:
        stated["predicate"][name] = value
    asked = Asked("production", "n-1", ["ef" * 32], engine_at_least="0.1.0")
    error = refusal(lambda: check_claims(stated, asked, now=NOW))
    assert (error.reason, str(error)) == ("incomplete", f"the report has no usable `{name}`")


@pytest.mark.parametrize("policy", [{"applied": False}, {"applied": None}, {"digest": 7}, {"digest": None}])
def test_a_policy_that_did_not_apply_does_not_count(stated: Statement, policy: dict[str, Any]) -> None:
    stated["predicate"]["policies"][0] |= policy
    asked = Asked(policy_digests=["ef" * 32])
    assert refusal(lambda: check_claims(stated, asked, now=NOW)).reason == "policy_digest"


@pytest.mark.parametrize(
    ("made_by", "at_least", "accepted"),
    [
        ("1.2.0", "1.2", True),
        ("1.10.0", "1.9.9", True),
        ("1.2", "1.2.0", True),
        ("2.0.0rc1", "2.0.0", False),
        ("2.0.0rc1", "1.9", True),
        ("0.9.9", "1.0", False),
    ],
)
def test_versions_are_compared_as_numbers(stated: Statement, made_by: str, at_least: str, accepted: bool) -> None:
    stated["predicate"]["engine"]["version"] = made_by
    asked = Asked(engine_at_least=at_least)
    if accepted:
        check_claims(stated, asked, now=NOW)
    else:
        assert refusal(lambda: check_claims(stated, asked, now=NOW)).reason == "engine"


@pytest.mark.parametrize(
    "said",
    [
        None,
        0,
        "",
        "now",
        "2026-11-22",
        "2026-11-22T09:30:00",
        "2026-11-22T09:30:00+02:00",
        "2026-02-30T00:00:00Z",
        "2026-11-22T09:30:60Z",
        "0000-01-01T00:00:00Z",
        "٢٠٢٦-11-22T09:30:00Z",
        "2026-11-22T09:30:00Z\n",
    ],
)
def test_a_time_that_is_no_utc_time_is_refused(stated: Statement, said: object) -> None:
    stated["predicate"]["timeEvaluated"] = said
    error = refusal(lambda: evaluated_at(stated))
    assert (error.reason, error.hint) == ("time", "expected the form `2026-11-22T09:30:00Z`")


@pytest.mark.parametrize(
    "said",
    ["2026-11-22T09:30:00Z", "2026-11-22T09:30:00+00:00", "2026-11-22T09:30:00.1Z", "2026-11-22T09:30:00.123456789Z"],
)
def test_utc_times_are_read_to_the_second_and_finer(stated: Statement, said: str) -> None:
    stated["predicate"]["timeEvaluated"] = said
    assert evaluated_at(stated).replace(microsecond=0) == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_a_report_from_the_future_is_refused_beyond_five_minutes(stated: Statement) -> None:
    made = evaluated_at(stated)
    check_claims(stated, Asked(), now=made - timedelta(minutes=5))
    error = refusal(lambda: check_claims(stated, Asked(), now=made - timedelta(minutes=5, seconds=1)))
    assert (error.reason, error.hint) == ("time", "one of the two clocks is wrong")


@pytest.mark.parametrize(("span", "words"), [(timedelta(days=2), "2 days"), (timedelta(hours=5), "5 hours")])
def test_the_accepted_age_is_said_in_words(stated: Statement, span: timedelta, words: str) -> None:
    error = refusal(lambda: check_age(stated, span, now=NOW + timedelta(days=9)))
    assert f"longer ago than the {words} accepted" in str(error)


def test_words_from_the_report_are_made_harmless_in_messages(stated: Statement) -> None:
    stated["predicate"]["gate"]["stage"] = "\x1b[2J\u202e`evil`\n" + "x" * 500
    message = str(refusal(lambda: check_claims(stated, Asked("production"), now=NOW)))
    assert message.isprintable()
    assert "`\\u{1b}[2J\\u{202e}'evil'\\u{a}xxx" in message
    assert len(message) < 300

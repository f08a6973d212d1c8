"""Waivers under a trust file: approved by people who may excuse, none of them the one who asked, and no further than it lets them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from policykit.attest.quorum import distinct, same_person
from policykit.attest.quote import quoted
from policykit.attest.statement import WAIVER
from policykit.attest.strict_json import strict_json
from policykit.canon import canonical, digest
from policykit.errors import VerificationError, WaiverError
from policykit.stories.claimed import TakenBack, check_not_revoked, of_type, revocations
from policykit.terms.bundle import Bundle
from policykit.terms.bundle_json import bundle_from_json
from policykit.terms.signatory import Signatory, unclear
from policykit.terms.trust import Quorum, WaiverTerms
from policykit.terms.waiver import SignedWaiver, Waiver, binds

if TYPE_CHECKING:
    from policykit.attest.authority import Authority

_WIDTH = ("build", "version", "model")


def signed_waivers(
    waivers: Sequence[Waiver], claims: Sequence[bytes], bundle: Bundle, authority: Authority, stage: str | None
) -> tuple[SignedWaiver, ...]:
    """Return the waivers that bind this bundle, each with who approved it; before anything is excused.

    One that has expired is returned without approvers: it excuses nothing, and its approvers' keys may be long gone.

    Raises:
        VerificationError: `stage_unsaid`, `trust_stage`, `waiver_terms`, `waiver_unsigned`, `waiver_signer`,
            `waiver_requester`.
    """
    binding = [waiver for waiver in waivers if binds(waiver, bundle)]
    if not binding:
        return ()
    terms = _terms(authority, stage)
    today = authority.now.astimezone(UTC).date().isoformat()
    asks = _Asks(terms, stage or "", authority, revocations(claims, authority))
    found = [
        SignedWaiver(waiver, ()) if waiver.expires < today else _signed(waiver, claims, asks) for waiver in binding
    ]
    counting = {one.waiver.rule for one in found if one.approvers and not one.refused}
    if terms.at_most is not None and len(counting) > terms.at_most:
        told = f"there are waivers for {len(counting)} rules, and at most {terms.at_most} may be excused"
        found = [replace(one, refused=one.refused or told) if one.approvers else one for one in found]
    return tuple(found)


def reverified(
    said: Mapping[str, Any], authority: Authority, *, claims: Sequence[bytes] = ()
) -> tuple[SignedWaiver, ...]:
    """Verify every waiver that a report's decision rests on again, under the verifier's own trust file; return them.

    Raises:
        VerificationError: `waiver_changed`, `waiver_expired`, `waiver_refused`, `revoked`, and those of `signed_waivers`.
    """
    try:
        excused = [  # not by name: two policies of one id hold two rules of one name
            (f"{rule['policy'].partition('@')[0]}/{rule['id']}", rule) for rule in said["rules"] if rule["excused"]
        ]
        stage, as_of, bundle = said["gate"]["stage"] or None, said["asOf"], bundle_from_json(said["bundle"])
        used = {each["waiver"] for _, rule in excused for each in rule["excused"]}
        entries = [entry for entry in said["waivers"] if entry["id"] in used]
        texts = [(entry["text"].encode(), entry["digest"], entry["id"]) for entry in entries]
        if len({name for _, _, name in texts}) < len(set(texts)):
            raise _changed("two waivers have one id")
        embedded = [canonical(claim) for entry in entries for claim in entry["claims"]]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _changed("it is not written as a report's waivers are") from error
    if not excused:
        return ()
    terms = _terms(authority, stage)
    if terms.at_most is not None and len(excused) > terms.at_most:
        told = f"{len(excused)} rules are excused, and the trust file lets at most {terms.at_most} be"
        raise VerificationError("waiver_refused", told, hint="mend what the rules ask for")
    pile = tuple(dict.fromkeys((*embedded, *claims)))
    taken_back = revocations(claims, authority)
    asks = _Asks(terms, stage or "", authority, taken_back)
    found = [_again(*text, pile, asks) for text in dict.fromkeys(texts)]
    _check_excuses(excused, {one.waiver.id: one.waiver for one in found}, bundle, as_of)
    return tuple(found)


def signed_waiver(
    waiver: Waiver,
    claims: Sequence[bytes],
    authority: Authority,
    stage: str | None,
    taken_back: TakenBack,
) -> SignedWaiver:
    """Return one waiver with who approved it, whatever bundle it binds; as `signed_waivers` otherwise."""
    return _signed(waiver, claims, _Asks(_terms(authority, stage), stage or "", authority, taken_back))


def too_broad(waiver: Waiver, terms: WaiverTerms) -> str:
    """Return why the trust file does not let a waiver count, however well it is signed; empty where it does."""
    if waiver.rule in terms.never:
        return f"the trust file lets nobody excuse `{waiver.rule}`"
    if waiver.days > terms.longest:
        return f"it holds for {waiver.days} days, and the trust file accepts at most {terms.longest}"
    if _WIDTH.index(waiver.binding) > _WIDTH.index(terms.widest):
        return f"it is bound to a {waiver.binding}, and the trust file accepts no wider than a {terms.widest}"
    doubt = waiver.allows.undecided
    if doubt is not None and doubt.value not in terms.doubts:
        return f"it accepts undecided({doubt}), and the trust file lets nobody accept that doubt"
    return ""


@dataclass(frozen=True, slots=True)
class _Asks:
    """What a waiver has to meet: the terms of the stage, by whose word, and what was taken back."""

    terms: WaiverTerms
    stage: str
    authority: Authority
    taken_back: TakenBack


@dataclass(frozen=True, slots=True)
class _Heard:
    """One claim about a waiver: who signed it, or why it does not count."""

    by: Signatory | None
    claim: Mapping[str, Any]
    why: str = ""


def _terms(authority: Authority, stage: str | None) -> WaiverTerms:
    if not stage:
        raise VerificationError(
            "stage_unsaid",
            "whether a waiver counts depends on the stage, and none was named",
            hint="add `--stage STAGE`",
        )
    terms = authority.stage(stage).waivers
    if terms is None:
        raise VerificationError(
            "waiver_terms",
            f"there is a waiver for this bundle, and the trust file lets none count at `{stage}`",
            hint="keep waivers away from gates of stages that accept none, or say in the trust file who may excuse there",
        )
    return terms


def _signed(waiver: Waiver, claims: Sequence[bytes], asks: _Asks) -> SignedWaiver:
    good = _quorum(waiver, _heard(waiver, claims, asks), asks.terms.signed_by)
    approvers = tuple(one.by for one in good if one.by is not None)
    refused = too_broad(waiver, asks.terms)
    revoked = asks.taken_back.get(("waiver", waiver.digest))
    if revoked is not None:
        refused = f"it was taken back by `{revoked.by.who or revoked.by.name}`"
    return SignedWaiver(waiver, approvers, tuple(one.claim for one in good), refused)


def _heard(waiver: Waiver, claims: Sequence[bytes], asks: _Asks) -> list[_Heard]:
    """Return every claim that says it approves exactly these bytes, opened under the trust file."""
    found, role = [], asks.terms.signed_by.role
    for data, _, subject in of_type(claims, WAIVER):
        if subject != waiver.digest:
            continue
        claim = strict_json(data)
        try:
            signed = asks.authority.open(data, role=role, predicate_type=WAIVER)
        except VerificationError as error:
            found.append(_Heard(None, claim, str(error)))
            continue
        document = signed.predicate.get("document")
        if isinstance(document, dict) and document.get("kind") == "waiver":
            why = _unfit(signed.predicate, signed.by, role, asks.stage)
            found.append(_Heard(None if why else signed.by, claim, why))
    return found


def _unfit(said: Mapping[str, Any], by: Signatory, role: str, stage: str) -> str:
    """Return why the signature of somebody who may excuse does not count here; empty where it does."""
    stated, meant = said.get("role"), said.get("stage")
    if stated != role:
        return f"{quoted(by.name)} signed it as {quoted(stated)}" if stated else f"{quoted(by.name)} said no role"
    if meant and meant != stage:
        return f"{quoted(by.name)} signed it for the stage {quoted(meant)}"
    if not by.who.strip():
        return f"the key {quoted(by.name)} names no person"
    told = unclear(by.who)
    return f"nobody can tell who {quoted(by.who)} is: {told}" if told else ""


def _quorum(waiver: Waiver, heard: Sequence[_Heard], asks: Quorum) -> list[_Heard]:
    """Return the approvals that count, one of each person; refuse a waiver that has too few."""
    name, asked_by = quoted(waiver.id), quoted(waiver.requested_by)
    told = unclear(waiver.requested_by)
    if told:
        raise VerificationError(
            "waiver_requester",
            f"nobody can tell who asked for the waiver {name}: of {asked_by}, {told}",
            hint="write `requested_by` anew, as an e-mail address or in the letters of one alphabet, and have it signed",
        )
    people = [one for one in heard if one.by is not None]
    good = [one for one in people if one.by is not None and not same_person(one.by.who, waiver.requested_by)]
    count = distinct([one.by for one in good if one.by is not None])
    if count >= asks.count:
        return good
    if len(good) < len(people):
        raise VerificationError(
            "waiver_requester",
            f"the waiver {name} is approved by {asked_by}, who asked for it",
            hint=f"have somebody else of the role `{asks.role}` approve it",
        )
    if count == 0 and heard:
        told = next(one.why for one in heard if one.why)
        raise VerificationError(
            "waiver_signer",
            f"the waiver {name} is signed by nobody who may excuse here: {told}",
            hint=f"have it signed by a person of the role `{asks.role}`, whose key says `who` they are",
        )
    told = f"by {count} of the {asks.count} people it takes" if asks.count > 1 else "by nobody"
    raise VerificationError(
        "waiver_unsigned",
        f"the waiver {name} is signed {told}",
        hint=f"`policykit approve {waiver.path or 'WAIVER'} --sign KEY` by the role `{asks.role}`; any change asks for new signatures",
    )


def _again(
    text: bytes,
    stated: object,
    name: object,
    claims: Sequence[bytes],
    asks: _Asks,
) -> SignedWaiver:
    from policykit.load.waiver_document import read_waiver

    try:
        waiver = read_waiver(text, "in the report")
    except WaiverError as error:
        raise _changed(f"{quoted(name)} is no valid waiver") from error
    if stated != digest(text) or waiver.id != name:
        raise _changed(f"{quoted(name)} is not what its digest and id say")
    check_not_revoked("waiver", waiver.digest, f"the waiver {quoted(waiver.id)}", asks.taken_back)
    one = _signed(waiver, claims, asks)
    if one.refused:
        raise VerificationError(
            "waiver_refused", f"the waiver {quoted(waiver.id)} does not count: {one.refused}", hint="ask for less"
        )
    today = asks.authority.now.astimezone(UTC).date().isoformat()
    if not waiver.valid_from <= today <= waiver.expires:
        raise VerificationError(
            "waiver_expired",
            f"the waiver {quoted(waiver.id)} holds from {waiver.valid_from} to {waiver.expires}, and today is {today}",
            hint="run the gate again",
        )
    return one


def _check_excuses(
    excused: Sequence[tuple[str, Mapping[str, Any]]], waivers: Mapping[str, Waiver], bundle: Bundle, as_of: str
) -> None:
    """Refuse an excuse that its waiver does not give: another rule, bundle, day or kind."""
    for name, rule in excused:
        if rule.get("enforcement") == "absolute":
            raise _changed(f"{quoted(name)} is absolute, and nobody may excuse it")
        for each in rule["excused"]:
            waiver = waivers.get(each["waiver"])
            if waiver is None or waiver.rule != name or not binds(waiver, bundle):
                raise _changed(f"{quoted(each['waiver'])} does not excuse {quoted(name)} of this bundle")
            if not waiver.valid_from <= as_of <= waiver.expires:
                raise _changed(f"{quoted(waiver.id)} did not hold on the day the report judges as of")
            _check_kind(waiver, each, rule)


def _check_kind(waiver: Waiver, excuse: Mapping[str, Any], rule: Mapping[str, Any]) -> None:
    wanted = "fail" if waiver.allows.undecided is None else "doubt"
    status = "fail" if wanted == "fail" else "undecided"
    cause = waiver.allows.undecided.value if waiver.allows.undecided is not None else ""
    places: Collection[Any] = excuse.get("findings") or ()
    try:
        found = [rule["findings"][place] for place in places]
        right = [f["status"] == status and f["cause"] == cause and set(waiver.only_for) <= _slice(f) for f in found]
    except (KeyError, TypeError, IndexError) as error:
        raise _changed("it is not written as a report's waivers are") from error
    if excuse.get("kind") != wanted or not right or not all(right):
        raise _changed(f"{quoted(waiver.id)} does not excuse what the report says it does")


def _slice(finding: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(part[0], part[1]) for part in finding["slice"]}


def _changed(what: str) -> VerificationError:
    return VerificationError(
        "waiver_changed",
        f"a waiver of the report does not hold: {what}",
        hint="do not use this report: whoever signed it did not run the gate as it is",
    )

"""Approvals of a report: how many different people of the right role said yes to exactly this, none of them its author or its gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from policykit.attest.quorum import distinct, groups, same_person
from policykit.attest.quote import quoted
from policykit.attest.statement import APPROVAL
from policykit.errors import VerificationError
from policykit.stories.claimed import TakenBack, of_type
from policykit.terms.bundle import Bundle
from policykit.terms.instant import CLOCKS_DIFFER
from policykit.terms.measure import Fact
from policykit.terms.plan import Measurement
from policykit.terms.signatory import Signatory, unclear
from policykit.terms.state import Stated
from policykit.terms.taken_json import taken_from_json
from policykit.terms.trust import Quorum

if TYPE_CHECKING:
    from policykit.attest.authority import Authority

_AUTHOR = Fact(("facts", "owners", "model"))


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's yes: the digest of its payload in lower-case hex, and who said it in which role."""

    payload: str
    by: Signatory


@dataclass(frozen=True, slots=True)
class Approved:
    """What an approval has to name, and who may not give one."""

    payload: str  # of the report, lower-case hex
    verdict: str
    decision: str
    stage: str
    evaluators: tuple[Signatory, ...]
    author: str
    made: datetime  # when the report was


def approvals(
    wanted: Approved,
    quorums: Sequence[Quorum],
    claims: Sequence[bytes],
    authority: Authority,
    taken_back: TakenBack,
) -> tuple[Approval, ...]:
    """Return the approvals that count, where every quorum is met; of what does not count, the reasons are told.

    An approval counts in the role it was signed in, and a person in one quorum only, however many roles they have.

    Raises:
        VerificationError: reasons `author`, `approvals`.
    """
    if not quorums:
        return ()
    _check_author(wanted)
    why: dict[str, list[str]] = {quorum.role: [] for quorum in quorums}
    heard = [
        approval
        for role, told in why.items()
        for approval in _heard(wanted, role, tuple(why), claims, authority, taken_back, told)
    ]
    numbers = groups([approval.by for approval in heard])
    voices: dict[int, set[str]] = {}
    for approval, voice in zip(heard, numbers, strict=True):
        voices.setdefault(voice, set()).add(approval.by.role)
    counted: dict[int, str] = {}  # whose voice, and for which role
    for quorum in quorums:
        mine = [voice for voice, roles in voices.items() if quorum.role in roles and voice not in counted]
        only_here_first = sorted(mine, key=lambda voice: len(voices[voice]))
        if len(mine) < quorum.count:
            elsewhere = sum(1 for voice in counted if quorum.role in voices[voice])
            told = list(dict.fromkeys(why[quorum.role]))
            told += [f"{elsewhere} of somebody who counts for another quorum already"] if elsewhere else []
            raise VerificationError(
                "approvals",
                f"{len(mine)} of the {quorum.count} approvals by `{quorum.role}` are there"
                + (f"; not counted: {'; '.join(told)}" if told else ""),
                hint=f"`policykit approve REPORT --stage {wanted.stage} --role {quorum.role} --sign KEY`, "
                "by somebody of that role",
            )
        counted |= dict.fromkeys(only_here_first[: quorum.count], quorum.role)
    for approval, voice in zip(heard, numbers, strict=True):
        counted.setdefault(voice, approval.by.role)  # more than were asked for
    return tuple(one for one, voice in zip(heard, numbers, strict=True) if counted[voice] == one.by.role)


def unfit(predicate: Mapping[str, Any], by: Signatory, wanted: Approved, authority: Authority) -> str:
    """Return why an approval that was shown to be by `by` does not count; empty where it does."""
    report, who = predicate["report"], quoted(_who(by))
    if report.get("verdictDigest") != wanted.verdict or report.get("decision") != wanted.decision:
        return f"that of {who} names another outcome of the report"
    if predicate.get("stage") != wanted.stage:
        return f"that of {who} is for the stage {quoted(predicate.get('stage'))}"
    if not by.who.strip():
        return f"{who} is no person: the trust file does not say `who` it is"
    told = unclear(by.who)
    if told:
        return f"nobody can tell who {who} is: {told}"
    recorder = _recorder(by, authority)
    for signer in (by, *([recorder] if recorder is not None else [])):
        does = f"{who} made the report" if signer is by else f"{quoted(signer.name)} recorded the review by {who}, and"
        if any(distinct((signer, evaluator)) < 2 for evaluator in wanted.evaluators):
            return does if signer is by else f"{does} made the report"
        if same_person(signer.who, wanted.author):
            return f"{who} is the author of the model" if signer is by else f"{does} is the author of the model"
    return _too_early(predicate, who, wanted)


def _recorder(by: Signatory, authority: Authority) -> Signatory | None:
    """Return what records the reviews of an account, and signs for it; None for whoever signs alone."""
    account = authority.trust.accounts.get(by.name)
    if account is None:
        return None
    key = authority.trust.keys.get(account.recorded_by)
    if key is not None:
        return Signatory(key.name, key.who, by.role, key.id)
    identity = authority.trust.identities[account.recorded_by]
    return Signatory(identity.name, identity.who, by.role, f"{identity.issuer} {identity.subject}")


def _too_early(predicate: Mapping[str, Any], who: str, wanted: Approved) -> str:
    """Return that a review came before the report that it approves, where it did: nobody has seen what was not there."""
    review = predicate.get("review") or {}
    if not review:
        return ""
    try:
        at = datetime.fromisoformat(review["at"])
        if at < wanted.made - CLOCKS_DIFFER:
            return f"the review by {who} is older than the report"
    except (KeyError, TypeError, ValueError):  # a time without its zone cannot be compared
        return f"the review by {who} names no time"
    return ""


def _check_author(wanted: Approved) -> None:
    """Refuse where nobody can say whether the author approved their own model."""
    hint = "name `facts: {owners: {model: …}}` in the bundle's manifest, and give `--bundle`"
    if not wanted.author:
        raise VerificationError(
            "author",
            "approvals are asked for, and nobody says whose model this is: its author's own would count",
            hint=hint,
        )
    told = unclear(wanted.author)
    if told:
        message = f"nobody can tell who {quoted(wanted.author)} is, the author of the model: {told}"
        raise VerificationError("author", message, hint=hint)


def author_of(said: Mapping[str, Any], at_hand: Bundle | None) -> str:
    """Return whose model it is: by the bundle at hand, else by what the report measured of it; empty where nobody says."""
    if at_hand is not None:
        owners = at_hand.facts.get("owners")
        named = owners.get("model") if isinstance(owners, Mapping) else None
        return named.strip() if isinstance(named, str) else ""
    try:
        found = taken_from_json(said["measurements"]).get(_AUTHOR)
    except (KeyError, ValueError) as error:
        raise VerificationError(
            "incomplete", "the report has no usable `measurements`", hint="it was not made by policykit: make it again"
        ) from error
    if isinstance(found, Measurement) and isinstance(found.state, Stated) and isinstance(found.state.value, str):
        return found.state.value.strip()
    return ""


def _heard(
    wanted: Approved,
    role: str,
    asked: Sequence[str],
    claims: Sequence[bytes],
    authority: Authority,
    taken_back: TakenBack,
    why: list[str],
) -> Iterator[Approval]:
    """Yield what counts for one of the roles asked for; why the others do not is added to `why`."""
    for data, predicate, _ in of_type(claims, APPROVAL):
        report = predicate.get("report")
        if not isinstance(report, dict) or str(report.get("payload")).removeprefix("sha256:") != wanted.payload:
            continue  # of another report: beside a bundle lie all of them
        stated = predicate.get("role")
        if stated != role:
            if stated not in asked:
                why.append(f"one is signed as {quoted(stated)}" if stated else "one says no role")
            continue
        try:
            signed = authority.open(data, role=role, predicate_type=APPROVAL)
        except VerificationError as error:
            why.append(str(error))
            continue
        told = unfit(signed.predicate, signed.by, wanted, authority)
        if ("approval", signed.payload_digest) in taken_back:
            told = f"{quoted(_who(signed.by))} or somebody who may took it back"
        if told:
            why.append(told)
        else:
            yield Approval(signed.payload_digest, signed.by)


def _who(by: Signatory) -> str:
    return by.who or by.name

"""Approvals of a report: how many different people of the right role said yes to exactly this, none of them its author or its gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policykit.attest.quorum import distinct, same_person
from policykit.attest.quote import quoted
from policykit.attest.statement import APPROVAL
from policykit.errors import VerificationError
from policykit.stories.claimed import Revocation, of_type
from policykit.terms.bundle import Bundle
from policykit.terms.measure import Fact
from policykit.terms.plan import Measurement
from policykit.terms.signatory import Signatory
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


def approvals(
    wanted: Approved,
    quorums: Sequence[Quorum],
    claims: Sequence[bytes],
    authority: Authority,
    taken_back: Mapping[str, Revocation],
) -> tuple[Approval, ...]:
    """Return the approvals that count, where every quorum is met; of what does not count, the reasons are told.

    Raises:
        VerificationError: reasons `author`, `approvals`.
    """
    if not quorums:
        return ()
    if not wanted.author:
        raise VerificationError(
            "author",
            "approvals are asked for, and nobody says whose model this is: its author's own would count",
            hint="name `facts: {owners: {model: …}}` in the bundle's manifest, and give `--bundle`",
        )
    found: list[Approval] = []
    for quorum in quorums:
        why: list[str] = []
        mine = list(_heard(wanted, quorum.role, claims, authority, taken_back, why))
        count = distinct([approval.by for approval in mine])
        if count < quorum.count:
            told = f"; not counted: {'; '.join(dict.fromkeys(why))}" if why else ""
            raise VerificationError(
                "approvals",
                f"{count} of the {quorum.count} approvals by `{quorum.role}` are there{told}",
                hint=f"`policykit approve REPORT --stage {wanted.stage} --sign KEY`, by somebody of that role",
            )
        found += mine
    return tuple(found)


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
    claims: Sequence[bytes],
    authority: Authority,
    taken_back: Mapping[str, Revocation],
    why: list[str],
) -> Iterator[Approval]:
    """Yield what counts for one role; why the others do not is added to `why`."""
    for data, predicate, _ in of_type(claims, APPROVAL):
        report = predicate.get("report")
        if not isinstance(report, dict) or str(report.get("payload")).removeprefix("sha256:") != wanted.payload:
            continue  # of another report: beside a bundle lie all of them
        try:
            signed = authority.open(data, role=role, predicate_type=APPROVAL)
        except VerificationError as error:
            why.append(str(error))
            continue
        told = _unfit(signed.predicate, signed.by, wanted)
        revoked = taken_back.get(signed.payload_digest)
        if revoked is not None:
            told = f"{quoted(_who(signed.by))} or somebody who may took it back"
        if told:
            why.append(told)
        else:
            yield Approval(signed.payload_digest, signed.by)


def _unfit(predicate: Mapping[str, Any], by: Signatory, wanted: Approved) -> str:
    """Return why an approval does not count; empty where it does."""
    report, who = predicate["report"], quoted(_who(by))
    if report.get("verdictDigest") != wanted.verdict or report.get("decision") != wanted.decision:
        return f"that of {who} names another outcome of the report"
    if predicate.get("stage") != wanted.stage:
        return f"that of {who} is for the stage {quoted(predicate.get('stage'))}"
    for evaluator in wanted.evaluators:
        if by.key_id == evaluator.key_id or same_person(by.who, evaluator.who):
            return f"{who} made the report"
    if same_person(by.who, wanted.author) or (by.who and by.who.casefold() in wanted.author.casefold()):
        return f"{who} is the author of the model"
    return ""


def _who(by: Signatory) -> str:
    return by.who or by.name

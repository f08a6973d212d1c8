"""Approve: put a name under a report, a waiver, a policy or a trust file, after what is signed was verified."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from policykit.attest.authority import Authority
from policykit.attest.envelope import unseal, with_proofs
from policykit.attest.sealing import sealed
from policykit.attest.signer import SealsItself, Signer
from policykit.attest.statement import APPROVAL, statement
from policykit.attest.verify import Asked, hinted
from policykit.errors import UsageError, VerificationError
from policykit.render.visible import visible
from policykit.stories.approvals import unfit
from policykit.stories.consistent import subjects_of
from policykit.stories.verify import Authentic, Under, authentic, wanted_of
from policykit.strict_json import NotJSON, strict_json
from policykit.terms.instant import rfc3339
from policykit.terms.report import Decision
from policykit.terms.signatory import Signatory

_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What the approver says: as whom, for which stage, and why; `review` where a workflow signs for a reviewer."""

    role: str | None = None
    stage: str | None = None
    comment: str = ""
    review: Mapping[str, str] = field(default_factory=dict)
    timestamp: str | None = None  # the address of a time stamp authority


@dataclass(frozen=True, slots=True)
class Approved:
    """A signed file that nobody has seen yet. `by` is who it counts as; None where no trust file was asked."""

    data: bytes
    kind: Literal["report", "waiver", "policy", "trust"]
    what: str
    sha256: str
    role: str
    by: Signatory | None
    key_id: str = ""  # empty where it is signed without a key


def is_signed_file(data: bytes) -> bool:
    """Say whether these bytes are a signed file and not a document that somebody wrote."""
    try:
        said = strict_json(data)
    except NotJSON:
        return False
    return isinstance(said, dict) and "mediaType" in said


def approve_report(
    data: bytes,
    signer: Signer,
    wish: Wish,
    *,
    under: Under | None,
    key: Path | None,
    now: datetime,
    bundle: Path | None = None,
) -> Approved:
    """Return the approval of a gate report, which is verified first, by a trust file or a key: nobody approves what was not.

    Raises:
        UsageError: it is not said for which stage, or as whom, and there are several.
        SigningError: the key does not sign.
        VerificationError: the report does not hold or does not allow, or the approval would not count.
    """
    found = authentic(data, key, Asked(stage=wish.stage), now=now, bundle=bundle, under=under)
    if found.decision is not Decision.ALLOWED:
        raise VerificationError(
            "not_allowed",
            f"the report says {found.decision.value}: an approval of it would allow nothing",
            hint="mend what stops it, or have it excused; then approve the new report",
        )
    stage = _stage(found, wish)
    role = _role(under, signer, wish)
    predicate = {
        "report": {
            "payload": f"sha256:{found.payload}",
            "verdictDigest": found.said["verdictDigest"],
            "decision": found.said["decision"],
        },
        "stage": stage,
        "role": role,
        "time": rfc3339(now),
        "comment": comment(wish),
        "review": dict(wish.review),
    }
    made = signed(statement(subjects_of(found.described), predicate, predicate_type=APPROVAL), signer, wish)
    by = None
    if under is not None:
        by = under.authority.open(made, role=role, predicate_type=APPROVAL).by
        _expect_counting(predicate, by, found, under)
    name, version = visible(found.described.name), visible(found.described.version)
    what = f"the report on `{name}` {version} for `{visible(stage)}`"
    return Approved(made, "report", what, found.payload, role, by, hinted(unseal(made)))


def signed(payload: bytes, signer: Signer, wish: Wish) -> bytes:
    """Return the payload signed, with a time stamp where one is wished for.

    Raises:
        SigningError: the key does not sign.
        LedgerError: reason `timestamp`: the authority does not answer, or not with a time stamp.
    """
    data = sealed(payload, signer)
    if wish.timestamp is None:
        return data
    from policykit.attest.timestamp import stamp

    return with_proofs(data, timestamps=[stamp(unseal(data).signature, wish.timestamp)])


def role_among(authority: Authority, roles: Collection[str], signer: Signer, wish: Wish) -> str:
    """Return the role the signer would have: the one it says, else the first of `roles` that it has, else the first.

    Whether it really has it is shown by opening what was signed.
    """
    if wish.role is not None:
        if wish.role not in roles:
            asked = ", ".join(f"`{role}`" for role in roles)
            raise UsageError(f"nobody is asked as `{wish.role}` here", hint=f"the trust file asks for {asked}")
        return wish.role
    first, *more = roles
    if not more:
        return first
    if wish.review:
        mine = f"{wish.review['platform']} {wish.review['login']}".casefold()
    elif isinstance(signer, SealsItself):
        raise UsageError("it is not said in which role this is signed", hint="name it with `--role`")
    else:
        mine = signer.public.id
    return next((role for role in roles if any(each.key_id == mine for each in authority.members(role))), first)


def said_role(wish: Wish) -> str:
    """Return the role that the approver says, where no trust file can be asked: what is signed as nobody counts nowhere."""
    if not wish.role:
        raise UsageError(
            "it is not said in which role this is signed",
            hint="name it with `--role`, or the trust file with `--trust`",
        )
    return wish.role


def comment(wish: Wish) -> str:
    """Return the comment, which is a remark and not a document."""
    if len(wish.comment) > _LONGEST:
        raise UsageError(f"a comment has at most {_LONGEST:,} characters", hint="say it shorter, or name a ticket")
    return wish.comment


def _stage(found: Authentic, wish: Wish) -> str:
    stage = wish.stage or found.said["gate"].get("stage")
    if not isinstance(stage, str) or not stage:
        hint = "run the gate with `--stage`: an approval is for one stage"
        raise UsageError("the report is about no stage, so there is nothing to approve it for", hint=hint)
    return stage


def _role(under: Under | None, signer: Signer, wish: Wish) -> str:
    if under is None:
        return said_role(wish)
    roles = tuple(dict.fromkeys(quorum.role for quorum in under.authority.stage(under.stage).approvals))
    if not roles:
        message = f"the trust file asks for no approval at the stage `{under.stage}`"
        raise UsageError(message, hint="none is needed there")
    return role_among(under.authority, roles, signer, wish)


def _expect_counting(predicate: Mapping[str, object], by: Signatory, found: Authentic, under: Under) -> None:
    """Refuse an approval that no permit would count: by whoever made the report or the model, or by nobody in person."""
    made_by = (found.by,) if found.by is not None else ()
    told = unfit(predicate, by, wanted_of(found, under.stage, made_by), under.authority)
    if told:
        raise VerificationError(
            "approvals", f"it would not count: {told}", hint="have somebody else approve it, who has seen the report"
        )

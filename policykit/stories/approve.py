"""Approve: put a name under a report, a waiver, a policy or a trust file, after what is signed was verified."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from policykit.attest.authority import Authority, Signed
from policykit.attest.envelope import unseal, with_proofs
from policykit.attest.publickey import PublicKey
from policykit.attest.quorum import distinct, same_person
from policykit.attest.sealing import sealed
from policykit.attest.signer import SealsItself, Signer
from policykit.attest.statement import APPROVAL, GATE_REPORT, statement
from policykit.attest.verify import Asked, check_claims, check_subject, hinted, open_report
from policykit.canon import digest
from policykit.errors import UsageError, VerificationError
from policykit.stories.consistent import check_follows, check_own_files, check_policies_own
from policykit.strict_json import NotJSON, strict_json
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
    authority: Authority | None,
    key: PublicKey | None,
    now: datetime,
    bundle: Path | None = None,
) -> Approved:
    """Return the approval of a gate report, which is verified first: nobody approves what was not.

    Raises:
        UsageError: it is not said for which stage, or as whom, and there are several.
        SigningError: the key does not sign.
        VerificationError: the report does not hold or does not allow, or the approval would not count.
    """
    evaluator, said, payload = _verified(data, wish, authority, key, now=now)
    stage = _stage(said["predicate"], wish)
    if bundle is not None:
        _check_bundle(said, bundle)
    role = _role(authority, stage, signer, wish)
    predicate = {
        "report": {
            "payload": f"sha256:{digest(payload)}",
            "verdictDigest": said["predicate"]["verdictDigest"],
            "decision": said["predicate"]["decision"],
        },
        "stage": stage,
        "role": role,
        "time": utc(now),
        "comment": comment(wish),
        "review": dict(wish.review),
    }
    subjects = [(subject["name"], subject["digest"]["sha256"]) for subject in said["subject"]]
    made = signed(statement(subjects, predicate, predicate_type=APPROVAL), signer, wish)
    by = None
    if authority is not None:
        by = authority.open(made, role=role, predicate_type=APPROVAL).by
        _expect_other(by, evaluator, bundle)
    described = said["predicate"]["bundle"]
    what = f"the report on `{described['name']}` {described['version']} for `{stage}`"
    return Approved(made, "report", what, digest(payload), role, by, hinted(unseal(made)))


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


def comment(wish: Wish) -> str:
    """Return the comment, which is a remark and not a document."""
    if len(wish.comment) > _LONGEST:
        raise UsageError(f"a comment has at most {_LONGEST:,} characters", hint="say it shorter, or name a ticket")
    return wish.comment


def utc(moment: datetime) -> str:
    """Return a moment as statements write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _verified(
    data: bytes, wish: Wish, authority: Authority | None, key: PublicKey | None, *, now: datetime
) -> tuple[Signatory | None, Mapping[str, Any], bytes]:
    """Return who made the report, its statement and its signed bytes, once all of it holds."""
    evaluator: Signatory | None = None
    if authority is not None:
        terms = authority.stage(_said_stage(authority, wish))
        opened: Signed = authority.open(data, role=terms.report_signed_by, predicate_type=GATE_REPORT)
        evaluator, said, payload = opened.by, opened.statement, opened.payload
        asked = Asked(stage=terms.name, engine_at_least=terms.engine_at_least)
    else:
        verified = open_report(data, key)
        said, payload = verified.statement, verified.payload
        asked = Asked(stage=wish.stage)
    check_own_files(said)
    check_policies_own(said["predicate"])
    check_claims(said, asked, now=now)
    decision = check_follows(said["predicate"])
    if decision is not Decision.ALLOWED:
        raise VerificationError(
            "not_allowed",
            f"the report says {decision.value}: an approval of it would allow nothing",
            hint="mend what stops it, or have it excused; then approve the new report",
        )
    return evaluator, said, payload


def _said_stage(authority: Authority, wish: Wish) -> str:
    stages = tuple(authority.trust.stages)
    if wish.stage is None and len(stages) != 1:
        known = ", ".join(f"`{stage}`" for stage in stages) or "none"
        hint = f"name it with `--stage`; the trust file speaks of {known}"
        raise UsageError("it is not said for which stage this is approved", hint=hint)
    return wish.stage or stages[0]


def _stage(predicate: Mapping[str, Any], wish: Wish) -> str:
    stage = wish.stage or predicate["gate"].get("stage")
    if not isinstance(stage, str) or not stage:
        hint = "run the gate with `--stage`: an approval is for one stage"
        raise UsageError("the report is about no stage, so there is nothing to approve it for", hint=hint)
    return stage


def _role(authority: Authority | None, stage: str, signer: Signer, wish: Wish) -> str:
    if authority is None:
        return wish.role or ""
    roles = tuple(dict.fromkeys(quorum.role for quorum in authority.stage(stage).approvals))
    if not roles:
        raise UsageError(f"the trust file asks for no approval at the stage `{stage}`", hint="none is needed there")
    return role_among(authority, roles, signer, wish)


def _check_bundle(said: Mapping[str, Any], path: Path) -> None:
    from policykit.load.bundle import load_bundle

    check_subject(said, load_bundle(path).manifest_digest)


def _expect_other(by: Signatory, evaluator: Signatory | None, bundle: Path | None) -> None:
    """Refuse an approval by whoever made the report, or the model."""
    if evaluator is not None and distinct((by, evaluator)) < 2:
        told = f"`{by.name}` made this report, so its approval does not count as another's"
        raise VerificationError("approvals", told, hint="have somebody else approve it")
    if bundle is None:
        return
    from policykit.load.bundle import load_bundle

    owners = load_bundle(bundle).facts.get("owners")
    owner = owners.get("model") if isinstance(owners, dict) else None
    if isinstance(owner, str) and same_person(by.who, owner):
        told = f"the model is `{by.name}`'s own, so the approval does not count as another's"
        raise VerificationError("approvals", told, hint="have somebody else approve it")

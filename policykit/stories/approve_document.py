"""Approve a document that somebody wrote: its bytes are signed as they are, after they were read and found valid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from policykit.attest.accepted import check_not_older
from policykit.attest.authority import Authority
from policykit.attest.envelope import unseal
from policykit.attest.quorum import same_person
from policykit.attest.signer import Signer
from policykit.attest.state import State
from policykit.attest.statement import POLICY, TRUST, WAIVER, statement
from policykit.attest.verify import hinted
from policykit.canon import digest
from policykit.errors import DocumentError, PolicyError, UsageError, VerificationError
from policykit.stories.approve import Approved, Wish, comment, role_among, said_role, signed
from policykit.stories.trusting import accepted_before
from policykit.stories.waivers import too_broad
from policykit.terms.instant import rfc3339
from policykit.terms.policy import Policy
from policykit.terms.signatory import Signatory
from policykit.terms.trust import Trust, WaiverTerms
from policykit.terms.waiver import Waiver

Kind = Literal["waiver", "trust", "policy"]

_TYPES: Final[Mapping[Kind, str]] = MappingProxyType({"waiver": WAIVER, "trust": TRUST, "policy": POLICY})


@dataclass(frozen=True, slots=True)
class _Document:
    """A valid document: what it is and calls itself; for a waiver who asks for it, for a trust file what it says."""

    kind: Kind
    id: str
    version: str = ""
    requested_by: str = ""
    trust: Trust | None = None
    waiver: Waiver | None = None


def approve_document(
    path: Path,
    data: bytes,
    signer: Signer,
    wish: Wish,
    *,
    authority: Authority | None,
    now: datetime,
    state: State | None = None,
) -> Approved:
    """Return the signature under a waiver, a policy or a trust file.

    With an authority, a signature that would not count is refused: by somebody without the role, or by whoever asks for the
    waiver. A trust file counts as signed by those it names itself, or by those of the version in force, which is that of the
    authority, else the one that `state` remembers; it must not be older than that one.

    Raises:
        DocumentError: the document is wrong, with every problem.
        UsageError: it is another document, or it is not said in which role it is signed.
        SigningError: the key does not sign.
        VerificationError: the signature would not count.
    """
    document = _read(path, data)
    sha256 = digest(data)
    own = Authority(document.trust, now) if document.trust is not None else None
    if own is not None and state is not None:
        before = accepted_before(own.trust, state)
        if before is not None:
            check_not_older(own.trust, before)
            authority = authority or Authority(before, now)
    role = _role(document, authority, own, signer, wish)
    predicate = {
        "document": {
            "kind": document.kind,
            "id": document.id,
            "digest": f"sha256:{sha256}",
            "text": data.decode("utf-8"),
        },
        "role": role,
        "time": rfc3339(now),
        "comment": comment(wish),
        **({"stage": wish.stage} if wish.stage and document.kind == "waiver" else {}),
        **({"review": dict(wish.review)} if wish.review else {}),
    }
    payload = statement([(path.name, sha256)], predicate, predicate_type=_TYPES[document.kind])
    made = signed(payload, signer, wish)
    by = _counts(made, document, role, authority, own)
    return Approved(made, document.kind, _told(document), sha256, role, by, hinted(unseal(made)))


def _told(document: _Document) -> str:
    match document.kind:
        case "waiver":
            return f"the waiver `{document.id}`"
        case "trust":
            return f"version {document.version} of the trust file `{document.id}`"
        case "policy":
            return f"version {document.version} of the policy `{document.id}`"


def _read(path: Path, data: bytes) -> _Document:
    from policykit.load.files import printable
    from policykit.load.header import read_header
    from policykit.load.yaml import parse

    shown = printable(str(path))
    root, faults = parse(data, shown)
    problems = list(faults)
    kind = read_header(root, problems) if root is not None else None
    if kind is None or (problems and kind not in _TYPES):
        raise DocumentError(f"`{shown}` cannot be approved", problems=problems, where=shown)
    match kind:
        case "waiver":
            from policykit.load.waiver_document import read_waiver

            waiver = read_waiver(data, shown)
            return _Document("waiver", waiver.id, requested_by=waiver.requested_by, waiver=waiver)
        case "trust":
            from policykit.load.trust_document import read_trust

            trust = read_trust(data, path)
            return _Document("trust", trust.id, str(trust.version), trust=trust)
        case "policy":
            policy = _policy(path, data, shown)
            return _Document("policy", policy.id, policy.version)
        case _:
            hint = "what is approved is a gate report, a waiver, a policy or a trust file"
            raise UsageError(f"`{shown}` is a {kind} document, which nobody approves", hint=hint)


def _policy(path: Path, data: bytes, shown: str) -> Policy:
    from policykit.load.policies import load_policies

    policies = load_policies([path])
    if len(policies) != 1 or policies[0].text.encode() != data.removeprefix(b"\xef\xbb\xbf"):
        raise PolicyError(f"`{shown}` changed while it was read", where=shown)
    return policies[0]


def _role(document: _Document, authority: Authority | None, own: Authority | None, signer: Signer, wish: Wish) -> str:
    if document.trust is not None:
        theirs = {each.trust.authority.role for each in (own, authority) if each is not None}
        if wish.role is not None and wish.role not in theirs:
            asked = ", ".join(f"`{role}`" for role in sorted(theirs))
            raise UsageError(f"nobody signs trust files as `{wish.role}`", hint=f"the trust file asks for {asked}")
        return wish.role or document.trust.authority.role
    if authority is None:
        return said_role(wish)
    if document.kind == "policy":
        if wish.role is None:
            raise UsageError("it is not said in which role the policy is signed", hint="name it with `--role`")
        return wish.role
    stages = [authority.stage(wish.stage)] if wish.stage else list(authority.trust.stages.values())
    roles = [stage.waivers.signed_by.role for stage in stages if stage.waivers is not None]
    if not roles:
        where = f"at the stage `{wish.stage}`" if wish.stage else "at any stage"
        raise VerificationError(
            "waiver_terms", f"the trust file lets no waiver count {where}", hint="ask its owners who may excuse"
        )
    if document.waiver is not None:
        _expect_narrow(document.waiver, [stage.waivers for stage in stages if stage.waivers is not None])
    return role_among(authority, tuple(dict.fromkeys(roles)), signer, wish)


def _expect_narrow(waiver: Waiver, terms: Sequence[WaiverTerms]) -> None:
    """Refuse to sign what the trust file lets count nowhere: it would only stop the gate later."""
    why = [too_broad(waiver, each) for each in terms]
    if all(why):
        raise VerificationError(
            "waiver_refused",
            f"the waiver `{waiver.id}` would not count: {why[0]}",
            hint="ask for less, and for less long",
        )


def _counts(
    made: bytes, document: _Document, role: str, authority: Authority | None, own: Authority | None
) -> Signatory | None:
    """Return who the signature counts as; refuse one that would not count."""
    kind = _TYPES[document.kind]
    if own is not None:
        try:
            return own.open(made, role=own.trust.authority.role, predicate_type=kind).by
        except VerificationError as error:
            if authority is None:
                error.hint = "if you sign as one of the version before it, name that one with `--trust`"
                raise
            return authority.open(made, role=authority.trust.authority.role, predicate_type=kind).by
    if authority is None:
        return None
    by = authority.open(made, role=role, predicate_type=kind).by
    if document.kind == "waiver" and not by.who.strip():
        raise VerificationError(
            "waiver_signer",
            f"the key `{by.name}` names no person, and only people excuse",
            hint="have the trust file say `who` it is of",
        )
    if document.requested_by and same_person(by.who, document.requested_by):
        raise VerificationError(
            "waiver_requester",
            f"`{by.name}` asks for the waiver `{document.id}`, and nobody excuses themselves",
            hint="have somebody else of that role approve it",
        )
    return by

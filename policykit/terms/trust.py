"""Trust: who may judge, excuse, approve and promote, as one signed document says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from policykit.terms.place import NOWHERE, Place

if TYPE_CHECKING:
    from policykit.terms.source import Source


@dataclass(frozen=True, slots=True)
class Revoked:
    """From when a key no longer counts: `superseded` by another, or `compromised`. `since` is an ISO day; None: from the start."""

    how: Literal["superseded", "compromised"]
    since: str | None = None


@dataclass(frozen=True, slots=True)
class TrustKey:
    """A public key by its name in the trust file. `id` is the SHA-256 of its SPKI in lower-case hex; `who` the person it is of.

    `valid_from` and `valid_until` are ISO days, both inclusive; None: no bound.
    """

    name: str
    pem: str
    id: str
    who: str = ""
    valid_from: str | None = None
    valid_until: str | None = None
    revoked: Revoked | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class TrustIdentity:
    """A workflow of a platform that signs without a key of its own: exact issuer and exact subject, under a named root."""

    name: str
    issuer: str
    subject: str
    root: str
    who: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class TrustAccount:
    """A person who approves by reviewing on a platform; `recorded_by` names the key or identity that signs what it saw there."""

    name: str
    platform: str
    login: str
    who: str
    recorded_by: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class TrustFile:
    """A file beside the trust file that it pins by digest: a Sigstore trusted root, or a time stamp authority's certificates."""

    name: str
    path: str  # resolved against the folder of the trust file
    sha256: str


@dataclass(frozen=True, slots=True)
class TrustLedger:
    """A ledger that counts: its origin, the name of the key that signs its checkpoints, and who has to have witnessed them."""

    name: str
    origin: str
    key: str
    witnesses: tuple[str, ...] = ()
    witnessed_by: int = 0


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many distinct people, or keys, of a role have to sign."""

    role: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class PolicyPin:
    """A policy that a report must have been made with: its exact digest, or at least this version."""

    id: str
    digest: str | None = None
    at_least: str | None = None


@dataclass(frozen=True, slots=True)
class WaiverTerms:
    """What a waiver may do at a stage. `longest` is in days, first and last day counted."""

    signed_by: Quorum
    longest: int = 90
    widest: Literal["build", "version", "model"] = "version"
    never: tuple[str, ...] = ()  # `policy/RULE` ids that no waiver excuses
    doubts: tuple[str, ...] = ("straddles", "too_few")  # causes that may be excused as accepted uncertainty
    at_most: int | None = None  # how many rules of one report may be excused


@dataclass(frozen=True, slots=True)
class StageTrust:
    """What a stage asks of those who sign for it. Ages and spans are in days; None asks nothing."""

    name: str
    report_signed_by: str = "evaluator"  # a role
    report_max_age: int | None = None
    evaluations: int = 1  # by how many distinct evaluators, with equal verdict digests
    engine_at_least: str | None = None
    policies: tuple[PolicyPin, ...] = ()
    evidence: Source | None = None  # the weakest source that blocking rules may rest on
    approvals: tuple[Quorum, ...] = ()
    permit_signed_by: str | None = None  # a role; None: no permit is issued for this stage
    permit_max_age: int | None = None
    waivers: WaiverTerms | None = None  # None: no waiver counts
    ledger: str | None = None  # the ledger that must hold the report
    timestamp: str | None = None  # the authority whose time stamp the report must carry
    attempts_at_most: int | None = None  # against one holdout
    rollback_within: int | None = None  # days for which what was lawfully in place keeps its permit; None: no rollback
    break_glass: Quorum | None = None


@dataclass(frozen=True, slots=True)
class Trust:
    """Who may judge, excuse, approve and promote: one version of the signed file that says so.

    `text` are its bytes as read, `digest` the SHA-256 of them in lower-case hex. `members` of a role are names of
    keys, identities or accounts. `authority` says who signs the next version.
    """

    id: str
    version: int
    title: str
    expires: str  # ISO day, inclusive
    authority: Quorum
    keys: Mapping[str, TrustKey] = field(default_factory=dict)
    identities: Mapping[str, TrustIdentity] = field(default_factory=dict)
    accounts: Mapping[str, TrustAccount] = field(default_factory=dict)
    roots: Mapping[str, TrustFile] = field(default_factory=dict)
    timestamp_authorities: Mapping[str, TrustFile] = field(default_factory=dict)
    ledgers: Mapping[str, TrustLedger] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stages: Mapping[str, StageTrust] = field(default_factory=dict)
    path: str = ""
    text: bytes = b""
    digest: str = ""
    place: Place = NOWHERE

"""A small world to test trust in: a bank with keys, a signed trust file, a bundle, policies and a signed report.

    world = make_world(tmp_path)                      # everything allowed; `women=(300, 1000)` makes EQUAL fail
    world.verify_words("--stage", "production")       # ["verify", report, "--trust", …, "--trust-root", …, …]
    world.approve(world.report, by="keller")          # an approval for production, added to world.claims
    world.waiver(allows={"at_most": "80 pp"})         # waivers/W-1.yaml, signed by okafor (signed_by=… for another)
    world.gate(nonce="n-2") → Path                    # another signed report of the same bundle
    world.gate(waived=True)                           # … judged with the waivers of the folder, under the trust file
    world.authority()                                 # the trust file, verified (stories/trusting.py)
    make_world(tmp_path, terms={"report": {…}})       # the production stage with other terms; `stages=` whole stages

Keys, by name (key file `keys/NAME.key.pem`, unencrypted; public half `keys/NAME.pub.pem`):

| name | role | who |
|---|---|---|
| root-a, root-b | trust-authority | |
| gate, gate-b | evaluator | |
| keller, silva | release-manager | m.keller@bank.example, a.silva@bank.example |
| okafor | waiver-authority | n.okafor@bank.example |
| office | permit-office | |
| lead, deputy | incident-lead | p.lead@bank.example, d.deputy@bank.example |
| stranger | none: in no trust file | |

The bundle's `facts.owners.model` is AUTHOR. Everything is signed without time stamps, at `world.now`.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from policykit.attest.authority import Authority
from policykit.attest.claims_file import read_claims
from policykit.attest.envelope import seal, unseal
from policykit.attest.keys import load_signer, new_key
from policykit.attest.signer import Signer
from policykit.attest.statement import APPROVAL, TRUST, WAIVER, statement
from policykit.canon import digest
from policykit.load.waiver_document import load_waivers
from policykit.stories.gate import Asked, gate
from policykit.stories.open import Table, open_all
from policykit.stories.outputs import statement_bytes
from policykit.stories.trusting import open_trust
from policykit.stories.waivers import signed_waivers
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

ROOTS = ("root-a", "root-b")
EVALUATORS = ("gate", "gate-b")
PEOPLE = {
    "keller": "m.keller@bank.example",
    "silva": "a.silva@bank.example",
    "okafor": "n.okafor@bank.example",
    "lead": "p.lead@bank.example",
    "deputy": "d.deputy@bank.example",
}
NAMES = (*ROOTS, *EVALUATORS, *PEOPLE, "office", "stranger")
AUTHOR = "b.author@bank.example"
ROLES = {
    "trust-authority": [*ROOTS],
    "evaluator": [*EVALUATORS],
    "release-manager": ["keller", "silva"],
    "waiver-authority": ["okafor"],
    "permit-office": ["office"],
    "incident-lead": ["lead", "deputy"],
}
PRODUCTION: Mapping[str, Any] = {
    "report": {"signed_by": "evaluator", "max_age": "7 days"},
    "policies": [{"id": "house", "at_least": "1"}],
    "evidence": "recomputed",
    "approvals": [{"role": "release-manager", "count": 2}],
    "permit": {"signed_by": "permit-office", "max_age": "2 days"},
    "waivers": {"signed_by": {"role": "waiver-authority", "count": 1}, "longest": "120 days"},
    "rollback": {"within": "30 days"},
    "break_glass": {"role": "incident-lead", "count": 2},
}
STAGING: Mapping[str, Any] = {"report": {"signed_by": "evaluator", "max_age": "30 days"}}
FAIRNESS = "house/R-2"
"""The rule that a world with `women=(300, 1000)` breaks: approvals of men and women differ by more than 10 pp."""


@dataclass(frozen=True)
class World:
    """Where everything of one small world lies."""

    folder: Path
    now: datetime

    @property
    def trust(self) -> Path:
        return self.folder / "trust.yaml"

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    @property
    def policy(self) -> Path:
        return self.folder / "policies" / "house.yaml"

    @property
    def report(self) -> Path:
        return self.folder / "report.sigstore.json"

    @property
    def claims(self) -> Path:
        """Return what was signed about the report: `claims.jsonl` beside it, and beside the trust file."""
        return self.folder / "claims.jsonl"

    @property
    def waivers(self) -> Path:
        return self.folder / "waivers"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def key(self, name: str) -> Path:
        return self.folder / "keys" / f"{name}.key.pem"

    def public(self, name: str) -> Path:
        return self.folder / "keys" / f"{name}.pub.pem"

    def authority(self, now: datetime | None = None) -> Authority:
        """Return the trust file, verified by its roots at `now`; nothing is remembered."""
        return open_trust(self.trust, [str(self.public(name)) for name in ROOTS], state=None, now=now or self.now)

    def signer(self, name: str) -> Signer:
        return _signer(name)

    @property
    def trust_words(self) -> list[str]:
        """Return the options that say which trust file counts, for the command line."""
        roots = [word for name in ROOTS for word in ("--trust-root", str(self.public(name)))]
        return ["--trust", str(self.trust), *roots, "--state", str(self.state)]

    def verify_words(self, *more: str) -> list[str]:
        return ["verify", str(self.report), *self.trust_words, *more]

    def payload(self, signed: Path | None = None) -> bytes:
        return unseal((signed or self.report).read_bytes()).payload

    def gate(
        self,
        name: str = "report.sigstore.json",
        *,
        by: str = "gate",
        at: datetime | None = None,
        stage: str | None = "production",
        policies: Sequence[Path] = (),
        bundle: Path | None = None,
        waived: bool = False,
        **asked: Any,
    ) -> Path:
        """Judge the bundle and write the report, signed by `by`."""
        opened = open_all(bundle or self.bundle, [*(policies or [self.policy])], None, Table())
        if waived:
            authority = self.authority(at)
            trust = authority.trust
            claims = read_claims(self.waivers / "claims.jsonl")
            asked["waivers"] = signed_waivers(load_waivers(self.waivers), claims, opened.bundle, authority, stage)
            asked["trust"] = (trust.id, trust.version, trust.digest)
        judged = gate(opened.bundle, opened.policies, Asked(stage=stage, now=at or self.now, **asked))
        path = self.folder / name
        path.write_bytes(seal(statement_bytes(judged), _signer(by)))
        return path

    def resigned(self, change: Any, name: str = "resigned.sigstore.json", *, by: str = "gate") -> Path:
        """Change what the report says (`change(predicate)`) without its digests, sign it again, and write it."""
        said = json.loads(self.payload())
        change(said["predicate"])
        subjects = [(entry["name"], entry["digest"]["sha256"]) for entry in said["subject"]]
        path = self.folder / name
        path.write_bytes(seal(statement(subjects, said["predicate"]), _signer(by)))
        return path

    def approval(
        self,
        report: Path | None = None,
        /,
        *,
        by: str,
        role: str = "release-manager",
        stage: str = "production",
        at: datetime | None = None,
        **changed: Any,
    ) -> bytes:
        """Return an approval of a report; keywords replace members of its predicate."""
        payload = self.payload(report)
        said = json.loads(payload)
        subjects = [(entry["name"], entry["digest"]["sha256"]) for entry in said["subject"]]
        predicate = {
            "report": {
                "payload": f"sha256:{digest(payload)}",
                "verdictDigest": said["predicate"]["verdictDigest"],
                "decision": said["predicate"]["decision"],
            },
            "stage": stage,
            "role": role,
            "time": rfc3339(at or self.now),
            "comment": "",
            "review": {},
            **changed,
        }
        return seal(statement(subjects, predicate, predicate_type=APPROVAL), _signer(by))

    def approve(self, report: Path | None = None, /, *, by: str, **more: Any) -> None:
        """Add an approval to the claims beside the report."""
        add(self.claims, self.approval(report, by=by, **more))

    def waiver(
        self,
        *,
        id: str = "W-1",
        signed_by: Sequence[str] = ("okafor",),
        role: str = "waiver-authority",
        **changed: Any,
    ) -> Path:
        """Write a waiver of FAIRNESS for this version, signed; keywords replace its members, None leaves one out."""
        day = self.now.date()
        said: dict[str, Any] = {
            "policykit": "waiver/1",
            "id": id,
            "rule": FAIRNESS,
            "binds": {"bundle": "loans", "version": "1.4.0"},
            "allows": {"at_most": "90 pp"},
            "reason": "the new sample is due in March",
            "requested_by": AUTHOR,
            "valid_from": (day - timedelta(days=1)).isoformat(),
            "expires": (day + timedelta(days=60)).isoformat(),
            **changed,
        }
        self.waivers.mkdir(exist_ok=True)
        path = self.waivers / f"{id}.yaml"
        path.write_text(json.dumps({name: value for name, value in said.items() if value is not None}, indent=1))
        for name in signed_by:
            add(self.waivers / "claims.jsonl", document_claim(path, "waiver", id, WAIVER, name, role, self.now))
        return path

    def write_trust(self, *, version: int = 1, signed_by: Sequence[str] = ROOTS, **changed: Any) -> Path:
        """Write the trust file and sign it; keywords replace its members."""
        said = {**trust_document(self.now, version), **changed}
        self.trust.write_text(json.dumps(said, indent=1))
        for name in signed_by:
            claim = document_claim(self.trust, "trust", "bank.models", TRUST, name, "trust-authority", self.now)
            add(self.claims, claim)
        return self.trust


def make_world(
    folder: Path,
    *,
    men: tuple[int, int] = (500, 1000),
    women: tuple[int, int] = (500, 1000),
    rules: Sequence[Mapping[str, Any]] = (ACCURATE, EQUAL),
    terms: Mapping[str, Any] | None = None,
    stages: Mapping[str, Any] | None = None,
    trust: Mapping[str, Any] | None = None,
    now: datetime | None = None,
    report: bool = True,
) -> World:
    """Make the world; `terms` change those of production (None leaves one out), `trust` members of the trust file."""
    folder.mkdir(parents=True, exist_ok=True)
    world = World(folder, (now or datetime.now(UTC)).replace(microsecond=0))
    shutil.copytree(_keys(), folder / "keys")
    facts = {"owners": {"model": AUTHOR}}
    write_bundle(world.bundle, people(men=men, women=women), facts=facts)
    write_policy(world.policy, *rules)
    production = {name: value for name, value in {**PRODUCTION, **(terms or {})}.items() if value is not None}
    world.write_trust(stages=stages or {"production": production, "staging": STAGING}, **(trust or {}))
    if report:
        world.gate()
    return world


def trust_document(now: datetime, version: int = 1) -> dict[str, Any]:
    """Return the trust file as JSON, which is YAML too."""
    keys: dict[str, Any] = {}
    for name in NAMES:
        if name != "stranger":
            keys[name] = {"pem": _signer(name).public.pem.decode()} | ({"who": PEOPLE[name]} if name in PEOPLE else {})
    return {
        "policykit": "trust/1",
        "id": "bank.models",
        "version": version,
        "title": "Who may judge, excuse, approve and promote models at the bank",
        "expires": (now.date() + timedelta(days=200)).isoformat(),
        "signed_by": {"role": "trust-authority", "count": 2},
        "keys": keys,
        "roles": ROLES,
        "stages": {"production": PRODUCTION, "staging": STAGING},
    }


def document_claim(path: Path, kind: str, name: str, predicate_type: str, by: str, role: str, at: datetime) -> bytes:
    """Return one person's signature under a document, as `policykit approve` makes it."""
    data = path.read_bytes()
    sha256 = digest(data)
    document = {"kind": kind, "id": name, "digest": f"sha256:{sha256}", "text": data.decode()}
    predicate = {"document": document, "role": role, "time": rfc3339(at), "comment": ""}
    return seal(statement([(path.name, sha256)], predicate, predicate_type=predicate_type), _signer(by))


def add(claims: Path, data: bytes) -> None:
    """Add one signed file to a claims file: one line each."""
    with claims.open("ab") as file:
        file.write(data.strip() + b"\n")


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def _keys() -> Path:
    """Return the folder of all keys: made once, because making them is the slow part."""
    folder = Path(tempfile.mkdtemp(prefix="policykit-keys-"))
    for name in NAMES:
        new_key(name, folder, None)
    return folder


@cache
def _signer(name: str) -> Signer:
    return load_signer(str(_keys() / f"{name}.key.pem"), None)

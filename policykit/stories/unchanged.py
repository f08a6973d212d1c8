"""End a run before it begins: a verified report of the same bundle, by the same policies and engine, judged again as of today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from policykit.attest.verify import Asked as Claimed
from policykit.attest.verify import read_report
from policykit.load.measurements import ReadMeasurements
from policykit.report.digests import policy_digest
from policykit.stories.champion import UNCHANGED
from policykit.stories.consistent import is_signed, signed_by
from policykit.stories.gate import Asked, Judged
from policykit.stories.rejudge import judge_measurements
from policykit.stories.verify import Authentic, authentic
from policykit.terms.bundle import Bundle
from policykit.terms.bundle_json import bundle_to_json, schema_from_json
from policykit.terms.instant import judged_on_its_day
from policykit.terms.policy import Policy
from policykit.terms.report import SEMANTICS, Decision, Notice
from policykit.terms.taken_json import taken_from_json
from policykit.version import VERSION, sources

if TYPE_CHECKING:
    from pathlib import Path

    from policykit.attest.signer import Signer
    from policykit.stories.verify import Under

OLDEST: Final = timedelta(days=30)
"""How old a report may be that a key alone vouches for: no trust file says how long, and nobody could take it back."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A report that still says ALLOWED: judged again, and the very bytes that were signed."""

    judged: Judged
    signed: bytes
    told: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Why the gate has to measure."""

    why: str


def unchanged(
    report: Path,
    bundle: Bundle,
    policies: Sequence[Policy],
    asked: Asked,
    *,
    key: Path | None = None,
    under: Under | None = None,
    signer: Signer | None = None,
    stamped: bool = False,
) -> Cited | Changed:
    """Return the report at `report`, judged again as `asked` from its own measurements, where it may stand for a new run.

    It is verified as `policykit verify` does, and must have been ALLOWED, in mode enforce and of full scope. Bundle, policies
    (those too that did not match), stage, engine, trust file, gate and nonce are the same; waivers, the ledger and the day are
    today's. No data is read. Where `signer` is given, it is the one that signed the report: its file then is what is attested.
    Verified with a key alone, it is at most `OLDEST`; under a trust file, as old as its stage accepts.

    Raises:
        VerificationError: the report is not authentic, with the reason of the first step that does not hold.
        StorageError: the report or the key cannot be read.
    """
    if asked.mode != "enforce" or asked.only or asked.trial or not judged_on_its_day(asked.day, asked.now):
        return Changed("only a whole run over a bundle, in mode enforce and as of today, can be spared")
    if stamped:
        return Changed("a time stamp is asked for, and only what is signed today is stamped today")
    data = read_report(report)
    claimed = Claimed(stage=asked.stage, nonce=asked.nonce or None, oldest=OLDEST if under is None else None)
    found = authentic(data, key, claimed, now=asked.now, under=under)
    said = found.said
    try:
        other = _other(found, bundle, policies, asked, signer)
        if other:
            return Changed(other)
        read = ReadMeasurements(
            bundle=bundle,
            schemas={role: schema_from_json(body) for role, body in said["schemas"].items()},
            taken=taken_from_json(said["measurements"]),
            stage=asked.stage,
            as_of=asked.day,
            engine=VERSION,
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return Changed("it is not written as a gate report is")
    told = f"nothing was measured: the report of {said['timeEvaluated']} is about the same bundle, policies and engine"
    cited = Notice(
        "warning", UNCHANGED, f"{told}, and was judged again as of {asked.day} (payload sha256 {found.payload})"
    )
    again = judge_measurements(
        read, policies, replace(asked, measured=_measured(found), notices=(*asked.notices, cited))
    )
    if again.taken.keys() != read.taken.keys():
        return Changed("as of today the policies ask for what was not measured then")
    now = again.report
    if now.decision is not Decision.ALLOWED or now.mode != "enforce" or now.scope != "full":
        return Changed(f"judged again as of {asked.day} it is {now.decision.value}: {now.reason}")
    return Cited(again, data, f"{told}; judged again as of {asked.day} it is ALLOWED")


def _measured(found: Authentic) -> str:
    """Return who measured: whoever signed the report, or the one whose signed measurements it was judged from."""
    said = str(found.said["gate"]["measured"])
    return said if is_signed(said) else signed_by(found.key_id)


def _other(found: Authentic, bundle: Bundle, policies: Sequence[Policy], asked: Asked, signer: Signer | None) -> str:
    """Return what is another than when the report was made; empty where nothing is."""
    said = found.said
    trust = () if said["trust"] == {} else (said["trust"]["id"], said["trust"]["version"], said["trust"]["digest"])
    checks: Mapping[str, bool] = {
        f"the report says {found.decision.value}": found.decision is not Decision.ALLOWED,
        "the bundle is another": found.subject != bundle.manifest_digest,
        "the labels of the bundle, or what its manifest says, are others": bundle_to_json(found.described)
        != bundle_to_json(bundle),
        "the policies are others": _asked_by(said)
        != sorted((p.ref, policy_digest(p.text, p.settings)) for p in policies),
        "the stage is another": said["gate"]["stage"] != (asked.stage or ""),
        "it was made by another gate (`--gate-id`)": said["gate"]["id"] != asked.gate_id,
        "it answers another request (`--nonce`)": said["gate"]["nonce"] != asked.nonce,
        "nobody signed the measurements that it was judged from": not _vouched(said["gate"]["measured"]),
        "it was made by another version of policykit": _engine(said) != (VERSION, SEMANTICS, []),
        "it does not say by which code it was made": not said["engine"].get("sources"),
        "it was made by other code of the same version": said["engine"].get("sources") != sources(),
        "the trust file is another": trust != (asked.trust or ()),
        "the report was not made in mode enforce, of all rules": (said["gate"]["mode"], said["gate"]["scope"])
        != ("enforce", "full"),
        "it is signed with another key than the one to sign with": signer is not None
        and _signs_otherwise(signer, found),
    }
    return next((why for why, differs in checks.items() if differs), "")


def _vouched(measured: object) -> bool:
    return measured == "here" or (isinstance(measured, str) and is_signed(measured))


def _asked_by(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    return sorted((policy["policy"], policy["digest"]) for policy in said["policies"])


def _engine(said: Mapping[str, Any]) -> tuple[object, object, object]:
    engine = said["engine"]
    return engine["version"], engine["semantics"], engine["plugins"]


def _signs_otherwise(signer: Signer, found: Authentic) -> bool:
    """Say whether what is signed now would be by somebody else; of an identity it cannot be told before it signs."""
    from policykit.attest.signer import SealsItself

    return isinstance(signer, SealsItself) or signer.public.id != found.key_id

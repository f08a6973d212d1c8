"""Verify a signed report, in the verifier's order: nothing in it is believed, or shown, before its turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from policykit.attest.keys import load_public_key
from policykit.attest.verify import Asked, check_age, check_claims, check_subject, open_report, read_report
from policykit.errors import VerificationError
from policykit.report.restated import restated
from policykit.terms.report import Decision


@dataclass(frozen=True, slots=True)
class Authentic:
    """A report whose signature and claims hold, and the decision it states."""

    decision: Decision
    said: Mapping[str, Any]
    subject: str
    key_id: str


def verify(
    report: Path,
    key: Path | None,
    asked: Asked,
    *,
    now: datetime,
    bundle: Path | None = None,
    again: bool = False,
) -> Authentic:
    """Return what an authentic report says.

    Raises:
        VerificationError: with the reason code of the first step that does not hold; without a key, always.
    """
    verified = open_report(read_report(report), load_public_key(key) if key is not None else None)
    if bundle is not None:
        check_subject(verified.statement, _manifest(bundle))
    check_claims(verified.statement, _without_age(asked), now=now)
    said = verified.predicate
    decision = _decision(said)
    if again:
        _rejudge(said, now)
    if asked.oldest is not None:
        check_age(verified.statement, asked.oldest, now=now)
    first = verified.statement["subject"][0]["digest"]["sha256"]
    return Authentic(decision, said, first, verified.key.id)


def _manifest(bundle: Path) -> str:
    from policykit.load.bundle import load_bundle

    return load_bundle(bundle).manifest_digest


def _without_age(asked: Asked) -> Asked:
    from dataclasses import replace

    return replace(asked, oldest=None)


def _decision(said: Mapping[str, Any]) -> Decision:
    try:
        stated, found = Decision(said["decision"]), restated(said)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise VerificationError("incomplete", f"the report is not written as a gate report is: {error}") from error
    if stated is not found:
        raise VerificationError(
            "decision",
            f"the report says {stated.value}, and {found.value} follows from its rules",
            hint="do not use this report: whoever signed it did not run the gate as it is",
        )
    return stated


def _rejudge(said: Mapping[str, Any], now: datetime) -> None:
    from policykit.stories.gate import Asked as Run
    from policykit.stories.rejudge import rejudge

    gate = said["gate"]
    rejudge(
        said, Run(stage=gate["stage"] or None, now=now, as_of=said["asOf"], only=tuple(gate["only"]), mode=gate["mode"])
    )

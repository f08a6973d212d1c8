"""Verify a signed report, in the verifier's order: nothing in it is believed, or shown, before its turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from policykit.attest.keys import load_public_key
from policykit.attest.verify import Asked, check_age, check_claims, check_subject, open_report, read_report
from policykit.errors import VerificationError
from policykit.stories.consistent import check_follows, check_own_files, check_policies_own
from policykit.terms.bundle import Bundle
from policykit.terms.bundle_json import bundle_to_json
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
    described = check_own_files(verified.statement)
    if bundle is not None:
        _check_bundle(verified.statement, described, bundle)
    check_policies_own(verified.predicate)
    check_claims(verified.statement, replace(asked, oldest=None), now=now)
    said = verified.predicate
    decision = check_follows(said)
    if again:
        from policykit.stories.rejudge import rejudge

        rejudge(said, now=now)
    if asked.oldest is not None:
        check_age(verified.statement, asked.oldest, now=now)
    return Authentic(decision, said, described.manifest_digest, verified.key.id)


def _check_bundle(statement: Mapping[str, Any], described: Bundle, path: Path) -> None:
    """Refuse a report about other files, or one that describes these files otherwise than their manifest does.

    Labels that the manifest does not say may come from an inventory.
    """
    from policykit.load.bundle import load_bundle

    at_hand = load_bundle(path)
    check_subject(statement, at_hand.manifest_digest)
    stated, found = bundle_to_json(described), bundle_to_json(at_hand)
    listed, own = stated.pop("labels"), found.pop("labels")
    other = [name for name in found if stated[name] != found[name]]
    other += ["labels" for name, values in own.items() if set(values) != set(listed.get(name, ()))]
    if other:
        raise VerificationError(
            "subject",
            f"the report says another `{other[0]}` of the bundle than its manifest does",
            hint="do not use this report: whoever signed it did not run the gate on this bundle as it is",
        )

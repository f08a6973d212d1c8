"""The model in use, as its own signed report measured it: verified before anything in it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policykit.attest.envelope import LARGEST_REPORT
from policykit.attest.keys import load_public_key
from policykit.attest.verify import open_report
from policykit.errors import VerificationError
from policykit.load.bundle import read_member
from policykit.terms.bundle import Bundle
from policykit.terms.bundle_json import bundle_from_json, bundle_to_json, schema_from_json, schema_to_json
from policykit.terms.plan import Champion
from policykit.terms.report import SEMANTICS, Notice
from policykit.terms.taken_json import taken_from_json, taken_to_json


def champion_of(bundle: Bundle, key: Path | None) -> tuple[Champion | None, tuple[Notice, ...]]:
    """Return the champion that the bundle's manifest names, and what a reader of the report must know about it.

    Without a key to verify its report there is no champion. A champion with the candidate's own bytes is an error: a model is
    never worse than itself.

    Raises:
        VerificationError: the report is there and the signature, or what it says, does not hold.
    """
    if bundle.champion_report is None:
        return None, ()
    if key is None:
        told = "the bundle names a champion's report, and the gate file gives no key to verify it with"
        return None, (Notice("warning", "champion_unverified", told),)
    data = read_member(bundle, bundle.champion_report, most=LARGEST_REPORT)
    verified = open_report(data, load_public_key(key))
    subject = verified.statement["subject"][0]["digest"]["sha256"]
    champion = champion_from_json({**verified.predicate, "subject": subject})
    if _models(champion.bundle) and _models(champion.bundle) == _models(bundle):
        return champion, (
            Notice("error", "champion_is_candidate", "the champion and the candidate are the same model"),
        )
    return champion, ()


def champion_to_json(champion: Champion | None) -> Mapping[str, Any]:
    """Return a champion as a report holds it, so that anyone can compare again; empty where there is none."""
    if champion is None:
        return {}
    return {
        "subject": champion.subject,
        "bundle": bundle_to_json(champion.bundle),
        "schemas": {role: schema_to_json(schema) for role, schema in sorted(champion.schemas.items())},
        "measurements": taken_to_json(champion.taken),
    }


def champion_from_json(said: Mapping[str, Any]) -> Champion:
    """Return the champion a report holds, or the one that a champion's own report is.

    Raises:
        VerificationError: reason `incomplete` or `newer`.
    """
    semantics = said.get("engine", {"semantics": SEMANTICS}).get("semantics")
    if semantics != SEMANTICS:
        raise VerificationError(
            "newer",
            "the champion's report was measured by other semantics than this version's",
            hint="gate the champion again",
        )
    try:
        return Champion(
            bundle_from_json(said["bundle"]),
            {role: schema_from_json(body) for role, body in said["schemas"].items()},
            taken_from_json(said["measurements"]),
            said["subject"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise VerificationError("incomplete", f"the champion's report cannot be read: {error}") from error


def _models(bundle: Bundle) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((file.sha256, file.size) for file in bundle.files if file.role == "model"))

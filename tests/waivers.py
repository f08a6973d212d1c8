"""Builders: waivers as documents, and as somebody signed them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from policykit.load.waiver_document import read_waiver
from policykit.terms.signatory import Signatory
from policykit.terms.waiver import SignedWaiver, Waiver

KELLER = Signatory("keller", "m.keller@bank.example", "waiver-authority", "ab" * 32, "2026-11-01T09:00:00Z")
CLAIM = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": {"payload": "e30="}}


def waiver_text(**said: Any) -> bytes:
    """Return a waiver of the rule `house/R-1` of `loans 1.4.0`; keywords replace what it says, None leaves one out."""
    whole: dict[str, Any] = {
        "policykit": "waiver/1",
        "id": "W-1",
        "rule": "house/R-1",
        "binds": {"bundle": "loans", "version": "1.4.0"},
        "allows": {"at_most": "30 pp"},
        "reason": "The new sample is due in March.",
        "ticket": "RISK-4412",
        "requested_by": "a.silva@bank.example",
        "valid_from": "2026-11-01",
        "expires": "2027-03-31",
        **said,
    }
    return json.dumps({name: value for name, value in whole.items() if value is not None}, indent=1).encode()


def waiver(**said: Any) -> Waiver:
    """Return the waiver that `waiver_text` writes."""
    return read_waiver(waiver_text(**said), "waivers/W-1.yaml")


def signed(*, refused: str = "", by: tuple[Signatory, ...] = (KELLER,), **said: Any) -> SignedWaiver:
    """Return such a waiver as approved."""
    claims: tuple[Mapping[str, Any], ...] = (CLAIM,)
    return SignedWaiver(waiver(**said), by, claims, refused)

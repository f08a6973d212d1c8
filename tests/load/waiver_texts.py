"""Builders of waivers and trust files, as text: what a test does not speak of is filled in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

WAIVER = {
    "id": "W-2027-014",
    "rule": "acme.credit/FAIR-01",
    "binds": "{bundle: loan-default, version: 1.4.0}",
    "only_for": "{attribute: age_band}",
    "allows": "{at_most: 12 pp}",
    "reason": "The new sample is due in March.",
    "requested_by": "a.silva@acme.example",
    "valid_from": "2027-01-10",
    "expires": "2027-03-31",
}
TRUST = {
    "id": "acme.models",
    "version": "7",
    "title": "Who may judge models at ACME",
    "expires": "2027-06-30",
    "signed_by": "{role: trust-authority, count: 2}",
}


def waiver(**said: str | None) -> str:
    """Return a waiver; keywords replace its keys, in their order, None leaves one out."""
    given = {**WAIVER, **said}
    return "policykit: waiver/1\n" + "".join(f"{key}: {value}\n" for key, value in given.items() if value is not None)


def pem(number: int) -> str:
    """Return an ed25519 public key of our making, the same for the same number."""
    der = bytes.fromhex("302a300506032b6570032100") + hashlib.sha256(bytes([number])).digest()
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"


def key(number: int, more: str = "") -> str:
    """Return an entry of `keys`, on one line."""
    escaped = pem(number).replace("\n", "\\n")
    return f'{{pem: "{escaped}"{", " + more if more else ""}}}'


def trust(keys: Mapping[str, str] | None = None, **said: str | None) -> str:
    """Return a trust file with two roots, a gate and two managers; keywords replace its parts, None leaves one out."""
    entries = {
        "root-a": key(1),
        "root-b": key(2),
        "gate": key(3),
        "keller": key(4, "who: m.keller@acme.example"),
        "silva": key(5, "who: a.silva@acme.example"),
        **(keys or {}),
    }
    parts = {
        **TRUST,
        "keys": "\n" + "".join(f"  {name}: {value}\n" for name, value in entries.items()).rstrip("\n"),
        "roles": "{trust-authority: [root-a, root-b], evaluator: [gate], release-manager: [keller, silva]}",
        "stages": "{production: {report: {max_age: 7 days}}}",
        **said,
    }
    return "policykit: trust/1\n" + "".join(f"{name}: {value}\n" for name, value in parts.items() if value is not None)


def waiver_of(keys: str) -> str:
    """Return a waiver whose first lines after its kind are `keys`; what they leave out is filled in below."""
    given = {line.split(":")[0] for line in keys.splitlines() if line[:1].isalpha()}
    rest = [f"{name}: {value}" for name, value in WAIVER.items() if name not in given]
    return "\n".join(["policykit: waiver/1", keys, *rest]) + "\n"


def trust_of(parts: str) -> str:
    """Return a trust file whose first lines after its kind are `parts`, with the keys and roles of `trust` besides."""
    written, rest = _parts(parts), _parts(trust().partition("\n")[2])
    if "keys" in written:
        written["keys"] += rest["keys"].removeprefix("keys: ")
    if "roles" in written:
        roles = rest["roles"].removeprefix("roles: {").removesuffix("]}").split("], ")
        written["roles"] += "".join(f"\n  {role}]" for role in roles)
    return (
        "\n".join(["policykit: trust/1", *{**written, **{k: v for k, v in rest.items() if k not in written}}.values()])
        + "\n"
    )


def _parts(text: str) -> dict[str, str]:
    """Return the lines of a document by the key that they stand under."""
    found: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        key = line.split(":")[0] if line[:1].isalpha() else key
        found[key] = f"{found[key]}\n{line}" if key in found else line
    return found

"""The statement: what is claimed, of which files, in bytes that are the same on every machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from policykit.canon import canonical
from policykit.errors import SigningError

# For ever from the first public release; until then see docs/adr/0001-predicate-type-domain.md.
DOMAIN: Final = "https://policykit.dev"
GATE_REPORT: Final = f"{DOMAIN}/gate-report/v1"
MEASUREMENTS: Final = f"{DOMAIN}/measurements/v1"
APPROVAL: Final = f"{DOMAIN}/approval/v1"
WAIVER: Final = f"{DOMAIN}/waiver/v1"
TRUST: Final = f"{DOMAIN}/trust/v1"
POLICY: Final = f"{DOMAIN}/policy/v1"
REVOCATION: Final = f"{DOMAIN}/revocation/v1"
BREAK_GLASS: Final = f"{DOMAIN}/break-glass/v1"


def permit_type(stage: str) -> str:
    """Return the type of a promotion permit for `stage`: other people's tools check exactly this word."""
    return f"{DOMAIN}/promotion-permit/{stage}/v1"


STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def statement(
    subjects: Iterable[tuple[str, str]], predicate: Mapping[str, Any], *, predicate_type: str = GATE_REPORT
) -> bytes:
    """Return the bytes to sign: an in-toto statement v1 saying `predicate` of `subjects`, in RFC 8785 form.

    A subject is a name and the SHA-256 of its bytes in lower-case hex; the first is the bundle's manifest.

    Raises:
        SigningError: no subject, a name twice, a digest that is none, or something JSON cannot carry exactly.
    """
    named = dict[str, str]()
    for name, sha256 in subjects:
        if not name or name in named:
            raise SigningError(f"the subject `{name}` is named twice" if name else "a subject has no name")
        if not _SHA256.fullmatch(sha256):
            raise SigningError(f"the digest of the subject `{name}` is not a SHA-256 in lower-case hex")
        named[name] = sha256
    if not named:
        raise SigningError("a statement about nothing cannot be signed", hint="name the bundle's manifest first")
    try:
        return canonical(
            {
                "_type": STATEMENT_TYPE,
                "subject": [{"name": name, "digest": {"sha256": sha256}} for name, sha256 in named.items()],
                "predicateType": predicate_type,
                "predicate": dict(predicate),
            }
        )
    except ValueError as error:  # of rfc8785: numbers out of range, text that is not Unicode, keys that are no text
        hint = "numbers beyond ±(2^53 − 1) are written as decimal strings, and NaN is a cause, not a number"
        raise SigningError(f"the report holds what canonical JSON cannot carry: {error}", hint=hint) from error

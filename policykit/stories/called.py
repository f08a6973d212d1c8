"""What somebody who signed is called: by the words of the trust file where it knows them, else by their key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit.attest.envelope import Envelope, pae
from policykit.attest.ledger.objects import hinted
from policykit.attest.statement import BREAK_GLASS
from policykit.errors import VerificationError

if TYPE_CHECKING:
    from policykit.attest.authority import Authority


def called(envelope: Envelope, authority: Authority | None) -> str:
    """Return the person who signed that a glass was broken, also where their key was taken back since; else the key.

    A file names its key as it likes: a person is named only where the signature is really theirs.
    """
    found = _known(envelope, authority) if authority is not None else ""
    said = hinted(envelope)
    return found or ("an identity" if envelope.certificate is not None else f"key {said[:12]}" if said else "somebody")


def _known(envelope: Envelope, authority: Authority) -> str:
    if envelope.certificate is not None:
        return _identity(envelope, authority)
    said = hinted(envelope)
    for name, key in authority.trust.keys.items():
        if said in ("", key.id) and authority.key(name).verifies(envelope.signature, pae(envelope.payload)):
            return key.who or name
    return ""


def _identity(envelope: Envelope, authority: Authority) -> str:
    try:
        by = authority.open_any(envelope.raw, roles=tuple(authority.trust.roles), predicate_type=BREAK_GLASS).by
    except VerificationError:
        return ""
    return by.who or by.name

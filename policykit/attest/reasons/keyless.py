"""Why a signature by an identity, or by a signer elsewhere, was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

KEYLESS: Final[Mapping[str, Reason]] = {}

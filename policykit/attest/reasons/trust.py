"""Why a signer, or the trust file itself, was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

TRUST: Final[Mapping[str, Reason]] = {}

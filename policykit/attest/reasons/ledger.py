"""Why a ledger, a proof from it or a time stamp was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

LEDGER: Final[Mapping[str, Reason]] = {}

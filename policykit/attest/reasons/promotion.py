"""Why a promotion or a rollback was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

PROMOTION: Final[Mapping[str, Reason]] = {}

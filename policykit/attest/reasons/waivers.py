"""Why a waiver was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

WAIVERS: Final[Mapping[str, Reason]] = {}

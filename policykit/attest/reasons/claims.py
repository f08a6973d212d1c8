"""Why approvals, permits and revocations were refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

CLAIMS: Final[Mapping[str, Reason]] = {}

"""Every reason code that a refusal can give: `policykit explain wrong_key` prints its page. Codes are stable."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from policykit.attest.reasons.claims import CLAIMS
from policykit.attest.reasons.keyless import KEYLESS
from policykit.attest.reasons.ledger import LEDGER
from policykit.attest.reasons.promotion import PROMOTION
from policykit.attest.reasons.reason import Reason
from policykit.attest.reasons.report import REPORT
from policykit.attest.reasons.trust import TRUST
from policykit.attest.reasons.waivers import WAIVERS

__all__ = ["REASONS", "Reason"]

REASONS: Final[Mapping[str, Reason]] = MappingProxyType(
    {**REPORT, **KEYLESS, **TRUST, **WAIVERS, **CLAIMS, **LEDGER, **PROMOTION}
)

"""Every code, with its page: `policykit explain PK104` prints it. Codes are stable; a code that retires is never used again."""

from __future__ import annotations

from collections.abc import Mapping

from policykit.load.lint.page import CodePage
from policykit.load.lint.pages_bundle import BUNDLE
from policykit.load.lint.pages_limits import GATE, LIMITS, WARNINGS
from policykit.load.lint.pages_policy import POLICY
from policykit.load.lint.pages_reading import READING
from policykit.load.lint.pages_source import SOURCE, SOURCE_WARNINGS
from policykit.load.lint.pages_test import TEST
from policykit.load.lint.pages_trust import TRUST, TRUST_WARNINGS
from policykit.load.lint.pages_waiver import WAIVER, WAIVER_WARNINGS

CODES: Mapping[str, CodePage] = {
    **READING,
    **POLICY,
    **LIMITS,
    **BUNDLE,
    **GATE,
    **WARNINGS,
    **TRUST_WARNINGS,
    **WAIVER_WARNINGS,
    **TRUST,
    **WAIVER,
    **TEST,
    **SOURCE,
    **SOURCE_WARNINGS,
}

"""What a signed report has to be before its word counts where many are shown: one rule for the inbox and for the site."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from policykit.attest.claims import check_engine, check_pins
from policykit.attest.stage import check_evidence
from policykit.attest.verify import check_time
from policykit.errors import VerificationError
from policykit.stories.consistent import check_follows, check_own_files, check_policies_own

if TYPE_CHECKING:
    from policykit.terms.trust import StageTrust

Statement = Mapping[str, Any]


def check_believed(statement: Statement, *, now: datetime, signed: bool) -> None:
    """Refuse a report that does not hold together: other files, other policies, a decision that does not follow from its rules.

    Of one that nobody signed only the time is asked: from the future it would stay the newest for ever.

    Raises:
        VerificationError: reasons `time`, `incomplete`, `subject`, `policy_digest`, `decision`, `verdict_digest`, `measured`.
    """
    check_time(statement, now=now)
    if signed:
        check_own_files(statement)
        check_policies_own(statement["predicate"])
        check_follows(statement["predicate"])


def unfit(statement: Statement, terms: StageTrust) -> str:
    """Return what the stage asks of a report that this one does not show: its policies, version, evidence; empty where it does.

    Such a report is believed, and decides nothing. Its age and its approvals are asked where a permit is.
    """
    try:
        check_pins(statement, terms.policies)
        if terms.engine_at_least is not None:
            check_engine(statement, terms.engine_at_least)
        if terms.evidence is not None:
            check_evidence(statement, terms.evidence)
    except VerificationError as error:
        return str(error)
    return ""

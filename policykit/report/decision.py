"""Fold verdicts into one decision."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.terms.plan import Match
from policykit.terms.report import Decision, Notice
from policykit.terms.verdict import Status, Verdict


def decide(
    verdicts: Sequence[Verdict], matches: Sequence[Match], notices: Sequence[Notice], *, partial: bool
) -> tuple[Decision, str]:
    """Return the decision and its headline.

    ALLOWED needs at least one blocking rule that passed, and every blocking rule passed or not applicable for a stated
    reason; a fail is final; order never matters; an empty list of anything is not success.
    """
    blocking = [verdict for verdict in verdicts if not verdict.advisory]
    failed = [verdict for verdict in blocking if verdict.status is Status.FAIL]
    errors = [notice for notice in notices if notice.level == "error"]
    if failed or errors:
        return Decision.BLOCKED, _counted(len(failed), "rule failed", "rules failed", len(errors), "finding")
    held = sorted((match for match in matches if match.held), key=lambda match: match.policy.ref)
    if held:
        return Decision.HELD, f"`{held[0].policy.ref}` {held[0].why.removeprefix('it ')}"
    open_ones = [verdict for verdict in blocking if verdict.status is Status.UNDECIDED]
    if open_ones:
        things = "thing is" if len(open_ones) == 1 else "things are"
        return Decision.HELD, f"nothing failed, {len(open_ones)} {things} not shown yet"
    if not any(match.matched for match in matches):
        return Decision.HELD, "no policy applied"
    passed = [verdict for verdict in blocking if verdict.status is Status.PASS]
    if not passed:
        return Decision.HELD, "no blocking rule passed"
    if partial:
        return Decision.HELD, "the run was partial: only some rules were asked"
    rules = "rule" if len(passed) == 1 else "rules"
    return Decision.ALLOWED, f"all {len(passed)} blocking {rules} passed" if len(
        passed
    ) > 1 else "the blocking rule passed"


def _counted(failed: int, one: str, many: str, errors: int, finding: str) -> str:
    parts = []
    if failed:
        parts.append(f"{failed} {one if failed == 1 else many}")
    if errors:
        parts.append(f"{errors} {finding}{'' if errors == 1 else 's'} of level error")
    return " and ".join(parts)

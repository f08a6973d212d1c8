"""Fold verdicts into one decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from policykit.terms.decision import Decision, Notice
from policykit.terms.verdict import Status, Verdict

if TYPE_CHECKING:
    from policykit.terms.match import Match
    from policykit.terms.waiver import Excuse

Excuses: TypeAlias = "Mapping[tuple[str, str], Sequence[Excuse]]"
"""By policy (`id@version`) and rule: what excuses a rule that did not pass, as a whole."""


def decide(
    verdicts: Sequence[Verdict],
    matches: Sequence[Match],
    notices: Sequence[Notice],
    *,
    partial: bool,
    excuses: Excuses | None = None,
) -> tuple[Decision, str]:
    """Return the decision and its headline.

    ALLOWED needs at least one blocking rule that passed, and every blocking rule passed, not applicable for a stated reason,
    or excused by valid waivers; a fail that nobody excused is final; order never matters; an empty list is not success.
    """
    blocking = [verdict for verdict in verdicts if not verdict.advisory]
    found = excuses or {}
    open_ones = (Status.FAIL, Status.UNDECIDED)
    excused = [v for v in blocking if v.status in open_ones and found.get((v.policy, v.rule))]
    standing = [v for v in blocking if v.status not in open_ones or not found.get((v.policy, v.rule))]
    failed = [verdict for verdict in standing if verdict.status is Status.FAIL]
    errors = [notice for notice in notices if notice.level == "error"]
    if failed or errors:
        return Decision.BLOCKED, _counted(len(failed), "rule failed", "rules failed", len(errors), "finding")
    held = sorted((match for match in matches if match.held), key=lambda match: match.policy.ref)
    if held:
        return Decision.HELD, f"`{held[0].policy.ref}` {held[0].why.removeprefix('it ')}"
    unsettled = [verdict for verdict in standing if verdict.status is Status.UNDECIDED]
    if unsettled:
        things = "thing is" if len(unsettled) == 1 else "things are"
        return Decision.HELD, f"nothing failed, {len(unsettled)} {things} not shown yet"
    if not any(match.matched for match in matches):
        return Decision.HELD, "no policy applied"
    passed = [verdict for verdict in blocking if verdict.status is Status.PASS]
    if not passed:
        waived = f": {_waived(excused, found)}" if excused else ""
        return Decision.HELD, f"no blocking rule passed{waived}"
    if partial:
        return Decision.HELD, "the run was partial: only some rules were asked"
    if excused:
        all_ = len(passed) + len(excused)
        return Decision.ALLOWED, f"all {all_} blocking rules passed or are waived: {_waived(excused, found)}"
    if len(passed) == 1:
        return Decision.ALLOWED, "the blocking rule passed"
    return Decision.ALLOWED, f"all {len(passed)} blocking rules passed"


def _waived(excused: Sequence[Verdict], excuses: Excuses) -> str:
    """Say how many rules are waived, and apart from them how much uncertainty is accepted, and until when all of it holds."""
    failed = [verdict for verdict in excused if verdict.status is Status.FAIL]
    doubted = [verdict for verdict in excused if verdict.status is Status.UNDECIDED]
    said = []
    for found, word in ((failed, "waived"), (doubted, _uncertain(len(doubted)))):
        if found:
            until = min(excuse.until for verdict in found for excuse in excuses[verdict.policy, verdict.rule])
            said.append(f"{len(found)} {word} until {until}")
    return ", ".join(said)


def _uncertain(count: int) -> str:
    return "accepted uncertainty" if count == 1 else "accepted uncertainties"


def _counted(failed: int, one: str, many: str, errors: int, finding: str) -> str:
    parts = []
    if failed:
        parts.append(f"{failed} {one if failed == 1 else many}")
    if errors:
        parts.append(f"{errors} {finding}{'' if errors == 1 else 's'} of level error")
    return " and ".join(parts)

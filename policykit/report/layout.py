"""Lay out a report, so that whatever draws it has nothing left to work out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from policykit.report import record, standing, steps
from policykit.report.carried import carried
from policykit.report.controls import frameworks
from policykit.report.numbers import prose
from policykit.report.overrule import overrule
from policykit.report.since import named, past, since, unchecked
from policykit.report.stamps import only_looked, stamps_of
from policykit.report.views import LOOKS, order, rule_view
from policykit.terms.layout import DRAWN, Count, Layout, Look, RuleView, Tone
from policykit.terms.report import Decision, Notice, Report
from policykit.terms.signatory import Signatory
from policykit.terms.told import Told

_COUNTED: dict[Look, str] = {
    "fail": "failed",
    "undecided": "not shown yet",
    "waived": "waived",
    "caution": "passed with caution",
    "pass": "passed",
    "not_applicable": "not applicable",
}


def layout(report: Report, before: Told | None = None, *, approvals: Sequence[Signatory] = ()) -> Layout:
    """Return everything that is shown of `report`: positions from 0 to 100, texts, and lists in the order to be read.

    `before` is what the last release's report says: the model in use stands beside the candidate, and what changed is listed;
    where nobody's signature over it was checked (`signer` is empty), its name says so, and a notice what to add.
    `approvals` are those whose signature over this report was shown to hold, where somebody looked.
    """
    known = past(before)
    sources = sorted(range(len(report.rules)), key=lambda index: order(report.rules[index]))
    owners = {policy.ref: policy.owner for policy in report.policies}
    rules = tuple(
        rule_view(
            report.rules[source],
            index,
            policy_owner=owners.get(report.rules[source].policy, ""),
            waivers=report.waivers,
            as_of=report.as_of,
            known=known,
            drawn=index < DRAWN,
        )
        for index, source in enumerate(sources)
    )
    title, deciding = steps.deciding(report, rules)
    attempt, spent = standing.attempt(report)
    policies = tuple(record.policy(line) for line in report.policies)
    return Layout(
        tone=_tone(report),
        decision=str(report.decision),
        reason=prose(report.reason),
        meaning=_meaning(report),
        subject=f"{report.name} {report.version}".strip(),
        stage=report.stage or "",
        stamps=stamps_of(report),
        counts=_counts(rules),
        deciding_title=title,
        deciding=deciding,
        watch=steps.watch(rules),
        coming=steps.coming(rules),
        steps=steps.steps(report, rules, sources),
        ways_out=steps.ways_out(report),
        rules=rules,
        provenance=record.provenance(rules, measured=report.measured),
        evidence=tuple(record.evidence(item) for item in report.evidence),
        materials=tuple(record.material(line) for line in report.materials),
        applied=tuple(row for row in policies if row.matched),
        not_applied=tuple(row for row in policies if not row.matched),
        notices=(
            *((n.level, n.code, prose(n.text)) for n in report.notices if not _told_elsewhere(n)),
            *unchecked(before),
        ),
        facts=record.facts(report),
        digests=record.digests(report),
        model_files=record.model_files(report),
        unproven=record.unproven(report, rules),
        waivers=standing.waivers(report, rules),
        alarms=standing.alarms(report),
        attempt=attempt,
        spent=spent,
        attempts=standing.attempts(report),
        approvals=tuple(standing.approval(one) for one in approvals),
        carried=carried(report, rules, sources),
        overrule=overrule(report, rules, sources),
        frameworks=frameworks(report, rules, sources),
        changes=since(report, before, rules),
        before=named(before),
    )


def _tone(report: Report) -> Tone:
    """Return the colour of the page: never that of ALLOWED for a run that only looked."""
    match report.decision:
        case Decision.ALLOWED:
            return "allowed" if report.allowed else "held"
        case Decision.BLOCKED:
            return "blocked"
        case Decision.HELD:
            return "held"


def _meaning(report: Report) -> str:
    match report.decision:
        case Decision.ALLOWED:
            return (
                only_looked(report)
                or "Every blocking rule passed, does not apply for a stated reason, or is validly waived."
            )
        case Decision.BLOCKED:
            return "Something that must be true is not. The model stays where it is until that is mended."
        case Decision.HELD:
            return "Something that must be shown is not shown yet. This says nothing against the model, and does not open the gate."


def _told_elsewhere(notice: Notice) -> bool:
    """The table of waivers tells what became of each; only what blocks is told twice."""
    return notice.code.startswith("waiver_") and notice.level != "error"


def _counts(rules: tuple[RuleView, ...]) -> tuple[Count, ...]:
    """Return how many rules look alike: what only advises after what counts, accepted uncertainty apart from fails waived."""
    found = Counter((rule.look, _word(rule)) for rule in rules)
    quiet = Counter((rule.look, _word(rule)) for rule in rules if not rule.blocking)
    ranks = {look: rank for rank, (look, _) in enumerate(LOOKS)}
    return tuple(
        Count(look, word, count, round(100 * count / len(rules), 2), quiet[look, word])
        for (look, word), count in sorted(
            found.items(),
            key=lambda item: (_only_advises(item, quiet), ranks[item[0][0]], item[0][1] != "waived"),
        )
    )


def _only_advises(item: tuple[tuple[Look, str], int], quiet: Counter[tuple[Look, str]]) -> bool:
    kind, count = item
    return kind[0] in ("fail", "undecided") and quiet[kind] == count


def _word(rule: RuleView) -> str:
    return "accepted uncertainty" if rule.word == standing.ACCEPTED else _COUNTED[rule.look]

"""What decided it, what to watch, and what to do next with who does it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from policykit.report.lacking import brief, lacks_rows, lacks_samples
from policykit.report.mending import mending, owner_of
from policykit.report.numbers import prose
from policykit.report.overrule import waive
from policykit.report.stamps import only_looked
from policykit.terms.layout import Reason, RuleView, Step
from policykit.terms.policy import Enforcement
from policykit.terms.report import Decision, Report, RuleLine
from policykit.terms.verdict import Cause, Status

_DO = {
    Cause.MISSING: "provide the evidence that is missing",
    Cause.WRONG_TYPE: "mend the column's type, or name the right column",
    Cause.TOO_LARGE: "ask over fewer columns, or over columns with fewer values",
    Cause.NOT_FINITE: "find where the number stops being finite",
    Cause.CRASHED: "read the reason and mend what broke",
    Cause.EMPTY: "provide rows: the selection leaves none",
    Cause.TOO_FEW: "gather more rows in the group that lacks them",
    Cause.STRADDLES: "gather more rows, or take one of the ways out below",
    Cause.UNDEFINED: "provide data on which the question has an answer",
    Cause.STALE: "collect the evidence again",
    Cause.WRONG_SOURCE: "provide evidence from a stronger source",
    Cause.SAMPLED: "measure all rows",
    Cause.NO_CHAMPION: "name the model in use, or say in the policy what a first release must show",
    Cause.TIMEOUT: "give it more time, or ask over fewer rows",
}
_MORE_SAMPLES = "record more samples: there are too few to say"
_NAMED = re.compile(r"\b(?:document|column|data|file|label|fact) `[^`]+`")
_LONGEST = 160
_WAYS_OUT = (
    "Ask the two things apart: the estimate within the first limit, the bound within a wider second one "
    "(`surely_at_most`, `surely_at_least`). Price: a larger gap stays possible, and the policy says how large.",
    "Judge the recipe by out-of-fold predictions: every row counts as test once. Price: it speaks of the way of "
    "training, not of this one fitted model.",
    "Label more rows in the group that lacks them. Price: time and money; the numbers above say how many.",
    "Accept the uncertainty: a waiver for this doubt alone, up to a stated bound and a stated day, signed by somebody else than "
    "who asks (`undecided: straddles`, `surely_at_most`). Price: people answer by name for what is not known, every report "
    "counts it apart, and on the day it ends the rule stands again.",
)


def deciding(report: Report, rules: Sequence[RuleView]) -> tuple[str, tuple[Reason, ...]]:
    """Return a heading, and what stands in the way in order; nothing does where the decision is ALLOWED."""
    stops = [reason_of(rule) for rule in rules if rule.blocking and rule.look in ("fail", "undecided")]
    errors = [Reason("fail", n.level, n.code, "", prose(n.text), "", "") for n in report.notices if n.level == "error"]
    held = [
        Reason("undecided", "not shown yet", policy.ref, prose(policy.title), prose(policy.why), "", "")
        for policy in report.policies
        if policy.held
    ]
    match report.decision:
        case Decision.ALLOWED:
            looked = only_looked(report)
            return "What stands in the way", (
                Reason("undecided", "only a look", "", "", looked, "", ""),
            ) if looked else ()
        case Decision.BLOCKED:
            return "What blocked it", tuple(sorted((*errors, *held, *stops), key=_is_open))
        case Decision.HELD:
            whole = Reason("undecided", "not shown yet", "", "", prose(report.reason), "", "")
            return "What is not shown yet", (*errors, *held, *stops) or (whole,)


def watch(rules: Sequence[RuleView]) -> tuple[Reason, ...]:
    """Return what shows and never blocks: cautions, and rules that only advise and did not pass."""
    cautions = (rule for rule in rules if rule.look == "caution")
    return tuple(reason_of(rule) for rule in (*cautions, *(rule for rule in _quiet(rules) if not rule.blocks_from)))


def coming(rules: Sequence[RuleView]) -> tuple[Reason, ...]:
    """Return what did not pass and blocks from a day to come, the nearest day first."""
    return tuple(
        reason_of(rule) for rule in sorted(_quiet(rules), key=lambda rule: rule.blocks_from) if rule.blocks_from
    )


def steps(report: Report, rules: Sequence[RuleView], sources: Sequence[int]) -> tuple[Step, ...]:
    """Return what to do next; `sources` says which line of the report each of `rules` came from."""
    return tuple(_steps(report, rules, sources))


def reason_of(rule: RuleView) -> Reason:
    """Return a rule as one line of what decided it: which findings, the worst of them first, and why that one."""
    named = [finding for finding in rule.findings if finding.name and finding.look == rule.look]
    what = rule.reason.removeprefix(f"{named[0].name}: ") if len(named) == 1 else rule.reason
    where = ", ".join(finding.name for finding in named[:4]) + (f" and {len(named) - 4} more" if len(named) > 4 else "")
    return Reason(rule.look, rule.word, rule.id, rule.title, what or rule.cause, where, rule.anchor, rule.blocks_from)


def ways_out(report: Report) -> tuple[str, ...]:
    """Return what people with few rows can do, with the price of each; empty where rows are not what is lacking."""
    return _WAYS_OUT if any(lacks_rows(line) for line in report.rules) else ()


def _quiet(rules: Sequence[RuleView]) -> Iterator[RuleView]:
    return (rule for rule in rules if not rule.blocking and rule.look in ("fail", "undecided"))


def _is_open(reason: Reason) -> bool:
    return reason.look == "undecided"


def _what(line: RuleLine) -> str:
    """Return what to do about a rule whose policy does not say it."""
    cause = line.verdict.cause
    if cause is None:
        return "change the model or its data until the rule passes"
    if cause is Cause.MISSING:
        return _missing(prose(line.verdict.reason))
    if cause in (Cause.TOO_FEW, Cause.STRADDLES) and lacks_samples(line):
        return _MORE_SAMPLES
    return _DO[cause]


def _missing(reason: str) -> str:
    """Say which evidence is missing, in the words of the reason."""
    named = _NAMED.findall(reason)
    if named:
        return f"provide the {named[-1]}"
    return f"{_DO[Cause.MISSING]}: {reason}" if 0 < len(reason) <= _LONGEST else _DO[Cause.MISSING]


def _steps(report: Report, rules: Sequence[RuleView], sources: Sequence[int]) -> Iterator[Step]:
    yield from mending(report)
    for view, source in zip(rules, sources, strict=True):
        if not view.blocking or view.look not in ("fail", "undecided"):
            continue
        verdict = report.rules[source].verdict
        what = view.fix or _what(report.rules[source])
        unsettled = (f for f in view.findings if f.needed and f.look == "undecided")
        needed = tuple(f"{f.name}: {f.needed}" if f.name else f.needed for f in unsettled)
        waivable = report.scope == "full" and verdict.status is Status.FAIL
        if waivable and report.rules[source].rule.enforcement is Enforcement.WAIVABLE:
            needed += (f"or ask for a bounded waiver: `{waive(report, view.policy, view.id)}`",)
        yield Step(view.owner, what, needed, view.id, view.anchor, brief(report.rules[source], report))
    if not report.on_its_day:
        yield Step("", "run again without `--as-of`: a look as of another day allows nothing", (), "", "")
    for policy in report.policies:
        if policy.held:
            what = f"declare the label {policy.held} in the bundle's manifest"
            yield Step(owner_of(report), what, (prose(policy.why),), policy.ref, "")
    if report.decision is not Decision.HELD:
        return
    if report.scope == "partial":
        yield Step("", "run again without `--only`: a partial run allows nothing", (), "", "")
    elif any(policy.held for policy in report.policies):
        return
    elif not any(policy.matched for policy in report.policies):
        what = "no policy applies: choose policies that speak of this bundle, or mend its labels or the stage"
        yield Step("", what, tuple(f"{p.ref}: {prose(p.why)}" for p in report.policies[:5]), "", "")
    elif not any(line.verdict.status is Status.PASS and not line.verdict.advisory for line in report.rules):
        yield Step("", "no blocking rule passed: at least one has to, before anything is allowed", (), "", "")

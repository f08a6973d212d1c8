"""What withholds a pass, and never hides a fail: too few rows, stale or weak evidence, samples."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from policykit.judge.answers import Case
from policykit.terms.asking import key_asked
from policykit.terms.plan import Measurement, Plan, Taken
from policykit.terms.policy import Source
from policykit.terms.quantity import Unit, show
from policykit.terms.state import Repeats
from policykit.terms.verdict import Cause, Finding, Status, Unmeasured

_LEAST = 30


def withheld(finding: Finding, case: Case, plan: Plan, taken: Taken, *, family: int) -> Finding:
    """Return the finding, turned from pass to undecided where its evidence is too little, too old or too weak.

    What is wrong with the evidence itself stays said of a fail or a doubt too, so that no waiver excuses more than it names.
    """
    wrong = (_not_independent(case, plan, taken), _too_weak(case), _too_old(case, plan))
    weak = tuple(trouble for trouble in wrong if trouble is not None)
    finding = replace(finding, weak=weak) if weak else finding
    if finding.status is not Status.PASS:
        return finding
    trouble = _too_few(finding, case, family) or next(iter(weak), None)
    if trouble is None:
        return finding
    return replace(
        finding,
        status=Status.UNDECIDED,
        cause=trouble.cause,
        reason=f"{trouble.detail}; {finding.reason}",
        caution=False,
    )


def _too_few(finding: Finding, case: Case, family: int) -> Unmeasured | None:
    evidence, observed = case.question.rule.evidence, finding.observed
    if observed is None:
        return None
    usual = 0 if case.question.check.about == "rows" else _LEAST
    least = evidence.min_rows if evidence.min_rows is not None else usual
    each = evidence.min_rows_per_group if evidence.min_rows_per_group is not None else usual
    if family < least:
        return Unmeasured(Cause.TOO_FEW, f"{family:,} rows, and the rule wants {least:,}")
    group = observed.n if case.grouped else observed.smallest
    if group is not None and group < each:
        who = f" in group `{observed.smallest_name}`" if observed.smallest_name and not case.grouped else ""
        return Unmeasured(Cause.TOO_FEW, f"{group:,} rows{who}, and the rule wants {each:,} in each group")
    return None


def _not_independent(case: Case, plan: Plan, taken: Taken) -> Unmeasured | None:
    measure = key_asked(case.question, plan.bundle)
    if measure is None:
        return None
    key = ", ".join(f"`{name}`" for name in plan.bundle.datasets[measure.dataset].key)
    found = taken.get(measure)
    if not isinstance(found, Measurement) or not isinstance(found.state, Repeats):
        why = found.detail if isinstance(found, Unmeasured) else "it was not measured"
        return Unmeasured(Cause.MISSING, f"whether {key} repeats is not known: {why}")
    rows, keys = found.state.rows, found.state.distinct
    if keys == rows:
        return None
    told = f"{rows:,} rows hold {keys:,} different {key}: rows of one key are not independent, and the interval counts on it"
    return Unmeasured(Cause.TOO_FEW, told)


def _too_weak(case: Case) -> Unmeasured | None:
    if case.sampled:
        return Unmeasured(Cause.SAMPLED, "the evidence is a sample, which can fail a rule and never pass it")
    if case.source is None:
        return None
    strength, asked = list(Source), case.question.rule.evidence.source
    weakest = case.question.check.weakest
    if asked is not None and strength.index(asked) < strength.index(weakest):
        weakest = asked
    if strength.index(case.source) > strength.index(weakest):
        return Unmeasured(
            Cause.WRONG_SOURCE, f"the evidence is {case.source.value}, and the rule wants {weakest.value}"
        )
    return None


def _too_old(case: Case, plan: Plan) -> Unmeasured | None:
    oldest = case.question.rule.evidence.max_age
    if oldest is None:
        return None
    role = case.question.frame.dataset
    dataset = plan.bundle.datasets.get(role)
    if dataset is None or dataset.collected is None:
        return Unmeasured(Cause.MISSING, f"the bundle does not say when `{role}` was collected")
    try:
        age = (date.fromisoformat(plan.as_of) - date.fromisoformat(dataset.collected)).days * 86400
    except ValueError:
        return Unmeasured(Cause.WRONG_TYPE, f"`{dataset.collected}` is not a day")
    if age < 0:
        return Unmeasured(
            Cause.STALE, f"`{role}` claims to have been collected on {dataset.collected}, after the day of judging"
        )
    if age > oldest.value:
        told = f"`{role}` was collected {show(age, Unit.DURATION)} ago, and the rule wants at most {oldest}"
        return Unmeasured(Cause.STALE, told)
    return None

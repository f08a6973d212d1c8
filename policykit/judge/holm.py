"""Judge the slices of one rule together: each passes by its own bound, and fails by Holm's, so that a fair model is not
blocked for having many groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from policykit.judge.answers import Case
from policykit.judge.bounds import two_sided
from policykit.judge.compare import Outcome, compare, limits_of, reopened, unit_of
from policykit.judge.needed import still_needed
from policykit.terms.check import Answer
from policykit.terms.estimate import Estimate
from policykit.terms.plan import Question
from policykit.terms.sentence import limit_text
from policykit.terms.verdict import Cause, Finding, GroupLine, Status

_POINT = 0.95
"""The interval shown where only the point is judged."""


def judged(slices: Sequence[Case]) -> list[Finding]:
    """Return one finding for each slice of one rule."""
    answers = [case.answer(asked_level(case.question)) for case in slices]
    outcomes = [_compared(case, answer) for case, answer in zip(slices, answers, strict=True)]
    doubtful = [i for i, answer in enumerate(answers) if isinstance(answer, Estimate) and answer.low != answer.high]
    failing = [i for i in doubtful if outcomes[i].status is Status.FAIL]
    surely = _surely_failing(slices, failing, len(doubtful))
    for index in set(failing) - surely.keys():
        answer, question = answers[index], slices[index].question
        if isinstance(answer, Estimate):
            asked = (question.clause.constraint, question.check)
            outcomes[index] = reopened(answer, asked, len(doubtful), sure=_sure(slices[index]))
    shares = {index: surely.get(index, len(doubtful) - len(surely)) for index in failing}
    together = {index: _together(slices[index], share) for index, share in shares.items() if share > 1}
    return [_finding(case, answers[index], outcomes[index], together.get(index)) for index, case in enumerate(slices)]


def _surely_failing(slices: Sequence[Case], failing: Sequence[int], family: int) -> Mapping[int, int]:
    """Holm (1979), step down: with m slices, the worst must fail at α/m, the next at α/(m − 1), and so on.

    Return those that do, and by how many the error was shared when they did; it was then shared by the rest for those that do not.
    """
    rejected: dict[int, int] = {}
    while True:
        share = family - len(rejected)
        new = {i: share for i in failing if i not in rejected and _fails(slices[i], share)}
        if not new:
            return rejected
        rejected |= new


def _together(case: Case, share: int) -> tuple[float, float] | None:
    """Return the interval that a fail is held to: at its share of the error; None where the point alone is judged."""
    answer = case.answer(asked_level(case.question, share))
    judged_by_interval = case.question.rule.evidence.confidence is not None
    return (answer.low, answer.high) if judged_by_interval and isinstance(answer, Estimate) else None


def _fails(case: Case, family: int) -> bool:
    return _compared(case, case.answer(asked_level(case.question, family))).status is Status.FAIL


def _compared(case: Case, answer: Answer) -> Outcome:
    confidence = case.question.rule.evidence.confidence
    if confidence is None and isinstance(answer, Estimate):
        answer = replace(answer, low=answer.value, high=answer.value)
    return compare(answer, case.question.clause.constraint, case.question.check, sure=_sure(case))


def asked_level(question: Question, family: int = 1) -> float:
    """Return the two-sided level whose tail is the asked error, shared by `family` slices."""
    confidence = question.rule.evidence.confidence
    error = (1 - float(confidence) if confidence is not None else 1 - _POINT) / family
    return 1 - error if two_sided(question.clause.constraint) else 1 - 2 * error


def _sure(case: Case) -> str:
    confidence = case.question.rule.evidence.confidence
    return f"{float(confidence) * 100:g} %" if confidence is not None else "no confidence"


def _finding(case: Case, answer: Answer, outcome: Outcome, together: tuple[float, float] | None) -> Finding:
    question = case.question
    estimate = answer if isinstance(answer, Estimate) else None
    needed = None
    confidence = question.rule.evidence.confidence
    if outcome.cause is Cause.STRADDLES and estimate is not None and confidence is not None:
        needed = still_needed(estimate, limits_of(question.clause.constraint, question.check), float(confidence))
    return Finding(
        slice=case.slice,
        status=outcome.status,
        cause=outcome.cause,
        reason=outcome.reason,
        observed=estimate,
        limit=limit_text(question.clause.constraint),
        caution=outcome.caution,
        needed=needed,
        groups=tuple(GroupLine(*line) for line in estimate.groups) if estimate is not None else (),
        measurements=case.evidence,
        source=case.source.value if case.source is not None else "",
        check=question.check.id,
        unit=unit_of(question.clause.constraint, question.check),
        together=together,
    )

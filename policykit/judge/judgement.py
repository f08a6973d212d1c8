"""Measurements and constraints to verdicts: a pure function, so that anyone can judge again without data or model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from policykit.judge.answers import Case, Known, cases
from policykit.judge.compare import unit_of
from policykit.judge.floors import withheld
from policykit.judge.holm import judged
from policykit.terms.plan import Plan, Question, Taken
from policykit.terms.policy import Rule
from policykit.terms.sentence import limit_text
from policykit.terms.verdict import Cause, Finding, Status, Unmeasured, Verdict


def judge(plan: Plan, taken: Taken) -> tuple[Verdict, ...]:
    """Return one verdict for each rule of the policies that apply: none can vanish by asking nothing."""
    rules: dict[tuple[str, str], list[Question]] = {}
    for question in plan.questions:
        rules.setdefault((question.policy.ref, question.rule.id), []).append(question)
    known: Known = {}
    verdicts = [_rule(questions, plan, taken, known) for questions in rules.values()]
    if not plan.only:
        verdicts += [
            Verdict(match.policy.ref, rule.id, Status.UNDECIDED, Cause.EMPTY, "nothing was asked")
            for match in plan.matches
            for rule in match.policy.rules
            if match.matched and (match.policy.ref, rule.id) not in rules
        ]
    return tuple(verdicts)


def _rule(questions: Sequence[Question], plan: Plan, taken: Taken, known: Known) -> Verdict:
    rule = questions[0].rule
    clauses = {id(clause): index for index, clause in enumerate(rule.clauses)}
    opened = [(clauses[id(q.clause)], outcome) for q in questions for outcome in _opened(q, plan, taken, known)]
    open_cases = [outcome for _, outcome in opened if isinstance(outcome, Case)]
    found_alone = list(zip(open_cases, judged(open_cases), strict=True))
    rows = _family_rows(found_alone)
    decided = {id(case): withheld(f, case, plan, taken, family=rows[id(case)]) for case, f in found_alone}
    told = [(index, decided[id(it)] if isinstance(it, Case) else it) for index, it in opened]
    found = sorted(told, key=lambda pair: pair[0])
    findings = [replace(finding, part=index) for index, finding in found]
    status, cause, reason = fold_rule(rule, findings)
    confidence = rule.evidence.confidence
    return Verdict(
        policy=questions[0].policy.ref,
        rule=rule.id,
        status=status,
        cause=cause,
        reason=reason,
        findings=tuple(findings),
        advisory=all(question.advisory for question in questions),
        confidence=f"{float(confidence) * 100:g} %" if confidence is not None else "none: the point was judged",
    )


def _family_rows(found: Sequence[tuple[Case, Finding]]) -> Mapping[int, int]:
    """Return how many rows each slice rests on, those of the other groups of its question included."""
    whole: dict[int, int] = {}
    for case, finding in found:
        whole[id(case.question)] = whole.get(id(case.question), 0) + (finding.observed.n if finding.observed else 0)
    alone = {id(case): finding.observed.n if finding.observed else 0 for case, finding in found}
    return {id(case): whole[id(case.question)] if case.grouped else alone[id(case)] for case, _ in found}


def _opened(question: Question, plan: Plan, taken: Taken, known: Known) -> Iterable[Finding | Case]:
    limit, unit = limit_text(question.clause.constraint), unit_of(question.clause.constraint, question.check)
    blank = Finding(question.slice, Status.UNDECIDED, None, "", limit=limit, check=question.check.id, unit=unit)
    if question.not_applicable:
        yield replace(blank, status=Status.NOT_APPLICABLE, reason=question.not_applicable)
        return
    if question.unmet is not None:
        yield _undecided(blank, question.unmet)
        return
    for case in cases(question, taken, plan.champion, known):
        yield _undecided(blank, case) if isinstance(case, Unmeasured) else case


def _undecided(blank: Finding, why: Unmeasured) -> Finding:
    return replace(blank, cause=why.cause, reason=why.detail or why.cause.value)


def fold_rule(rule: Rule, findings: Sequence[Finding]) -> tuple[Status, Cause | None, str]:
    """Fold the findings of a rule, its parts first where any one of them is enough."""
    if rule.combine != "any_of":
        return fold(findings)
    parts: Mapping[int, list[Finding]] = {index: [] for index in range(len(rule.clauses))}
    for finding in findings:
        parts[finding.part].append(finding)
    outcomes = [outcome for part in parts.values() if (outcome := fold(part))[0] is not Status.NOT_APPLICABLE]
    if not outcomes:
        return fold(findings)
    statuses = [status for status, _, _ in outcomes]
    if Status.PASS in statuses:
        return outcomes[statuses.index(Status.PASS)]
    if all(status is Status.FAIL for status in statuses):
        return outcomes[0]
    return next(outcome for outcome in outcomes if outcome[0] is not Status.FAIL)


def fold(findings: Sequence[Finding]) -> tuple[Status, Cause | None, str]:
    """Fold findings: any fail → fail; else any not shown → undecided; all not applicable → that; none at all → undecided."""
    for wanted in (Status.FAIL, Status.UNDECIDED):
        hits = [finding for finding in findings if finding.status is wanted]
        if hits:
            return wanted, hits[0].cause, _reason(hits)
    passed = [finding for finding in findings if finding.status is Status.PASS]
    if passed:
        return Status.PASS, None, _reason(passed)
    if findings:
        return Status.NOT_APPLICABLE, None, findings[0].reason
    return Status.UNDECIDED, Cause.EMPTY, "nothing was asked"


def _reason(findings: Sequence[Finding]) -> str:
    first = findings[0]
    told = f"{first.name}: {first.reason}" if first.name else first.reason
    return told if len(findings) == 1 else f"{told} (and {len(findings) - 1} more)"

"""Cases to paste: for what no case has seen yet, found by trying values on the judge itself.

They say what the policy says, so they are drafts until somebody has read them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor

from policykit.author.testing.coverage import Coverage
from policykit.author.testing.given import day_of, set_up
from policykit.author.testing.run import outcome
from policykit.judge.judgement import judge
from policykit.load.manifest_text import key, quoted, text
from policykit.terms.estimate import Estimate, Observed
from policykit.terms.expr import Lit
from policykit.terms.plan import Question
from policykit.terms.policy import Constraint, Policy
from policykit.terms.policy_test import Given, GivenAnswer, GivenEstimate, PolicyTest
from policykit.terms.quantity import Quantity, Unit, reach
from policykit.terms.verdict import Status, Verdict

_TITLES = {
    Status.PASS: "what is good enough passes",
    Status.FAIL: "what is not good enough fails",
    Status.UNDECIDED: "what is missing is never a pass",
}
_GROUPS = ("one group", "another group")
_BLANK = PolicyTest("", ())
READ = "drafted from the policy's own limits: read each, put in the number that was meant, and delete `drafted: true`"


def ready_cases(found: Coverage) -> str:
    """Return cases, as lines of a test, in which the rules do what no case has seen of them; empty where nothing lacks."""
    lines: list[str] = []
    for status in _TITLES:
        rules = [rule.rule for rule in found.rules if status in rule.missing]
        if rules:
            lines += _case(found.policy, rules, status)
    return "".join(f"{line}\n" for line in lines)


def ready_test(found: Coverage) -> str:
    """Return a whole test of a policy: every rule passes, fails and is undecided."""
    head = f"policykit: test/1\npolicy: {found.policy.id}@{found.policy.version}\ncases:\n"
    return head + f"  # {READ}\n" + ready_cases(found)


def _case(policy: Policy, rules: Sequence[str], status: Status) -> Iterator[str]:
    given = _scope(policy)
    estimates: list[tuple[Question, GivenEstimate]] = []
    if status is not Status.UNDECIDED:
        setting = set_up(policy, given, _BLANK)
        asked = [q for q in setting.plan.questions if q.rule.id in rules]
        sure = _together(asked) if status is Status.FAIL else frozenset()
        estimates = [pair for q in asked for pair in _answers(policy, given, q, status, sure=q.rule.id in sure)]
    case = replace(given, estimates=tuple(estimate for _, estimate in estimates))
    verdicts = {v.rule: v for v in _judged(policy, case)}
    yield f"  - name: {_TITLES[status]}"
    yield "    drafted: true"
    yield "    given:"
    if given.labels:
        labels = ", ".join(f"{key(name)}: {text(values[0])}" for name, values in given.labels.items())
        yield f"      labels: {{{labels}}}"
    if given.stage:
        yield f"      stage: {given.stage}"
    yield "      estimates:" if estimates else "      estimates: []"
    yield from (f"        - {_written(question, estimate)}" for question, estimate in estimates)
    yield "    expect:"
    for name in rules:
        verdict = verdicts.get(name)
        if verdict is not None and verdict.status is status:
            yield f"      {key(name)}: {outcome(verdict)}"
        else:
            yield f"      # {key(name)}: no value was found for which it is {status.value}"


def _together(asked: Sequence[Question]) -> frozenset[str]:
    """Return the rules of which several slices are looked at together: they fail by a wider interval than a slice alone."""
    times = Counter(question.rule.id for question in asked)
    return frozenset(question.rule.id for question in asked if question.by or times[question.rule.id] > 1)


def _scope(policy: Policy) -> Given:
    """Return the labels and the stage of a model that the policy speaks of."""
    asked = policy.applies_to
    labels = {name: values[:1] for name, values in asked.labels.items()}
    return Given(labels=labels, stage=asked.stages[0] if asked.stages else None, as_of=day_of(policy, Given()))


def _judged(policy: Policy, given: Given) -> Sequence[Verdict]:
    setting = set_up(policy, given, _BLANK)
    return judge(setting.plan, setting.taken)


def _answers(
    policy: Policy, given: Given, question: Question, status: Status, *, sure: bool
) -> Iterator[tuple[Question, GivenEstimate]]:
    """Yield what answers a question so that its rule comes out as wanted: the first value tried that does; `sure` without doubt."""
    for answer in _candidates(question, sure=sure):
        found = [_estimate(question, answer, group) for group in (_GROUPS if question.by else ("",))]
        alone = replace(
            policy, rules=(replace(question.rule, clauses=(question.clause,), combine="one"),), must_cover=()
        )
        names = tuple(name for what, name in question.slice if what == "attribute" and " × " not in name)
        verdict = judge_one(alone, replace(given, estimates=tuple(found), protected_attributes=names or None))
        if verdict is status:
            yield from ((question, each) for each in found)
            return


def judge_one(policy: Policy, given: Given) -> Status:
    """Return what the only rule of a policy comes out as, other slices of it left aside."""
    setting = set_up(policy, given, _BLANK)
    answered = tuple(q for q in setting.plan.questions if q.unmet is None)
    return judge(replace(setting.plan, questions=answered), setting.taken)[0].status


def _estimate(question: Question, answer: GivenAnswer, group: str) -> GivenEstimate:
    about = dict(question.slice)
    relative = question.clause.constraint.relative
    return GivenEstimate(
        check=question.check.id,
        answer=answer,
        rule=question.rule.id,
        attribute=about.get("attribute", ""),
        column=about.get("column", ""),
        group=group,
        data=question.clause.data if len(question.rule.clauses) > 1 else "",
        compared=relative is not None,
        relative=relative is not None and relative.relative,
    )


def _candidates(question: Question, *, sure: bool) -> Iterator[GivenAnswer]:
    check, constraint = question.check, question.clause.constraint
    if check.unit is Unit.PRESENCE:
        yield from (Observed(value) for value in _things(constraint))
        return
    relative = constraint.relative
    low, high = reach(check.unit, check.bounds, ratio=check.id.endswith("_ratio"), gap=check.better == "lower")
    if relative is not None:
        low, high = (None, None) if check.unit is Unit.NUMBER or relative.relative else (Fraction(-1), Fraction(1))
    rows = max(2000, 2 * (question.rule.evidence.min_rows or 0), 4 * (question.rule.evidence.min_rows_per_group or 0))
    for point in _points(_limits(constraint), low, high):
        if check.unit is Unit.COUNT:
            point = Fraction(floor(point))
        least, most = (point, point) if sure else _ends(point, question, low, high)
        yield Estimate(float(point), float(least), float(most), rows, "given", exact=point, smallest=rows // 2)


def _ends(
    point: Fraction, question: Question, low: Fraction | None, high: Fraction | None
) -> tuple[Fraction, Fraction]:
    """Return an interval around a value that reaches a fifth of the way to the nearest limit."""
    limits = _limits(question.clause.constraint)
    if question.check.about == "rows" or not limits:
        return point, point
    reach_of = min(abs(point - limit) for limit in limits) / 5
    least, most = point - reach_of, point + reach_of
    return (least if low is None else max(low, least)), (most if high is None else min(high, most))


def _limits(constraint: Constraint) -> list[Fraction]:
    pair = constraint.between or ()
    equals = (constraint.equals,) if isinstance(constraint.equals, Quantity) else ()
    first = (constraint.at_least, constraint.at_most, constraint.above, constraint.below, *pair, *equals)
    found = [each.value for each in first if each is not None]
    if constraint.relative is not None:
        amount = constraint.relative.amount.value
        found += [amount, -amount]
    return found


def _points(limits: Sequence[Fraction], low: Fraction | None, high: Fraction | None) -> Iterator[Fraction]:
    """Yield numbers well beside each limit, then between limits, then the limits themselves."""
    for limit in limits:
        step = abs(limit) or Fraction(1)
        yield (limit + high) / 2 if high is not None else limit + step
        yield (limit + low) / 2 if low is not None else limit - step
    yield from ((one + other) / 2 for one in limits for other in limits if one < other)
    yield from limits


def _things(constraint: Constraint) -> Iterator[object]:
    for listed in (constraint.is_one_of, constraint.none_of, constraint.superset_of, constraint.subset_of):
        if listed is not None:
            yield tuple(each.value for each in listed)
            yield listed[0].value
            yield (listed[0].value,)
    if isinstance(constraint.equals, Lit):
        yield constraint.equals.value
    yield from ("somebody@acme.example", ("something else",), None)


def _written(question: Question, estimate: GivenEstimate) -> str:
    said: dict[str, str] = {"check": estimate.check}
    asking = [1 for rule in question.policy.rules for clause in rule.clauses if clause.check == estimate.check]
    if len(asking) > 1:
        said["rule"] = text(estimate.rule)
    if estimate.attribute and estimate.attribute != "a protected attribute":
        said["attribute"] = _names(estimate.attribute)
    for name in ("group", "column", "data"):
        if getattr(estimate, name):
            said[name] = _bare(getattr(estimate, name))
    if estimate.compared:
        said["compared_with"] = "champion"
    said |= _answer(question, estimate)
    return "{" + ", ".join(f"{name}: {value}" for name, value in said.items()) + "}"


def _names(attribute: str) -> str:
    names = attribute.split(" × ")
    return _bare(names[0]) if len(names) == 1 else "[" + ", ".join(map(_bare, names)) + "]"


def _bare(name: str) -> str:
    """Return text as it stands between braces."""
    return quoted(name) if "," in name else text(name)


def _answer(question: Question, estimate: GivenEstimate) -> Mapping[str, str]:
    match estimate.answer:
        case Estimate(exact=Fraction() as exact, n=rows, low=low, high=high):
            value = _amount(exact, question, relative=estimate.relative)
            if question.check.about == "rows":
                return {"value": value}
            ends = [_amount(_plain(end), question, relative=estimate.relative) for end in (low, high)]
            return {"value": value, "interval": f"[{', '.join(ends)}]", "rows": str(rows)}
        case Observed(value=None):
            return {"value": "absent"}
        case Observed(value=tuple() as values):
            return {"value": "[" + ", ".join(_constant(each) for each in values) + "]"}
        case Observed(value=value):
            return {"value": _constant(value)}
        case _:
            return {"undecided": "missing"}


def _constant(value: object) -> str:
    from policykit.load.manifest_text import literal

    return literal(value) if isinstance(value, str | int | float | bool) else quoted(str(value))


def _amount(exact: Fraction, question: Question, *, relative: bool) -> str:
    """Return an exact number in a unit that reads back as itself."""
    unit = question.check.unit
    if relative:
        return f"{_number(exact * 100)} % relative"
    if question.clause.constraint.relative is not None and unit is Unit.SHARE:
        unit = Unit.DIFFERENCE
    match unit:
        case Unit.SHARE:
            return f"{_number(exact * 100)} %"
        case Unit.DIFFERENCE:
            return f"{_number(exact * 100)} pp"
        case Unit.DURATION:
            days = exact / 86400
            if days.denominator == 1 and days:
                return f"{_number(days)} days"
            if (exact / 3600).denominator == 1 and exact:
                return f"{_number(exact / 3600)} hours"
            return f"{_number(exact * 1000)} ms" if abs(exact) < 1 else f"{_number(exact)} s"
        case Unit.SIZE:
            return f"{_number(exact / 10**6)} MB"
        case Unit.COUNT:
            return f"{_number(exact)} rows"
        case Unit.NUMBER | Unit.PRESENCE:
            return _number(exact)


def _plain(end: float) -> Fraction:
    """Return a number without the dust of floating point."""
    return Fraction(f"{end:.9g}")


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.9g}"

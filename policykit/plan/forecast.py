"""What this many rows can show, said before anything is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policykit.plan.preflight import preflight
from policykit.terms.asking import asked
from policykit.terms.bundle import Schema
from policykit.terms.measure import Distinct, Fact, Measure, Overlap, Quantile, datasets
from policykit.terms.plan import Plan, Question
from policykit.terms.policy import Constraint
from policykit.terms.quantity import Quantity, Unit, show
from policykit.terms.sentence import limit_text
from policykit.terms.verdict import Unmeasured


@dataclass(frozen=True, slots=True)
class Scan:
    """What is read of one data set: how many measures share the pass, and which of them grow with the number of keys."""

    dataset: str
    rows: int | None
    measures: int
    growing: int = 0  # exact, and their memory grows with the keys
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What one rule will be able to show."""

    rule: str
    slice: str
    limit: str
    rows: int | None
    settles: str


def scans(plan: Plan, wanted: Mapping[Measure, None]) -> tuple[Scan, ...]:
    """Return what would be scanned, one line a data set; facts are not scanned."""
    counts: dict[str, int] = {}
    growing: dict[str, int] = {}
    for measure in wanted:
        for name in datasets(measure) if not isinstance(measure, Fact) else ():
            counts[name] = counts.get(name, 0) + 1
            growing[name] = growing.get(name, 0) + isinstance(measure, Distinct | Quantile | Overlap)
    lines = []
    for name, count in sorted(counts.items()):
        schema = plan.schemas.get(name)
        rows = schema.rows if isinstance(schema, Schema) else None
        trouble = schema.detail if isinstance(schema, Unmeasured) else ""
        lines.append(Scan(name, rows, count, growing[name], trouble))
    return tuple(lines)


def wanted_first(plan: Plan) -> Mapping[Measure, None]:
    """Return the measures of the first round, each once."""
    ready = (q for q in plan.questions if q.unmet is None and not q.not_applicable)
    wanted = (measure for question in ready for measure in asked(question, {}).values())
    return {measure: None for measure in wanted if preflight(measure, plan.schemas) is None}


def forecasts(plan: Plan) -> tuple[Forecast, ...]:
    """Return, for each question, the smallest distance from its limit that these rows settle with 80 % power."""
    return tuple(_forecast(question, plan) for question in plan.questions)


def _forecast(question: Question, plan: Plan) -> Forecast:
    schema = plan.schemas.get(question.frame.dataset)
    rows = schema.rows if isinstance(schema, Schema) else None
    name = " × ".join(value for _, value in question.slice)
    limit = limit_text(question.clause.constraint)
    return Forecast(question.rule.id, name, limit, rows, _settles(question, rows, plan))


def _settles(question: Question, rows: int | None, plan: Plan) -> str:
    if question.not_applicable:
        return question.not_applicable
    trouble = question.unmet or next(
        (why for m in asked(question, {}).values() if (why := preflight(m, plan.schemas))), None
    )
    if trouble is not None:
        return f"not shown whatever the rows say: {trouble.detail}"
    check, limit = question.check, _limit(question.clause.constraint)
    if check.about == "rows" or check.unit is Unit.PRESENCE:
        return "any distance: the number is exact"
    if question.rule.evidence.confidence is None:
        return "any distance: only the point is judged"
    if rows is None or limit is None:
        return "cannot be told beforehand"
    distance = check.smallest_distance(rows, limit, 2 if check.compares_groups or question.by else 1)
    if distance is None:
        return "cannot be told beforehand"
    groups = ", at best (two groups of equal size)" if check.compares_groups or question.by else ""
    unit = Unit.DIFFERENCE if check.unit is Unit.SHARE else check.unit
    return f"{show(distance, unit)}{groups}"


def _limit(constraint: Constraint) -> float | None:
    relative = constraint.relative
    pair = constraint.between if constraint.between is not None else (None, None)
    equals = constraint.equals if isinstance(constraint.equals, Quantity) else None
    limits = (constraint.at_least, constraint.at_most, constraint.above, constraint.below, *pair, equals)
    found = next((limit for limit in limits if limit is not None), relative.amount if relative is not None else None)
    return float(found.value) if found is not None else None

"""Rates of the favourable outcome, group by group."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from policykit.stats.groups import Extent, Rate
from policykit.stats.proportion import wilson
from policykit.terms.check import Got
from policykit.terms.estimate import Estimate
from policykit.terms.expr import And, Compare, Expr, IsMissing, IsNaN, Not, both
from policykit.terms.frame import Frame
from policykit.terms.measure import Cells, Count, Measure
from policykit.terms.state import Counted, Table, Value, Values
from policykit.terms.verdict import Cause, Unmeasured

MISSING_GROUP = "(missing)"
_MOST = 200
Among = Literal["everyone", "favourable", "unfavourable"]
"""Whose rate: all rows, those whose label is the favourable outcome, or those whose label is not."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The rate of each group, in the order of names, and what was left out."""

    groups: tuple[Rate, ...]
    note: str = ""


def measures(frame: Frame, *, by_label: bool) -> dict[str, Measure]:
    """Return the table to take: group × predicted favourable, and × labelled favourable for error rates."""
    assert frame.group is not None and frame.favourable is not None, "the planner leaves such a question unmet"
    keys: tuple[Expr, ...] = (frame.group, frame.predicted(frame.favourable))
    where = frame.where
    if by_label:
        assert frame.label is not None, "the planner leaves a question without a label unmet"
        keys = (*keys, frame.labelled(frame.favourable))
        asked_about = both(where, And((Not(IsMissing(frame.label)), IsNaN(_source(frame)))))
    else:
        asked_about = both(where, IsNaN(_source(frame)))
    return {"rates": Cells(frame.dataset, keys, where), "nan": Count(frame.dataset, asked_about)}


def rates(frame: Frame, got: Got, among: Among) -> Rates | Unmeasured:
    """Return the favourable rate of each group, or why the groups cannot be compared."""
    state = got["rates"]
    if not isinstance(state, Table) or state.rows == 0:
        return Unmeasured(Cause.EMPTY, "no rows")
    rows: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    names: dict[str, None] = {}
    unlabelled = absent = ignored = labelled = 0
    for key, count in state.cells:
        name, favoured, label = group_name(key[0]), key[1], _label(key)
        if name in frame.ignored:
            ignored += count
            continue
        if among != "everyone" and label is None:
            unlabelled += count
            continue
        labelled += count
        names.setdefault(name)
        if favoured is None:
            absent += count
            if frame.missing not in ("pass", "fail"):
                continue
            favoured = frame.missing == "pass"
        if among == "everyone" or label is (among == "favourable"):
            rows[name] += count
            hits[name] += count if favoured else 0
    if absent and frame.missing is None:
        nan = got["nan"]
        cause = Cause.NOT_FINITE if isinstance(nan, Counted) and nan.rows else Cause.MISSING
        return Unmeasured(cause, f"{absent:,} {'row has' if absent == 1 else 'rows have'} no prediction")
    if not labelled:
        none = "no row has a label" if unlabelled else "every group is ignored"
        return Unmeasured(Cause.MISSING if unlabelled else Cause.EMPTY, none)
    for name in names:
        if rows[name] == 0:
            return Unmeasured(Cause.UNDEFINED, f"group `{name}` has no rows {_WHOSE[among]}")
    if len(names) < 2:
        return Unmeasured(Cause.UNDEFINED, f"only one group, `{next(iter(names))}`: nothing to compare it with")
    if len(names) > _MOST:
        return Unmeasured(Cause.TOO_LARGE, f"{len(names):,} groups: at most {_MOST} can be compared, two by two")
    gone = [
        f"{count:,} {what}"
        for count, what in (
            (ignored, "of ignored groups"),
            (unlabelled, "without a label"),
            (absent if frame.missing == "exclude" else 0, "without a prediction"),
        )
        if count
    ]
    note = f"left out: {' and '.join(gone)}" if gone else ""
    return Rates(tuple(Rate(name, hits[name], rows[name]) for name in names), note)


_WHOSE = {
    "everyone": "with a prediction",
    "favourable": "whose label is the favourable outcome",
    "unfavourable": "whose label is not the favourable outcome",
}


def estimate(extent: Extent, found: Rates, level: float, method: str, said: str) -> Estimate:
    """Return the estimate of a comparison of groups, with one line for each group."""
    smallest = min(found.groups, key=lambda rate: (rate.rows, rate.name))
    lines = tuple(
        (rate.name, rate.rows, float(rate.share), *wilson(rate.hits, rate.rows, level)) for rate in found.groups
    )
    return Estimate(
        value=float(extent.value),
        low=extent.low,
        high=extent.high,
        n=sum(rate.rows for rate in found.groups),
        method=method,
        exact=extent.value,
        smallest=smallest.rows,
        smallest_name=smallest.name,
        groups=lines,
        detail="; ".join(part for part in (said, found.note) if part),
    )


def between(extent: Extent) -> str:
    """Return the sentence that names the two groups furthest apart."""
    return f"highest for `{extent.most.name}`, lowest for `{extent.least.name}`"


def group_name(value: Value) -> str:
    """Return a group as a person writes it: a missing value is a group of its own."""
    match value:
        case None:
            return MISSING_GROUP
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _label(key: Values) -> Value:
    return key[2] if len(key) > 2 else None


def _source(frame: Frame) -> Expr:
    """Return the column that a missing prediction is missing from: the score, where the prediction is cut from it."""
    assert frame.prediction is not None, "the planner leaves a question without a prediction unmet"
    if frame.cut is not None and isinstance(frame.prediction, Compare):
        return frame.prediction.left
    return frame.prediction

"""Rates of the favourable outcome, group by group."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from policykit.checks import _outcomes
from policykit.stats.groups import Extent, Rate
from policykit.stats.proportion import wilson
from policykit.terms.check import Got
from policykit.terms.estimate import Estimate
from policykit.terms.expr import And, Compare, Expr, IsMissing, IsNaN, Not, both
from policykit.terms.frame import Frame
from policykit.terms.group_name import group_name
from policykit.terms.measure import Cells, Count, Measure
from policykit.terms.state import Counted, Table, Value, Values
from policykit.terms.verdict import Cause, Unmeasured

_MOST = 200
Among = Literal["everyone", "favourable", "unfavourable"]
"""Whose rate: all rows, those whose label is the favourable outcome, or those whose label is not."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The rate of each group, in the order of names, and what was left out."""

    groups: tuple[Rate, ...]
    note: str = ""


def measures(frame: Frame, *, by_label: bool) -> dict[str, Measure]:
    """Return the table to take: group × predicted favourable, and × labelled favourable for error rates.

    Beside it: which values the outcomes have, and which groups there are before `where` leaves rows out.
    """
    assert frame.group is not None and frame.favourable is not None, "the planner leaves such a question unmet"
    asked = _outcomes.measures(frame, *_sides(frame, by_label=by_label))
    if frame.where is not None:
        asked["everybody"] = Cells(frame.dataset, (frame.group,))
    if _outcomes.without_positive(frame) is not None:
        return asked
    keys: tuple[Expr, ...] = (frame.group, frame.predicted(frame.favourable))
    where = frame.where
    if by_label:
        assert frame.label is not None, "the planner leaves a question without a label unmet"
        keys = (*keys, frame.labelled(frame.favourable))
        asked_about = both(where, And((Not(IsMissing(frame.label)), IsNaN(_source(frame)))))
    else:
        asked_about = both(where, IsNaN(_source(frame)))
    return {"rates": Cells(frame.dataset, keys, where), "nan": Count(frame.dataset, asked_about), **asked}


def rates(frame: Frame, got: Got, among: Among) -> Rates | Unmeasured:
    """Return the favourable rate of each group, or why the groups cannot be compared."""
    why = _outcomes.unfavourable(frame, got)
    why = why or _outcomes.unfit(frame, got, *_sides(frame, by_label=among != "everyone"))
    if why is not None:
        return why
    state = got["rates"]
    if not isinstance(state, Table) or state.rows == 0:
        return Unmeasured(Cause.EMPTY, "no rows")
    counted = _counted(frame, state, among)
    why = _absent(frame, got, counted) or _unlike(frame, got, counted, among)
    if why is not None:
        return why
    gone = [
        f"{count:,} {what}"
        for count, what in (
            (counted.ignored, "rows of ignored groups"),
            (counted.unlabelled, "without a label"),
            (counted.absent if frame.missing == "exclude" else 0, "without a prediction"),
        )
        if count
    ]
    note = f"left out: {' and '.join(gone)}" if gone else ""
    return Rates(tuple(Rate(name, counted.hits[name], counted.rows[name]) for name in counted.names), note)


@dataclass(slots=True)
class _Counts:
    """Rows of each group among those asked about, and what was left out."""

    names: dict[str, None] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)
    favoured: int = 0
    unlabelled: int = 0
    absent: int = 0
    ignored: int = 0


def _counted(frame: Frame, state: Table, among: Among) -> _Counts:
    found = _Counts()
    for key, count in state.cells:
        name, favoured, label = group_name(key[0]), key[1], _label(key)
        if name in frame.ignored:
            found.ignored += count
            continue
        found.names.setdefault(name)
        found.favoured += count if favoured else 0
        if among != "everyone" and label is None:
            found.unlabelled += count
            continue
        found.labelled[name] += count
        if favoured is None:
            found.absent += count
            if frame.missing not in ("pass", "fail"):
                continue
            favoured = frame.missing == "pass"
        if among == "everyone" or label is (among == "favourable"):
            found.rows[name] += count
            found.hits[name] += count if favoured else 0
    return found


def _absent(frame: Frame, got: Got, counted: _Counts) -> Unmeasured | None:
    """Return what is missing from the rows, where something is."""
    if counted.absent and frame.missing is None:
        nan = got["nan"]
        cause = Cause.NOT_FINITE if isinstance(nan, Counted) and nan.rows else Cause.MISSING
        return Unmeasured(
            cause, f"{counted.absent:,} {'row has' if counted.absent == 1 else 'rows have'} no prediction"
        )
    if not counted.labelled.total():
        none = "no row has a label" if counted.unlabelled else "every group is ignored"
        return Unmeasured(Cause.MISSING if counted.unlabelled else Cause.EMPTY, none)
    return None


def _unlike(frame: Frame, got: Got, counted: _Counts, among: Among) -> Unmeasured | None:
    """Return why the groups cannot be compared: one of them has nothing to be compared, or there is one alone."""
    everybody = got["everybody"] if frame.where is not None else None
    for (value, *_), _count in everybody.cells if isinstance(everybody, Table) else ():
        name = group_name(value)
        if name not in counted.names and name not in frame.ignored:
            return Unmeasured(Cause.EMPTY, f"group `{name}` has no row left")
    for name in counted.names:
        if counted.labelled[name] == 0:
            return Unmeasured(Cause.UNDEFINED, f"group `{name}` has no row with a label")
        if counted.rows[name] == 0:
            return Unmeasured(Cause.UNDEFINED, f"group `{name}` has no rows {_WHOSE[among]}")
    if len(counted.names) < 2:
        return Unmeasured(Cause.UNDEFINED, f"only one group, `{next(iter(counted.names))}`: nothing to compare it with")
    if len(counted.names) > _MOST:
        return Unmeasured(
            Cause.TOO_LARGE, f"{len(counted.names):,} groups: at most {_MOST} can be compared, two by two"
        )
    if counted.favoured == 0 and frame.favourable is not None:
        outcome = group_name(frame.favourable.value)
        return Unmeasured(Cause.UNDEFINED, f"no row of any group is predicted the favourable outcome `{outcome}`")
    return None


def _sides(frame: Frame, *, by_label: bool) -> tuple[_outcomes.Side, ...]:
    """Labels are looked at where the check reads them, and where they tell whether the favourable class is the other one."""
    return ("label", "prediction") if by_label or _outcomes.other_class(frame) else ("prediction",)


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


def _label(key: Values) -> Value:
    return key[2] if len(key) > 2 else None


def _source(frame: Frame) -> Expr:
    """Return the column that a missing prediction is missing from: the score, where the prediction is cut from it."""
    assert frame.prediction is not None, "the planner leaves a question without a prediction unmet"
    if frame.cut is not None and isinstance(frame.prediction, Compare):
        return frame.prediction.left
    return frame.prediction

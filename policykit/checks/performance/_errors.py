"""Errors of a regression: sums of their powers, in a unit in which the largest error is about 1."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, inf, log10

from policykit.checks.performance import _sums
from policykit.checks.performance._rows import not_numbers, prediction_of
from policykit.stats import moments
from policykit.stats.contrast import Interval
from policykit.terms.check import Got
from policykit.terms.estimate import Estimate
from policykit.terms.expr import Abs, Calc, Expr, IsMissing, Lit, Not, both, equals
from policykit.terms.frame import Frame
from policykit.terms.measure import Count, Measure, Sum
from policykit.terms.state import Counted, Extremes
from policykit.terms.verdict import Cause, Unmeasured

_ALIKE = 1e-7
"""A width, in that unit, that the rounding of the sums explains."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Sums of the losses of each model, in `unit`; `product` is that of the losses of both models.

    `differ` is whether there is anything that could vary: False only where both models predict the same in every row.
    """

    rows: int
    unit: float
    sums: tuple[moments.Sums, ...]
    product: Fraction
    note: str
    differ: bool = True

    def answer(self, interval: Interval, *, least: float, method: str) -> Estimate:
        """Return the interval in the unit of the label; rows that are all alike do not tell how much others vary.

        So where every error has the same size (all of them 0, even), the upper bound is unknown. Against a champion that
        predicts the very same numbers there is nothing to vary.
        """
        value, low, high = interval
        note = self.note
        if self.differ and high - value < _ALIKE:
            high = inf
            note = "; ".join(
                part for part in ("the same in every row, which does not tell how it varies", note) if part
            )
        unit = self.unit
        return Estimate(value * unit, max(least, low) * unit, high * unit, self.rows, method, detail=note)


def measures(frame: Frame, got: Got, *, squared: bool) -> dict[str, Measure]:
    """Ask for the largest error, and then for the sums of losses (|error|, or error²) and of their squares."""
    models = _models(frame)
    asked: dict[str, Measure] = {"unlabelled": _sums.unlabelled(frame)}
    for name, model in models:
        asked[f"{name}extreme"] = _sums.extreme(frame, _size(frame, model))
        asked[f"{name}nan"] = not_numbers(frame, prediction_of(model))
    if not all(f"{name}extreme" in got for name, _ in models):
        return asked
    unit = Lit(_unit(got, models))
    losses: list[Expr] = []
    where = both(frame.where, _complete(models))
    for name, model in models:
        error: Expr = Calc("/", _size(frame, model), unit)
        losses.append(_sums.times(error, error) if squared else error)
        asked[f"{name}sum"] = Sum(frame.dataset, losses[-1], where, _sums.SCALE)
        square = _sums.times(losses[-1], losses[-1])
        asked[f"{name}squares"] = Sum(frame.dataset, square, where, _sums.SCALE)
        asked[f"{name}cubes"] = Sum(frame.dataset, _sums.times(square, losses[-1]), where, _sums.SCALE)
    if len(losses) == 2:
        pair = [prediction_of(model) for _, model in models]
        asked["differ"] = Count(frame.dataset, both(where, Not(equals(*pair))))
        asked["product"] = Sum(frame.dataset, _sums.times(*losses), where, _sums.SCALE)
    return asked


def read(frame: Frame, got: Got, *, paired: bool) -> Errors | Unmeasured:
    """Return the sums of one model, or of both on the same rows; or why there are none."""
    if paired and "champion_extreme" not in got:
        return Unmeasured(Cause.NO_CHAMPION, "there is no champion with predictions on the same rows")
    models = _models(frame)
    for name, _ in models if paired else models[:1]:
        why = _sums.unfit(frame, got, name, "prediction of the champion" if name else "prediction")
        if why is not None:
            return why
    rows = _sums.rows(got["sum"])
    if rows == 0:
        return Unmeasured(Cause.EMPTY, "no row has a label and every prediction")
    sums = tuple(
        moments.Sums(rows, *(_sums.total(got[f"{name}{what}"]) for what in ("sum", "squares", "cubes")))
        for name, _ in models
    )
    product = _sums.total(got["product"]) if "product" in got else Fraction(0)
    differ = got["differ"] if paired else None
    alike = isinstance(differ, Counted) and differ.rows == 0
    return Errors(rows, _unit(got, models), sums, product, _sums.note(got, "", "prediction"), not alike)


def _models(frame: Frame) -> list[tuple[str, Frame]]:
    champion = frame.champion
    both_models = champion is not None and champion.prediction is not None
    return [("", frame), *([("champion_", champion)] if champion is not None and both_models else [])]


def _size(frame: Frame, model: Frame) -> Expr:
    assert frame.label is not None, "the planner leaves a question without a label unmet"
    return Abs(_sums.minus(frame.label, prediction_of(model)))


def _complete(models: list[tuple[str, Frame]]) -> Expr | None:
    """Rows left out for one model are left out for the other."""
    found: Expr | None = None
    for _, model in models if len(models) > 1 else []:
        found = both(found, Not(IsMissing(prediction_of(model))))
    return found


def _unit(got: Got, models: list[tuple[str, Frame]]) -> float:
    seen = [got[f"{name}extreme"] for name, _ in models]
    largest = max((float(s.high) for s in seen if isinstance(s, Extremes) and s.high is not None), default=0.0)
    return 10.0 ** ceil(log10(largest)) if largest > 0 else 1.0

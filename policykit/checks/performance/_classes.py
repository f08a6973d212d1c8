"""Precision, recall and F1 of one class, or averaged over classes, with their intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from policykit.checks.performance import _pairs
from policykit.checks.performance._pairs import NEVER, Pairs
from policykit.stats import mover
from policykit.stats.contrast import Interval, paired
from policykit.stats.proportion import FEW, mean_of_few, share_of_few, wilson
from policykit.stats.resample import bootstrap, seed_of
from policykit.terms.check import Answer, Got
from policykit.terms.estimate import Estimate
from policykit.terms.frame import Frame
from policykit.terms.group_name import group_name
from policykit.terms.measure import Measure
from policykit.terms.state import Value, Values, order
from policykit.terms.verdict import Cause, Unmeasured

if TYPE_CHECKING:
    from policykit.stats.resample import Draws

Metric = Literal["precision", "recall", "f1"]
Asked = Literal["precision", "recall", "f1", "balanced"]
Average = Literal["macro", "weighted", "micro"]


@dataclass(frozen=True, slots=True)
class Tally:
    """One class: rows rightly predicted as it, rows predicted as it, rows labelled as it."""

    name: Value
    right: int
    predicted: int
    labelled: int

    def part(self, metric: Metric) -> tuple[int, int]:
        """Return (hits, rows) of the share behind a metric; behind F1 it is right / (labelled or predicted), J = F1/(2 − F1)."""
        match metric:
            case "precision":
                return self.right, self.predicted
            case "recall":
                return self.right, self.labelled
            case "f1":
                return self.right, self.labelled + self.predicted - self.right


def measures(frame: Frame) -> dict[str, Measure]:
    """Return the tables to take: label × prediction, and with the champion's."""
    return dict(_pairs.measures(frame))


def estimate(asked: Asked, average: Average, frame: Frame, got: Got, level: float) -> Answer:
    """Return a metric of the positive class, or averaged over the classes, with its interval.

    `balanced` is the mean recall of all classes, of two as of many.
    """
    metric: Metric = "recall" if asked == "balanced" else asked
    table = _both_classes(asked, _pairs.pairs(frame, got))
    if isinstance(table, Unmeasured):
        return table
    point = _point(metric, average, table, of=1)
    if isinstance(point, Unmeasured):
        return point
    tallies = _tallies(table, of=1)
    if table.binary:
        hits, rows = tallies[0].part(metric)
        _, low, high = _one(metric, tallies[0], level)
        method = "wilson of the overlap" if metric == "f1" else "wilson"
        return Estimate(float(point), low, high, rows, method, point, detail=table.note)
    if _share_of_all(metric, average, table):
        hits = sum(tally.right for tally in tallies)
        return Estimate(float(point), *wilson(hits, table.rows, level), table.rows, "wilson", point, detail=table.note)
    counted = _averaged(metric, tallies)
    weights = _weights(average, counted)
    _, low, high = mover.weighted(
        [_one(metric, tally, level, exact=True) for tally in counted], [float(w) for w in weights]
    )
    method = "mover over wilson"
    if any(tally.part(metric)[1] < FEW for tally in counted):
        method = "mover over clopper-pearson"
        if average == "macro" and metric != "f1":
            joined = mean_of_few(float(point), [tally.part(metric)[1] for tally in counted], level)
            low, high = min(low, joined[0]), max(high, joined[1])
    if metric == "f1" or average == "weighted":  # the parts are then not independent: the wider of two answers
        counts = [count for _, count in table.cells]
        drawn = bootstrap(counts, _statistic(metric, average, table, of=1), level, seed_of(counts))
        low, high, method = min(low, drawn[0]), max(high, drawn[1]), "wider of mover and bootstrap"
    low, high = max(0.0, min(low, float(point))), min(1.0, max(high, float(point)))
    found = Estimate(float(point), low, high, table.rows, method, point, detail=table.note)
    return _by_smallest(found, metric, counted)


def contrast(asked: Asked, average: Average, frame: Frame, got: Got, level: float) -> Answer:
    """Return the candidate's metric minus the champion's, paired on the same rows, with its interval."""
    metric: Metric = "recall" if asked == "balanced" else asked
    table = _both_classes(asked, _pairs.joint(frame, got))
    if isinstance(table, Unmeasured):
        return table
    first, second = _point(metric, average, table, of=1), _point(metric, average, table, of=2)
    if isinstance(first, Unmeasured):
        return first
    if isinstance(second, Unmeasured):
        return Unmeasured(second.cause, f"champion: {second.detail}")
    value = first - second
    if _share_of_all(metric, average, table):
        cells = tuple(cell for cell in table.cells if cell[0][0]) if table.binary else table.cells
        _, low, high = paired(*four(cells), level)
        rows = sum(count for _, count in cells)
        return Estimate(float(value), low, high, rows, "newcombe paired", value, detail=table.note)
    smooth = _with_unseen(table)
    one, two = (_statistic(metric, average, smooth, of=of) for of in (1, 2))
    counts = [count for _, count in smooth.cells]
    low, high = bootstrap(counts, lambda draws: one(draws) - two(draws), level, seed_of(counts))
    low, high = max(-1.0, min(low, float(value))), min(1.0, max(high, float(value)))
    found = Estimate(float(value), low, high, table.rows, "paired bootstrap", value, detail=table.note)
    return found if table.binary else _by_smallest(found, metric, _averaged(metric, _tallies(table, of=1)))


def four(cells: Sequence[tuple[Values, int]]) -> tuple[int, int, int, int]:
    """Return how many rows both models, the candidate alone, the champion alone, and neither get right."""
    found = [0, 0, 0, 0]
    for (label, candidate, champion), count in cells:
        found[2 * (candidate != label) + (champion != label)] += count
    return found[0], found[1], found[2], found[3]


def _both_classes(asked: Asked, table: Pairs | Unmeasured) -> Pairs | Unmeasured:
    if asked != "balanced" or isinstance(table, Unmeasured):
        return table
    labels = {key[0] for key, _ in table.cells}
    if len(labels) < 2:
        return Unmeasured(Cause.UNDEFINED, "every row has the same label: there is nothing to balance")
    return replace(table, binary=False)


def _share_of_all(metric: Metric, average: Average, table: Pairs) -> bool:
    """Whether the metric is a plain share of rows whose number does not depend on the model."""
    if table.binary:
        return metric == "recall"
    return average == "micro" or (average == "weighted" and metric == "recall")


def _by_smallest(found: Estimate, metric: Metric, tallies: Sequence[Tally]) -> Estimate:
    """Say which class an average knows least about: a class of two rows weighs as much as one of two thousand."""
    rows = {_class_name(tally.name): tally.part(metric)[1] for tally in tallies}
    least = min(rows, key=lambda name: (rows[name], name))
    return replace(found, smallest=rows[least], smallest_name=least)


def _class_name(value: Value) -> str:
    """Return a class as a person writes it; of two classes the table knows only whether a row is of the positive one."""
    return {True: "positive", False: "negative"}[value] if isinstance(value, bool) else group_name(value)


def _one(metric: Metric, tally: Tally, level: float, *, exact: bool = False) -> Interval:
    """Return the metric of one class with its interval: that of its share, carried over to F1 by F1 = 2J/(1 + J)."""
    hits, rows = tally.part(metric)
    low, high = (share_of_few if exact else wilson)(hits, rows, level)
    if metric == "f1":
        return float(_value(metric, hits, rows)), 2 * low / (1 + low), 2 * high / (1 + high)
    return hits / rows, low, high


def _value(metric: Metric, hits: int, rows: int) -> Fraction:
    return Fraction(2 * hits, hits + rows) if metric == "f1" else Fraction(hits, rows)


def _point(metric: Metric, average: Average, table: Pairs, *, of: int) -> Fraction | Unmeasured:
    tallies = _tallies(table, of=of)
    if table.binary:
        hits, rows = tallies[0].part(metric)
        return (
            _value(metric, hits, rows) if rows else Unmeasured(Cause.UNDEFINED, f"{_NONE[metric]} the positive class")
        )
    if average == "micro":
        return Fraction(sum(tally.right for tally in tallies), table.rows)
    counted = _averaged(metric, tallies)
    for tally in counted:
        if tally.part(metric)[1] == 0:
            return Unmeasured(Cause.UNDEFINED, f"{_NONE[metric]} class `{_class_name(tally.name)}`")
    values = (_value(metric, *tally.part(metric)) for tally in counted)
    return sum((w * v for w, v in zip(_weights(average, counted), values, strict=True)), Fraction(0))


_NONE = {
    "precision": "no row is predicted as",
    "recall": "no row is labelled as",
    "f1": "no row is labelled or predicted as",
}


def _tallies(table: Pairs, *, of: int) -> list[Tally]:
    """Count each class, in the order of names; of two classes, the positive one alone."""
    labelled: Counter[Value] = Counter()
    predicted: Counter[Value] = Counter()
    right: Counter[Value] = Counter()
    for key, count in table.cells:
        labelled[key[0]] += count
        predicted[key[of]] += count
        right[key[0]] += count if key[0] == key[of] else 0
    names = [True] if table.binary else sorted((labelled | predicted).keys() - {NEVER}, key=lambda name: order((name,)))
    return [Tally(name, right[name], predicted[name], labelled[name]) for name in names]


def _averaged(metric: Metric, tallies: Sequence[Tally]) -> list[Tally]:
    """Keep the classes that an average runs over: a class that no row is labelled as has nothing to be recalled."""
    return [tally for tally in tallies if metric != "recall" or tally.labelled]


def _weights(average: Average, tallies: Sequence[Tally]) -> list[Fraction]:
    if average == "macro":
        return [Fraction(1, len(tallies))] * len(tallies)
    rows = sum(tally.labelled for tally in tallies)
    return [Fraction(tally.labelled, rows) for tally in tallies]


def _statistic(metric: Metric, average: Average, table: Pairs, *, of: int) -> Callable[[Draws], Draws]:
    """Return the metric as a function of many tables at once: an array of draws × cells."""
    import numpy as np

    keys = [key for key, _ in table.cells]
    names = [tally.name for tally in _averaged(metric, _tallies(table, of=of))]
    labelled = np.array([[key[0] == name for name in names] for key in keys], dtype=float)
    predicted = np.array([[key[of] == name for name in names] for key in keys], dtype=float)

    def statistic(draws: Draws) -> Draws:
        right, of_class, called = draws @ (labelled * predicted), draws @ labelled, draws @ predicted
        above, below = {
            "precision": (right, called),
            "recall": (right, of_class),
            "f1": (2 * right, of_class + called),
        }[metric]
        with np.errstate(invalid="ignore", divide="ignore"):
            values = np.where(below > 0, above / below, np.nan)
            weights = np.where(np.isnan(values), 0.0, of_class if average == "weighted" else 1.0)
            found: Draws = np.sum(np.nan_to_num(values) * weights, axis=1) / np.sum(weights, axis=1)
        return found

    return statistic


def _with_unseen(table: Pairs) -> Pairs:
    """Add one row that the candidate alone gets right, and one that the champion alone does, spread over the classes.

    Agresti and Min (2005) do so for paired shares: without it, two models that never differ on 30 rows show no doubt.
    """
    labelled: Counter[Value] = Counter()
    for (label, *_), count in table.cells:
        labelled[label] += count
    cells = list(table.cells)
    for label, count in labelled.items():
        wrong = (not label) if table.binary else NEVER
        for key in ((label, label, wrong), (label, wrong, label)):
            cells.append((key, count / table.rows))  # type: ignore[arg-type]  # a share of a row
    return Pairs(tuple(cells), table.binary, table.note)

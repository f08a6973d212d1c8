"""Label beside prediction: the table that every metric of classes is read from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from policykit.checks import _outcomes
from policykit.checks.performance._rows import lacking, left_out, not_numbers, prediction_of
from policykit.terms.check import Got
from policykit.terms.expr import Expr, both, equals
from policykit.terms.frame import Frame
from policykit.terms.measure import Cells, Count, Measure
from policykit.terms.state import Table, Value, Values
from policykit.terms.verdict import Cause, Unmeasured

NEVER = "\0never the label"
"""A class that no row has: what a missing prediction of several classes counts as, where missing fails."""

NEVER_RIGHT = "the champion is right in no row: nothing shows that its classes are written as those of the label"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows that have a label and every prediction asked for: (label, prediction[, the champion's]) and how many."""

    cells: tuple[tuple[Values, int], ...]
    binary: bool
    note: str = ""

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return sum(count for _, count in self.cells)


def measures(frame: Frame) -> Mapping[str, Measure]:
    """Return the tables to take: label × prediction, and with the champion's prediction where there is a champion."""
    values = _outcomes.measures(frame, "label", "prediction", "champion")
    expressions = _expressions(frame)
    if expressions is None:
        return values
    label, prediction = expressions
    asked: dict[str, Measure] = {
        **values,
        "pairs": Cells(frame.dataset, (label, prediction), frame.where),
        "nan": not_numbers(frame, prediction_of(frame)),
    }
    if not is_binary(frame):  # labels and predictions of different types never match: not wrong, but not comparable
        asked["comparable"] = Count(frame.dataset, both(frame.where, equals(label, prediction)))
    champion = frame.champion
    if champion is not None and champion.prediction is not None:
        other = champion.predicted(frame.positive) if is_binary(frame) and frame.positive else champion.prediction
        asked["joint"] = Cells(frame.dataset, (label, prediction, other), frame.where)
        asked["champion_nan"] = not_numbers(frame, prediction_of(champion))
    return asked


def is_binary(frame: Frame) -> bool:
    """Return whether the question is about one class against all others."""
    return frame.kind != "multiclass-classification"


def pairs(frame: Frame, got: Got) -> Pairs | Unmeasured:
    """Return the table of label and prediction, or why there is none."""
    why = _unfit(frame, got)
    if why is not None:
        return why
    return read(got["pairs"], got, frame.missing, binary=is_binary(frame))


def joint(frame: Frame, got: Got) -> Pairs | Unmeasured:
    """Return the table of label, prediction and the champion's prediction, or why there is none."""
    if "joint" not in got:
        return _unfit(frame, got) or Unmeasured(
            Cause.NO_CHAMPION, "there is no champion with predictions on the same rows"
        )
    why = _unfit(frame, got) or _outcomes.unfit(frame, got, "label", "champion")
    if why is not None:
        return why
    found = read(got["joint"], got, frame.missing, binary=is_binary(frame))
    if isinstance(found, Pairs) and not any(label == champion for (label, _, champion), _ in found.cells):
        return Unmeasured(Cause.UNDEFINED, NEVER_RIGHT)
    return found


def _unfit(frame: Frame, got: Got) -> Unmeasured | None:
    why = _outcomes.without_positive(frame)
    if why is None and is_binary(frame) and frame.positive is None:
        why = Unmeasured(Cause.MISSING, "the bundle does not say which class is `task.positive`")
    return why or _outcomes.unfit(frame, got, "label", "prediction")


def read(
    state: object, got: Got, missing: Literal["exclude", "pass", "fail"] | None, *, binary: bool
) -> Pairs | Unmeasured:
    """Return the rows of a table whose label and predictions are all there, as the rule treats those that are not."""
    if not isinstance(state, Table) or state.rows == 0:
        return Unmeasured(Cause.EMPTY, "no rows")
    unlabelled = absent = absent_champion = 0
    kept: Counter[Values] = Counter()
    for (label, *predictions), count in state.cells:
        if label is None:
            unlabelled += count
            continue
        if None in predictions:
            absent += count if predictions[0] is None else 0
            absent_champion += count if None in predictions[1:] else 0
            if missing not in ("pass", "fail"):
                continue
        # What the champion did not answer never counts against it: that would be the candidate's gain.
        rights = (missing == "pass", *(True for _ in predictions[1:]))
        filled = (_filled(label, each, binary=binary, right=r) for each, r in zip(predictions, rights, strict=True))
        kept[(label, *filled)] += count
    if absent and missing is None:
        return lacking(absent, "prediction", got["nan"])
    if absent_champion and missing is None:
        return lacking(absent_champion, "prediction of the champion", got["champion_nan"])
    if not kept:
        alone = unlabelled == state.rows
        return Unmeasured(
            *((Cause.MISSING, "no row has a label") if alone else (Cause.EMPTY, "no row has a prediction"))
        )
    gone = max(absent, absent_champion) if missing == "exclude" else 0
    return Pairs(tuple(kept.items()), binary, left_out(unlabelled, gone, "prediction"))


def _filled(label: Value, prediction: Value, *, binary: bool, right: bool) -> Value:
    if prediction is not None:
        return prediction
    if right:
        return label
    return (not label) if binary else NEVER


def _expressions(frame: Frame) -> tuple[Expr, Expr] | None:
    if not is_binary(frame):
        assert frame.label is not None and frame.prediction is not None, "the planner leaves such a question unmet"
        return frame.label, frame.prediction
    return None if frame.positive is None else (frame.labelled(frame.positive), frame.predicted(frame.positive))

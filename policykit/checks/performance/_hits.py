"""Right and wrong: the smallest table that accuracy can be read from, however many classes there are."""

from __future__ import annotations

from dataclasses import dataclass

from policykit.checks import _outcomes
from policykit.checks.performance._pairs import NEVER_RIGHT, Pairs, read
from policykit.checks.performance._rows import not_numbers, prediction_of
from policykit.terms.check import Got
from policykit.terms.expr import And, Expr, IsMissing, Not, Or, equals
from policykit.terms.frame import Frame
from policykit.terms.measure import Cells, Measure
from policykit.terms.state import Table
from policykit.terms.verdict import Cause, Unmeasured


@dataclass(frozen=True, slots=True)
class Hits:
    """How many of the rows are right."""

    right: int
    rows: int
    note: str


@dataclass(frozen=True, slots=True)
class Compared:
    """How many rows both models, the candidate alone, the champion alone, and neither get right."""

    both: int
    alone: int
    champion_alone: int
    neither: int
    note: str

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return self.both + self.alone + self.champion_alone + self.neither


def measures(frame: Frame) -> dict[str, Measure]:
    """Return the tables to take: has a label × is right, and × the champion is right."""
    assert frame.label is not None, "the planner leaves a question without a label unmet"
    values = _outcomes.measures(frame, "label", "prediction", "champion")
    if _outcomes.without_positive(frame) is not None:
        return values
    labelled, right = Not(IsMissing(frame.label)), _right(frame, frame)
    asked: dict[str, Measure] = {
        **values,
        "hits": Cells(frame.dataset, (labelled, right), frame.where),
        "nan": not_numbers(frame, prediction_of(frame)),
    }
    champion = frame.champion
    if champion is not None and champion.prediction is not None:
        asked["joint"] = Cells(frame.dataset, (labelled, right, _right(frame, champion)), frame.where)
        asked["champion_nan"] = not_numbers(frame, prediction_of(champion))
    return asked


def hits(frame: Frame, got: Got) -> Hits | Unmeasured:
    """Return how many labelled rows are right, or why that is not known."""
    why = _unfit(frame, got)
    if why is not None:
        return why
    table = _table(frame, got, "hits")
    if isinstance(table, Unmeasured):
        return table
    return Hits(sum(count for key, count in table.cells if key[1]), table.rows, table.note)


def compared(frame: Frame, got: Got) -> Compared | Unmeasured:
    """Return on how many labelled rows each of the two models is right, or why that is not known."""
    if "joint" not in got:
        return Unmeasured(Cause.NO_CHAMPION, "there is no champion with predictions on the same rows")
    why = _unfit(frame, got) or _outcomes.unfit(frame, got, "label", "champion")
    if why is not None:
        return why
    table = _table(frame, got, "joint")
    if isinstance(table, Unmeasured):
        return table
    found = [0, 0, 0, 0]
    for (_, candidate, champion), count in table.cells:
        found[2 * (not candidate) + (not champion)] += count
    both, alone, champion_alone, neither = found
    if both + champion_alone == 0:
        return Unmeasured(Cause.UNDEFINED, NEVER_RIGHT)
    return Compared(both, alone, champion_alone, neither, table.note)


def _unfit(frame: Frame, got: Got) -> Unmeasured | None:
    """Return why being right has no meaning here: more than two classes of two, or none that the score speaks of."""
    why = _outcomes.unpositive(frame, got) if frame.cut is not None else None
    return why or _outcomes.unfit(frame, got, "label", "prediction")


def _table(frame: Frame, got: Got, name: str) -> Pairs | Unmeasured:
    """Read being right as a prediction of a label that is always TRUE."""
    state = got[name]
    if isinstance(state, Table):
        state = Table(tuple(((key[0] or None, *key[1:]), count) for key, count in state.cells))
    return read(state, got, frame.missing, binary=True)


def _right(frame: Frame, model: Frame) -> Expr:
    """Return the expression: the prediction of `model` is the label."""
    assert frame.label is not None and model.prediction is not None, "the planner leaves such a question unmet"
    if model.cut is None or frame.positive is None:
        return equals(frame.label, model.prediction)
    label, prediction = frame.labelled(frame.positive), model.predicted(frame.positive)
    return Or((And((label, prediction)), And((Not(label), Not(prediction)))))

"""Which outcomes the labels and the predictions hold: a class that no row has is never quietly a class without errors."""

from __future__ import annotations

from typing import Literal

from policykit.terms.check import Got
from policykit.terms.expr import Lit
from policykit.terms.frame import Frame, same_class
from policykit.terms.group_name import group_name
from policykit.terms.measure import Cells, Measure
from policykit.terms.state import Table, Value
from policykit.terms.verdict import Cause, Unmeasured

Side = Literal["label", "prediction", "champion"]

_SAID = {"label": "label", "prediction": "prediction", "champion": "prediction of the champion"}


def is_binary(frame: Frame) -> bool:
    """Return whether the bundle says that there are two classes: by the task's kind, or by naming the positive one."""
    return frame.kind == "binary-classification" or (frame.kind is None and frame.positive is not None)


def measures(frame: Frame, *sides: Side) -> dict[str, Measure]:
    """Ask which values the label and the prediction hold, where there should be two; a prediction cut from a score has two."""
    found: dict[str, Measure] = {}
    if "label" in sides and frame.label is not None and is_binary(frame):
        found["label_values"] = Cells(frame.dataset, (frame.label,), frame.where)
    if "prediction" in sides and frame.prediction is not None and frame.cut is None and is_binary(frame):
        found["prediction_values"] = Cells(frame.dataset, (frame.prediction,), frame.where)
    other = frame.champion
    if (
        "champion" in sides
        and other is not None
        and other.prediction is not None
        and other.cut is None
        and is_binary(frame)
    ):
        found["champion_values"] = Cells(frame.dataset, (other.prediction,), frame.where)
    return found


def unfit(frame: Frame, got: Got, *sides: Side) -> Unmeasured | None:
    """Return why a number about two classes cannot be had from these values; None where it can."""
    together: set[tuple[bool, Value]] = set()
    asked = measures(frame, *sides)
    for side in sides:
        held = _values(got, f"{side}_values") if f"{side}_values" in asked else []
        if len(held) > 2:
            told = f"the {_SAID[side]} holds {len(held):,} values, and the task is binary"
            return Unmeasured(Cause.UNDEFINED, told)
        together |= {(isinstance(value, bool), value) for value in held}
    if len(together) > 2:
        said = " and ".join(_SAID[side] for side in sides)
        return Unmeasured(Cause.UNDEFINED, f"{said} together hold {len(together)} values, and the task is binary")
    return None


def unpositive(frame: Frame, got: Got) -> Unmeasured | None:
    """Return that no labelled row is of the positive class, where a number is read from that class; None where one is."""
    if frame.positive is None:
        return without_positive(frame)
    held = _values(got, "label_values") if "label_values" in got else []
    if not held or any(_is(value, frame.positive) for value in held):
        return None
    name = group_name(frame.positive.value)
    return Unmeasured(Cause.UNDEFINED, f"no row is labelled `{name}`, which the bundle declares as `task.positive`")


def without_positive(frame: Frame) -> Unmeasured | None:
    """Return that the bundle does not name the class that a score is the score of, where a prediction is cut from it."""
    if frame.cut is None or frame.positive is not None:
        return None
    told = "the bundle does not declare `task.positive`, which a prediction cut from a score needs"
    return Unmeasured(Cause.MISSING, told)


def other_class(frame: Frame) -> bool:
    """Return whether the favourable outcome is said to be the class that the score does not speak of."""
    if frame.cut is None or frame.positive is None or frame.favourable is None:
        return False
    return not same_class(frame.favourable, frame.positive)


def unfavourable(frame: Frame, got: Got) -> Unmeasured | None:
    """Return why the favourable outcome cannot be told from a score that was cut; None where it can."""
    why = without_positive(frame)
    if why is not None or not other_class(frame):
        return why
    assert frame.positive is not None and frame.favourable is not None, "`other_class` says so"
    names = [f"`{group_name(lit.value)}`" for lit in (frame.favourable, frame.positive)]
    if "label_values" not in got:
        told = f"the favourable outcome {names[0]} is not the positive class {names[1]}, and no label shows that it is the other"
        return Unmeasured(Cause.UNDEFINED, told)
    others = [value for value in _values(got, "label_values") if not _is(value, frame.positive)]
    strange = next((value for value in others if not _is(value, frame.favourable)), None)
    if strange is not None:
        told = f"the label holds `{group_name(strange)}`, which is neither `task.positive` nor `task.favourable`"
        return Unmeasured(Cause.UNDEFINED, told)
    if not others:
        told = f"no row is labelled {names[0]}, which the bundle declares as `task.favourable`"
        return Unmeasured(Cause.UNDEFINED, told)
    return None


def _values(got: Got, name: str) -> list[Value]:
    table = got[name]
    cells = table.cells if isinstance(table, Table) else ()
    return [key[0] for key, count in cells if key[0] is not None and count]


def _is(value: Value, outcome: Lit) -> bool:
    return value is not None and same_class(Lit(value), outcome)

"""The two models behind a difference: what the candidate and the champion each reach on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from policykit.terms.check import Answer, Check, Got
from policykit.terms.estimate import Estimate, Line
from policykit.terms.frame import Frame
from policykit.terms.state import State, Table, Values

_PREFIX = "champion_"
_TABLES = ("pairs", "hits")
_EQUAL = 1e-9


def with_models(contrast: Answer, mine: Answer, other: Answer) -> Answer:
    """Return a difference with the two models it is of, where both are known and it is their difference."""
    if not (isinstance(contrast, Estimate) and isinstance(mine, Estimate) and isinstance(other, Estimate)):
        return contrast
    if not abs(mine.value - other.value - contrast.value) < _EQUAL * max(1.0, abs(mine.value)):
        return contrast
    return replace(contrast, models=(_line("candidate", mine), _line("champion", other)))


def with_pair(contrast: Answer, check: Check, frame: Frame, got: Got, level: float) -> Answer:
    """Return a paired difference with the two models, the champion read from what was counted of it beside the candidate.

    It is for show alone, so whatever goes wrong here leaves the difference as it is.
    """
    if not isinstance(contrast, Estimate):
        return contrast
    try:
        mine = check.estimate(frame, got, level)
        theirs = _theirs(got)
        other = check.estimate(frame, theirs, level) if theirs is not None else None
    except Exception:  # noqa: BLE001 - the difference was judged; only its two sides are not shown
        return contrast
    if other is not None:
        return with_models(contrast, mine, other)
    if not isinstance(mine, Estimate) or frame.missing == "exclude":  # then each may rest on other rows
        return contrast
    alone = ("champion", mine.n, mine.value - contrast.value, None, None)
    return replace(contrast, models=(_line("candidate", mine), alone))


def _theirs(got: Got) -> Mapping[str, State] | None:
    """Return the states with the two models changed over; None where the champion was not counted by itself."""
    changed = dict(got)
    for name in (name for name in got if name.startswith(_PREFIX)):
        own = name.removeprefix(_PREFIX)
        if own in got:
            changed[own], changed[name] = got[name], got[own]
    joint = got.get("joint")
    table = next((name for name in _TABLES if name in got), None)
    if table is not None and isinstance(joint, Table):
        counted: dict[str, tuple[Values, int]] = {}
        for key, count in joint.cells:
            kept = (key[0], key[2])
            counted[repr(kept)] = (kept, counted.get(repr(kept), (kept, 0))[1] + count)  # 1 and true are two values
        changed[table] = Table(tuple(counted.values()))
        return changed
    own_sums = {name.removeprefix(_PREFIX) for name in got if name.startswith(_PREFIX)} - {"extreme", "nan"}
    return changed if own_sums & set(got) else None


def _line(name: str, of: Estimate) -> Line:
    return name, of.n, of.value, of.low, of.high

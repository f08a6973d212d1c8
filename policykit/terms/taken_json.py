"""Measurements as JSON, and back: the same in a measurements file and in a signed report."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, get_args

from policykit.terms.measure import (
    Cells,
    Count,
    Distinct,
    Extreme,
    Fact,
    Histogram,
    Measure,
    Overlap,
    Quantile,
    Sample,
    Sum,
    form,
    identity,
    unform,
)
from policykit.terms.plan import Measurement, Taken
from policykit.terms.policy import Source
from policykit.terms.shape import shaped
from policykit.terms.state import (
    Binned,
    Counted,
    Extremes,
    Grouped,
    Overlapped,
    Plain,
    Ranked,
    Repeats,
    State,
    Stated,
    Summed,
    Table,
    from_json,
    to_json,
)
from policykit.terms.verdict import Cause, Unmeasured

_WIDEST_SCALE = 1000  # powers of ten; no decimal of 64 bits, squared, is wider


def taken_to_json(taken: Taken) -> list[dict[str, Any]]:
    """Write measurements as JSON, sorted by evidence id; samples of rows are never written."""
    written = [_write(measure, found) for measure, found in taken.items() if not isinstance(measure, Sample)]
    return sorted(written, key=lambda entry: str(entry["id"]))


def taken_from_json(listed: Any) -> dict[Measure, Measurement | Unmeasured]:
    """Read measurements; raise ValueError where one is not what `taken_to_json` writes, or its state does not fit its measure."""
    if not isinstance(listed, list):
        raise ValueError("`measurements` is no list")
    taken: dict[Measure, Measurement | Unmeasured] = {}
    for entry in listed:
        try:
            measure, found = _read(entry)
        except (KeyError, TypeError, AttributeError, OverflowError, IndexError) as error:
            raise ValueError("a measurement is not written as it should be") from error
        if measure in taken:
            raise ValueError(f"the measurement `{identity(measure)}` is there twice")
        taken[measure] = found
    return taken


def unmeasured_to_json(why: Unmeasured) -> dict[str, Any]:
    """Write why a number could not be had."""
    return {"cause": why.cause.value, "detail": why.detail}


def unmeasured_from_json(body: Any) -> Unmeasured:
    """Read why a number could not be had; raise ValueError where it is not written as it should be."""
    if not isinstance(body, Mapping) or set(body) != {"cause", "detail"} or not isinstance(body["detail"], str):
        raise ValueError("why something was not measured is not written as it should be")
    return Unmeasured(Cause(body["cause"]), body["detail"])


def _write(measure: Measure, found: Measurement | Unmeasured) -> dict[str, Any]:
    entry = {"id": identity(measure), "measure": form(measure)}
    if isinstance(found, Unmeasured):
        return {**entry, "unmeasured": unmeasured_to_json(found)}
    return {
        **entry,
        "state": to_json(found.state),
        "source": found.source.value,
        "engine": found.engine,
        "cached": found.cached,
        "sampled": found.sampled,
    }


def _read(entry: Any) -> tuple[Measure, Measurement | Unmeasured]:
    measure = unform(entry["measure"])
    if not isinstance(measure, get_args(Measure)) or isinstance(measure, Sample) or not shaped(measure, type(measure)):
        raise ValueError("not a measure that this version knows")
    if identity(measure) != entry["id"]:
        raise ValueError("a measurement's id is not that of its measure")
    if "unmeasured" in entry:
        _only(entry, {"id", "measure", "unmeasured"})
        return measure, unmeasured_from_json(entry["unmeasured"])
    _only(entry, {"id", "measure", "state", "source", "engine", "cached", "sampled"})
    state = from_json(entry["state"])
    if not shaped(state, type(state)) or not _sane(state) or not _fits(measure, state):
        raise ValueError(f"the state of the measurement `{entry['id']}` does not fit its measure")
    found = Measurement(state, Source(entry["source"]), entry["engine"], entry["cached"], entry["sampled"])
    if not shaped(found, Measurement):
        raise ValueError("a measurement is not written as it should be")
    return measure, found


def _only(entry: Mapping[str, Any], names: set[str]) -> None:
    if set(entry) != names:
        raise ValueError("a measurement has members that this version does not know, or lacks some")


def _fits(measure: Measure, state: State) -> bool:
    """Return whether `state` is one that taking `measure` can give."""
    match measure:
        case Fact() | Overlap() | Sample():
            return _fits_plain(measure, state)
        case _ if measure.by:
            return isinstance(state, Grouped) and all(
                len(key) == len(measure.by) and _fits_plain(measure, part) for key, part in state.parts
            )
        case _:
            return _fits_plain(measure, state)


def _fits_plain(measure: Measure, state: State) -> bool:
    match measure, state:
        case (Count(), Counted()) | (Extreme(), Extremes()) | (Distinct(), Repeats()):
            return True
        case (Overlap(), Overlapped(left, right, shared)):
            return shared <= min(left, right)
        case (Fact(), Stated()):
            return True
        case Sum(scale=scale), Summed(scale=found):
            return scale == found
        case Cells(of=key), Table(cells):
            return all(len(values) == len(key) for values, _ in cells)
        case Histogram(edges=edges), Binned(edges=found_edges):
            return edges == found_edges
        case Quantile(shares=shares), Ranked(values):
            return tuple(share for share, _ in values) in (shares, ())
        case _:
            return False


def _sane(state: State) -> bool:
    """Return whether no count is negative, no key is there twice, and bins are as many as their edges bound."""
    match state:
        case Grouped(parts):
            return _once(key for key, _ in parts) and all(_sane_plain(part) for _, part in parts)
        case _:
            return _sane_plain(state)


def _sane_plain(state: Plain) -> bool:
    match state:
        case Counted(rows):
            counts: tuple[int, ...] = (rows,)
        case Summed(_, scale, rows, missing, infinite):
            counts = (rows, missing, infinite)
            if abs(scale) > _WIDEST_SCALE:
                return False
        case Extremes(low, high, rows, missing, infinite):
            counts = (rows, missing, infinite)
            if (low is None) != (rows == 0) or (high is None) != (rows == 0):
                return False
            if low is not None and high is not None and not low <= high:
                return False
        case Table(cells):
            counts = tuple(count for _, count in cells)
            if not _once(key for key, _ in cells):
                return False
        case Binned(edges, inside, below, above, missing):
            counts = (*inside, below, above, missing)
            if len(inside) != len(edges) - 1 or any(not a < b for a, b in pairwise(edges)):
                return False
        case Repeats(times):
            counts = tuple(number for pair in times for number in pair)
        case Ranked(_, rows):
            counts = (rows,)
        case Overlapped(left, right, shared):
            counts = (left, right, shared)
        case Stated():
            counts = ()
    return all(count >= 0 for count in counts)


def _once(keys: Any) -> bool:
    listed = [tuple((type(value).__name__, repr(value)) for value in key) for key in keys]
    return len(set(listed)) == len(listed)

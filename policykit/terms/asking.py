"""Asking: which measures a question needs, given what is already known. Shared by planning and judging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from policykit.errors import MeasureError
from policykit.terms.bundle import Bundle
from policykit.terms.check import Got
from policykit.terms.expr import Col
from policykit.terms.frame import Frame
from policykit.terms.measure import Distinct, Fact, Measure, Overlap, Sample
from policykit.terms.merge import merge
from policykit.terms.plan import Measurement, Question, Taken
from policykit.terms.state import Grouped, Plain, State
from policykit.terms.verdict import Unmeasured

ROUNDS = 3


def asked(question: Question, taken: Taken, frame: Frame | None = None) -> Mapping[str, Measure]:
    """Return every measure the question wants by name, as far as `taken` lets it ask: at most three rounds."""
    where = frame or question.frame
    wanted: dict[str, Measure] = {}
    for _ in range(ROUNDS):
        got = {name: state for name, m in wanted.items() if (state := state_of(m, taken)) is not None}
        if len(got) < len(wanted):
            break  # something is not measured (yet, or at all): no further question makes sense
        more = {
            name: _split(measure, question) for name, measure in question.check.measures(where, _whole(got)).items()
        }
        if wanted.keys() >= more.keys() and all(wanted[name] == measure for name, measure in more.items()):
            break
        wanted |= more
    return wanted


def frames(question: Question) -> tuple[Frame, ...]:
    """Return every frame to be measured here: the question's own, and the champion's beside it for a relative limit."""
    relative = question.clause.constraint.relative
    champion = question.frame.champion if relative is not None and relative.relative else None
    return tuple(frame for frame in (question.frame, champion) if frame is not None)


def key_asked(question: Question, bundle: Bundle) -> Distinct | None:
    """Return the measure that shows whether the rows of a question are each somebody else; None where no key is declared.

    An interval about a population counts on independent rows: rows that share a declared key are not.
    """
    dataset = bundle.datasets.get(question.frame.dataset)
    if dataset is None or not dataset.key or question.check.about != "population" or not question.check.data:
        return None
    return Distinct(dataset.role, tuple(Col(name) for name in dataset.key))


def state_of(measure: Measure, taken: Taken) -> State | None:
    """Return the state of `measure`, or None where it was not measured."""
    found = taken.get(measure)
    return found.state if isinstance(found, Measurement) else None


def first_unmeasured(wanted: Mapping[str, Measure], taken: Taken) -> Unmeasured | None:
    """Return why the first of the wanted measures that could not be had could not be had."""
    for measure in wanted.values():
        found = taken.get(measure)
        if isinstance(found, Unmeasured):
            return found
    return None


def _split(measure: Measure, question: Question) -> Measure:
    if not question.by or isinstance(measure, Fact | Overlap | Sample):
        return measure
    return replace(measure, by=question.by)


def _whole(got: Mapping[str, State]) -> Got:
    """Groups are asked alike: what a second round is built on is the state of all groups together."""
    return {name: _together(state) for name, state in got.items()}


def _together(state: State) -> State:
    if not isinstance(state, Grouped) or not state.parts:
        return state
    whole: Plain = state.parts[0][1]
    for _, part in state.parts[1:]:
        try:
            merged = merge(whole, part)
        except (MeasureError, TypeError, ValueError):
            return state
        if isinstance(merged, Grouped):
            return state
        whole = merged
    return whole

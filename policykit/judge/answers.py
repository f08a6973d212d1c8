"""From measurements to answers: ask the check for its estimate, absolute or against another model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import TypeAlias

from policykit.errors import MeasureError
from policykit.terms.asking import asked, first_unmeasured, frames
from policykit.terms.check import Answer
from policykit.terms.estimate import Estimate
from policykit.terms.frame import Frame
from policykit.terms.measure import Fact, Measure, Overlap, Sample, identity
from policykit.terms.plan import Measurement, Question, Taken
from policykit.terms.policy import Source
from policykit.terms.state import Grouped, State, Values, order
from policykit.terms.verdict import Cause, Unmeasured
from policykit.terms.zero import zero

Asking: TypeAlias = Callable[[float], Answer]
MISSING_GROUP = "(missing)"


@dataclass(frozen=True, slots=True)
class Case:
    """One slice to be judged: how to answer it at a level, and the evidence it rests on."""

    question: Question
    slice: tuple[tuple[str, str], ...]
    answer: Asking
    evidence: tuple[str, ...] = ()
    source: Source | None = None
    sampled: bool = False
    grouped: bool = False


def cases(question: Question, taken: Taken) -> Iterator[Case | Unmeasured]:
    """Yield the slices of a question, or why it cannot be answered."""
    wanted = {frame: asked(question, taken, frame) for frame in frames(question)}
    for needed in wanted.values():
        trouble = first_unmeasured(needed, taken)
        if trouble is not None:
            yield trouble
            return
        absent = next((measure for measure in needed.values() if measure not in taken), None)
        if absent is not None:
            yield Unmeasured(Cause.MISSING, f"the measurement `{identity(absent)}` was not taken")
            return
    if question.by:
        yield from _groups(question, wanted, taken)
    else:
        states = {frame: _states(needed, taken) for frame, needed in wanted.items()}
        yield _case(question, question.slice, states, wanted, taken)


def _groups(
    question: Question, wanted: Mapping[Frame, Mapping[str, Measure]], taken: Taken
) -> Iterator[Case | Unmeasured]:
    states = {frame: _states(needed, taken) for frame, needed in wanted.items()}
    own = states[question.frame]
    keys = {key for state in own.values() if isinstance(state, Grouped) for key, _ in state.parts}
    ignored = question.frame.ignored
    names = {key: _name(key) for key in sorted(keys, key=order) if _name(key) not in ignored}
    if not names:
        yield Unmeasured(Cause.EMPTY, "no group has any rows")
        return
    if len(names) == 1:
        yield Unmeasured(Cause.UNDEFINED, f"there is one group only, `{next(iter(names.values()))}`")
        return
    for key, name in names.items():
        part = {frame: _part(key, found, wanted[frame]) for frame, found in states.items()}
        slices = (*question.slice[:-1], (question.by_name[0], name))
        yield replace(_case(question, slices, part, wanted, taken), grouped=True)


def _part(key: Values, states: Mapping[str, State], needed: Mapping[str, Measure]) -> Mapping[str, State]:
    found: dict[str, State] = {}
    for name, state in states.items():
        measure = needed[name]
        if not isinstance(state, Grouped) or isinstance(measure, Fact | Overlap | Sample):
            found[name] = state
        else:
            part = state.part(key)
            found[name] = part if part is not None else zero(measure)
    return found


def _case(
    question: Question,
    part: tuple[tuple[str, str], ...],
    states: Mapping[Frame, Mapping[str, State]],
    wanted: Mapping[Frame, Mapping[str, Measure]],
    taken: Taken,
) -> Case:
    measures = [measure for needed in wanted.values() for measure in needed.values()]
    used = [found for measure in measures if isinstance(found := taken[measure], Measurement)]
    strength = list(Source)
    return Case(
        question,
        part,
        lambda level: _answer(question, states, level),
        tuple(dict.fromkeys(identity(measure) for measure in measures)),
        max((found.source for found in used), key=strength.index, default=None),
        any(found.sampled for found in used),
    )


def _answer(question: Question, states: Mapping[Frame, Mapping[str, State]], level: float) -> Answer:
    """A check that crashes leaves its own rule undecided, and nothing else."""
    check, frame, relative = question.check, question.frame, question.clause.constraint.relative
    try:
        if relative is None:
            return check.estimate(frame, states[frame], level)
        if question.against is not None:
            mine, other = (check.estimate(f, states[f], level) for f in (frame, question.against))
            return _scaled(_difference(mine, other), other, question)
        contrast = check.contrast(frame, states[frame], level)
        if not relative.relative or frame.champion is None:
            return contrast
        return _scaled(contrast, check.estimate(frame.champion, states[frame.champion], level), question)
    except MeasureError as error:
        return Unmeasured(Cause.UNDEFINED, str(error))
    except Exception as error:  # noqa: BLE001 - whatever a check raises is its own crash, named and undecided
        return Unmeasured(Cause.CRASHED, f"`{check.id}` crashed: {type(error).__name__}: {str(error).splitlines()[:1]}")


def _difference(mine: Answer, other: Answer) -> Answer:
    """The difference of two independent estimates: the square-and-add interval of Zou and Donner (2008)."""
    if not isinstance(mine, Estimate) or not isinstance(other, Estimate):
        return mine if isinstance(mine, Unmeasured) else other
    gap = mine.value - other.value
    low = gap - sqrt((mine.value - mine.low) ** 2 + (other.high - other.value) ** 2)
    high = gap + sqrt((mine.high - mine.value) ** 2 + (other.value - other.low) ** 2)
    exact = mine.exact - other.exact if mine.exact is not None and other.exact is not None else None
    return Estimate(gap, low, high, min(mine.n, other.n), "square-and-add", exact)


def _scaled(contrast: Answer, other: Answer, question: Question) -> Answer:
    """A relative limit is a share of the other model's value."""
    relative = question.clause.constraint.relative
    if (
        relative is None
        or not relative.relative
        or not isinstance(contrast, Estimate)
        or not isinstance(other, Estimate)
    ):
        return other if isinstance(other, Unmeasured) else contrast
    if other.value == 0:
        return Unmeasured(Cause.UNDEFINED, "the other model's value is 0: no share of it can be told")
    size = abs(other.value)
    return replace(
        contrast, value=contrast.value / size, low=contrast.low / size, high=contrast.high / size, exact=None, groups=()
    )


def _states(needed: Mapping[str, Measure], taken: Taken) -> Mapping[str, State]:
    return {name: found.state for name, m in needed.items() if isinstance(found := taken[m], Measurement)}


def _name(key: Values) -> str:
    return " × ".join(MISSING_GROUP if value is None else str(value) for value in key)

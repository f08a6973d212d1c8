"""From measurements to answers: ask the check for its estimate, absolute or against another model."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import sqrt
from typing import Literal, TypeAlias

from policykit.errors import MeasureError
from policykit.judge.models import with_models, with_pair
from policykit.terms.asking import asked, first_unmeasured, frames
from policykit.terms.check import Answer
from policykit.terms.estimate import Estimate
from policykit.terms.frame import Frame
from policykit.terms.group_name import group_name
from policykit.terms.measure import Fact, Measure, Overlap, Sample, identity
from policykit.terms.plan import Champion, Measurement, Question, Taken
from policykit.terms.policy import Source
from policykit.terms.state import Grouped, State, Values, order
from policykit.terms.verdict import Cause, Unmeasured
from policykit.terms.zero import zero

Asking: TypeAlias = Callable[[float], Answer]
Slice: TypeAlias = tuple[tuple[str, str], ...]
Who: TypeAlias = Literal["own", "beside", "rival"]
"""The candidate; the champion on the same rows; the champion in its own report."""


@dataclass(frozen=True, slots=True)
class Case:
    """One slice to be judged: how to answer it at a level, and the evidence it rests on."""

    question: Question
    slice: Slice
    answer: Asking
    evidence: tuple[str, ...] = ()
    source: Source | None = None
    sampled: bool = False
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """One way a question is asked: where, what was wanted, and what came of it."""

    frame: Frame
    wanted: Mapping[str, Measure]
    taken: Taken

    @property
    def states(self) -> Mapping[str, State]:
        """Return every state by the name its check gave it."""
        found = {name: self.taken.get(measure) for name, measure in self.wanted.items()}
        return {name: it.state for name, it in found.items() if isinstance(it, Measurement)}


Views: TypeAlias = Mapping[Who, View]


Known: TypeAlias = dict[Hashable, tuple[Case | Unmeasured, ...]]
"""What was answered before in this judgement: many rules ask the same and differ in their limit."""


def cases(question: Question, taken: Taken, champion: Champion | None, known: Known) -> Iterator[Case | Unmeasured]:
    """Yield the slices of a question, or why it cannot be answered; what was asked before is answered from `known`."""
    relative = question.clause.constraint.relative
    key = (question.check, question.frame, question.rival, question.by, question.slice, relative)
    try:
        before = known.get(key)
    except TypeError:  # a check with a parameter that is a map
        yield from _cases(question, taken, champion)
        return
    if before is None:
        before = known[key] = tuple(_cases(question, taken, champion))
    for found in before:
        yield replace(found, question=question) if isinstance(found, Case) else found


def _cases(question: Question, taken: Taken, champion: Champion | None) -> Iterator[Case | Unmeasured]:
    views = _views(question, taken, champion)
    for who, view in views.items():
        trouble = first_unmeasured(view.wanted, view.taken)
        absent = next((measure for measure in view.wanted.values() if measure not in view.taken), None)
        if trouble is None and absent is not None:
            trouble = Unmeasured(Cause.MISSING, f"the measurement `{identity(absent)}` was not taken")
        if trouble is not None:
            told = f"in the champion's report: {trouble.detail}"
            yield Unmeasured(Cause.NO_CHAMPION, told) if who == "rival" else trouble
            return
    if question.by:
        yield from _groups(question, views)
    else:
        yield _case(question, question.slice, {who: view.states for who, view in views.items()}, views)


def _views(question: Question, taken: Taken, champion: Champion | None) -> Views:
    names: tuple[Who, ...] = ("own", "beside")
    views = {who: View(f, asked(question, taken, f), taken) for who, f in zip(names, frames(question), strict=False)}
    if question.rival is not None and champion is not None:
        views["rival"] = View(question.rival, asked(question, champion.taken, question.rival), champion.taken)
    return views


def _groups(question: Question, views: Views) -> Iterator[Case | Unmeasured]:
    own = views["own"].states
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
        part = {who: _part(key, view) for who, view in views.items()}
        slices = (*question.slice[:-1], (question.by_name[0], name))
        yield replace(_case(question, slices, part, views), grouped=True)


def _part(key: Values, view: View) -> Mapping[str, State]:
    found: dict[str, State] = {}
    for name, state in view.states.items():
        measure = view.wanted[name]
        if not isinstance(state, Grouped) or isinstance(measure, Fact | Overlap | Sample):
            found[name] = state
        else:
            part = state.part(key)
            found[name] = part if part is not None else zero(measure)
    return found


def _case(question: Question, part: Slice, states: Mapping[Who, Mapping[str, State]], views: Views) -> Case:
    used = [found for v in views.values() for m in v.wanted.values() if isinstance(found := v.taken[m], Measurement)]
    measures = [measure for who, view in views.items() if who != "rival" for measure in view.wanted.values()]
    strength = list(Source)
    return Case(
        question,
        part,
        cache(lambda level: _answer(question, states, views, level)),
        tuple(dict.fromkeys(identity(measure) for measure in measures)),
        max((found.source for found in used), key=strength.index, default=None),
        any(found.sampled for found in used),
    )


def _answer(question: Question, states: Mapping[Who, Mapping[str, State]], views: Views, level: float) -> Answer:
    """A check that crashes leaves its own rule undecided, and nothing else."""
    check, frame, relative = question.check, question.frame, question.clause.constraint.relative
    try:
        if relative is None:
            return check.estimate(frame, states["own"], level)
        if "rival" in views:
            mine = check.estimate(frame, states["own"], level)
            other = check.estimate(views["rival"].frame, states["rival"], level)
            return _scaled(with_models(_difference(mine, other), mine, other), other, question)
        contrast = with_pair(check.contrast(frame, states["own"], level), check, frame, states["own"], level)
        if "beside" not in views:
            return contrast
        return _scaled(contrast, check.estimate(views["beside"].frame, states["beside"], level), question)
    except MeasureError as error:
        return Unmeasured(Cause.UNDEFINED, str(error))
    except Exception as error:  # noqa: BLE001 - whatever a check raises is its own crash, named and undecided
        first = str(error).partition("\n")[0][:200]
        return Unmeasured(Cause.CRASHED, f"`{check.id}` crashed: {type(error).__name__}: {first}")


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


def _name(key: Values) -> str:
    return " × ".join(group_name(value) for value in key)

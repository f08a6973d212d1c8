"""Bind rules to checks: one question for each clause, column and attribute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from policykit.checks import find
from policykit.plan.attributes import attribute, intersection
from policykit.plan.frames import frame_of, rival_frame, undeclared, with_champion
from policykit.terms.bundle import Bundle, Schema
from policykit.terms.check import Check
from policykit.terms.expr import Expr
from policykit.terms.frame import Frame
from policykit.terms.plan import Champion, Question
from policykit.terms.policy import Clause, Enforcement, Policy, Relative, Rule
from policykit.terms.verdict import Cause, Unmeasured

Schemas = Mapping[str, Schema | Unmeasured]
Slice = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What every question of one run shares."""

    bundle: Bundle
    schemas: Schemas
    as_of: str
    champion: Champion | None = None


def questions(policy: Policy, setting: Setting) -> Iterator[Question]:
    """Yield every question that the rules of `policy` ask of the bundle."""
    for rule in policy.rules:
        for clause in rule.clauses:
            yield from _clause(policy, rule, clause, setting)


def advisory(rule: Rule, as_of: str) -> bool:
    """Return whether the rule only advises on this day."""
    return rule.enforcement is Enforcement.ADVISORY or (rule.block_from is not None and as_of < rule.block_from)


def _clause(policy: Policy, rule: Rule, clause: Clause, setting: Setting) -> Iterator[Question]:
    kind = find(clause.check)
    assert kind is not None, "load refuses a rule whose check does not exist"
    frame = frame_of(setting.bundle, rule, clause.data, setting.as_of)
    for part, params in _columns(kind, clause.params):
        check = kind(**params)
        reference = getattr(check, "reference", None)
        base = Question(policy, rule, clause, check, replace(frame, reference=reference), slice=part)
        yield from _sliced(_ready(base, kind, setting), kind, setting)


def _columns(kind: type[Check], params: Mapping[str, Any]) -> Iterator[tuple[Slice, Mapping[str, Any]]]:
    several = params.get("columns")
    if not kind.each_column or several is None:
        yield (), params
        return
    rest = {name: value for name, value in params.items() if name != "columns"}
    for column in several:
        yield (("column", column),), {**rest, "column": column}


def _ready(question: Question, kind: type[Check], setting: Setting) -> Question:
    """Return the question, unmet where the bundle cannot answer it whatever its rows say."""
    rule, relative = question.rule, question.clause.constraint.relative
    question = replace(question, advisory=advisory(rule, setting.as_of))
    task = setting.bundle.task.kind
    if kind.tasks and task is not None and task not in kind.tasks:
        what = f"`{kind.id}` is not defined for a task of kind `{task}`"
        if rule.if_other_task == "not_applicable":
            return replace(question, not_applicable=what)
        return replace(question, unmet=Unmeasured(Cause.UNDEFINED, what))
    data = question.frame.dataset
    if data and kind.data and data not in setting.bundle.datasets:
        return replace(question, unmet=Unmeasured(Cause.MISSING, f"the bundle has no data set `{data}`"))
    missing = undeclared(question.frame, kind)
    if missing is not None:
        return replace(question, unmet=missing)
    if relative is None:
        return question
    paired = with_champion(question.frame, kind, _schema(data, setting.schemas))
    if isinstance(paired, Frame):
        return replace(question, frame=paired)
    rival = rival_frame(question, setting.champion, setting.bundle)
    if isinstance(rival, Frame):
        return replace(question, rival=rival)
    return replace(question, unmet=rival or paired, advisory=question.advisory or _first_release(relative, setting))


def _first_release(relative: Relative, setting: Setting) -> bool:
    """A rule may advise where there is no champion yet; one that is named and cannot be compared with is evidence missing."""
    return relative.if_none == "advisory" and setting.bundle.champion_report is None


def _sliced(question: Question, kind: type[Check], setting: Setting) -> Iterator[Question]:
    rule = question.rule
    names = rule.for_each
    if names is None and not rule.across:
        if not kind.compares_groups:
            yield question
            return
        names = "protected_attributes"
    if names == "protected_attributes":
        names = tuple(dict.fromkeys((*setting.bundle.protected_attributes, *question.policy.must_cover)))
    wanted: list[tuple[str, ...]] = [*((name,) for name in names or ()), *rule.across]
    if not wanted:
        yield replace(question, unmet=Unmeasured(Cause.EMPTY, "the bundle declares no protected attribute"))
        return
    schema = _schema(question.frame.dataset, setting.schemas)
    for group in wanted:
        yield _one(question, kind, group, setting, schema)


def _one(
    question: Question, kind: type[Check], group: tuple[str, ...], setting: Setting, schema: Schema | None
) -> Question:
    policy, title = question.policy, " × ".join(group)
    expr = _attribute(group, policy, setting.bundle, schema)
    part: Slice = (*question.slice, ("attribute", title))
    if isinstance(expr, Unmeasured):
        return replace(question, slice=part, unmet=question.unmet or expr)
    if question.rival is not None and setting.champion is not None:
        theirs = _attribute(
            group, policy, setting.champion.bundle, _schema(question.rival.dataset, setting.champion.schemas)
        )
        if isinstance(theirs, Unmeasured):
            return replace(question, slice=part, unmet=Unmeasured(Cause.NO_CHAMPION, theirs.detail))
        if not kind.compares_groups and theirs != expr:
            return replace(
                question, slice=part, unmet=Unmeasured(Cause.NO_CHAMPION, f"the champion names `{title}` otherwise")
            )
        if kind.compares_groups:
            question = replace(question, rival=_grouped(question.rival, theirs, title))
    if kind.compares_groups:
        return replace(question, slice=part, frame=_grouped(question.frame, expr, title))
    return replace(question, slice=part, by=(expr,), by_name=(title,))


def _attribute(group: tuple[str, ...], policy: Policy, bundle: Bundle, schema: Schema | None) -> Expr | Unmeasured:
    if len(group) == 1:
        return attribute(group[0], policy, bundle, schema)
    return intersection(group, policy, bundle, schema)


def _grouped(frame: Frame, expr: Expr, title: str) -> Frame:
    champion = replace(frame.champion, group=expr, attribute=title) if frame.champion is not None else None
    return replace(frame, group=expr, attribute=title, champion=champion)


def _schema(dataset: str, schemas: Schemas) -> Schema | None:
    found = schemas.get(dataset)
    return found if isinstance(found, Schema) else None


def listed(policies: Iterable[Policy], setting: Setting) -> tuple[Question, ...]:
    """Return the questions of all `policies`, in the order they are written."""
    return tuple(question for policy in policies for question in questions(policy, setting))

"""Documents to questions, and questions to the measures they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from policykit.errors import UsageError
from policykit.plan.matching import match_policies
from policykit.plan.preflight import preflight
from policykit.plan.questions import Setting, listed
from policykit.plan.rollout import rolled_out
from policykit.terms.asking import asked, frames, key_asked
from policykit.terms.bundle import Bundle, Schema
from policykit.terms.measure import Measure
from policykit.terms.nearest import nearest
from policykit.terms.plan import Champion, Match, Plan, Question, Taken
from policykit.terms.policy import Policy
from policykit.terms.verdict import Unmeasured


def make_plan(
    policies: Sequence[Policy],
    bundle: Bundle,
    schemas: Mapping[str, Schema | Unmeasured],
    *,
    stage: str | None,
    as_of: str,
    only: Sequence[str] = (),
    champion: Champion | None = None,
) -> Plan:
    """Return every question that `policies` ask of `bundle` at `stage`, as of the ISO day `as_of`.

    Raises `UsageError` where a stage is needed and not given, or `only` names a rule that no policy has.
    """
    matches = tuple(rolled_out(match, bundle.name, as_of) for match in match_policies(policies, bundle, stage))
    asked_for = listed([match.policy for match in matches if match.matched], Setting(bundle, schemas, as_of, champion))
    matches = tuple(_covering(match, asked_for) for match in matches)
    if only:
        asked_for = _only(asked_for, policies, only)
    return Plan(bundle, schemas, stage, as_of, matches, asked_for, tuple(only), champion)


def _covering(match: Match, questions: Sequence[Question]) -> Match:
    """A policy whose `must_cover` no rule covers yet (they block from a later day) holds the release."""
    covered = {
        name
        for q in questions
        if q.check.id.startswith("fairness.") and not q.advisory
        for what, name in q.slice
        if what == "attribute"
    }
    open_ones = [f"`{name}`" for name in match.policy.must_cover if name not in covered]
    if not match.matched or not open_ones or match.advises_until:
        return match
    named = ", ".join(open_ones)
    return replace(match, why=f"it must cover {named}, and no fairness rule that blocks today does", held=named)


def open_measures(plan: Plan, taken: Taken) -> tuple[tuple[Measure, ...], Mapping[Measure, Unmeasured]]:
    """Return what still has to be measured, each measure once, and what can be seen beforehand not to be measurable."""
    wanted: dict[Measure, None] = {}
    hopeless: dict[Measure, Unmeasured] = {}
    for question in plan.questions:
        for measure in _wanted(question, taken, plan.bundle):
            if measure in taken or measure in wanted or measure in hopeless:
                continue
            trouble = preflight(measure, plan.schemas)
            if trouble is not None:
                hopeless[measure] = trouble
            else:
                wanted[measure] = None
    return tuple(wanted), hopeless


def _wanted(question: Question, taken: Taken, bundle: Bundle) -> Iterable[Measure]:
    if question.unmet is not None or question.not_applicable:
        return
    for frame in frames(question):
        yield from asked(question, taken, frame).values()
    key = key_asked(question, bundle)
    if key is not None:
        yield key


def _only(questions: Sequence[Question], policies: Sequence[Policy], only: Sequence[str]) -> tuple[Question, ...]:
    short = {rule.id for policy in policies for rule in policy.rules}
    whole = {f"{policy.id}/{rule.id}" for policy in policies for rule in policy.rules}
    for name in only:
        if name not in short | whole:
            near = nearest(name, whole if "/" in name else short)
            listed = f"the rules are {', '.join(sorted(short)[:20])}"
            raise UsageError(f"no rule is called `{name}`", hint=f"did you mean `{near}`?" if near else listed)
    kept = [q for q in questions if q.rule.id in only or f"{q.policy.id}/{q.rule.id}" in only]
    return tuple(replace(q) for q in kept)

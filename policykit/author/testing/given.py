"""Put given estimates in the place of measurements: the plan is the gate's own, and so is everything that judges it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import inf
from typing import Any, cast

from policykit.checks import find
from policykit.errors import Diagnostic
from policykit.judge.holm import asked_level
from policykit.measure.facts import stated
from policykit.plan.planner import make_plan
from policykit.plan.questions import advisory
from policykit.terms.asking import ROUNDS, asked
from policykit.terms.bundle import Bundle, Dataset, Task
from policykit.terms.check import Answer, Check, Got
from policykit.terms.estimate import Estimate
from policykit.terms.frame import Frame
from policykit.terms.literal import Lit
from policykit.terms.measure import Count, Fact, Measure
from policykit.terms.plan import Measurement, Plan, Question
from policykit.terms.policy import Policy, Rule
from policykit.terms.policy_test import Given, GivenEstimate, PolicyTest
from policykit.terms.source import Source
from policykit.terms.state import Counted, Grouped, State
from policykit.terms.verdict import Cause, Unmeasured

_FIRST_DAY = "2000-01-01"
_ANY = "a protected attribute"


@dataclass(slots=True)
class Setting:
    """A case made ready for the judge; `problems` are what of it fits no question of the policy."""

    plan: Plan
    taken: dict[Measure, Measurement | Unmeasured] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class _Answered:
    """A check whose answers are given: in everything else it is the check it stands for."""

    real: Check
    measure: Count
    answers: tuple[GivenEstimate, ...]  # one; or one for each group
    alone: float  # the level at which a slice is judged by itself; it fails at a higher one where there are several

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:  # noqa: ARG002 - the signature of a check
        return {"given": self.measure}

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:  # noqa: ARG002 - the signature of a check
        state = got["given"]
        given = self.answers[state.rows if isinstance(state, Counted) else 0]
        if level <= self.alone or not isinstance(given.answer, Estimate):
            return given.answer
        low, high = given.together or (-inf, inf)  # nobody said how wide it is: nothing is known of its ends
        return replace(given.answer, low=low, high=high)

    contrast = estimate


def set_up(policy: Policy, given: Given, test: PolicyTest) -> Setting:
    """Return the plan of a case with its answers; raise `UsageError` where the policy needs a stage that is not given."""
    plan = make_plan([policy], bundle_of(policy, given), {}, stage=given.stage, as_of=day_of(policy, given))
    found = Setting(plan)
    used: set[int] = set()
    questions = tuple(_one(number, q, given, test, found, used) for number, q in enumerate(plan.questions))
    found.plan = replace(plan, questions=questions)
    if any(match.matched for match in plan.matches):
        idle = (estimate for number, estimate in enumerate(given.estimates) if number not in used)
        found.problems.extend(_idle(estimate, plan.questions, test) for estimate in idle)
    return found


def day_of(policy: Policy, given: Given) -> str:
    """Return the day of judging: the given one, else the first on which every rule of the policy counts."""
    if given.as_of is not None:
        return given.as_of
    blocking = [rule.block_from for rule in policy.rules if rule.block_from]
    if policy.audit_until is not None and policy.audit_until < date.max.isoformat():
        blocking.append((date.fromisoformat(policy.audit_until) + timedelta(days=1)).isoformat())
    return max(blocking, default=_FIRST_DAY)


def bundle_of(policy: Policy, given: Given) -> Bundle:
    """Return a bundle that declares whatever a rule may need; only what was measured is missing."""
    collected = given.collected or day_of(policy, given)
    roles = {clause.data for rule in policy.rules for clause in rule.clauses if clause.data}
    yes, no = Lit(1), Lit(0)
    return Bundle(
        name=given.bundle,
        version="0",
        datasets={role: Dataset(role, collected=collected) for role in sorted(roles)},
        labels=given.labels,
        task=Task(given.task, "target", "prediction", "score", positive=yes, favourable=no),
        protected_attributes=_protected(policy, given),
        facts=given.facts,
    )


def _protected(policy: Policy, given: Given) -> tuple[str, ...]:
    """Return what is declared: as given, else what the estimates of such rules speak of, else one without a name."""
    if given.protected_attributes is not None:
        return given.protected_attributes
    named = dict.fromkeys(e.attribute for e in given.estimates if e.attribute and _of_protected(e, policy))
    single = tuple(name for name in named if " × " not in name)
    return single if single or policy.must_cover else (_ANY,)


def _of_protected(estimate: GivenEstimate, policy: Policy) -> bool:
    """Return whether an estimate speaks of an attribute because it is protected, not because a rule names it."""
    rules = [rule for rule in policy.rules if any(clause.check == estimate.check for clause in rule.clauses)]
    rules = [rule for rule in rules if estimate.rule in ("", rule.id)]
    by_name = any(isinstance(rule.for_each, tuple) and estimate.attribute in rule.for_each for rule in rules)
    return not by_name and any(_asks_of_protected(rule) for rule in rules)


def _asks_of_protected(rule: Rule) -> bool:
    kinds = [find(clause.check) for clause in rule.clauses]
    unsaid = (
        rule.for_each is None and not rule.across and any(kind is not None and kind.compares_groups for kind in kinds)
    )
    return rule.for_each == "protected_attributes" or unsaid


def _one(number: int, question: Question, given: Given, test: PolicyTest, found: Setting, used: set[int]) -> Question:
    """Return the question with its answer; what nobody gave an answer for is missing."""
    champion = question.unmet is not None and question.unmet.cause is Cause.NO_CHAMPION
    fitting = [(n, e) for n, e in enumerate(given.estimates) if fits(e, question)]
    used.update(n for n, _ in fitting)
    if question.not_applicable or (question.unmet is not None and not champion):
        return question
    if not fitting:
        return question if champion or _declared(question, found) else replace(question, unmet=_missing(question))
    measure = Count(f"given {number}")
    groups = dict.fromkeys(e.group for _, e in fitting) if question.by else {"": None}
    chosen = {
        group: _closest([e for _, e in fitting if not question.by or e.group == group], test, found) for group in groups
    }
    check = _Answered(question.check, measure, tuple(chosen.values()), asked_level(question))
    answered = replace(question, check=cast("Check", check), unmet=None)
    if champion:
        answered = replace(answered, advisory=advisory(question.rule, found.plan.as_of))
    state: State = Counted(0)
    if question.by:
        state = Grouped(tuple(((group,), Counted(place)) for place, group in enumerate(chosen)))
    weakest = max((e.source for e in chosen.values()), key=list(Source).index)
    found.taken[replace(measure, by=question.by)] = Measurement(state, weakest, "given")
    return answered


def fits(estimate: GivenEstimate, question: Question) -> bool:
    """Return whether an estimate answers a question: each key it has says what the question is about."""
    relative = question.clause.constraint.relative
    about = dict(question.slice)
    return (
        estimate.check == question.check.id
        and estimate.rule in ("", question.rule.id)
        and estimate.data in ("", question.clause.data)
        and estimate.column in ("", about.get("column", ""))
        and estimate.attribute in ("", about.get("attribute", ""), *question.by_name)
        and bool(estimate.group) == bool(question.by)
        and estimate.compared == (relative is not None)
        and (relative is None or isinstance(estimate.answer, Unmeasured) or estimate.relative == relative.relative)
    )


def _closest(fitting: Sequence[GivenEstimate], test: PolicyTest, found: Setting) -> GivenEstimate:
    """Return the estimate that says most about which question it answers; of two alike, neither can be meant."""

    def said(estimate: GivenEstimate) -> int:
        return sum(1 for each in (estimate.rule, estimate.data, estimate.column, estimate.attribute) if each)

    ordered = sorted(fitting, key=said, reverse=True)
    if len(ordered) > 1 and said(ordered[0]) == said(ordered[1]):
        message = f"an estimate on line {ordered[0].place.line} answers the same question"
        problem = problem_at(
            ordered[1], test, "PK806", message, "keep one, or say which `rule`, `attribute` or `column`"
        )
        if problem not in found.problems:
            found.problems.append(problem)
    return ordered[0]


def _declared(question: Question, found: Setting) -> bool:
    """Take the facts of the bundle where the question is about nothing else, as the gate would."""
    for _ in range(ROUNDS):
        wanted = [measure for measure in asked(question, found.taken).values() if measure not in found.taken]
        for measure in wanted:
            if not isinstance(measure, Fact) or measure.path[0] != "facts":
                return False
            found.taken[measure] = stated(found.plan.bundle, {}, measure)
        if not wanted:
            break
    return True


def _missing(question: Question) -> Unmeasured:
    name = " × ".join(value for _, value in question.slice)
    return Unmeasured(Cause.MISSING, f"no estimate of `{question.check.id}`{f' for {name}' if name else ''} is given")


def _idle(estimate: GivenEstimate, questions: Sequence[Question], test: PolicyTest) -> Diagnostic:
    near = [q for q in questions if q.check.id == estimate.check and estimate.rule in ("", q.rule.id)]
    if near and any(q.by for q in near) and not estimate.group:
        hint = "the rule looks at each group by itself: write one estimate for each, with `group:`"
    elif near and any(q.clause.constraint.relative is not None for q in near) != estimate.compared:
        hint = "the limit is against the champion: write `compared_with: champion`, and the distance as value"
        hint = hint if not estimate.compared else "the limit is not against the champion: delete `compared_with:`"
    else:
        about = {", ".join(f"{what} `{name}`" for what, name in q.slice) for q in near} - {""}
        hint = f"the rules ask of {'; '.join(sorted(about))}" if about else "compare it with the rule's own words"
    return problem_at(estimate, test, "PK805", f"no rule asks for this estimate of `{estimate.check}`", hint)


def problem_at(estimate: GivenEstimate, test: PolicyTest, code: str, message: str, hint: str) -> Diagnostic:
    """Return a problem at the place of an estimate."""
    at = estimate.place
    excerpt = test.lines[at.line - 1][:160] if 0 < at.line <= len(test.lines) else ""
    return Diagnostic(code, message, test.path, at.line, at.column, hint=hint, excerpt=excerpt)

"""Run the cases of a test through the gate's own judge, and say what came out otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policykit.author.testing.alone import alone
from policykit.author.testing.given import set_up
from policykit.errors import Diagnostic, PolicyError, UsageError
from policykit.judge.judgement import judge
from policykit.load.policies import read_policies
from policykit.report.decision import decide
from policykit.terms.decision import Decision
from policykit.terms.place import Place
from policykit.terms.plan import Match
from policykit.terms.policy import Policy
from policykit.terms.policy_test import Case, Expected, Given, PolicyTest
from policykit.terms.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Difference:
    """What came out otherwise: a rule, or `decision`."""

    what: str
    expected: str
    got: str
    why: str


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one case: `verdicts` by rule, `differences` where it was not what the case expects.

    `notes` are remarks on what the case leaves open.
    """

    case: Case
    verdicts: dict[str, Verdict]
    decision: Decision | None
    differences: tuple[Difference, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[Diagnostic, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything came out as the case expects."""
        return not self.differences and not self.problems


def run_case(policy: Policy, case: Case, test: PolicyTest) -> Ran:
    """Judge what a case gives, and compare what comes of it with what it expects."""
    try:
        setting = set_up(_as_set(policy, case.given), case.given, test)
    except UsageError as error:
        return _wrong(case, test, case.place, ("PK807", str(error), "add `stage:` to `given`"))
    except PolicyError as error:
        first = error.problems[0]
        return _wrong(case, test, case.given.settings_at, (first.code, f"set so, {first.message}", first.hint))
    verdicts = judge(setting.plan, setting.taken)
    decision, reason = decide(verdicts, setting.plan.matches, (), partial=False)
    by_rule = {verdict.rule: verdict for verdict in verdicts}
    differences = tuple(_differences(case, by_rule, setting.plan.matches[0], (decision, reason)))
    notes = tuple(note for each in verdicts if (note := alone(each)))
    return Ran(case, by_rule, decision, differences, notes, tuple(setting.problems))


def _as_set(policy: Policy, given: Given) -> Policy:
    """Return the policy with what a case sets of its parameters; raise `PolicyError` where a rule has no sense with it."""
    if not given.settings:
        return policy
    (found,) = read_policies([(policy.path, policy.text, {**policy.settings, **given.settings})])
    return found


def _wrong(case: Case, test: PolicyTest, at: Place, said: tuple[str, str, str]) -> Ran:
    code, message, hint = said
    excerpt = test.lines[at.line - 1][:160] if 0 < at.line <= len(test.lines) else ""
    problem = Diagnostic(code, message, test.path, at.line, at.column, hint=hint, excerpt=excerpt)
    return Ran(case, {}, None, (), problems=(problem,))


def outcome(verdict: Verdict) -> str:
    """Return what came of a rule, in the words of a test."""
    return str(Expected(verdict.status, verdict.cause))


def _differences(
    case: Case, verdicts: dict[str, Verdict], match: Match, decided: tuple[Decision, str]
) -> Iterator[Difference]:
    for name, expected in case.rules.items():
        verdict = verdicts.get(name)
        if verdict is None:
            yield Difference(name, str(expected), "not asked", match.why)
        elif verdict.status is not expected.status or expected.cause not in (None, verdict.cause):
            yield Difference(name, str(expected), outcome(verdict), verdict.reason)
    decision, reason = decided
    if case.decision is not None and decision is not case.decision:
        yield Difference("decision", case.decision.value, decision.value, reason)

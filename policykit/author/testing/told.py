"""What came of tests, as lines to read and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from policykit.author.testing.coverage import WANTED, Coverage, coverage
from policykit.author.testing.ready import READ, ready_cases, ready_test
from policykit.author.testing.run import Difference, Ran, run_case
from policykit.errors import Diagnostic, UsageError
from policykit.load.diagnose import visible
from policykit.stories.in_force import settings_said
from policykit.terms.policy import Policy
from policykit.terms.policy_test import PolicyTest


@dataclass(frozen=True, slots=True)
class Tested:
    """All tests that were run, and what they have seen of each policy; `asked` is whether every outcome must have been seen."""

    tests: tuple[tuple[PolicyTest, Policy, tuple[Ran, ...]], ...]
    coverage: tuple[Coverage, ...]
    asked: bool = True

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Return what of the cases fits no question: such documents are invalid."""
        return tuple(problem for _, _, ran in self.tests for each in ran for problem in each.problems)

    @property
    def failed(self) -> int:
        """Return how many cases came out otherwise than they expect."""
        return sum(1 for _, _, ran in self.tests for each in ran if not each.passed)

    @property
    def cases(self) -> int:
        """Return how many cases were run."""
        return sum(len(ran) for _, _, ran in self.tests)

    @property
    def drafts(self) -> int:
        """Return how many of them nobody has read yet."""
        return sum(1 for _, _, ran in self.tests for each in ran if each.case.drafted)

    @property
    def passed(self) -> bool:
        """Whether there were cases, all came out as expected, and every rule was seen in all its outcomes."""
        seen = all(each.complete for each in self.coverage) or not self.asked
        return self.cases > 0 and not self.failed and seen


def run_tests(
    tests: Sequence[tuple[PolicyTest, Policy]], beside: Sequence[Policy], *, with_coverage: bool = True
) -> Tested:
    """Run every case; coverage is of each tested policy, and of each of `beside`: those with the tests, and those named."""
    done = tuple((test, policy, tuple(run_case(policy, case, test) for case in test.cases)) for test, policy in tests)
    policies = {_known(policy): policy for policy in (*(policy for _, policy in tests), *beside)}
    seen = {one: [each for _, policy, ran in done if _known(policy) == one for each in ran] for one in policies}
    return Tested(done, tuple(coverage(policy, seen[one]) for one, policy in policies.items()), with_coverage)


def _known(policy: Policy) -> tuple[str, str]:
    """Return by what a policy is the same one: a copy of the same name that says something else has been seen by nobody."""
    return policy.ref, policy.text


def lines(tested: Tested, *, set_by: str = "") -> Iterator[str]:
    """Yield one line for each case, what came out otherwise, and what no case has seen.

    `set_by` is the gate file that sets parameters of policies.
    """
    for test, policy, ran in tested.tests:
        yield visible(f"{test.path}: {policy.ref}")
        if policy.settings:
            yield visible(f"  {settings_said(policy, set_by)}")
        for each in ran:
            draft = "  (a draft)" if each.case.drafted else ""
            yield visible(f"  {'pass' if each.passed else 'FAIL'}  {each.case.name}{draft}")
            if not each.passed:
                yield visible(f"        {where(test, each)}")
            for difference in each.differences:
                yield from _difference(difference)
            yield from (visible(f"        note: {note}") for note in each.notes)
    if tested.asked:
        yield from _coverage(tested.coverage)
    yield summary(tested)


def where(test: PolicyTest, ran: Ran) -> str:
    """Return where a case stands, as editors and terminals open it."""
    return f"{test.path}:{ran.case.place.line}"


def summary(tested: Tested) -> str:
    """Return the last line: how many cases, how many came out otherwise, how many outcomes nobody has seen."""
    count = "1 case" if tested.cases == 1 else f"{tested.cases} cases"
    if tested.drafts:
        count += f", {tested.drafts} of them {'a draft' if tested.drafts == 1 else 'drafts'}"
    told = f"{count}, {tested.failed} failed" if tested.failed else f"{count}, all as expected"
    if not tested.asked:
        return f"{told}; coverage was not asked for"
    rules = [rule for each in tested.coverage for rule in each.rules]
    unseen, drafted = sum(len(rule.missing) for rule in rules), sum(len(rule.drafted) for rule in rules)
    if not unseen and not drafted:
        return f"{told}; every rule was seen to pass, fail and be undecided"
    said = [f"{unseen} {_outcomes(unseen)} not seen yet"] if unseen else []
    said += [f"{drafted} {_outcomes(drafted)} seen in drafts alone"] if drafted else []
    return f"{told}; {', '.join(said)}"


def paste(tested: Tested) -> Iterator[str]:
    """Yield the cases that the tests of one policy lack, or a whole test where it has none.

    Raises:
        UsageError: several policies lack cases: a test is of one policy, and what is printed goes into one file.
    """
    lacking = [each for each in tested.coverage if any(rule.missing for rule in each.rules)]
    if len(lacking) > 1:
        named = ", ".join(f"`{visible(each.policy.ref)}`" for each in lacking)
        raise UsageError(
            f"cases are missing of {len(lacking)} policies, and a test is of one: {named}",
            hint="name one policy and its test: `policykit test --write policies/one.yaml >> policies/one.test.yaml`",
        )
    with_tests = {_known(policy) for _, policy, _ in tested.tests}
    for each in lacking:
        if _known(each.policy) in with_tests:
            yield f"  # cases that the tests of {visible(each.policy.ref)} lack, {READ}\n" + ready_cases(each)
        else:
            yield ready_test(each)


def as_json(tested: Tested, *, set_by: str = "") -> dict[str, Any]:
    """Return everything as one JSON value."""
    return {
        "passed": tested.passed,
        "tests": [
            {
                "path": test.path,
                "policy": policy.ref,
                "settings": dict(policy.settings),
                "settingsBy": set_by if policy.settings else "",
                "cases": [
                    {
                        "name": each.case.name,
                        "line": each.case.place.line,
                        "drafted": each.case.drafted,
                        "passed": each.passed,
                        "differences": [
                            {"what": d.what, "expected": d.expected, "got": d.got, "why": d.why}
                            for d in each.differences
                        ],
                        "notes": [*each.notes],
                    }
                    for each in ran
                ],
            }
            for test, policy, ran in tested.tests
        ],
        "coverage": [
            {
                "policy": each.policy.ref,
                "complete": each.complete,
                "rules": {
                    rule.rule: {
                        "seen": [s.value for s in rule.seen],
                        "drafted": [s.value for s in rule.drafted],
                        "missing": [s.value for s in rule.missing],
                    }
                    for rule in each.rules
                },
            }
            for each in tested.coverage
            if tested.asked
        ],
    }


def unseen(found: Coverage) -> Iterator[str]:
    """Yield a line for each rule of which nobody has seen every outcome."""
    width = max((len(rule.rule) for rule in found.rules), default=0)
    for rule in found.rules:
        said = [
            f"{what}: {', '.join(status.value for status in outcomes)}"
            for what, outcomes in (("not seen", rule.missing), ("in drafts alone", rule.drafted))
            if outcomes
        ]
        if said:
            seen = "  ".join(status.value if status in rule.seen else "-" * len(status.value) for status in WANTED)
            yield visible(f"{rule.rule:{width}}  {seen}  {'; '.join(said)}")


def _difference(found: Difference) -> Iterator[str]:
    yield visible(f"        {found.what}: expected {found.expected}, got {found.got}")
    if found.why:
        yield visible(f"          {found.why}")


def _coverage(found: Sequence[Coverage]) -> Iterator[str]:
    for each in found:
        if each.complete:
            continue
        yield ""
        yield visible(f"{each.policy.ref}: not every rule was seen to pass, fail and be undecided")
        yield from (f"  {line}" for line in unseen(each))
        yield ""
        ready = ready_cases(each)
        if ready:
            yield f"to paste under `cases:`, {READ}"
            yield from map(visible, ready.splitlines())
        else:
            yield "read each draft, put in the number that was meant, and delete `drafted: true`"
        yield ""


def _outcomes(count: int) -> str:
    return "outcome" if count == 1 else "outcomes"

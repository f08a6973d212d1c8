"""What came of tests, as lines to read and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from policykit.author.testing.coverage import WANTED, Coverage, coverage
from policykit.author.testing.ready import ready_cases, ready_test
from policykit.author.testing.run import Difference, Ran, run_case
from policykit.errors import Diagnostic
from policykit.load.diagnose import visible
from policykit.terms.policy import Policy
from policykit.terms.policy_test import PolicyTest


@dataclass(frozen=True, slots=True)
class Tested:
    """All tests that were run, and what they have seen of each policy."""

    tests: tuple[tuple[PolicyTest, Policy, tuple[Ran, ...]], ...]
    coverage: tuple[Coverage, ...]

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

    def passed(self, *, with_coverage: bool) -> bool:
        """Whether there were cases, all came out as expected, and every rule was seen in all its outcomes."""
        seen = all(each.complete for each in self.coverage) or not with_coverage
        return self.cases > 0 and not self.failed and seen


def run_tests(tests: Sequence[tuple[PolicyTest, Policy]], beside: Sequence[Policy]) -> Tested:
    """Run every case; coverage is of each tested policy, and of each of `beside`: those with the tests, and those named."""
    done = tuple((test, policy, tuple(run_case(policy, case, test) for case in test.cases)) for test, policy in tests)
    policies = {_known(policy): policy for policy in (*(policy for _, policy in tests), *beside)}
    seen = {one: [each for _, policy, ran in done if _known(policy) == one for each in ran] for one in policies}
    return Tested(done, tuple(coverage(policy, seen[one]) for one, policy in policies.items()))


def _known(policy: Policy) -> tuple[str, str]:
    """Return by what a policy is the same one: a copy of the same name that says something else has been seen by nobody."""
    return policy.ref, policy.text


def lines(tested: Tested, *, with_coverage: bool) -> Iterator[str]:
    """Yield one line for each case, what came out otherwise, and what no case has seen."""
    for test, policy, ran in tested.tests:
        yield visible(f"{test.path}: {policy.ref}")
        for each in ran:
            yield visible(f"  {'pass' if each.passed else 'FAIL'}  {each.case.name}")
            for difference in each.differences:
                yield from _difference(difference)
    if with_coverage:
        yield from _coverage(tested.coverage)
    yield summary(tested, with_coverage=with_coverage)


def summary(tested: Tested, *, with_coverage: bool) -> str:
    """Return the last line: how many cases, how many came out otherwise, how many outcomes nobody has seen."""
    count = "1 case" if tested.cases == 1 else f"{tested.cases} cases"
    told = f"{count}, {tested.failed} failed" if tested.failed else f"{count}, all as expected"
    unseen = sum(len(rule.missing) for each in tested.coverage for rule in each.rules)
    if not with_coverage:
        return f"{told}; coverage was not asked for"
    if not unseen:
        return f"{told}; every rule was seen to pass, fail and be undecided"
    return f"{told}; {unseen} {'outcome' if unseen == 1 else 'outcomes'} not seen yet"


def paste(tested: Tested) -> Iterator[str]:
    """Yield a whole test for each policy without any, and the cases that the others lack."""
    with_tests = {policy.ref for _, policy, _ in tested.tests}
    for each in tested.coverage:
        if each.complete:
            continue
        if each.policy.ref in with_tests:
            yield f"# cases that the tests of {visible(each.policy.ref)} lack\n" + ready_cases(each)
        else:
            yield ready_test(each)


def as_json(tested: Tested, *, with_coverage: bool) -> dict[str, Any]:
    """Return everything as one JSON value."""
    return {
        "passed": tested.passed(with_coverage=with_coverage),
        "tests": [
            {
                "path": test.path,
                "policy": policy.ref,
                "cases": [
                    {
                        "name": each.case.name,
                        "line": each.case.place.line,
                        "passed": each.passed,
                        "differences": [
                            {"what": d.what, "expected": d.expected, "got": d.got, "why": d.why}
                            for d in each.differences
                        ],
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
                    rule.rule: {"seen": [s.value for s in rule.seen], "missing": [s.value for s in rule.missing]}
                    for rule in each.rules
                },
            }
            for each in tested.coverage
            if with_coverage
        ],
    }


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
        width = max((len(rule.rule) for rule in each.rules), default=0)
        for rule in each.rules:
            if rule.missing:
                seen = "  ".join(status.value if status in rule.seen else "-" * len(status.value) for status in WANTED)
                missing = ", ".join(status.value for status in rule.missing)
                yield visible(f"  {rule.rule:{width}}  {seen}  not seen: {missing}")
        yield ""
        yield "to paste under `cases:`, and to complete:"
        yield from map(visible, ready_cases(each).splitlines())
        yield ""

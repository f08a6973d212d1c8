"""What came of tests, as JUnit XML: a suite for each test, a case for each case, and one for what nobody has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policykit.author.testing.told import Tested, summary, unseen, where
from policykit.render.junit_xml import say, shown, written


@dataclass(frozen=True, slots=True)
class _Case:
    classname: str
    name: str
    file: str = ""
    line: int = 0
    wrong: str = ""  # empty: it passed
    details: Sequence[str] = ()


def junit(tested: Tested) -> str:
    """Write what came of the tests as JUnit XML, as CI servers show it."""
    from xml.etree.ElementTree import Element, SubElement

    suites = [*_tests(tested), *([("coverage", _coverage(tested))] if tested.asked else [])]
    everything = [case for _, cases in suites for case in cases]
    root = Element("testsuites", {"name": "policykit test", **_counts(everything), "time": "0.000"})
    for name, cases in suites:
        suite = SubElement(root, "testsuite", {"name": shown(name), **_counts(cases), "skipped": "0", "time": "0.000"})
        for each in cases:
            at = {"file": shown(each.file), "line": str(each.line)} if each.line else {}
            said = {"classname": shown(each.classname), "name": shown(each.name), "time": "0.000", **at}
            case = SubElement(suite, "testcase", said)
            if each.wrong:
                say(case, "failure", "fail", each.wrong, "\n".join(shown(line, 2_000) for line in each.details))
            elif each.details:
                SubElement(case, "system-out").text = "\n".join(shown(line, 2_000) for line in each.details)
    return written(root)


def _tests(tested: Tested) -> list[tuple[str, list[_Case]]]:
    suites = []
    for test, policy, ran in tested.tests:
        cases = []
        for each in ran:
            wrong = "; ".join(f"{d.what}: expected {d.expected}, got {d.got}" for d in each.differences)
            why = [f"{d.what}: {d.why}" for d in each.differences if d.why]
            draft = ["a draft that nobody has read yet"] if each.case.drafted else []
            details = [*why, *each.notes, *draft, *([f"where: {where(test, each)}"] if wrong else [])]
            cases.append(_Case(policy.id, each.case.name, test.path, each.case.place.line, wrong, details))
        suites.append((f"{test.path}: {policy.ref}", cases))
    return suites


def _coverage(tested: Tested) -> list[_Case]:
    """Return a case for each policy, and one that fails where there was none to run: a file without tests reads as green."""
    name = "every rule was seen to pass, fail and be undecided"
    found = [
        _Case(
            each.policy.id,
            f"{each.policy.ref}: {name}",
            wrong="" if each.complete else "not so",
            details=[*unseen(each)],
        )
        for each in tested.coverage
    ]
    return found if tested.cases else [*found, _Case("policykit.test", "there are cases", wrong=summary(tested))]


def _counts(cases: Sequence[_Case]) -> dict[str, str]:
    return {"tests": str(len(cases)), "failures": str(sum(1 for each in cases if each.wrong)), "errors": "0"}

"""The report as JUnit XML, as Jenkins and GitLab read it: what is not shown is an error, never a skip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from policykit.errors import Diagnostic
from policykit.render.junit_xml import say, shown, written
from policykit.terms.result import Result, Results

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_CASES = 20_000
"""Test cases of one file; what passed is left out first."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def junit(results: Results) -> str:
    """Write the report as JUnit XML: a suite for each policy, a case for each finding, one for the decision itself.

    The decision is always a case: a report without a rule is not a file without tests, which reads as green.
    """
    found = sorted(results.found[:MOST_CASES], key=lambda result: result.asking.policy)
    suites = [(policy, [*cases]) for policy, cases in groupby(found, key=lambda result: result.asking.policy)]
    every = [("policykit", [*results.whole]), *suites]
    root = _root(result for _, cases in every for result in cases)
    for name, cases in every:
        suite = _suite(root, name, cases, results.time)
        _properties(suite, _about_run(results) if name == "policykit" else _about_waivers(cases))
        names: dict[tuple[str, str], int] = {}
        for result in cases:
            _case(suite, result, names)
    return written(root)


def junit_problems(error: str, hint: str, problems: Sequence[Diagnostic]) -> str:
    """Write why nothing was judged as JUnit XML: errors, one a problem."""
    from xml.etree.ElementTree import Element, SubElement

    wrong = [problem for problem in problems if problem.level == "error"][:MOST_CASES]
    count = str(len(wrong) + 1)
    counts = {"tests": count, "failures": "0", "errors": count}
    root = Element("testsuites", {"name": "policykit", **counts, "time": "0.000"})
    suite = SubElement(root, "testsuite", {"name": "policykit", **counts, "skipped": "0", "time": "0.000"})
    whole = SubElement(
        suite, "testcase", {"classname": "policykit.decision", "name": "nothing was judged", "time": "0.000"}
    )
    say(whole, "error", "invalid", f"{error}: {hint}" if hint else error, "")
    for problem in wrong:
        name = f"{problem.where} {problem.message}"
        case = SubElement(
            suite, "testcase", {"classname": f"policykit.{shown(problem.code)}", "name": shown(name), "time": "0.000"}
        )
        say(case, "error", problem.code, problem.message, shown(problem.suggestion or problem.hint))
    return written(root)


def _root(cases: Iterable[Result]) -> Element:
    from xml.etree.ElementTree import Element

    counts = _counts([*cases])
    counts.pop("skipped")
    return Element("testsuites", {"name": "policykit", **counts, "time": "0.000"})


def _suite(root: Element, name: str, cases: Sequence[Result], time: str) -> Element:
    from xml.etree.ElementTree import SubElement

    stamp = {"timestamp": time.removesuffix("Z")} if _TIME.fullmatch(time) else {}
    return SubElement(root, "testsuite", {"name": shown(name), **_counts(cases), "time": "0.000", **stamp})


def _counts(cases: Sequence[Result]) -> dict[str, str]:
    kinds = [_kind(result) for result in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
    }


def _kind(result: Result) -> str:
    """Return what a finding is to a program that reads tests; empty: it passed."""
    match result.look:
        case "fail" if not result.quiet:
            return "failure"
        case "undecided" if not result.quiet:
            return "error"
        case "not_applicable":
            return "skipped"
        case _:
            return ""


def _case(suite: Element, result: Result, names: dict[tuple[str, str], int]) -> None:
    from xml.etree.ElementTree import SubElement

    asking = result.asking
    classname = shown(asking.name.replace("/", "."))
    name = shown(f"{asking.id} {asking.title}" + (f" [{result.about}]" if result.about else ""))
    names[classname, name] = again = names.get((classname, name), 0) + 1
    told = f"{name} ({again})" if again > 1 else name
    case = SubElement(suite, "testcase", {"classname": classname, "name": told, "time": "0.000"})
    kind = _kind(result)
    if kind:
        say(case, kind, result.cause or result.look, result.reason or result.because, "\n".join(_details(result)))
    elif result.look in ("waived", "fail", "undecided", "caution"):
        SubElement(case, "system-out").text = "\n".join((_quiet(result), *_details(result)))


def _quiet(result: Result) -> str:
    """Say why what did not pass is no failure here."""
    if result.look == "waived":
        return f"WAIVED: {shown(result.reason)}"
    if result.look == "caution":
        return f"CAUTION: {shown(result.reason)}"
    return f"{result.word.upper()}, {shown(result.quiet)}: {shown(result.reason)}"


def _details(result: Result) -> Iterator[str]:
    asking = result.asking
    for excuse in result.excused:
        yield shown(f"waiver {excuse.waiver} until {excuse.until}, by {excuse.by}: {excuse.reason}", 2_000)
    said = (
        ("what it asks", asking.sentence),
        ("check", result.check),
        ("observed", f"{result.observed} ({result.interval})" if result.interval else result.observed),
        ("limit", result.limit),
        ("rows", result.rows),
        ("needed", result.needed),
        ("fix", asking.fix),
        ("who", asking.owner),
        ("where", f"{result.place.path}:{result.place.line}" if result.place.line else ""),
    )
    yield from (f"{name}: {shown(text, 2_000)}" for name, text in said if text)
    yield from (shown(part, 2_000) for part in (result.together, result.models, *result.parts) if part)


def _about_run(results: Results) -> Iterator[tuple[str, str]]:
    yield from (("bundle", results.name), ("version", results.version), ("engine", results.engine))
    yield from results.facts
    yield from ((name, meaning.removeprefix(f"{name}: ")) for name, meaning in results.stamps)
    yield from ((f"{level}: {code}", text) for level, code, text in results.notes[:200])
    if len(results.found) > MOST_CASES:
        yield (
            "left out",
            f"{len(results.found) - MOST_CASES:,} more findings, the less grave ones, are in the json report",
        )


def _about_waivers(cases: Sequence[Result]) -> Iterator[tuple[str, str]]:
    for result in cases:
        for one in result.excused:
            yield f"waived {result.asking.id} {result.about}".rstrip(), f"{one.waiver} until {one.until}"


def _properties(suite: Element, said: Iterable[tuple[str, str]]) -> None:
    from xml.etree.ElementTree import SubElement

    found = SubElement(suite, "properties")
    for name, value in said:
        SubElement(found, "property", {"name": shown(name), "value": shown(value)})
    if not len(found):
        suite.remove(found)

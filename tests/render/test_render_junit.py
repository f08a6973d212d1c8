"""JUnit XML: what Jenkins and GitLab read, and never green by a file without tests."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace
from xml.dom import minidom

import pytest
from render_reports import POLICY, allowed, blocked, held, many, named, waived

from policykit.errors import Diagnostic
from policykit.render.junit import MOST_CASES, junit_problems
from policykit.stories.pages import Page
from policykit.stories.screen import Screen
from policykit.terms.report import Report

ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id", "package", "file"},
    "testcase": {"name", "time", "classname", "group"},
    "properties": set(),
    "property": {"name", "value"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
    "system-out": set(),
}  # fmt: skip
"""What the Jenkins xunit plugin's schema (junit-10.xsd) lets an element say."""
INSIDE = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "testcase": {"failure", "error", "skipped", "system-out"},
    "properties": {"property"},
}
REPORTS: dict[str, Callable[[], Report]] = {
    "allowed": allowed,
    "partial": lambda: allowed("partial"),
    "trial": lambda: allowed("trial"),
    "blocked": blocked,
    "held": held,
    "waived": waived,
    "none": lambda: replace(held(), rules=(), policies=(), evidence=(), materials=(), notices=()),
}


def read(text: str) -> ET.Element:
    """Return the document, held against what the schema of Jenkins' plugin allows."""
    root = ET.fromstring(text)
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= INSIDE.get(element.tag, set())
    for suite in (root, *root.iter("testsuite")):
        cases = list(suite.iter("testcase"))
        assert int(suite.attrib["tests"]) == len(cases)
        for kind in ("failure", "error"):
            assert int(suite.attrib[f"{kind}s"]) == len(list(suite.iter(kind)))
    assert len({(one.get("classname"), one.get("name")) for one in root.iter("testcase")}) == len(
        list(root.iter("testcase"))
    )
    return root


def shown(report: Report, **page: object) -> ET.Element:
    return read(Page(report, **page).shown("junit", Screen()))  # type: ignore[arg-type]  # keywords of Page


def case(root: ET.Element, start: str) -> ET.Element:
    return next(one for one in root.iter("testcase") if one.attrib["name"].startswith(start))


def properties(root: ET.Element) -> Iterator[tuple[str, str]]:
    return ((one.attrib["name"], one.attrib["value"]) for one in root.iter("property"))


@pytest.mark.parametrize("name", REPORTS)
def test_a_file_is_red_exactly_where_the_model_is_not_let_through(name: str) -> None:
    report = REPORTS[name]()
    root = shown(report)
    assert (int(root.attrib["failures"]) + int(root.attrib["errors"]) > 0) is not report.allowed
    assert int(root.attrib["tests"]) > 0


def test_a_fail_is_a_failure_and_what_is_not_shown_an_error_never_a_skip() -> None:
    root = shown(blocked())
    failed, open_ = (
        case(root, "FAIR-01 Approval rates differ little between protected groups [sex]"),
        case(root, "FAIR-01 Approval rates differ little between protected groups [age_band]"),
    )
    assert [child.tag for child in failed] == ["failure"]
    assert [child.tag for child in open_] == ["error"]
    assert open_[0].attrib["type"] == "straddles"
    assert "needed: about 1,800 to 4,200 rows" in (open_[0].text or "")


def test_what_does_not_apply_is_skipped_and_what_only_advises_passes_with_a_word() -> None:
    root = shown(blocked())
    assert [child.tag for child in case(root, "RANK-01")] == ["skipped"]
    (said,) = case(root, "PERF-02")
    assert (said.tag, (said.text or "").split("\n")[0]) == (
        "system-out",
        "NOT SHOWN YET, advisory: the bundle names no champion",
    )


def test_what_is_waived_passes_and_says_who_excused_it() -> None:
    root = shown(waived())
    (said,) = case(root, "FAIR-01 Approval rates differ little between protected groups [sex]")
    assert said.tag == "system-out"
    assert (said.text or "").startswith("WAIVED: even the lower bound")
    assert "waiver W-2027-014 until 2027-03-31, by m.keller@acme.example" in (said.text or "")
    assert ("waived FAIR-01 sex", "W-2027-014 until 2027-03-31") in properties(root)


def test_there_is_a_suite_for_each_policy_and_one_for_the_decision() -> None:
    assert [suite.attrib["name"] for suite in shown(held())] == ["policykit", POLICY]


def test_names_of_cases_do_not_change_with_the_outcome() -> None:
    def names(report: Report) -> set[tuple[str | None, str | None]]:
        return {(one.get("classname"), one.get("name")) for one in shown(report).iter("testcase")}

    assert names(blocked()) == names(allowed())


def test_another_reader_sees_the_same_counts() -> None:
    text = Page(held()).shown("junit", Screen())
    other = minidom.parseString(text)
    assert len(other.getElementsByTagName("error")) == int(shown(held()).attrib["errors"]) == 3


def test_stamps_are_properties_of_the_run() -> None:
    found = dict(
        properties(shown(allowed("partial", "audit"), stamps=(("unverified", "unverified: nobody signed it"),)))
    )
    assert found["unverified"] == "nobody signed it"
    assert {"audit", "partial"} <= found.keys()


def test_characters_that_xml_cannot_carry_are_written_out() -> None:
    root = shown(named("a\x00b\x0b\x1b[31m\ufffe\ud800]]>&<c>"))
    assert "a␀b␋␛[31m⟪U+FFFE⟫⟪U+D800⟫]]>&<c>" in ET.tostring(root, encoding="unicode", method="text")


def test_the_decision_of_a_report_without_rules_is_an_error() -> None:
    root = shown(REPORTS["none"]())
    (only,) = root.iter("testcase")
    assert (only.attrib["classname"], [child.tag for child in only]) == ("policykit.decision", ["error"])


def test_ten_thousand_rules_are_ten_thousand_cases() -> None:
    root = shown(many(10_000))
    assert len(list(root.iter("testcase"))) == 10_001


def test_past_the_limit_what_passed_is_left_out_first_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policykit.render.junit.MOST_CASES", 20)
    root = shown(many(100))
    assert MOST_CASES == 20_000
    assert len(list(root.iter("failure"))) == 5  # the decision and all four rules
    assert ("left out", "80 more findings, the less grave ones, are in the json report") in properties(root)


def test_problems_of_documents_are_errors() -> None:
    problem = Diagnostic("PK104", "no check is called `x`", "policies/credit.yaml", 26, 12, suggestion="y")
    root = read(junit_problems("the policies have 1 problem", "", (problem,)))
    assert [one.attrib["name"] for one in root.iter("testcase")] == [
        "nothing was judged",
        "policies/credit.yaml:26:12 no check is called `x`",
    ]
    assert root.attrib["errors"] == "2"

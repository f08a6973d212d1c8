"""The finding that a rule is told by is the one that decided it: of `any_of` the part that carries it, of several the worst."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policykit.render.comment import comment
from policykit.render.markdown import markdown
from policykit.report.inbox import Wanted, inbox
from policykit.report.layout import layout
from policykit.report.telling import deciding
from policykit.terms.report import Report
from policykit.terms.told import ToldRule
from tests.build import judged, rows
from tests.clock import NOW
from tests.report.told_builders import at, finding, rule, told

STRICT = {"check": "performance.accuracy", "at_least": "95 %"}
LOOSE = {"check": "performance.accuracy", "at_least": "50 %"}


def right(share: float, count: int = 1000) -> dict[str, list[Any]]:
    """Return 0/1 predictions of which this share is right, for both sexes."""
    good = round(count * share)
    parts = [(n, {"sex": sex, "y": 1, "yhat": guess}) for sex in "mf" for guess, n in ((1, good), (0, count - good))]
    return rows(*parts)


def combined(folder: Path, way: str, *parts: dict[str, Any], share: float = 0.8) -> Report:
    return judged(folder, {way: list(parts)}, data=right(share)).report


@pytest.mark.parametrize("parts", [(STRICT, LOOSE), (LOOSE, STRICT)])
def test_a_pass_is_shown_with_the_number_of_the_part_that_passed(parts: tuple[Any, ...], tmp_path: Path) -> None:
    report = combined(tmp_path, "any_of", *parts)
    page = layout(report)
    (view,) = page.rules
    assert (view.look, view.findings[0].look, view.findings[0].limit) == ("pass", "pass", "at least 50 %")
    assert view.findings[1].word == "fail, another part carries the rule"
    for said in (markdown(report, page), comment(report, page)):
        (row,) = [line for line in said.splitlines() if line.startswith("| ✅ pass | R-1")]
        assert "at least 50 %" in row and "95" not in row


def test_a_part_that_failed_beside_one_that_is_open_does_not_decide(tmp_path: Path) -> None:
    missing = {"check": "performance.roc_auc", "at_least": 0.9}
    (view,) = layout(combined(tmp_path, "any_of", STRICT, missing)).rules
    assert (view.look, view.findings[0].look) == ("undecided", "undecided")
    assert view.findings[1].word == "fail, another part may carry the rule"


def test_where_every_part_fails_the_first_is_told_and_none_is_said_to_be_carried(tmp_path: Path) -> None:
    (view,) = layout(combined(tmp_path, "any_of", STRICT, {**STRICT, "at_least": "99 %"})).rules
    assert [(one.word, one.limit) for one in view.findings] == [("fail", "at least 95 %"), ("fail", "at least 99 %")]


def test_of_several_findings_the_one_furthest_beyond_its_limit_is_told(tmp_path: Path) -> None:
    groups = ((("m", "young"), 0.9), (("m", "old"), 0.5), (("f", "young"), 0.8), (("f", "old"), 0.3))
    data = rows(
        *(
            (round(1000 * (share if out else 1 - share)), {"sex": sex, "age": age, "y": out, "yhat": out})
            for (sex, age), share in groups
            for out in (1, 0)
        )
    )
    asked = {
        "check": "fairness.demographic_parity_difference",
        "for_each": "protected_attributes",
        "at_most": "10 pp",
        "surely_at_most": "11 pp",
    }
    page = layout(judged(tmp_path, asked, data=data, protected_attributes=["sex", "age"]).report)
    names = [one.name for one in page.rules[0].findings]
    gaps = {one.name: float(one.observed.removesuffix(" pp")) for one in page.rules[0].findings}
    assert gaps["age"] > gaps["sex"] > 10 and names == ["age", "sex"]
    assert page.deciding[0].what.startswith("age: ") and page.deciding[0].what.endswith("(and 1 more)")
    assert page.deciding[0].where == "age, sex"


def test_one_finding_alone_is_named_once(tmp_path: Path) -> None:
    asked = {"check": "data.completeness", "with": {"columns": ["sex", "y"]}, "at_least": "99 %"}
    data = {"sex": ["m", None] * 50, "y": [1, 0] * 50, "yhat": [1, 0] * 50}
    (reason,) = layout(judged(tmp_path, asked, data=data).report).deciding
    assert reason.where.endswith("sex") and not reason.what.startswith(reason.where)


def worst(*found: Any, **given: Any) -> ToldRule:
    return rule("FAIR-01", *found, **given)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (worst(at(0.11, name="sex", status="fail"), at(0.29, name="age", status="fail")), "age"),
        (worst(at(0.5, name="a", status="fail", limit="at least 0.9"), at(0.7, name="b", status="fail", limit="at least 0.9")), "a"),
        (worst(at(0.29, name="age"), at(0.11, name="sex", status="fail")), "sex"),
        (worst(finding("x", status="undecided", cause="missing"), at(0.2, name="y", status="undecided", cause="straddles")), "x"),
        (worst(at(0.1, name="one", status="fail"), at(0.3, name="two", status="fail", part=1)), "one"),
        (worst(finding("x", status="fail", limit="present"), finding("y", status="fail", limit="present")), "x"),
    ],
)  # fmt: skip
def test_of_what_a_report_says_the_worst_finding_is_told_as_well(asked: ToldRule, name: str) -> None:
    found = deciding(asked)
    assert found is not None and found.name == name


def test_an_inbox_tells_the_worst_gap_of_a_rule() -> None:
    gaps = [at(size, name=name, status="fail", reason=f"{size} is too much") for name, size in (("a", 0.2), ("b", 0.3))]
    (line,) = inbox([told(rule("FAIR-01", *gaps))], today=NOW.date(), wanted=Wanted()).waiting
    assert line.reason == "FAIR-01 failed: 0.3 is too much"

"""What a waiver excuses, and what it does not: read as the rule's own limits are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policykit.stories.gate import Asked
from policykit.terms.report import Decision
from tests.build import ACCURATE, ENOUGH, EQUAL, judged, people, rows
from tests.clock import NOW
from tests.judge.waiving import UNEQUAL, refusal, run, said, state
from tests.waivers import signed

DOUBTFUL = people(men=(610, 1000), women=(500, 1000))  # 11 pp apart, from 7.4 to 14.6: not settled


GAP = "house/R-1"


def test_a_waiver_changes_the_decision_and_never_the_verdict(tmp_path: Path) -> None:
    bare, waived = run(tmp_path / "a"), run(tmp_path / "b", signed())
    assert bare.report.decision is Decision.BLOCKED
    assert waived.report.decision is Decision.ALLOWED
    assert waived.report.reason == "all 2 blocking rules passed or are waived: 1 waived until 2027-03-31"
    assert [line.verdict for line in waived.report.rules] == [line.verdict for line in bare.report.rules]
    (line,) = waived.report.waivers
    assert (line.state, line.days_left) == ("used", 129)
    assert line.told == "excuses the fail of `house/R-1` for `sex`, within at most 30 pp"
    assert waived.report.rules[0].excused
    assert not waived.report.rules[1].excused


@pytest.mark.parametrize(
    ("allows", "wanted"),
    [
        ({"at_most": "24 pp"}, "used"),
        ({"at_most": "23 pp"}, "beyond"),  # the bound, 23.5 pp, and not the point has to lie within
        ({"at_most": "20.1 pp", "surely_at_most": "24 pp"}, "used"),
        ({"at_most": "19.9 pp", "surely_at_most": "24 pp"}, "beyond"),
        ({"at_most": "20.1 pp", "surely_at_most": "22 pp"}, "beyond"),
        ({"at_most": "5 pp"}, "beyond"),
        ({"undecided": "straddles", "surely_at_most": "24 pp"}, "unused"),  # it fails: no doubt to accept
        ({"undecided": "missing"}, "unused"),
    ],
)
def test_a_fail_is_excused_within_the_bound_and_no_further(tmp_path: Path, allows: Any, wanted: str) -> None:
    found = run(tmp_path, signed(allows=allows))
    assert state(found) == wanted
    assert found.report.decision is (Decision.ALLOWED if wanted == "used" else Decision.BLOCKED)


@pytest.mark.parametrize(
    ("allows", "wanted"),
    [
        ({"undecided": "straddles", "surely_at_most": "15 pp"}, "used"),
        ({"undecided": "straddles", "surely_at_most": "14 pp"}, "beyond"),
        ({"undecided": "too_few", "surely_at_most": "15 pp"}, "unused"),
        ({"at_most": "30 pp"}, "unused"),  # nothing failed: a doubt is not excused by the way
    ],
)
def test_a_doubt_is_accepted_by_its_own_name_and_within_its_bound(tmp_path: Path, allows: Any, wanted: str) -> None:
    found = run(tmp_path, signed(allows=allows), data=DOUBTFUL)
    assert state(found) == wanted
    assert found.report.decision is (Decision.ALLOWED if wanted == "used" else Decision.HELD)
    if wanted == "used":
        assert found.report.reason == (
            "all 2 blocking rules passed or are waived: 1 accepted uncertainty until 2027-03-31"
        )
        assert found.report.waivers[0].told == (
            "accepts the doubt of `house/R-1` for `sex`, within surely at most 15 pp"
        )


def test_a_waiver_past_its_bound_is_a_finding_and_the_rule_stands(tmp_path: Path) -> None:
    found = run(tmp_path, signed(allows={"at_most": "21 pp"}))
    told = "the waiver `W-1` goes as far as at most 21 pp: `sex` lies beyond it, and `house/R-1` stands"
    assert said(found, "waiver_beyond") == ("warning", told)


@pytest.mark.parametrize(
    ("as_of", "wanted"),
    [("2026-10-31", "not_yet"), ("2026-11-01", "used"), ("2027-03-31", "used"), ("2027-04-01", "expired")],
)
def test_both_days_of_a_waiver_count(tmp_path: Path, as_of: str, wanted: str) -> None:
    found = run(tmp_path, signed(), as_of=as_of)
    assert state(found) == wanted
    assert found.report.decision is (Decision.ALLOWED if wanted == "used" else Decision.BLOCKED)


def test_an_expired_waiver_is_a_finding(tmp_path: Path) -> None:
    found = run(tmp_path, signed(expires="2026-11-21"))
    told = "the waiver `W-1` expired on 2026-11-21: `house/R-1` stands as if it were not there"
    assert said(found, "waiver_expired") == ("warning", told)
    assert found.report.waivers[0].days_left == -1


def test_a_waiver_that_is_not_valid_yet_is_noted(tmp_path: Path) -> None:
    found = run(tmp_path, signed(valid_from="2026-12-01"))
    told = "the waiver `W-1` is valid from 2026-12-01: until then `house/R-1` stands"
    assert said(found, "waiver_not_yet") == ("note", told)


def test_a_waiver_of_what_passed_is_unused(tmp_path: Path) -> None:
    found = run(tmp_path, signed(), data=people())
    told = "the waiver `W-1` excuses nothing: `house/R-1` passed without it"
    assert said(found, "waiver_unused") == ("warning", told)
    assert found.report.decision is Decision.ALLOWED


def test_a_waiver_of_what_only_advises_is_unused(tmp_path: Path) -> None:
    found = run(tmp_path, signed(), rules=({**EQUAL, "enforcement": "advisory"}, ENOUGH))
    told = "the waiver `W-1` excuses nothing: `house/R-1` only advises, and needs no waiver"
    assert said(found, "waiver_unused") == ("warning", told)


def test_a_waiver_of_a_rule_that_no_policy_has_is_unused(tmp_path: Path) -> None:
    found = run(tmp_path, signed(rule="house/R-9"))
    told = "the waiver `W-1` excuses nothing: no policy that was read has a rule `house/R-9`"
    assert said(found, "waiver_unused") == ("warning", told)


def test_a_waiver_of_a_rule_that_was_not_asked_is_noted(tmp_path: Path) -> None:
    asked = Asked(stage=None, now=NOW, only=("R-2",), waivers=(signed(),))
    found = judged(tmp_path, EQUAL, ENOUGH, data=UNEQUAL, asked=asked)
    told = "the waiver `W-1` excuses nothing here: `house/R-1` was not asked"
    assert said(found, "waiver_unused") == ("note", told)


def test_nobody_can_waive_an_absolute_rule_and_trying_blocks(tmp_path: Path) -> None:
    found = run(tmp_path, signed(), rules=({**EQUAL, "enforcement": "absolute"}, ENOUGH))
    assert said(found, "waiver_absolute") == (
        "error",
        "the waiver `W-1` does not count: nobody may waive `house/R-1`",
    )
    assert state(found) == "refused"
    passed = run(tmp_path, signed(), rules=({**EQUAL, "enforcement": "absolute"}, ENOUGH), data=people())
    assert passed.report.decision is Decision.BLOCKED


def test_a_waiver_that_trust_refuses_blocks(tmp_path: Path) -> None:
    found = run(tmp_path, signed(refused="it holds 151 days, and 120 are allowed"), data=people())
    told = "the waiver `W-1` does not count: it holds 151 days, and 120 are allowed"
    assert said(found, "waiver_refused") == ("error", told)
    assert found.report.decision is Decision.BLOCKED


def test_a_waiver_that_nobody_was_seen_to_sign_blocks(tmp_path: Path) -> None:
    found = run(tmp_path, signed(by=()))
    assert said(found, "waiver_refused") == (
        "error",
        "the waiver `W-1` does not count: no signature of it was verified",
    )


@pytest.mark.parametrize(
    "binds",
    [
        {"bundle": "others", "version": "1.4.0"},
        {"bundle": "loans", "version": "1.4.1"},
        {"bundle": "loans", "build": f"sha256:{'0' * 64}"},
    ],
)
def test_a_waiver_of_another_bundle_is_not_there(tmp_path: Path, binds: Any) -> None:
    found = run(tmp_path, signed(binds=binds))
    assert found.report.waivers == ()
    assert found.report.notices == ()
    assert found.report.decision is Decision.BLOCKED


def test_a_waiver_of_these_very_files_counts(tmp_path: Path) -> None:
    build = run(tmp_path).plan.bundle.manifest_digest
    assert state(run(tmp_path, signed(binds={"bundle": "loans", "build": f"sha256:{build}"}))) == "used"
    assert state(run(tmp_path, signed(binds={"bundle": "loans"}))) == "used"


def test_a_waiver_for_one_attribute_leaves_the_others_to_fail(tmp_path: Path) -> None:
    data = {**UNEQUAL, "age": ["old" if sex == "m" else "young" for sex in UNEQUAL["sex"]]}
    both: dict[str, Any] = {"protected_attributes": ["sex", "age"]}
    only = signed(only_for={"attribute": "sex"})
    found = run(tmp_path, only, data=data, **both)
    assert found.report.decision is Decision.BLOCKED
    told = (
        "the waiver `W-1` excuses the fail of `house/R-1` for `sex`, within at most 30 pp, "
        "and `house/R-1` still stands for another reason"
    )
    assert said(found, "waiver_unused") == ("warning", told)
    assert found.report.rules[0].excuses == ()
    other = signed(id="W-2", only_for={"attribute": "age"})
    together = run(tmp_path, only, other, data=data, **both)
    assert together.report.decision is Decision.ALLOWED
    assert [excuse.slices for excuse in together.report.rules[0].excuses] == [("sex",), ("age",)]


def test_a_slice_that_no_finding_has_is_unused(tmp_path: Path) -> None:
    found = run(tmp_path, signed(only_for={"attribute": "age"}))
    told = "the waiver `W-1` excuses nothing: nothing of `house/R-1` with attribute `age` failed"
    assert said(found, "waiver_unused") == ("warning", told)


def test_the_other_side_of_a_limit_still_holds(tmp_path: Path) -> None:
    mean = {"check": "data.mean", "with": {"column": "x"}, "between": [1, 3]}
    low = run(
        tmp_path,
        signed(allows={"at_most": "9"}),
        rules=(mean, ENOUGH),
        data=rows((200, {"x": 0.5, "sex": "m", "y": 1, "yhat": 1})),
    )
    assert state(low) == "beyond"
    high = run(
        tmp_path,
        signed(allows={"at_most": "9"}),
        rules=(mean, ENOUGH),
        data=rows((200, {"x": 8.5, "sex": "m", "y": 1, "yhat": 1})),
    )
    assert state(high) == "used"


def test_any_of_two_is_enough_and_all_of_two_is_all(tmp_path: Path) -> None:
    few = {"check": "data.row_count", "at_least": 5000}
    wrong = {"check": "data.completeness", "with": {"column": "nothing"}, "at_least": "99 %"}
    one = signed(allows={"at_least": "2000"})
    either = run(tmp_path, one, rules=({"any_of": [few, wrong]}, ENOUGH))
    assert state(either) == "used"
    assert either.report.decision is Decision.ALLOWED
    both = run(tmp_path, one, rules=({"all_of": [few, wrong]}, ENOUGH))
    assert state(both) == "unused"
    assert both.report.decision is Decision.BLOCKED
    missing = signed(id="W-2", allows={"undecided": "missing"})
    assert run(tmp_path, one, missing, rules=({"all_of": [few, wrong]}, ENOUGH)).report.decision is Decision.ALLOWED


def test_missing_evidence_is_accepted_without_a_number(tmp_path: Path) -> None:
    wrong = {"check": "data.completeness", "with": {"column": "nothing"}, "at_least": "99 %"}
    found = run(tmp_path, signed(allows={"undecided": "missing"}), rules=(wrong, ENOUGH))
    assert found.report.waivers[0].told == "accepts the doubt of `house/R-1`"
    assert found.report.decision is Decision.ALLOWED


def test_a_rule_without_a_number_is_waived_as_a_whole(tmp_path: Path) -> None:
    owner = {"check": "governance.owner", "with": {"of": "model"}, "is": "absent"}
    facts = {"owners": {"model": "a@b.example"}}
    found = run(tmp_path, signed(allows={"fail": "any"}), rules=(owner, ENOUGH), facts=facts)
    assert state(found) == "used"
    wrong = refusal(tmp_path, signed(allows={"at_most": "3"}), rules=(owner, ENOUGH), facts=facts)
    assert "the rule's limit is no number, and the waiver gives one" in str(wrong)
    assert wrong.hint == "write `fail: any`"


def test_a_rule_with_a_number_is_never_waived_as_a_whole(tmp_path: Path) -> None:
    wrong = refusal(tmp_path, signed(allows={"fail": "any"}))
    assert str(wrong) == (
        "the waiver `W-1` cannot be applied: `house/R-1`: "
        "the rule's limit is a number, so the waiver has to say how far it goes"
    )
    assert wrong.hint == "write `at_most` or `at_least`, in the direction of the rule's own limit"


def test_a_point_that_is_judged_without_doubt_is_waived_without_doubt(tmp_path: Path) -> None:
    point = {**EQUAL, "evidence": {"confidence": "none"}}
    assert state(run(tmp_path, signed(allows={"at_most": "20 pp"}), rules=(point, ENOUGH))) == "used"
    assert state(run(tmp_path, signed(allows={"at_most": "20 pp"}), rules=(EQUAL, ENOUGH))) == "beyond"


def test_waiving_everything_allows_nothing(tmp_path: Path) -> None:
    found = run(tmp_path, signed(), rules=(EQUAL,))
    assert found.report.decision is Decision.HELD
    assert found.report.reason == "no blocking rule passed: 1 waived until 2027-03-31"


def test_a_fail_that_nobody_excused_still_blocks(tmp_path: Path) -> None:
    poor = {**ACCURATE, "at_least": "99 %"}
    data = people(men=(700, 1000), women=(500, 1000))
    data["yhat"] = [1 - out if place % 10 == 0 else out for place, out in enumerate(data["yhat"])]
    found = run(tmp_path, signed(allows={"at_most": "40 pp"}), rules=(EQUAL, poor, ENOUGH), data=data)
    assert state(found) == "used"
    assert found.report.decision is Decision.BLOCKED
    assert found.report.reason == "1 rule failed"


def test_a_waiver_of_a_number_makes_no_weak_or_stale_evidence_strong(tmp_path: Path) -> None:
    old = {"datasets": {"evaluation": {"path": "rows.parquet", "collected": "2026-01-01"}}}
    stale = {**EQUAL, "evidence": {"max_age": "10 days"}}
    how: dict[str, Any] = {"rules": (stale, ENOUGH), **old}
    failing = run(tmp_path, signed(), **how)
    assert failing.report.decision is Decision.BLOCKED
    assert said(failing, "waiver_unused") == (
        "warning",
        "the waiver `W-1` excuses nothing: the evidence of `sex` has another fault, "
        "`evaluation` was collected 325 days ago, and the rule wants at most 10 days",
    )
    doubtful = signed(allows={"undecided": "straddles", "surely_at_most": "90 pp"})
    assert run(tmp_path, doubtful, data=DOUBTFUL, **how).report.decision is Decision.HELD


def test_rows_of_one_person_counted_as_many_are_within_no_bound(tmp_path: Path) -> None:
    data = {**UNEQUAL, "id": [place // 2 for place in range(2000)]}
    keyed = {"datasets": {"evaluation": {"path": "rows.parquet", "key": "id"}}}
    for allows in ({"at_most": "90 pp"}, {"undecided": "too_few", "surely_at_most": "90 pp"}):
        for rows_ in (data, {**people(), "id": data["id"]}):
            found = run(tmp_path, signed(allows=allows), data=rows_, **keyed)
            assert found.report.decision is not Decision.ALLOWED
            assert state(found) == "unused"


def test_a_waiver_of_one_doubt_excuses_no_other_that_comes_after_it(tmp_path: Path) -> None:
    old = {"datasets": {"evaluation": {"path": "rows.parquet", "collected": "2026-01-01"}}}
    rule = {**EQUAL, "evidence": {"max_age": "10 days", "min_rows": 5000}}
    few = signed(allows={"undecided": "too_few", "surely_at_most": "90 pp"})
    found = run(tmp_path, few, rules=(rule, ENOUGH), data=people(), **old)
    assert found.report.decision is Decision.HELD
    fresh = {"datasets": {"evaluation": {"path": "rows.parquet", "collected": "2026-11-20"}}}
    assert run(tmp_path, few, rules=(rule, ENOUGH), data=people(), **fresh).report.decision is Decision.ALLOWED

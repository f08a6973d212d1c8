"""Tests of policies: given estimates are judged as measured ones are, and every outcome of every rule is asked for."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from policykit.author.testing.given import set_up
from policykit.author.testing.run import Ran, outcome, run_case
from policykit.checks import catalogue
from policykit.judge.compare import compare
from policykit.load.policies import read_policies
from policykit.stories.gate import Judged
from policykit.terms.estimate import Estimate
from policykit.terms.policy_test import Case, Given, GivenEstimate, PolicyTest
from policykit.terms.quantity import Unit
from tests.author.house import GAP, HOUSE, SMALL, case, house
from tests.build import ACCURATE, ENOUGH, EQUAL, judged, people, rows
from tests.load.policy_texts import policy

ROOT = Path(__file__).parents[2]
BLANK = PolicyTest("", ())


def ran(estimates: str = "", expect: str = "{OWN-01: undecided}", more: str = "") -> Ran:
    found, test = case(estimates, expect, more)
    return run_case(house(), found, test)


def came(found: Ran, rule: str) -> str:
    return outcome(found.verdicts[rule])


def test_nothing_given_is_missing_and_holds_the_release() -> None:
    found = ran(expect="{FAIR-01: undecided(missing), decision: HELD}")
    assert found.passed
    assert came(found, "PERF-01") == "undecided(no_champion)"
    assert found.verdicts["FAIR-01"].findings[0].reason == (
        "no estimate of `fairness.demographic_parity_difference` for sex is given"
    )


def test_a_wide_interval_straddles() -> None:
    assert came(ran(SMALL), "FAIR-01") == "undecided(straddles)"


def test_the_second_limit_and_the_floors_of_the_rule_are_asked() -> None:
    both = "\n".join(GAP.format(name, "9 pp", "5 pp", "14 pp", "{rows}") for name in ("sex", "age_band"))
    assert came(ran(both.replace("{rows}", "2000")), "FAIR-01") == "pass"
    assert came(ran(both.replace("{rows}", "1999")), "FAIR-01") == "undecided(too_few)"
    small = both.replace("rows: {rows}", "rows: 5000, smallest: 99")
    assert came(ran(small), "FAIR-01") == "undecided(too_few)"


def test_the_age_of_the_data_is_judged_as_of_the_day() -> None:
    both = "\n".join(GAP.format(name, "1 pp", "0 pp", "2 pp", 5000) for name in ("sex", "age_band"))
    assert came(ran(both, more="      as_of: 2027-06-01\n      collected: 2027-04-01\n"), "FAIR-01") == "pass"
    assert (
        came(ran(both, more="      as_of: 2027-09-01\n      collected: 2027-04-01\n"), "FAIR-01") == "undecided(stale)"
    )


def test_a_weak_source_withholds_a_pass() -> None:
    weak = "{check: data.completeness, value: 100 %, source: declared}"
    assert came(ran(weak), "COLS-01") == "undecided(wrong_source)"


def test_a_rule_against_the_champion_takes_the_distance_from_it() -> None:
    line = "{{check: performance.roc_auc, compared_with: champion, value: {}, interval: [{}, {}]}}"
    assert came(ran(line.format("-0.001", "-0.004", "0.002")), "PERF-01") == "pass"
    assert came(ran(line.format("-0.02", "-0.03", "-0.01")), "PERF-01") == "fail"
    assert came(ran(line.format("-0.001", "-0.01", "0.01")), "PERF-01") == "undecided(straddles)"


def test_a_rule_that_looks_at_each_group_takes_one_estimate_for_each() -> None:
    line = "{{check: performance.accuracy, attribute: age_band, group: {}, value: {}, interval: [{}, {}], rows: 400}}"
    young, old = line.format("under 25", "95 %", "90 %", "98 %"), line.format("62 and over", "50 %", "40 %", "60 %")
    old = old.replace("rows", "interval_together: [35 %, 65 %], rows")
    found = ran(f"{young}\n{old}")
    assert came(found, "AGE-01") == "fail"
    assert {finding.name: finding.status.value for finding in found.verdicts["AGE-01"].findings} == {
        "age_band=under 25": "pass",
        "age_band=62 and over": "fail",
    }
    assert came(ran(young), "AGE-01") == "undecided(undefined)"


TOGETHER = "\n".join(
    (
        GAP.format("sex", "16.6 pp", "15.6 pp", "23.1 pp", 5000),
        GAP.format("age_band", "20.2 pp", "15.5 pp", "27.5 pp", 5000),
    )
)
WIDER = "interval_together: [{} pp, 30 pp], rows"


def test_slices_that_fail_alone_do_not_fail_together_where_nobody_says_how_wide_the_interval_is() -> None:
    found = ran(TOGETHER)
    assert came(found, "FAIR-01") == "undecided(straddles)"
    assert "beyond it when looked at alone, not surely among 2 slices looked at together" in (
        found.verdicts["FAIR-01"].reason
    )
    assert found.notes == (
        "FAIR-01: the gate looks at these 2 slices together, and none fails by the interval of one alone: "
        "give the wider one as well, `interval_together: [low, high]`",
    )


def test_a_slice_fails_among_others_by_its_wider_interval_and_the_last_one_by_its_own() -> None:
    first = TOGETHER.replace("rows", WIDER.format("15.1"), 1)
    assert came(ran(first), "FAIR-01") == "fail"
    assert [finding.status.value for finding in ran(first).verdicts["FAIR-01"].findings] == ["fail", "fail"]
    assert ran(first).notes == ()
    near = TOGETHER.replace("rows", WIDER.format("9.9"))
    assert came(ran(near), "FAIR-01") == "undecided(straddles)"
    assert ran(near).notes == ()


def test_what_there_is_no_doubt_of_fails_among_any_number_of_slices() -> None:
    sure = (
        GAP.format("sex", "16 pp", "16 pp", "16 pp", 5000) + "\n" + GAP.format("age_band", "1 pp", "0 pp", "2 pp", 5000)
    )
    assert came(ran(sure), "FAIR-01") == "fail"
    assert ran(sure).notes == ()


def test_one_slice_fails_by_its_own_interval() -> None:
    one = GAP.format("sex", "16 pp", "15.6 pp", "17 pp", 5000)
    assert came(ran(one), "FAIR-01") == "fail"


@pytest.mark.parametrize(("wide", "low"), [(25, 0.156), (45, 0.151)])
def test_a_case_with_the_intervals_of_the_gate_says_what_the_gate_says(wide: int, low: float) -> None:
    """The gate asks its checks at the level of all slices; a case that gives both intervals is judged alike."""
    from policykit.judge.holm import asked_level

    found, test = case(TOGETHER.replace("rows", f"interval_together: [{wide / 3:.4f} pp, 60 pp], rows"))
    setting = set_up(house(), found.given, test)
    (sex, *_) = [q for q in setting.plan.questions if q.rule.id == "FAIR-01" and dict(q.slice)["attribute"] == "sex"]
    states = {"given": setting.taken[sex.check.measures(sex.frame, {})["given"]].state}  # type: ignore[union-attr] # measured
    answers = [sex.check.estimate(sex.frame, states, asked_level(sex, family)) for family in (1, 2)]
    assert [each.low for each in answers] == [0.156, pytest.approx(wide / 300, abs=1e-5)]  # type: ignore[union-attr] # numbers
    assert {each.value for each in answers} == {0.166}  # type: ignore[union-attr] # numbers


def test_an_estimate_without_a_column_answers_for_every_column_and_one_with_it_goes_first() -> None:
    assert came(ran("{check: data.completeness, value: 100 %}"), "COLS-01") == "pass"
    found = ran("{check: data.completeness, value: 100 %}\n{check: data.completeness, column: age, value: 50 %}")
    assert [finding.status.value for finding in found.verdicts["COLS-01"].findings] == ["pass", "fail"]


def test_facts_are_read_as_the_gate_reads_them() -> None:
    assert came(ran(more="      facts: {owners: {model: a@b.example}}\n"), "OWN-01") == "pass"
    assert came(ran("{check: governance.owner, value: absent}"), "OWN-01") == "fail"
    assert came(ran("{check: governance.owner, undecided: crashed}"), "OWN-01") == "undecided(crashed)"


def test_what_came_out_otherwise_says_what_and_why() -> None:
    found = ran(SMALL, "{FAIR-01: pass, decision: ALLOWED}")
    assert [(each.what, each.expected, each.got) for each in found.differences] == [
        ("FAIR-01", "pass", "undecided(straddles)"),
        ("decision", "ALLOWED", "HELD"),
    ]
    assert "age_band" in found.differences[0].why


def test_a_policy_that_does_not_speak_of_the_model_asks_nothing_of_it() -> None:
    found, test = case(expect="{FAIR-01: pass}")
    other = replace(found, given=replace(found.given, labels={"use_case": ("marketing",)}))
    (difference,) = run_case(house(), other, test).differences
    assert (difference.got, difference.why) == (
        "not asked",
        "it speaks of use_case `credit-scoring`, and this bundle's is `marketing`",
    )


@pytest.mark.parametrize(
    ("estimates", "code", "message", "hint"),
    [
        (
            "{check: data.completeness, column: height, value: 99 %}",
            "PK805",
            "no rule asks for this estimate of `data.completeness`",
            "the rules ask of column `age`; column `income`",
        ),
        (
            "{check: performance.accuracy, attribute: age_band, value: 90 %, interval: [80 %, 95 %]}",
            "PK805",
            "no rule asks for this estimate of `performance.accuracy`",
            "the rule looks at each group by itself: write one estimate for each, with `group:`",
        ),
        (
            "{check: performance.roc_auc, value: 0.8, interval: [0.7, 0.9]}",
            "PK805",
            "no rule asks for this estimate of `performance.roc_auc`",
            "the limit is against the champion: write `compared_with: champion`, and the distance as value",
        ),
        (
            "{check: governance.owner, value: a}\n{check: governance.owner, value: b}",
            "PK806",
            "an estimate on line 9 answers the same question",
            "keep one, or say which `rule`, `attribute` or `column`",
        ),
    ],
)
def test_an_estimate_that_answers_no_question_is_an_error_at_its_place(
    estimates: str, code: str, message: str, hint: str
) -> None:
    (problem,) = ran(estimates).problems
    assert (problem.code, problem.message, problem.hint) == (code, message, hint)
    assert problem.line >= 9
    assert problem.excerpt.strip().startswith("- {check: ")


def test_a_case_without_the_stage_that_a_policy_needs_is_an_error() -> None:
    found, test = case()
    (problem,) = run_case(house(), replace(found, given=replace(found.given, stage=None)), test).problems
    assert (problem.code, problem.line, problem.hint) == ("PK807", 4, "add `stage:` to `given`")


def test_without_a_day_every_rule_counts() -> None:
    dated = house(HOUSE.replace("is: present, why", "is: present, block_from: 2031-05-01, why"))
    assert (
        set_up(dated, Given(labels={"use_case": ("credit-scoring",)}, stage="production"), BLANK).plan.as_of
        == "2031-05-01"
    )


def test_a_policy_that_only_audits_yet_is_tried_on_the_day_it_blocks_and_canaries_before() -> None:
    rows = "rules: [{id: R, title: R, check: data.row_count, at_least: 100, why: so}]"
    audits = house(f"audit_until: 2027-01-31\ncanary: [loan-default]\n{rows}")
    few = GivenEstimate("data.row_count", Estimate(3.0, 3.0, 3.0, 3, "given", exact=Fraction(3)))
    for given, decision in (
        (Given(estimates=(few,)), "BLOCKED"),
        (Given(estimates=(few,), as_of="2027-01-31"), "HELD"),
        (Given(estimates=(few,), as_of="2027-01-31", bundle="loan-default"), "BLOCKED"),
    ):
        assert run_case(audits, Case("", given, {}), BLANK).decision == decision


# --- the same verdict code as the gate -------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@drawn(
    check=st.sampled_from(["performance.accuracy", "latency.p99", "fairness.four_fifths"]),
    limit=st.integers(1, 99),
    ends=st.lists(st.integers(0, 100), min_size=3, max_size=3).map(sorted),
    way=st.sampled_from(["at_least", "at_most"]),
)
def test_a_given_estimate_is_judged_as_the_judge_judges_it(check: str, limit: int, ends: list[int], way: str) -> None:
    kind = catalogue()[check]
    unit = "ms" if kind.unit is Unit.DURATION else "%"
    extra = "for_each: [sex], " if kind.compares_groups else ""
    way = "at_most" if kind.better == "lower" else "at_least"
    text = f"rules:\n  - {{id: R, title: R, check: {check}, {extra}{way}: {limit} {unit}, why: so}}"
    (of,) = read_policies([("p.yaml", policy(text), {})])
    scale = Fraction(1, 1000 if unit == "ms" else 100)
    low, point, high = (end * scale for end in ends)
    answer = Estimate(float(point), float(low), float(high), 5000, "given", exact=point)
    given = Given(estimates=(GivenEstimate(check, answer, attribute="sex" if kind.compares_groups else ""),))
    found = run_case(of, Case("", given, {}), BLANK)
    alone = compare(answer, of.rules[0].clauses[0].constraint, kind(), sure="95 %")
    assert (found.verdicts["R"].status, found.verdicts["R"].cause) == (alone.status, alone.cause)


def given_again(real: Judged) -> Given:
    """Return what a real run measured, as a case gives it."""
    estimates = (
        GivenEstimate(
            finding.check,
            finding.observed,
            rule=verdict.rule,
            attribute=dict(finding.slice).get("attribute", ""),
            together=finding.together,
        )
        for verdict in (line.verdict for line in real.report.rules)
        for finding in verdict.findings
        if finding.observed is not None
    )
    return Given(estimates=tuple(estimates))


@pytest.mark.parametrize(
    ("men", "women"), [((500, 1000), (505, 1000)), ((500, 1000), (200, 1000)), ((20, 40), (18, 40))]
)
def test_what_a_real_run_measured_comes_out_the_same_when_it_is_given(
    men: tuple[int, int], women: tuple[int, int], tmp_path: Path
) -> None:
    real = judged(tmp_path, ACCURATE, EQUAL, ENOUGH, data=people(men=men, women=women))
    found = run_case(real.plan.matches[0].policy, Case("", given_again(real), {}), BLANK)
    assert {line.rule.id: line.verdict.status for line in real.report.rules} == {
        name: verdict.status for name, verdict in found.verdicts.items()
    }
    assert found.decision is real.report.decision


@pytest.mark.parametrize(
    ("sex", "branch", "came_of"),
    [(22, 4, "fail"), (16, 16, "undecided"), (17, 22, "fail"), (2, 2, "pass"), (12, 2, "undecided")],
)
def test_slices_that_a_real_run_looked_at_together_come_out_the_same_when_they_are_given(
    sex: int, branch: int, came_of: str, tmp_path: Path
) -> None:
    cells = [(a, b, 300 + 9 * (sex * a + branch * b)) for a in (0, 1) for b in (0, 1)]
    data = rows(
        *(
            (count, {"sex": f"s{a}", "branch": f"b{b}", "y": out, "yhat": out})
            for a, b, yes in cells
            for out, count in ((1, yes * 250 // 900), (0, 250 - yes * 250 // 900))
        )
    )
    real = judged(tmp_path, ACCURATE, EQUAL, ENOUGH, data=data, protected_attributes=["sex", "branch"])
    (verdict,) = (line.verdict for line in real.report.rules if line.rule.id == "R-2")
    assert verdict.status == came_of
    assert (
        run_case(real.plan.matches[0].policy, Case("", given_again(real), {}), BLANK).verdicts["R-2"].status == came_of
    )

"""What changed between two reports: what a release manager cares about, the heaviest first, and no noise."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from policykit.report.changes import changes
from policykit.terms.told import Change, Told
from tests.report.told_builders import at, finding, policy, rule, told, tolds, waiver

_TURNED = {"rule_added": "rule_gone", "finding_added": "finding_gone"}
OPPOSITE = {**_TURNED, **{new: old for old, new in _TURNED.items()}}


def seen(change: Change) -> tuple[object, ...]:
    return change.kind, change.rule, change.about, change.before, change.after, change.better


def mirrored(change: Change) -> tuple[object, ...]:
    kind = OPPOSITE.get(change.kind, change.kind)
    better = None if change.better is None else not change.better
    return kind, change.rule, change.about, change.after, change.before, better


@given(tolds())
def test_a_report_holds_no_news_against_itself(one: Told) -> None:
    assert changes(one, one) == ()


@given(tolds(), tolds())
@settings(max_examples=300)
def test_seen_the_other_way_round_every_change_is_its_own_opposite(one: Told, two: Told) -> None:
    assert Counter(map(seen, changes(one, two))) == Counter(map(mirrored, changes(two, one)))


@given(tolds(), tolds())
def test_every_change_says_two_different_things(one: Told, two: Told) -> None:
    assert all(change.before != change.after for change in changes(one, two))


def one(before: Told, after: Told) -> Change:
    (found,) = changes(before, after)
    return found


def test_the_decision_comes_first_then_what_newly_stops_then_what_no_longer_does() -> None:
    failed, fine = at(0.2, status="fail"), at(0.05)
    before = told(rule("A", fine), rule("B", failed), rule("C", at(0.03)))
    after = told(rule("A", failed), rule("B", fine), rule("C", at(0.08)), decision="HELD")
    found = changes(before, after)
    assert [(change.kind, change.rule, change.better) for change in found] == [
        ("decision", "", True),
        ("status", "acme.credit/A", False),
        ("status", "acme.credit/B", True),
        ("number", "acme.credit/C", False),
    ]
    assert (found[0].before, found[0].after) == ("BLOCKED", "HELD")
    assert (found[1].before, found[1].after) == ("passed at 5 pp", "failed at 20 pp")


def test_an_audit_is_said_with_the_decision() -> None:
    found = one(told(rule("A")), told(rule("A"), mode="audit", scope="partial"))
    assert (found.before, found.after, found.better) == ("ALLOWED", "ALLOWED (audit only, partial)", None)


@pytest.mark.parametrize(
    ("limit", "better"),
    [("at most 10 pp", False), ("below 10 pp", False), ("at least 1 pp", True), ("above 1 pp, and surely at least 0 pp", True),
     ("between 1 pp and 9 pp", None), ("at most 1 pp worse than that of the champion", None),
     ("at least 1 pp, and at most 90 pp", None), ("", None)],
)  # fmt: skip
def test_intervals_with_nothing_in_common_moved_to_the_side_that_the_limit_names(
    limit: str, better: bool | None
) -> None:
    before, after = (told(rule("A", at(value, 0.01, limit=limit, unit="difference"))) for value in (0.05, 0.08))
    found = one(before, after)
    worse = "worse by " if "worse" in limit else ""
    assert (found.kind, found.before, found.after) == ("number", f"{worse}5 pp", f"{worse}8 pp")
    assert found.better is better


@pytest.mark.parametrize(
    ("check", "unit", "limit", "before", "after"),
    [
        ("performance.brier", "number", "at most 0.001", (0.02345, "0.02345"), (0.03395, "0.03395")),
        ("performance.accuracy", "difference", "at most 1 pp", (-0.02, "-2 pp"), (-0.058, "-5.8 pp")),
        ("performance.accuracy", "share", "at most 5 % of its value", (-0.06, "-6 %"), (-0.08, "-8 %")),
    ],
)
def test_a_difference_from_the_champion_is_told_as_better_or_worse_and_never_as_the_metric_itself(
    check: str, unit: str, limit: str, before: tuple[float, str], after: tuple[float, str]
) -> None:
    def beside(seen: tuple[float, str], status: str = "fail") -> Told:
        value, shown = seen
        given = {"check": check, "unit": unit, "limit": f"{limit} worse than that of the champion", "status": status}
        return told(
            rule("PERF-02", finding(value=value, low=value, high=value, shown=shown, **given)), decision="BLOCKED"
        )

    was, now = (f"worse by {shown.removeprefix('-')}" for _, shown in (before, after))
    found = one(beside(before), beside(after))
    assert (found.kind, found.before, found.after) == ("number", was, now)
    stands = one(beside((-before[0], before[1]), "pass"), beside(after))
    assert (stands.before, stands.after) == (f"passed, {was.replace('worse', 'better')}", f"failed, {now}")


def test_numbers_below_zero_have_a_minus_sign_and_what_does_not_apply_is_told_in_words() -> None:
    found = one(told(rule("A", at(-0.05))), told(rule("A", at(-0.2, status="fail")), decision="ALLOWED"))
    assert (found.before, found.after) == ("passed at −5 pp", "failed at −20 pp")
    gone = changes(told(rule("A", at(0.05), finding("sex", status="not_applicable"))), told(rule("A", at(0.05))))
    assert [(change.kind, change.before) for change in gone] == [("finding_gone", "not applicable")]


def test_a_number_that_leaves_the_others_interval_moved_notably_for_neither_side() -> None:
    found = one(told(rule("A", at(0.05, 0.02))), told(rule("A", at(0.08, 0.02))))
    assert (found.kind, found.better) == ("number", None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (at(0.05, 0.04), at(0.06, 0.04)),  # within each other's doubt
        (at(0.05, 0.001), at(0.0505, 0.00001)),  # surely other, and nobody cares
        (at(0.9998), at(0.9997)),  # exact, and nobody cares
        (at(0.05, 0.01), replace(at(0.2, 0.01), shown="5 pp")),  # nothing to see
        (finding(), at(0.05)),  # nothing before
        (finding(value=float("inf"), shown="∞"), at(0.05)),
    ],
)
def test_noise_is_no_news(before: object, after: object) -> None:
    assert changes(told(rule("A", before)), told(rule("A", after))) == ()  # type: ignore[arg-type]


def test_an_exact_number_moves_surely_by_a_point_and_one_without_an_interval_only_notably() -> None:
    exact = one(told(rule("A", at(0.05))), told(rule("A", at(0.07))))
    bare = one(told(rule("A", finding(value=0.05, shown="5 pp"))), told(rule("A", finding(value=0.07, shown="7 pp"))))
    assert (exact.better, bare.better) == (False, None)


def test_a_duration_is_news_from_a_tenth_on() -> None:
    def slow(seconds: float) -> Told:
        return told(
            rule("LAT-01", finding(value=seconds, low=seconds, high=seconds, shown=f"{seconds} s"), unit="duration")
        )

    assert changes(slow(1.0), slow(1.09)) == ()
    assert one(slow(1.0), slow(1.2)).after == "1.2 s"


def test_below_a_rule_that_still_fails_the_groups_that_changed_are_named() -> None:
    before = told(rule("A", at(0.2, status="fail", name="sex"), at(0.05, name="age")))
    after = told(rule("A", at(0.05, name="sex"), at(0.2, status="fail", name="age")))
    assert [(c.about, c.before, c.after, c.better) for c in changes(before, after)] == [
        ("age", "passed at 5 pp", "failed at 20 pp", False),
        ("sex", "failed at 20 pp", "passed at 5 pp", True),
    ]


def test_a_limit_that_changed_is_said_once_for_all_findings_and_an_enforcement_too() -> None:
    before = told(rule("A", at(0.05, name="sex"), at(0.05, name="age")))
    wide = {"limit": "at most 12 pp"}
    after = told(rule("A", at(0.05, name="sex", **wide), at(0.05, name="age", **wide), enforcement="absolute"))
    assert [(c.kind, c.about, c.before, c.after) for c in changes(before, after)] == [
        ("limit", "enforcement", "waivable", "absolute"),
        ("limit", "", "at most 10 pp", "at most 12 pp"),
    ]


def test_a_new_rule_that_stops_weighs_as_much_as_one_that_newly_stops() -> None:
    before = told(rule("A", at(0.05)), decision="BLOCKED")
    after = told(rule("A", at(0.08)), rule("B", at(0.2, status="fail")), rule("C", at(0.01)))
    assert [(c.kind, c.rule) for c in changes(before, after)] == [
        ("rule_added", "acme.credit/B"),
        ("number", "acme.credit/A"),
        ("rule_added", "acme.credit/C"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "texts"),
    [
        (policy(), policy("acme.credit@3.3.0"), ("acme.credit@3.2.0", "acme.credit@3.3.0")),
        (policy(), policy(applied=False), ("acme.credit@3.2.0", "acme.credit@3.2.0, did not apply")),
        (policy(), policy(digest="d" * 64), ("acme.credit@3.2.0, text aaaaaaaa", "acme.credit@3.2.0, text dddddddd")),
        (policy(), None, ("acme.credit@3.2.0", "")),
    ],
)
def test_another_version_of_a_policy_is_a_change_and_so_are_other_words_under_the_same_version(
    before: object, after: object, texts: tuple[str, str]
) -> None:
    found = one(told(policies=(before,)), told(policies=(after,) if after else ()))
    assert (found.kind, found.about, found.before, found.after) == ("policy", "acme.credit", *texts)


@pytest.mark.parametrize(
    ("before", "after", "texts"),
    [
        (None, waiver(), ("", "used, until 2027-03-31 (60 days left)")),
        (waiver(days_left=15), waiver(days_left=14),
         ("used, until 2027-03-31 (15 days left)", "used, until 2027-03-31 (14 days left)")),
        (waiver(days_left=1), waiver(days_left=-1, state="expired"),
         ("used, until 2027-03-31 (1 day left)", "expired, until 2027-03-31 (over)")),
        (waiver(days_left=0), None, ("used, until 2027-03-31 (its last day)", "")),
    ],
)  # fmt: skip
def test_waivers_that_come_go_end_or_are_about_to(before: object, after: object, texts: tuple[str, str]) -> None:
    found = one(*(told(waivers=(each,) if each else ()) for each in (before, after)))
    assert (found.kind, found.rule, found.title, found.before, found.after) == (
        "waiver", "acme.credit/FAIR-01", "W-1", *texts,
    )  # fmt: skip


def test_a_waiver_that_only_grows_older_is_no_news() -> None:
    assert changes(told(waivers=(waiver(days_left=60),)), told(waivers=(waiver(days_left=50),))) == ()


def test_what_is_waived_now_no_longer_stops_and_says_until_when() -> None:
    failed = rule("A", at(0.2, status="fail"))
    before, after = (
        told(failed, decision="HELD"),
        told(replace(failed, excused=(("W-1", "2027-03-31"),)), decision="HELD"),
    )
    assert one(before, after).after == "waived until 2027-03-31 by W-1"


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (rule("A", finding(status="undecided", cause="missing")), "not shown yet (missing)"),
        (rule("A", at(0.09, status="undecided", cause="straddles", name="sex")), "not shown yet at 9 pp (sex)"),
        (rule("A", at(0.09, caution=True)), "passed with caution at 9 pp"),
        (rule("A", at(0.2, status="fail"), advisory=True), "failed at 20 pp, stops nothing (advisory)"),
        (
            rule("A", finding(status="undecided", cause="too_few"), advisory=True),
            "not shown yet (too few), stops nothing (advisory)",
        ),
        (rule("A", status="not_applicable"), "not applicable"),
    ],
)
def test_a_rule_that_came_says_where_it_stands(made: object, text: str) -> None:
    found = [c for c in changes(told(), told(made)) if c.kind == "rule_added"]  # type: ignore[arg-type]
    assert [change.after for change in found] == [text]


def test_ten_thousand_rules_are_held_against_each_other_at_once() -> None:
    import time

    before = told(*(rule(f"R-{n}", at(0.05)) for n in range(10_000)))
    after = told(*(rule(f"R-{n}", at(0.2, status="fail")) for n in range(10_000)))
    start = time.process_time()
    assert len(changes(before, after)) == 10_001
    assert time.process_time() - start < 2


def test_an_attribute_that_is_no_longer_asked_is_said_with_what_it_was() -> None:
    before = told(rule("A", at(0.05, name="sex"), at(0.07, name="age_band")))
    found = one(before, told(rule("A", at(0.05, name="sex"))))
    assert (found.kind, found.about, found.before, found.after) == ("finding_gone", "age_band", "passed at 7 pp", "")
    found = one(told(rule("A", at(0.05, name="sex"))), before)
    assert (found.kind, found.about, found.before, found.after) == ("finding_added", "age_band", "", "passed at 7 pp")


@pytest.mark.parametrize("status", ["fail", "undecided"])
def test_a_rule_is_not_better_where_what_stopped_it_is_asked_no_more(status: str) -> None:
    before = told(rule("A", at(0.142, status=status, name="sex"), at(0.083, name="age_band")))
    found = changes(before, told(rule("A", at(0.083, name="age_band"))))
    assert [(change.kind, change.about, change.better) for change in found] == [
        ("decision", "", True),
        ("status", "", None),
        ("finding_gone", "sex", None),
    ]
    assert found[1].after == "passed at 8.3 pp (age_band)"


def test_a_rule_that_passes_all_it_asked_before_is_better_though_it_asks_more() -> None:
    before = told(rule("A", at(0.142, status="fail", name="sex")), decision="ALLOWED")
    found = changes(before, told(rule("A", at(0.05, name="sex"), at(0.05, name="age_band"))))
    assert [(change.kind, change.better) for change in found] == [("status", True), ("finding_added", None)]


@pytest.mark.parametrize("cause", ["missing", "too_few"])
def test_what_could_not_be_asked_of_any_slice_is_not_no_longer_asked(cause: str) -> None:
    before = told(rule("A", at(0.05, name="sex"), at(0.05, name="age_band")), decision="HELD")
    after = told(rule("A", finding(status="undecided", cause=cause)))
    assert [change.kind for change in changes(before, after)] == ["status"]


def test_a_limit_that_was_loosened_for_an_attribute_of_another_name_is_said() -> None:
    before = told(rule("A", at(0.05, name="sex")))
    after = told(rule("A", at(0.05, name="gender", limit="at most 30 pp")))
    assert [(c.kind, c.about, c.before, c.after) for c in changes(before, after)] == [
        ("finding_added", "gender", "", "passed at 5 pp"),
        ("finding_gone", "sex", "passed at 5 pp", ""),
        ("limit", "", "at most 10 pp", "at most 30 pp"),
    ]


def test_a_part_that_has_no_slice_is_named_by_its_check() -> None:
    found = one(told(rule("A", at(0.9), at(0.8, check="x.y"))), told(rule("A", at(0.9))))
    assert (found.kind, found.about) == ("finding_gone", "x.y")


@pytest.mark.parametrize("status", ["fail", "undecided"])
@pytest.mark.parametrize("softer", [{"advisory": True}, {"excused": (("W-1", "2027-03-31"),)}])
def test_what_is_only_excused_is_neither_better_nor_worse(status: str, softer: dict[str, Any]) -> None:
    stops = rule("A", at(0.2, status=status, cause="too_few" if status == "undecided" else ""))
    before, after = told(stops, decision="HELD"), told(replace(stops, **softer), decision="HELD")
    assert (one(before, after).better, one(after, before).better) == (None, None)
    passed = told(rule("A", at(0.05)), decision="HELD")
    assert (one(after, passed).better, one(passed, after).better) == (True, False)


def test_an_audit_is_no_step_from_a_decision() -> None:
    failed = rule("A", at(0.2, status="fail"))
    assert one(told(failed), told(failed, decision="ALLOWED", mode="audit")).better is None


def test_what_was_judged_is_held_against_what_is_where_both_say() -> None:
    was = (("label risk", "high"), ("protected attributes", "sex, age_band"), ("task: target", "paid"))
    now = (("label risk", "low"), ("protected attributes", "sex"), ("data set test", "9 rows, sha256 abcdef01"))
    found = changes(told(described=was), told(described=now))
    assert [(change.kind, change.title, change.before, change.after, change.better) for change in found] == [
        ("bundle", "Label risk", "high", "low", None),
        ("bundle", "Protected attributes", "sex, age_band", "sex", None),
        ("bundle", "Data set test", "", "9 rows, sha256 abcdef01", None),
        ("bundle", "Task: target", "paid", "", None),
    ]
    assert changes(told(), told(described=now)) == ()

"""What a layout says, and where it puts things."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from render_reports import (
    AGES,
    SEXES,
    allowed,
    blocked,
    completeness,
    fairness,
    gap,
    held,
    many,
    report,
    single,
    twenty_groups,
)

from policykit.report.axis import bar, ticks
from policykit.report.lacking import still_needed
from policykit.report.layout import layout
from policykit.report.limits import NO_LINES, lines
from policykit.report.numbers import number, several, span
from policykit.report.said_limit import said_limit
from policykit.terms.estimate import Estimate, exactly
from policykit.terms.policy import Clause, Constraint, Relative
from policykit.terms.quantity import Unit, parse
from policykit.terms.report import Decision, Notice
from policykit.terms.sentence import limit_text
from policykit.terms.verdict import Status, StillNeeded

FINITE = some.floats(-1e6, 1e6, allow_subnormal=False)
LIMIT = Clause("fairness.demographic_parity_difference", {}, fairness([]).rule.clauses[0].constraint)


def at_most(text: str, unit: Unit) -> Clause:
    return Clause("data.mean", {}, Constraint(at_most=parse(text, unit)))


@given(FINITE, FINITE, FINITE, FINITE)
def test_positions_lie_on_the_axis_and_keep_their_order(a: float, b: float, c: float, limit: float) -> None:
    low, value, high = sorted((a, b, c))
    clause = Clause("x.y", {}, Constraint(at_most=parse(f"{limit:.6f}", Unit.NUMBER)))
    drawn = bar(Estimate(value, low, high, 100, "wilson"), lines(clause), Unit.NUMBER, "at most")
    assert drawn is not None
    assert 0 <= drawn.low <= drawn.value <= drawn.high <= 100
    (mark,) = drawn.marks
    assert 0 <= mark.at <= 100
    if value < float(parse(f"{limit:.6f}", Unit.NUMBER).value):
        assert drawn.value <= mark.at
    assert [tick.at for tick in drawn.ticks] == sorted(tick.at for tick in drawn.ticks)


@pytest.mark.parametrize("far", [math.inf, 1e9])
def test_an_end_that_runs_away_is_clipped_and_does_not_squeeze_the_rest(far: float) -> None:
    clause = Clause("x.y", {}, Constraint(at_least=parse("4/5", Unit.SHARE)))
    drawn = bar(Estimate(0.9, 0.7, far, 100, "log ratio"), lines(clause), Unit.SHARE, "at least 4/5")
    assert drawn is not None
    assert drawn.clipped_high and not drawn.clipped_low
    assert drawn.high == 100
    assert drawn.value - drawn.low > 10


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_not_drawn(value: float) -> None:
    assert bar(Estimate(value, 0.0, 1.0, 10, "wilson"), lines(LIMIT), Unit.DIFFERENCE, "at most 10 pp") is None


def test_presence_is_not_drawn() -> None:
    assert bar(exactly(1, 1), lines(LIMIT), Unit.PRESENCE, "is: present") is None


def test_the_limit_the_second_limit_and_the_caution_are_all_marked() -> None:
    drawn = bar(Estimate(0.115, 0.06, 0.168, 300, "newcombe"), lines(LIMIT), Unit.DIFFERENCE, "at most 10 pp")
    assert drawn is not None
    marks = {mark.kind: (mark.text, mark.at) for mark in drawn.marks}
    assert {kind: text for kind, (text, _) in marks.items()} == {"limit": "10 pp", "surely": "15 pp", "caution": "8 pp"}
    assert marks["caution"][1] < marks["limit"][1] < marks["surely"][1]
    assert drawn.good == ((0.0, marks["limit"][1]),)
    assert drawn.words == "observed 11.5 pp, between 6 and 16.8 pp; limit: at most 10 pp"


def test_between_allows_the_stretch_between_its_two_limits() -> None:
    pair = (parse("30", Unit.NUMBER), parse("50", Unit.NUMBER))
    clause = Clause("data.mean", {}, Constraint(between=pair))
    drawn = bar(exactly(Fraction(41), 10), lines(clause), Unit.NUMBER, "between 30 and 50")
    assert drawn is not None
    (stretch,) = drawn.good
    assert stretch == tuple(mark.at for mark in drawn.marks)
    assert drawn.exact


def test_findings_of_one_rule_share_one_axis() -> None:
    (view,) = layout(
        report(
            Decision.BLOCKED,
            [fairness([gap("sex", 0.02, 0.01, 0.03, Status.PASS), gap("age", 0.3, 0.25, 0.4, Status.FAIL)])],
            "",
        )
    ).rules
    limits = [mark.at for finding in view.findings if finding.bar for mark in finding.bar.marks if mark.kind == "limit"]
    assert len(limits) == 2
    assert limits[0] == limits[1]


@pytest.mark.parametrize(
    ("check", "way", "amount", "mark", "good"),
    [
        ("performance.roc_auc", "worse_by_at_most", "5 % relative", (-0.05, "5 % worse"), (-0.05, math.inf)),
        ("performance.brier", "worse_by_at_most", "5 % relative", (0.05, "5 % worse"), (-math.inf, 0.05)),
        ("performance.roc_auc", "better_by_at_least", "5 % relative", (0.05, "5 % better"), (0.05, math.inf)),
        ("performance.brier", "better_by_at_least", "0 % relative", (0.0, "no worse"), (-math.inf, 0.0)),
    ],
)
def test_a_limit_against_the_champion_is_a_line_on_the_difference_by_its_clause_and_by_its_words_alike(
    check: str, way: Any, amount: str, mark: tuple[float, str], good: tuple[float, float]
) -> None:
    share = replace(parse(amount.removesuffix(" relative"), Unit.SHARE), text=amount)
    constraint = Constraint(relative=Relative(way, share, relative=True))
    drawn = lines(Clause(check, {}, constraint))
    assert (drawn.marks, drawn.good) == ((("limit", *mark),), (good,))
    assert said_limit(limit_text(constraint), Unit.SHARE, check) == drawn
    assert said_limit(limit_text(constraint), Unit.SHARE) == NO_LINES, "nobody knows which way is better"


@given(some.floats(-1e9, 1e9), some.floats(1e-6, 1e9))
def test_ticks_are_few_and_inside(low: float, width: float) -> None:
    found = ticks(low, low + width)
    assert len(found) <= 9
    assert all(low - width * 1e-6 <= tick <= low + width * (1 + 1e-6) for tick in found)


def test_a_span_says_its_unit_once() -> None:
    assert span(0.071, 0.096, Unit.DIFFERENCE) == "7.1 to 9.6 pp"
    assert span(0.8, math.inf, Unit.SHARE) == "80 % to ∞"
    assert span(0.5, 90, Unit.DURATION) == "500 ms to 90 s"
    assert number(math.nan, Unit.SHARE) == "not a number"
    assert several(1, "rule") == "1 rule"
    assert several(2000, "rule") == "2,000 rules"


def test_what_blocked_it_names_the_failed_rule_first_and_its_slice() -> None:
    made = layout(blocked())
    assert (made.tone, made.deciding_title) == ("blocked", "What blocked it")
    assert [(reason.rule, reason.look, reason.where) for reason in made.deciding] == [("FAIR-01", "fail", "sex")]


def test_what_is_not_shown_yet_is_sorted_by_severity() -> None:
    made = layout(held())
    assert made.deciding_title == "What is not shown yet"
    assert [reason.rule for reason in made.deciding] == ["PRIV-01", "FAIR-01"]


def test_an_advisory_rule_is_watched_and_never_decides() -> None:
    made = layout(held())
    assert "PERF-02" not in [reason.rule for reason in made.deciding]
    assert "PERF-02" in [reason.rule for reason in made.watch]
    assert "PERF-02" not in [step.rule for step in made.steps]


def test_each_step_has_somebody_who_does_it() -> None:
    made = layout(held())
    who = {step.rule: step.who for step in made.steps}
    assert who == {"PRIV-01": "privacy@acme.example", "FAIR-01": "fair-lending@acme.example"}
    (fairness_step,) = (step for step in made.steps if step.rule == "FAIR-01")
    assert fairness_step.what.startswith("Open the group table")
    assert "1,800 to 4,200" in fairness_step.needed[0]


def test_a_rule_without_owner_is_the_policy_owners() -> None:
    line = completeness(status=Status.FAIL)
    made = layout(report(Decision.BLOCKED, [replace(line, rule=replace(line.rule, owner=""))], "1 rule failed"))
    assert made.steps[0].who == "compliance-credit@acme.example"


def test_ways_out_are_offered_in_the_order_of_the_language_and_never_without_confidence() -> None:
    ways = layout(held()).ways_out
    words = ("second one", "out-of-fold", "Label more rows", "Accept the uncertainty")
    assert [word in way for word, way in zip(words, ways, strict=True)] == [True] * 4
    assert all("Price:" in way for way in ways)
    assert "confidence: none" not in " ".join(ways)
    assert layout(single()).ways_out == ()


def test_groups_of_fewer_than_ten_people_are_hidden_with_their_numbers() -> None:
    made = layout(blocked())
    rows = [
        row for rule in made.rules for finding in rule.findings for row in finding.groups if row.name == "not stated"
    ]
    assert rows
    assert all((row.rows, row.value, row.interval, row.hidden) == ("<10", "", "", True) for row in rows)
    assert all(row.trace is None for row in rows)


def test_groups_share_one_scale_with_round_ends() -> None:
    finding = layout(twenty_groups()).rules[0].findings[0]
    places = [row.trace.value for row in finding.groups if row.trace]
    assert len(places) == 18
    assert finding.scale == ("50 %", "90 %")
    assert places == sorted(places)
    assert places[0] == 25.0


def test_the_stretch_that_the_limit_leaves_the_groups_is_drawn_where_it_follows_from_them() -> None:
    found = {f.name: f for rule in layout(blocked()).rules for f in rule.findings if f.groups}
    assert found["age_band"].window_words == "within 10 pp of the highest"
    assert found["age_band"].window == (35.0, 85.0)
    assert found["sex"].window is None, "the gap seen is not the gap of the groups shown: one of them is hidden"


def test_a_partial_run_is_never_shown_as_allowed() -> None:
    made = layout(allowed("partial"))
    assert made.tone == "held"
    assert "Nothing is allowed by a partial run" in made.meaning
    assert [name for name, _ in made.stamps] == ["partial"]


def test_audit_and_trial_are_stamped() -> None:
    made = layout(allowed("trial", "audit"))
    assert [name for name, _ in made.stamps] == ["audit", "trial"]
    assert "never earn a permit" in made.stamps[1][1]


def test_counts_add_up_to_the_rules_and_say_who_only_advises() -> None:
    made = layout(held())
    assert sum(count.rules for count in made.counts) == len(made.rules) == 9
    assert {count.word: (count.rules, count.advisory) for count in made.counts}["not shown yet"] == (3, 1)


def test_no_rules_and_no_policy_say_so() -> None:
    empty = replace(report(Decision.HELD, [], "no policy applied"), policies=())
    made = layout(empty)
    assert made.counts == ()
    assert "no policy applies" in made.steps[0].what


def test_an_error_notice_is_a_reason() -> None:
    bad = replace(
        single(), decision=Decision.BLOCKED, notices=(Notice("error", "PK900", "declared 0.99,\nrecomputed 0.71"),)
    )
    first = layout(bad).deciding[0]
    assert (first.rule, first.what) == ("PK900", "declared 0.99, recomputed 0.71")


@pytest.mark.parametrize(
    ("few", "many", "says"),
    [
        (
            None,
            None,
            "no number of rows (`sex=x` lacks them most) would settle it: the truth seems to sit at the limit",
        ),
        (100, 100, "about 100 rows that count in all (`sex=x` lacks them most) would probably settle it"),
        (1000, 2500, "about 1,000 to 2,500 rows that count in all (`sex=x` lacks them most)"),
        (
            1000,
            None,
            "from about 1,000 rows that count in all (`sex=x` lacks them most); no number settles it if the truth sits at the limit",
        ),
        (None, 400, "up to about 400 rows that count in all (`sex=x` lacks them most)"),
    ],
)
def test_rows_still_needed_are_a_range_or_none(few: int | None, many: int | None, says: str) -> None:
    assert still_needed(StillNeeded(few, many, "sex=x")).startswith(says)


def test_policies_that_did_not_apply_say_why() -> None:
    made = layout(held())
    assert [row.ref for row in made.applied] == ["acme.credit@3.2.0"]
    (other,) = made.not_applied
    assert other.why == "it asks for `use_case` marketing; the bundle says credit-scoring"


def test_what_a_pass_does_not_prove_counts_declared_evidence() -> None:
    said = " ".join(layout(held()).unproven)
    assert "2 rules rest on declared evidence" in said
    assert "fit for its purpose" in said
    assert "tables in memory" not in said
    assert "tables in memory" in " ".join(layout(replace(held(), subject="")).unproven)


def test_evidence_is_listed_without_its_values() -> None:
    rows = layout(held()).evidence
    assert [row.problem for row in rows] == ["", "from the cache", "missing: the bundle has no `load_test`"]
    assert all("8169" not in str(row) and "8,169" not in str(row) for row in rows)


def test_anchors_are_ours_and_unique() -> None:
    anchors = [rule.anchor for rule in layout(many(60)).rules]
    assert anchors == [f"rule-{at}" for at in range(1, 61)]


def test_groups_in_builders_are_as_in_real_reports() -> None:
    assert {group.name for group in (*SEXES, *AGES)} >= {"female", "62+"}


def test_nothing_that_decides_is_left_out_of_a_layout() -> None:
    made = layout(many(1000))
    stops = [rule.id for rule in made.rules if rule.look in ("fail", "undecided")]
    assert [reason.rule for reason in made.deciding] == stops
    assert [step.rule for step in made.steps] == stops


def test_nothing_stands_in_the_way_of_what_is_allowed() -> None:
    made = layout(allowed())
    assert made.deciding == ()
    assert made.steps == ()
    assert [reason.rule for reason in made.watch] == ["FAIR-01", "LAT-01", "PERF-02"]


@pytest.mark.parametrize(
    ("seconds", "limit", "labels"),
    [
        (0.182, "200 ms", ["0", "100 ms", "200 ms"]),
        (16_366 * 86400, "365 days", ["0", "5,000 days", "10,000 days", "15,000 days"]),
        (40 * 60, "90 minutes", ["0", "50 minutes", "100 minutes"]),
    ],
)
def test_labels_of_durations_are_round_in_the_unit_they_are_written_in(
    seconds: float, limit: str, labels: list[str]
) -> None:
    drawn = bar(Estimate(seconds, 0, seconds, 9, "order"), lines(at_most(limit, Unit.DURATION)), Unit.DURATION, limit)
    assert drawn is not None
    assert [tick.text for tick in drawn.ticks] == labels


def test_a_policy_held_by_an_absent_label_is_named_with_what_to_do() -> None:
    base = report(Decision.HELD, [completeness()], "`acme.marketing@1.0.0` asks about the label `use_case`")
    other = replace(
        base.policies[1], held="`use_case`", why="it asks about the label `use_case`, which this bundle lacks"
    )
    made = layout(replace(base, policies=(base.policies[0], other)))
    assert [(reason.rule, reason.what) for reason in made.deciding] == [("acme.marketing@1.0.0", other.why)]
    assert [step.what for step in made.steps] == ["declare the label `use_case` in the bundle's manifest"]


def test_a_partial_run_says_how_to_ask_everything() -> None:
    base = report(Decision.HELD, [completeness()], "the run was partial: only some rules were asked", scope="partial")
    made = layout(base)
    assert [reason.what for reason in made.deciding] == ["the run was partial: only some rules were asked"]
    assert [step.what for step in made.steps] == ["run again without `--only`: a partial run allows nothing"]

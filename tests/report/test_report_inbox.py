"""The inbox: the newest report on each model, what stops it, who acts, how long it waits, and what many of them share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.report.inbox import Wanted, inbox, words_of
from policykit.report.shared_causes import merged, shared_causes, short
from policykit.terms.inbox import Inbox
from policykit.terms.told import Change, Told
from tests.report.told_builders import at, finding, rule, told, tolds, waiver

TODAY = date(2027, 1, 20)


def made(*reports: Told, **wanted: Any) -> Inbox:
    return inbox(reports, today=TODAY, wanted=Wanted(**wanted))


def on(day: str, *rules: Any, **given: Any) -> Told:
    given.setdefault("as_of", f"2027-01-{day}")
    return told(*rules, time_evaluated=f"2027-01-{day}T09:00:00Z", **given)


FAILED = rule("FAIR-01", at(0.126, status="fail", reason="12.6 pp is surely above 10 pp, at 95 %"))
FINE = rule("FAIR-01", at(0.05))
SLOW = rule(
    "LAT-01",
    finding(status="undecided", cause="too_few", reason="120 samples; a 97.5 % bound on p99 needs 299"),
    owner="platform@acme.example",
)


def test_the_newest_report_of_a_model_counts_and_days_run_since_the_first_that_was_not_allowed() -> None:
    (line,) = made(on("15", FAILED), on("02", FAILED), on("09", FINE), on("12", SLOW)).waiting
    assert (line.decision, line.days, line.since) == ("BLOCKED", 8, "2027-01-12")
    assert (line.rule, line.who) == ("acme.credit/FAIR-01", "fair-lending@acme.example")
    assert line.reason == "FAIR-01 failed: 12.6 pp is surely above 10 pp, at 95 %"
    assert line.short == "FAIR-01 failed: 12.6 pp is surely above 10 pp"


def test_an_allowed_model_waits_for_nobody() -> None:
    (line,) = made(on("02", FAILED), on("09", FINE)).waiting
    assert (line.decision, line.days, line.since, line.who) == ("ALLOWED", None, "", "")
    assert line.news[0] == "BLOCKED → ALLOWED"
    assert line.before == "1.4.0 of 2027-01-02"


def test_each_stage_of_a_model_has_a_line_of_its_own() -> None:
    found = made(on("02", FINE), on("03", FAILED, stage="staging")).waiting
    assert [(line.stage, line.decision) for line in found] == [("staging", "BLOCKED"), ("production", "ALLOWED")]


def test_a_report_that_nobody_vouches_for_never_hides_one_that_was_verified() -> None:
    found = made(on("02", FAILED, signer="key 1"), on("19", FINE)).waiting
    assert [(line.decision, line.signer) for line in found] == [("BLOCKED", "key 1"), ("ALLOWED", "")]
    assert [line.news for line in found] == [(), ()]


@pytest.mark.parametrize(
    ("weaker", "note"),
    [
        ({"mode": "audit"}, "audit only"),
        ({"scope": "partial"}, "partial"),
        ({"scope": "trial"}, "trial"),
        ({"as_of": "2026-01-01"}, "as of 2026-01-01"),
        ({"unfit": "the trust file asks for more"}, "not accepted"),
        ({"gate_id": "quality"}, "gate quality"),
    ],
)
def test_what_weighs_less_or_is_of_another_gate_never_hides_a_decision(weaker: dict[str, Any], note: str) -> None:
    first, second = made(on("02", FAILED), on("09", FAILED), on("12", FINE, **weaker)).waiting
    assert (first.decision, first.days, first.note) == ("BLOCKED", 18, "")
    assert (second.decision, second.note) == ("ALLOWED", note)
    assert second.tone == ("allowed" if "gate_id" in weaker else "held")


def test_what_decides_nothing_is_told_only_while_it_is_newer_than_the_decision() -> None:
    (line,) = made(on("02", FINE, mode="audit"), on("09", FAILED)).waiting
    assert line.decision == "BLOCKED"


def test_an_allowed_report_that_lets_nothing_through_counts_as_held() -> None:
    found = made(on("02", FINE, mode="audit"))
    assert (found.count("ALLOWED"), found.count("HELD")) == (0, 1)


def test_what_needs_doing_comes_first_the_grave_before_the_patient() -> None:
    grave = rule("SEC-01", finding(status="fail", reason="no"), severity="critical")
    found = made(
        on("19", FINE, name="a"), on("18", SLOW, name="b"), on("10", FAILED, name="c"), on("05", FAILED, name="d"),
        on("19", grave, name="e"),
    ).waiting  # fmt: skip
    assert [line.name for line in found] == ["e", "d", "c", "b", "a"]


def test_of_several_reasons_the_gravest_fail_is_told_and_the_rest_counted() -> None:
    grave = rule("SEC-01", finding(status="fail", reason="no"), severity="critical")
    (line,) = made(on("02", SLOW, FAILED, grave, rule("ADV", at(0.2, status="fail"), advisory=True))).waiting
    assert (line.rule, line.more) == ("acme.credit/SEC-01", 2)


def test_what_no_rule_stops_is_told_in_the_words_of_the_report() -> None:
    held = on("02", FINE, decision="HELD", reason="the label `risk` is asked for and absent")
    blocked = on(
        "02", FINE, decision="BLOCKED", name="b", notices=(("error", "waiver_expired", "the waiver `W-1` has expired"),)
    )
    found = {line.name: (line.reason, line.who) for line in made(held, blocked).waiting}
    assert found == {
        "loan-default": ("the label `risk` is asked for and absent", ""),
        "b": ("the waiver `W-1` has expired", "whoever asked for the waiver"),
    }


def test_who_acts_follows_the_reason_and_not_an_unrelated_rule_that_is_open() -> None:
    refused = ("error", "waiver_refused", "the waiver `W-1` does not count: no signature of it was verified")
    asked = waiver("W-1", state="refused", requested_by="a.silva@acme.example")
    (line,) = made(on("02", SLOW, decision="BLOCKED", notices=(refused,), waivers=(asked,))).waiting
    assert (line.reason, line.who, line.rule, line.more) == (refused[2], "a.silva@acme.example", "", 1)
    twins = ("error", "judged_on_train", "`train` and `evaluation` are the same rows")
    (line,) = made(on("02", SLOW, decision="BLOCKED", notices=(twins,))).waiting
    assert (line.reason, line.who) == (twins[2], "")
    (line,) = made(on("02", SLOW, FAILED, decision="BLOCKED", notices=(twins,))).waiting
    assert (line.rule, line.who, line.more) == ("acme.credit/FAIR-01", "fair-lending@acme.example", 2)


def test_whoever_asked_for_a_waiver_finds_their_model() -> None:
    refused = ("error", "waiver_refused", "the waiver `W-1` does not count: no signature of it was verified")
    asked = waiver("W-1", state="refused", requested_by="a.silva@acme.example")
    held = on("02", SLOW, decision="BLOCKED", notices=(refused,), waivers=(asked,))
    assert len(made(held, owner="silva").waiting) == 1
    assert made(held, owner="platform").waiting[0].rule == "acme.credit/LAT-01"


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        ({"mode": "audit"}, "ALLOWED by a run in audit mode: it releases nothing"),
        ({"scope": "partial"}, "ALLOWED by a run over some of the rules: it releases nothing"),
        ({"scope": "trial"}, "ALLOWED by a first look with a ready-made policy: it releases nothing"),
        (
            {"as_of": "2026-01-01"},
            "ALLOWED as of 2026-01-01, which is another day than it was made on: it releases nothing",
        ),
        ({"unfit": "the trust file asks for an approval"}, "the trust file asks for an approval"),
    ],
)
def test_what_allows_and_releases_nothing_says_why_and_stands_as_held(look: dict[str, Any], reason: str) -> None:
    (line,) = made(on("12", FINE, **look)).waiting
    assert (line.word, line.tone, line.reason) == ("HELD", "held", reason)


def test_a_model_is_a_name_on_its_way_to_a_stage_however_many_lines_it_has() -> None:
    found = made(
        on("02", FINE),
        on("12", FAILED, as_of="2026-01-01"),
        on("02", FAILED, name="b"),
        on("02", SLOW, stage="staging"),
    )
    assert (len(found.waiting), found.models) == (4, 3)
    assert [found.count(word) for word in ("BLOCKED", "HELD", "ALLOWED")] == [1, 1, 1], "a look takes nothing back"
    shown = made(on("02", FINE), on("12", FINE, mode="audit"), on("02", FAILED, name="b"), stage="x")
    assert (shown.models, shown.left_out) == (0, 2)


def test_of_a_model_whose_reports_nobody_all_vouches_for_the_verified_one_counts() -> None:
    found = made(on("02", FAILED, signer="key 1"), on("19", FINE))
    assert (found.models, found.count("BLOCKED"), found.count("ALLOWED")) == (1, 1, 0)


def test_a_look_is_compared_with_no_other_run() -> None:
    looks = made(on("02", FINE), on("12", SLOW, scope="partial"), on("13", FAILED, as_of="2026-01-01")).waiting
    assert [(line.before, line.news) for line in looks if line.look] == [("", ())]
    assert [line.look for line in looks] == [True, False]


def test_an_audit_and_a_part_are_said() -> None:
    (line,) = made(on("02", FINE, mode="audit", scope="partial")).waiting
    assert line.note == "audit only, partial"


@pytest.mark.parametrize(
    ("wanted", "names", "asked"),
    [
        ({"since": date(2027, 1, 10)}, ["b", "c"], "since 2027-01-10"),
        ({"stage": "staging"}, ["c"], "stage staging"),
        ({"owner": "PLATFORM"}, ["b"], "owner PLATFORM"),
        ({"owner": "nobody"}, [], "owner nobody"),
        ({}, ["a", "c", "b"], ""),
    ],
)
def test_filters_leave_out_models_and_count_them(wanted: dict[str, Any], names: list[str], asked: str) -> None:
    found = made(
        on("02", FAILED, name="a"), on("12", SLOW, name="b"), on("13", FAILED, name="c", stage="staging"), **wanted
    )
    assert sorted(line.name for line in found.waiting) == sorted(names)
    assert (found.left_out, found.asked, found.reports) == (3 - len(names), asked, 3)


def test_asked_for_an_owner_their_own_reason_is_told_and_only_their_causes() -> None:
    found = made(on("02", FAILED, SLOW, name="a"), on("02", FAILED, SLOW, name="b"), owner="platform")
    assert {line.rule for line in found.waiting} == {"acme.credit/LAT-01"}
    assert [cause.rule for cause in found.causes] == ["acme.credit/LAT-01"]


@given(st.lists(tolds(), max_size=6))
def test_no_inbox_loses_a_model_or_invents_one(reports: list[Told]) -> None:
    named = [replace(each, name=f"m{at % 3}", stage="s") for at, each in enumerate(reports)]
    assert {line.name for line in made(*named).waiting} == {each.name for each in named}


def test_a_time_from_after_today_or_none_at_all_waits_no_days() -> None:
    assert made(on("29", FAILED)).waiting[0].days == 0
    assert made(told(FAILED, time_evaluated="never")).waiting[0].days is None


def samples(count: int, needed: int = 299, **given: Any) -> Told:
    reason = f"{count:,} samples; a 97.5 % bound on p99 needs {needed}"
    return told(rule("LAT-01", finding(status="undecided", cause="too_few", reason=reason)), name=f"m{count}", **given)


def test_one_cause_in_many_models_is_said_once_with_the_least_and_the_most_of_what_differs() -> None:
    (cause,) = shared_causes([samples(120), samples(80), samples(1200)])
    assert (cause.rule, cause.word) == ("acme.credit/LAT-01", "not shown yet")
    assert cause.said == "between 80 and 1,200 samples, by model; a 97.5 % bound on p99 needs 299"
    assert cause.models == ("m120 1.4.0", "m80 1.4.0", "m1200 1.4.0")
    assert cause.who == "fair-lending@acme.example"


def test_versions_of_one_policy_share_a_cause_and_one_model_alone_shares_none() -> None:
    one, two = samples(120), samples(80)
    two = replace(two, rules=(replace(two.rules[0], policy="acme.credit@4.0.0"),))
    assert len(shared_causes([one, two])) == 1
    assert shared_causes([one]) == ()
    assert shared_causes([one, replace(one, stage="staging")]) == ()


def test_other_words_and_other_verdicts_are_other_causes_and_what_stops_nothing_is_none() -> None:
    crashed = told(rule("LAT-01", finding(status="undecided", cause="crashed", reason="it broke")), name="x")
    advised = replace(samples(7), rules=(replace(samples(7).rules[0], advisory=True),))
    assert shared_causes([samples(120), crashed, advised]) == ()


def test_a_number_here_and_words_in_backticks_there_are_one_cause_and_no_crash() -> None:
    reports = [told(rule("R-1", finding(status="fail", reason=f"v {said} y")), name=said) for said in ("`x`", "0")]
    (cause,) = shared_causes(reports)
    assert cause.said == "v `x`, 0 y"
    odd = [told(rule("R-1", finding(status="fail", reason=said)), name=said) for said in ("v-`x` y", "v-0 y")]
    assert shared_causes(odd) == ()


def test_how_many_rows_would_settle_it_is_said_over_all_models() -> None:
    def doubtful(name: str, few: int, many: int) -> Told:
        mine = finding(
            status="undecided",
            cause="straddles",
            reason=f"{few / 100} pp may or may not be at most 10 pp",
            few=few,
            many=many,
        )
        return told(rule("FAIR-01", mine), name=name)

    (cause,) = shared_causes([doubtful("a", 900, 2500), doubtful("b", 410, 1100)])
    assert (
        cause.said
        == "4.1 and 9.0 pp may or may not be at most 10 pp; 410 to 2,500 rows that count would probably settle it"
    )


@pytest.mark.parametrize(
    ("texts", "text"),
    [
        (["3 of 9", "4 of 9"], "3 and 4 of 9"),
        (["no `income`", "no `age`"], "no `income`, `age`"),
        (["`a`", "`b`", "`c`", "`d`", "`e`"], "`a`, `b`, `c` and 2 more"),
        (["reviewed on 2025-09-02", "reviewed on 2024-01-01"], "reviewed on 2024-01-01 and 2025-09-02"),
        (["6 is not exactly 1200", "1,500 is not exactly 1200"], "6 and 1,500 is not exactly 1200"),
        (
            [f"{n} pp is above 10 pp: highest for `{n}`" for n in (12, 20, 15)],
            "between 12 and 20 pp is above 10 pp, by model: highest for `12`, `20`, `15`",
        ),
        ([f"no limit; {n} rows" for n in (3, 2, 1)], "no limit; between 1 and 3 rows, by model"),
        ([f"needs {n}; no" for n in (3, 2, 1)], "needs between 1 and 3, by model; no"),
        (["-0.5 is below 0", "-2 is below 0"], "-2 and -0.5 is below 0"),
        (["−3.5 pp against the champion", "−5.8 pp against the champion"], "−5.8 and −3.5 pp against the champion"),
        (
            ["+0.4 pp, 1,204 rows", "−1.2 pp, 3 rows", "±0 pp, 9 rows"],
            "between −1.2 and +0.4 pp, between 3 and 1,204 rows, by model",
        ),
        (["R-1 fails", "R-1 fails"], "R-1 fails"),
    ],
)
def test_texts_of_one_shape_become_one(texts: list[str], text: str) -> None:
    assert merged(texts) == text


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("12.6 pp (from 9.7 pp to 15.4 pp) is surely above 10 pp, at 95 %: highest for `a: b`, lowest for `c`; left out: 3 rows",
         "12.6 pp is surely above 10 pp: highest for `a: b`, lowest for `c`"),
        ("120 samples; a 97.5 % bound on p99 needs 299", "120 samples; a 97.5 % bound on p99 needs 299"),
        ("at 10:30 it broke", "at 10:30 it broke"),
        ("", ""),
        (": ; ", ""),
    ],
)  # fmt: skip
def test_a_reason_in_short_keeps_what_was_found_and_the_next_thing_said(reason: str, text: str) -> None:
    assert short(reason).strip(" :;") == text


@given(st.text(max_size=300))
def test_any_reason_can_be_shortened_and_merged_with_itself(reason: str) -> None:
    assert merged([short(reason), short(reason)]) == short(reason)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change("decision", "", "Decision", "", "HELD", "ALLOWED", True), "HELD → ALLOWED"),
        (Change("status", "p/R-1", "t", "", "passed", "failed at 3 pp", False), "R-1: passed → failed at 3 pp"),
        (Change("number", "p/R-1", "t", "sex", "5 pp", "8 pp", False), "R-1 sex: 5 pp → 8 pp"),
        (Change("limit", "p/R-1", "t", "", "at most 10 pp", ""), "R-1: at most 10 pp → nothing"),
        (Change("limit", "p/R-1", "t", "enforcement", "waivable", "absolute"), "R-1 was waivable, is absolute"),
        (Change("rule_added", "p/R-1", "t", "", "", "passed"), "R-1 is new: passed"),
        (Change("rule_gone", "p/R-1", "t", "", "failed", ""), "R-1 is gone: it failed"),
        (Change("rule_gone", "p/R-1", "t", "", "not applicable", ""), "R-1 is gone: it was not applicable"),
        (
            Change("rule_gone", "p/R-1", "t", "", "waived until 2027-03-31 by W-1", ""),
            "R-1 is gone: it was waived until 2027-03-31 by W-1",
        ),
        (
            Change("finding_gone", "p/R-1", "t", "reg", "not shown yet at 2.8 pp", ""),
            "R-1 no longer asks reg, which was not shown yet at 2.8 pp",
        ),
        (
            Change("finding_gone", "p/R-1", "t", "reg", "passed at 2.8 pp", ""),
            "R-1 no longer asks reg, which passed at 2.8 pp",
        ),
        (Change("policy", "", "t", "p", "p@1", "p@2"), "p@1 → p@2"),
        (Change("policy", "", "t", "p", "", "p@2"), "policy p@2 is new"),
        (Change("policy", "", "t", "p", "p@1", ""), "policy p@1 is gone"),
        (Change("waiver", "p/R-1", "W-1", "", "", "used (3 days left)"), "waiver W-1 used (3 days left) is new"),
        (Change("waiver", "p/R-1", "W-1", "", "used", ""), "waiver W-1 used is gone"),
        (Change("waiver", "p/R-1", "W-1", "", "used", "expired"), "waiver W-1 used → expired"),
    ],
)
def test_a_change_is_one_line(change: Change, words: str) -> None:
    assert words_of(change) == words

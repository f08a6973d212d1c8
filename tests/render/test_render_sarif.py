"""SARIF: by the standard's own names, on the policy's lines, the same alert over runs, within GitHub's limits."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from render_reports import allowed, blocked, fairness, gap, held, many, report, rule_line, single, twenty_groups, waived

from policykit.errors import Diagnostic
from policykit.render.sarif import sarif, sarif_problems
from policykit.stories.located import Around
from policykit.stories.pages import Page
from policykit.stories.screen import Screen
from policykit.terms.estimate import Estimate
from policykit.terms.place import Place
from policykit.terms.policy import Clause, Constraint
from policykit.terms.quantity import Unit, parse
from policykit.terms.report import Decision, Report, RuleLine
from policykit.terms.sentence import limit_text
from policykit.terms.verdict import Finding, Status

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.written.json").read_text())
ROOT = Path("/repo")
REPORTS: dict[str, Callable[[], Report]] = {
    "allowed": allowed,
    "partial": lambda: allowed("partial"),
    "trial": lambda: allowed("trial"),
    "audit": lambda: replace(blocked(), mode="audit"),
    "blocked": blocked,
    "held": held,
    "waived": waived,
    "single": single,
    "twenty groups": twenty_groups,
    "many": lambda: many(120),
    "none": lambda: replace(held(), rules=(), policies=(), evidence=(), materials=(), notices=()),
}


def log(report: Report, **page: Any) -> dict[str, Any]:
    """Return the SARIF log of a report, held against the standard."""
    made: dict[str, Any] = json.loads(Page(report, **page).shown("sarif", Screen()))
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(made)
    return made


def run(report: Report, **page: Any) -> dict[str, Any]:
    found: dict[str, Any] = log(report, **page)["runs"][0]
    return found


def alert(made: dict[str, Any], rule: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in made["results"] if one["ruleId"] == rule)
    return found


def prints(made: dict[str, Any]) -> set[str]:
    return {one["partialFingerprints"]["policykit/v1"] for one in made["results"]}


def placed(report: Report, line: int) -> Report:
    """Return the report with its first rule written at `line`."""
    first, *rest = report.rules
    return replace(
        report, rules=(replace(first, rule=replace(first.rule, place=Place("policies/credit.yaml", line, 5))), *rest)
    )


@pytest.mark.parametrize("name", REPORTS)
def test_a_log_holds_nothing_that_the_standard_does_not_know(name: str) -> None:
    made = run(REPORTS[name]())
    rules = made["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in made["results"])
    assert len(prints(made)) == len(made["results"])


@pytest.mark.parametrize(("name", "code"), [("allowed", 0), ("blocked", 1), ("held", 3), ("audit", 0), ("partial", 3)])
def test_the_run_succeeded_and_ended_with_the_decisions_own_code(name: str, code: int) -> None:
    (invocation,) = run(REPORTS[name]())["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, code)


@pytest.mark.parametrize("name", REPORTS)
def test_there_is_an_error_exactly_where_the_model_is_not_let_through(name: str) -> None:
    report = REPORTS[name]()
    errors = [one for one in run(report)["results"] if one["level"] == "error"]
    assert bool(errors) is not report.allowed


def test_what_is_not_shown_is_an_error_with_its_cause() -> None:
    made = run(held())
    found = alert(made, "acme.credit/FAIR-01")
    assert found["level"] == "error"
    assert (found["properties"]["status"], found["properties"]["cause"]) == ("undecided", "straddles")
    assert "would probably settle it" in found["message"]["text"]


def test_what_only_advises_is_no_error() -> None:
    assert alert(run(held()), "acme.credit/PERF-02")["level"] == "note"


def test_a_waiver_is_a_suppression_and_the_verdict_stays() -> None:
    found = alert(run(waived()), "acme.credit/FAIR-01")
    (suppression,) = found["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"].startswith(
        "waiver W-2027-014 until 2027-03-31, by m.keller@acme.example (head-of-model-risk): The 18-25"
    )
    assert (found["properties"]["status"], found["properties"]["waived"], found["level"]) == ("fail", True, "note")


def test_what_nobody_waived_has_no_suppression() -> None:
    assert all(one["suppressions"] == [] for one in run(blocked())["results"])


def test_an_alert_lies_on_the_rules_own_line_from_the_root_of_the_repository() -> None:
    report = placed(replace(blocked(), rules=blocked().rules[1:2]), 23)
    made = run(report, around=Around(ROOT, ROOT / "models"))
    found = alert(made, "acme.credit/FAIR-01")["locations"][0]["physicalLocation"]
    assert found["artifactLocation"]["uri"] == "models/policies/credit.yaml"
    assert found["region"] == {"startLine": 23, "startColumn": 5}


def test_what_speaks_of_the_whole_run_points_at_the_bundle() -> None:
    empty = REPORTS["none"]()
    (found,) = run(empty, around=Around(ROOT, ROOT), beside=Place("models/bundle.yaml"))["results"]
    assert found["ruleId"] == "policykit/decision"
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "models/bundle.yaml"


def test_a_path_outside_the_repository_tells_nothing_of_the_machine() -> None:
    near = Around(ROOT, ROOT)
    assert near.place(Place("/home/silva/policies/credit.yaml", 3)).path == "outside-this-repository/credit.yaml"
    assert near.place(Place("../policies/credit.yaml", 3)).path == "outside-this-repository/credit.yaml"
    assert near.place(Place("/repo/policies/credit.yaml", 3)).path == "policies/credit.yaml"
    assert near.place(Place("pack:baseline/people.yaml", 3)).path == "pack/baseline/people.yaml"


def test_alerts_are_the_same_over_runs_moved_lines_other_numbers_and_versions() -> None:
    first = placed(replace(blocked(), rules=blocked().rules[1:2]), 23)
    worse = fairness([gap("sex", 0.31, 0.29, 0.33, Status.FAIL), gap("age_band", 0.12, 0.07, 0.18, Status.UNDECIDED)])
    later = placed(
        replace(
            first,
            rules=(replace(worse, policy="acme.credit@4.0.0"),),
            version="1.5.0",
            time_evaluated="2026-12-01T00:00:00Z",
        ),
        57,
    )
    assert prints(run(first)) == prints(run(later))


def test_an_alert_closes_when_it_is_mended_and_the_others_stay() -> None:
    before = replace(blocked(), rules=blocked().rules[1:2])
    mended = fairness(
        [gap("sex", 0.05, 0.03, 0.07, Status.PASS), gap("age_band", 0.115, 0.062, 0.168, Status.UNDECIDED)]
    )
    after = replace(held(), rules=(mended,))
    assert prints(run(after)) < prints(run(before))


def test_two_models_never_share_an_alert() -> None:
    assert not prints(run(blocked())) & prints(run(replace(blocked(), name="card-limit")))
    assert run(blocked())["automationDetails"]["id"] == "policykit/loan-default/production/"


def any_of(*statuses: Status, rule: Status) -> RuleLine:
    """Return a rule of `any_of` whose parts have these statuses."""
    checks = ("performance.roc_auc", "performance.accuracy", "performance.recall", "performance.precision")
    estimate = Estimate(0.7, 0.7, 0.7, 10, "exact")
    findings = [
        Finding((), status, None, f"{checks[at]} is so", estimate, f"at least 0.{at}", check=checks[at], part=at)
        for at, status in enumerate(statuses)
    ]
    limit = Constraint(at_least=parse("0.8", Unit.NUMBER))
    line = rule_line(
        "PERF-09", "It ranks or it hits", checks[0], limit, findings, unit=Unit.NUMBER, status=rule, combine="any_of"
    )
    return replace(
        line, rule=replace(line.rule, clauses=tuple(Clause(name, {}, limit) for name in checks[: len(statuses)]))
    )


def test_a_part_of_any_of_that_failed_is_no_alert_where_another_part_carries_the_rule() -> None:
    line = any_of(Status.FAIL, Status.PASS, rule=Status.PASS)
    assert run(replace(allowed(), rules=(line,)))["results"] == []


def test_any_of_is_one_alert_with_the_status_of_the_rule_and_says_what_became_of_each_part() -> None:
    line = any_of(Status.FAIL, Status.UNDECIDED, rule=Status.UNDECIDED)
    (alert,) = run(report(Decision.HELD, [line], "nothing failed, 1 thing is not shown yet"))["results"]
    assert (alert["level"], alert["properties"]["status"]) == ("error", "undecided")
    assert "part 1, performance.roc_auc: fail: performance.roc_auc is so" in alert["message"]["text"]
    assert "part 2, performance.accuracy: not shown yet" in alert["message"]["text"]


def test_no_format_calls_a_rule_failed_of_which_a_part_may_still_carry_it() -> None:
    line = any_of(Status.FAIL, Status.UNDECIDED, rule=Status.UNDECIDED)
    page = Page(report(Decision.HELD, [line], "nothing failed, 1 thing is not shown yet"))
    assert 'failures="0"' in page.shown("junit", Screen()) and 'failures="1"' not in page.shown("junit", Screen())
    said = page.shown("github", Screen())
    assert "title=PERF-09 not shown yet" in said and "PERF-09 fail" not in said
    carried = any_of(Status.FAIL, Status.PASS, rule=Status.PASS)
    assert "PERF-09" not in Page(replace(allowed(), rules=(carried,))).shown("github", Screen())


def test_an_alert_of_any_of_stays_the_same_when_a_part_is_added_or_moved() -> None:
    made = [
        prints(run(report(Decision.BLOCKED, [any_of(*statuses, rule=Status.FAIL)], "1 rule failed")))
        for statuses in ((Status.FAIL,) * 2, (Status.FAIL,) * 3)
    ]
    assert made[0] == made[1]


def all_of(*clauses: Clause) -> RuleLine:
    """Return a rule of `all_of` each part of which fails."""
    findings = [
        Finding((), Status.FAIL, None, "no", check=clause.check, limit=limit_text(clause.constraint), part=at)
        for at, clause in enumerate(clauses)
    ]
    line = rule_line("ALL-1", "All of it", "x", Constraint(), findings, unit=Unit.NUMBER, combine="all_of")
    return replace(line, rule=replace(line.rule, clauses=clauses))


def part(check: str, limit: Constraint, **params: object) -> Clause:
    return Clause(check, params, limit)


LEAST, MOST = (Constraint(**{name: parse("0.8", Unit.NUMBER)}) for name in ("at_least", "at_most"))


def test_an_alert_of_all_of_is_known_by_what_it_asks_and_not_by_its_place() -> None:
    def alerts(*clauses: Clause) -> dict[str, str]:
        made = run(report(Decision.BLOCKED, [all_of(*clauses)], "1 rule failed"))["results"]
        return {one["partialFingerprints"]["policykit/v1"]: one["properties"]["check"] for one in made}

    first, second = part("performance.roc_auc", LEAST), part("performance.accuracy", LEAST)
    third, fourth = part("data.mean", MOST, column="age"), part("data.mean", MOST, column="debt")
    both = alerts(first, second, third, fourth)
    assert len(both) == 4
    assert alerts(fourth, third, second, first) == both
    assert alerts(part("performance.brier", MOST), first, second).items() >= alerts(first, second).items()
    stricter = part("performance.roc_auc", Constraint(at_least=parse("0.9", Unit.NUMBER)))
    assert alerts(stricter, second) == alerts(first, second), "another number is the same alert"


def test_what_is_asked_twice_is_told_apart_by_its_place_in_the_rule_and_not_by_how_it_stands() -> None:
    twice = all_of(part("data.mean", MOST, column="age"), part("data.mean", MOST, column="age"))
    passed = replace(twice.verdict.findings[0], status=Status.PASS)
    mended = replace(twice, verdict=replace(twice.verdict, findings=(passed, twice.verdict.findings[1])))
    before, after = (prints(run(report(Decision.BLOCKED, [line], "1 rule failed"))) for line in (twice, mended))
    assert len(before) - len(after) == 1 and after < before


def test_stamps_are_said_to_whoever_reads_the_log() -> None:
    made = run(allowed("partial", "audit"), stamps=(("unverified", "unverified: nobody signed it"),))
    assert made["properties"]["stamps"] == ["unverified", "audit", "partial"]
    told = {one["descriptor"]["id"]: one for one in made["invocations"][0]["toolConfigurationNotifications"]}
    assert told["policykit/unverified"]["message"]["text"] == "unverified: nobody signed it"


def test_ten_thousand_rules_stay_within_githubs_limits_and_say_what_is_left_out() -> None:
    worst = many(10_000)
    lines = tuple(
        replace(
            one,
            verdict=replace(
                one.verdict,
                status=Status.FAIL,
                findings=tuple(replace(f, status=Status.FAIL) for f in one.verdict.findings),
            ),
        )
        for one in worst.rules
    )
    text = Page(replace(worst, rules=lines)).shown("sarif", Screen())
    assert len(gzip.compress(text.encode())) < 10_000_000
    made = json.loads(text)["runs"][0]
    assert len(made["results"]) == 5_000
    first = made["invocations"][0]["toolExecutionNotifications"][0]
    assert first["message"]["text"].startswith("5,000 more results are left out, the less grave ones")
    assert len(made["tool"]["driver"]["rules"]) <= 25_000
    assert all(len(rule["properties"]["tags"]) <= 20 for rule in made["tool"]["driver"]["rules"])


def test_a_log_too_large_for_github_keeps_the_gravest() -> None:
    import random

    dice = random.Random(7)
    lines = []
    for index, line in enumerate(many(6_000).rules):
        noise = "".join(chr(dice.randrange(0x4E00, 0x9000)) for _ in range(900))
        lines.append(
            replace(
                line,
                rule=replace(line.rule, id=f"R-{index}", why=noise, fix=noise),
                sentence=noise,
                verdict=replace(
                    line.verdict,
                    status=Status.FAIL,
                    rule=f"R-{index}",
                    findings=tuple(replace(f, status=Status.FAIL) for f in line.verdict.findings),
                ),
            )
        )
    text = Page(replace(many(0), rules=tuple(lines))).shown("sarif", Screen())
    assert len(gzip.compress(text.encode())) < 10_000_000
    made = json.loads(text)["runs"][0]
    assert 0 < len(made["results"]) < 5_000
    assert "left out" in made["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_brackets_in_a_name_make_no_link_and_braces_no_placeholder() -> None:
    line = replace(blocked().rules[1], sentence="[click](https://evil.example) {0}")
    line = replace(
        line,
        verdict=replace(
            line.verdict, findings=tuple(replace(f, reason=r"[a](1) \ {0}") for f in line.verdict.findings)
        ),
    )
    text = alert(run(replace(blocked(), rules=(line,))), "acme.credit/FAIR-01")["message"]["text"]
    assert r"\[a\](1) \\ {{0}}" in text


def test_problems_of_documents_are_alerts_at_their_place_and_the_run_did_not_succeed() -> None:
    problem = Diagnostic("PK104", "no check is called `x`", "policies/credit.yaml", 26, 12, suggestion="y")
    made = json.loads(sarif_problems("the policies have 1 problem", "", (problem,), exit_code=2))
    jsonschema.validate(made, SCHEMA)
    (invocation,) = made["runs"][0]["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    (found,) = made["runs"][0]["results"]
    assert found["message"]["text"] == "no check is called `x`: did you mean `y`?"
    assert found["locations"][0]["physicalLocation"]["region"] == {"startLine": 26, "startColumn": 12}


def test_alerts_of_a_run_that_judged_nothing_close_with_the_next_one_of_the_same_gate_and_stage() -> None:
    problem = Diagnostic("PK104", "no check is called `x`", "policies/credit.yaml", 26, 12)
    report = replace(blocked(), gate_id="merge gate/model")
    made = sarif_problems("wrong", "", (problem,), exit_code=2, gate=report.gate_id, stage="production")
    assert json.loads(made)["runs"][0]["automationDetails"] == run(report)["automationDetails"]


def test_the_commit_is_named_where_it_is_known() -> None:
    near = Around(ROOT, ROOT, "https://git.acme.example/models", "9f86d08", "main")
    assert run(blocked(), around=near)["versionControlProvenance"] == [
        {"repositoryUri": "https://git.acme.example/models", "revisionId": "9f86d08", "branch": "main"}
    ]


def test_a_blocked_report_is_never_shown_as_security() -> None:
    assert "security-severity" not in sarif(Page(blocked())._results)


def test_only_blocked_reports_fail_the_decision_rule() -> None:
    assert Decision.BLOCKED.value in run(blocked())["invocations"][0]["exitCodeDescription"]

"""Rules: limits that cannot be meant, conditions on rows, patterns, and what must be covered."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.errors import PolicyError
from policykit.load.policies import examine
from policykit.terms.expr import And, Col, Compare, IsIn, IsMissing, Lit, Matches, Not, Or
from tests.load.policy_texts import examine_text, one, policy, rule, rule_of


@pytest.mark.parametrize(
    ("where", "expr"),
    [
        ("{column: a, equals: 1}", Compare("=", Col("a"), Lit(1))),
        ("{column: a, equals: '1'}", Compare("=", Col("a"), Lit("1"))),
        ("{column: a, equals: true}", Compare("=", Col("a"), Lit(True))),
        (
            "{column: a, at_least: 18, below: 65.5}",
            And((Compare(">=", Col("a"), Lit(18)), Compare("<", Col("a"), Lit(65.5)))),
        ),
        (
            "{column: a, between: [2026-01-01, 2026-12-31]}",
            And((Compare(">=", Col("a"), Lit("2026-01-01")), Compare("<=", Col("a"), Lit("2026-12-31")))),
        ),
        ("{column: a, is_one_of: [x, y]}", IsIn(Col("a"), (Lit("x"), Lit("y")))),
        ("{column: a, none_of: [x]}", Not(IsIn(Col("a"), (Lit("x"),)))),
        ("{column: a, is: present}", Not(IsMissing(Col("a")))),
        ("{column: a, is: absent}", IsMissing(Col("a"))),
        ("{column: a, matches: '^x+$'}", Matches(Col("a"), "^x+$")),
        ("{not: {column: a, above: 0}}", Not(Compare(">", Col("a"), Lit(0)))),
        (
            "{any_of: [{column: a, is: absent}, {all_of: [{column: b, at_most: 3}, {column: c, equals: d}]}]}",
            Or((IsMissing(Col("a")), And((Compare("<=", Col("b"), Lit(3)), Compare("=", Col("c"), Lit("d")))))),
        ),
    ],
)
def test_a_condition_on_rows_becomes_an_expression(where: str, expr: object) -> None:
    assert rule_of(f"check: data.row_count\nat_least: 1\nwhere: {where}").where == expr


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("{}", "`where` is empty"),
        ("{equals: 1}", "`where` names no column"),
        ("{column: a, all_of: []}", "`all_of` stands alone in its map"),
        ("{all_of: []}", "`all_of` holds no condition"),
        ("{column: a, at_least: true}", "`true` has no order"),
        ("{column: a, is_one_of: [1, '1']}", "the values are of different types"),
        ("{column: a, between: [3, 1]}", "no row lies between these two"),
        ("{column: a, between: [3]}", "`between` needs two values"),
        ("{column: a, equal: 1}", "`equal` is not a key of `where`"),
    ],
)
def test_a_condition_that_is_not_complete_is_refused(where: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        rule_of(f"check: data.row_count\nat_least: 1\nwhere: {where}")
    assert message in [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?=a)b",
        r"(?<!a)b",
        r"(a)\1",
        r"(?P<x>a)(?P=x)",
        r"(?>a+)b",
        r"a*+b",
        r"(?1)",
        r"\k<x>",
        r"a\Z",
        "(",
        "[a",
        r"(a{100}){100}",
        "(?#x)a",
        "a{,3}",
        "(" * 600,
        "x" * 1001,
    ],
)
def test_a_pattern_that_needs_more_than_linear_time_is_refused(pattern: str) -> None:
    quoted = pattern.replace("'", "''")
    found = examine_text(rule(f"check: data.pattern\nwith: {{column: a, matches: '{quoted}'}}\nat_least: 90 %"))
    assert "PK120" in found


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+$", r"^\d{4}-\d{2}$", r"[^@]+@[^@]+", r"(?i)yes|no", r"\p{L}+", r"a{2,500}", r"(?:ab)*?", r"\bx\b"],
)
def test_a_pattern_of_linear_time_is_accepted(pattern: str) -> None:
    assert (
        examine_text(rule(f"check: data.pattern\nwith: {{column: a, matches: '{pattern}'}}\nat_least: 90 %")) == set()
    )


FAIR = "rules:\n  - {id: F, title: T, why: W, check: fairness.four_fifths, for_each: %s, at_least: 4/5%s}"


@pytest.mark.parametrize(
    ("rules", "covered"),
    [
        (FAIR % ("protected_attributes", ""), True),
        (FAIR % ("[sex]", ""), True),
        (FAIR % ("[age]", ""), False),
        (FAIR % ("[sex]", ", enforcement: advisory"), False),
        ("rules:\n  - {id: A, title: T, why: W, check: data.row_count, at_least: 1, for_each: [sex]}", False),
    ],
)
def test_what_must_be_covered_needs_a_blocking_fairness_rule(rules: str, covered: bool) -> None:
    text = policy(f"must_cover: {{protected_attributes: [sex]}}\n{rules}")
    assert examine_text(text) == (set() if covered else {"PK118"})


@pytest.mark.parametrize(
    ("scope", "covered"),
    [("everything", True), ("{use_case: [a, b]}", True), ("{use_case: [b]}", False), ("{risk: [high]}", False)],
)
def test_another_policy_may_cover_where_it_applies_wherever_this_one_does(
    scope: str, covered: bool, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text(policy("must_cover: {protected_attributes: [sex]}\napplies_to: {use_case: [a]}"))
    (tmp_path / "b.yaml").write_text(policy(f"id: b\napplies_to: {scope}\n" + FAIR % ("[sex]", "")))
    assert [problem.code for problem in examine([tmp_path]).problems] == ([] if covered else ["PK118"])


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("check: data.mean\nwith: {column: a}\nbetween: [50, 30]", "PK202"),
        ("check: data.mean\nwith: {column: a}\nabove: 3\nbelow: 3", "PK202"),
        ("check: data.mean\nwith: {column: a}\nequals: 3\nat_least: 4", "PK213"),
        ("check: governance.owner\nis_one_of: [a]\nnone_of: [a]", "PK202"),
        ("check: governance.owner\nsuperset_of: [a, b]\nsubset_of: [a]", "PK202"),
        ("check: governance.owner\nis: absent\nis_one_of: [a]", "PK202"),
        ("check: performance.accuracy\nat_most: 90 %", "PK203"),
        ("check: performance.accuracy\nat_least: 90", "PK207"),
        ("check: performance.accuracy\nat_least: 90 pp", "PK204"),
        ("check: performance.roc_auc\nat_least: 90 %", "PK204"),
        ("check: data.row_count\nat_least: 2.5", "PK204"),
        ("check: data.row_count\nat_least: -1", "PK207"),
        ("check: performance.accuracy\nabove: 100 %", "PK207"),
        ("check: latency.p95\nat_most: 200 msec", "PK204"),
        ("check: latency.p95\nsurely_at_most: 200 ms", "PK201"),
        ("check: latency.p95\nbelow: 1 s\nsurely_at_most: 2 s", "PK206"),
        ("check: performance.accuracy\nat_least: 90 %\nsurely_at_least: 95 %", "PK206"),
        ("check: performance.accuracy\nat_least: 90 %\ncaution_below: 85 %", "PK205"),
        ("check: performance.accuracy\nat_least: 90 %\ncaution_above: 95 %", "PK205"),
        ("check: performance.accuracy\nbetween: [80 %]", "PK020"),
        ("check: performance.accuracy\ncompared_with: champion\nif_no_champion: undecided", "PK210"),
        (
            "check: performance.accuracy\ncompared_with: champion\nworse_by_at_most: -1 pp\nif_no_champion: undecided",
            "PK207",
        ),
        ("check: data.row_count\nat_least: 1\nevidence: {confidence: 100 %}", "PK207"),
        ("check: data.row_count\nat_least: 1\nevidence: {min_rows: 0}", "PK207"),
        ("check: data.row_count\nat_least: 1\nacross: [[sex]]", "PK020"),
        ("check: governance.owner\nis: present\ndata: train", "PK124"),
        ("check: data.row_count\nat_least: 1\nignore_groups: {values: [a], why: b}", "PK124"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(keys: str, code: str) -> None:
    assert examine_text(rule(keys)) == {code}


def test_a_near_miss_of_a_unit_is_corrected() -> None:
    with pytest.raises(PolicyError) as caught:
        rule_of("check: latency.p95\nat_most: 3 minuts")
    assert caught.value.problems[0].suggestion == "minutes"


def test_a_ratchet_is_refused_and_is_no_limit() -> None:
    assert examine_text(rule("check: performance.accuracy\nratchet: 1 pp")) == {"PK105", "PK201"}


def test_a_range_may_have_two_limits() -> None:
    assert examine_text(rule("check: performance.accuracy\nat_least: 60 %\nat_most: 99 %")) == set()


def test_a_parameter_may_stand_in_a_condition_too() -> None:
    found = one(
        policy(
            "parameters:\n  channel: {title: T, value: online}\n"
            "rules:\n  - {id: A, title: T, why: W, check: data.row_count, at_least: 1, where: {column: c, equals: $channel}}"
        )
    )
    assert found.rules[0].where == Compare("=", Col("c"), Lit("online"))


@pytest.mark.parametrize("confidence", ["none", "50 %", "79 %"])
def test_a_confidence_that_shows_little_is_a_warning(confidence: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        rule(f"check: performance.recall\nat_least: 80 %\nevidence: {{confidence: {confidence}}}")
    )
    assert [(each.code, each.level) for each in examine([tmp_path]).problems] == [("PK509", "warning")]


@pytest.mark.parametrize("groups", ["for_each: [sex]", "for_each: protected_attributes", "across: [[sex, age]]"])
def test_rows_for_each_group_are_asked_where_there_are_groups(groups: str, tmp_path: Path) -> None:
    keys = f"check: performance.accuracy\nat_least: 80 %\n{groups}\nevidence: {{min_rows_per_group: 100}}"
    (tmp_path / "p.yaml").write_text(rule(keys))
    assert examine([tmp_path]).problems == ()


def test_the_age_of_data_is_asked_only_where_every_check_of_the_rule_reads_data() -> None:
    both = "all_of:\n  - {check: data.row_count, at_least: 10}\n  - {check: %s}\nevidence: {max_age: 90 days}"
    assert examine_text(rule(both % "data.completeness, with: {column: a}, at_least: 9 %")) == set()
    assert examine_text(rule(both % "latency.p95, at_most: 200 ms")) == {"PK129"}

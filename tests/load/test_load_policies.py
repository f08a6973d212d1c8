"""Policies: what each key becomes, defaults, parameters, files and packs."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.errors import PolicyError
from policykit.load.companions import Companions
from policykit.load.policies import examine, lint, load_policies, read_policies
from policykit.terms.expr import Col, Compare, Lit
from policykit.terms.gate_file import PolicySource
from policykit.terms.policy import Bands, Enforcement, Evidence, Severity, Source
from policykit.terms.quantity import Unit
from tests.load.policy_texts import examine_text, one, policy, rule, rule_of

ROOT = Path(__file__).parents[2]


DESIGNED = """\
policykit: policy/1
id: acme.credit
version: 3.2.0
title: Models that decide on credit for people in the EU
owner: compliance-credit@acme.example
review_by: 2027-06-30

applies_to:
  use_case: [credit-scoring, loan-pricing]
  stage: [production]

must_cover:
  protected_attributes: [sex, age_band]

attributes:
  age_band: {from: age, cut: [25, 40, 62]}

parameters:
  largest_gap: {title: Largest tolerated gap, value: 10 pp, may_be_set_between: [2 pp, 10 pp]}

rules:
  - id: FAIR-01
    title: Approval rates differ little between protected groups
    check: fairness.demographic_parity_difference
    data: evaluation
    for_each: protected_attributes
    across: [[sex, age_band]]
    where: {column: channel, equals: online}
    at_most: $largest_gap
    surely_at_most: 15 pp
    caution_above: 8 pp
    evidence: {min_rows: 2000, min_rows_per_group: 100, max_age: 90 days, source: recomputed, confidence: 90 %, missing: fail}
    enforcement: waivable
    block_from: 2027-05-01
    severity: high
    owner: fair-lending@acme.example
    ignore_groups: {values: [unknown], why: People may decline to answer.}
    controls: [{id: nist-ai-rmf@1.0/MEASURE-2.11, how: contributes}]
    why: A gap above ten points was judged unacceptable.
    fix: Open the group table in the report.

  - id: PERF-01
    title: The new model is not worse than the model in use
    check: performance.roc_auc
    compared_with: champion
    worse_by_at_most: 0.005
    if_no_champion: undecided
    why: Nobody should be worse off.

  - id: OWN-01
    title: A named person answers for this model
    check: governance.owner
    with: {of: model}
    is: present
    enforcement: absolute
    why: Somebody has to be called.

  - id: LAT-01
    title: An answer arrives fast enough for the branch counter
    check: latency.p99
    at_most: 200 ms
    why: People wait for it.
"""


def test_the_policy_of_the_design_is_read_as_it_says() -> None:
    found = one(DESIGNED)
    assert (found.ref, found.owner, found.review_by) == (
        "acme.credit@3.2.0",
        "compliance-credit@acme.example",
        "2027-06-30",
    )
    assert found.applies_to.labels == {"use_case": ("credit-scoring", "loan-pricing")}
    assert found.applies_to.stages == ("production",)
    assert found.must_cover == ("sex", "age_band")
    assert found.attributes == {"age_band": Bands("age", (25.0, 40.0, 62.0))}
    assert [each.id for each in found.rules] == ["FAIR-01", "PERF-01", "OWN-01", "LAT-01"]


def test_a_rule_has_every_part_that_was_written() -> None:
    found = one(DESIGNED).rules[0]
    limit = found.clauses[0].constraint
    assert limit.at_most is not None and limit.surely_at_most is not None and limit.caution_above is not None
    assert (limit.at_most.value, limit.surely_at_most.value) == (Fraction(10, 100), Fraction(15, 100))
    assert (str(limit.at_most), limit.at_most.unit) == ("10 pp", Unit.DIFFERENCE)
    assert found.for_each == "protected_attributes"
    assert found.across == (("sex", "age_band"),)
    assert found.where == Compare("=", Col("channel"), Lit("online"))
    assert found.evidence.max_age is not None and found.evidence.max_age.value == 90 * 86400
    assert replace(found.evidence, max_age=None) == Evidence(
        2000, 100, None, Source.RECOMPUTED, Fraction(90, 100), "fail"
    )
    assert (found.enforcement, found.severity, found.block_from) == (Enforcement.WAIVABLE, Severity.HIGH, "2027-05-01")
    assert found.ignore_groups is not None and found.ignore_groups.values == ("unknown",)
    assert [control.id for control in found.controls] == ["nist-ai-rmf@1.0/MEASURE-2.11"]
    assert (found.place.line, found.place.column) == (22, 9)


def test_a_comparison_with_the_champion_says_what_holds_without_one() -> None:
    limit = one(DESIGNED).rules[1].clauses[0].constraint.relative
    assert limit is not None
    assert (limit.way, limit.amount.value, limit.relative, limit.to, limit.if_none) == (
        "worse_by_at_most",
        Fraction(5, 1000),
        False,
        "champion",
        "undecided",
    )


def test_a_loss_of_a_share_is_in_points_or_relative() -> None:
    begin = "check: performance.accuracy\ncompared_with: champion\nif_no_champion: advisory\n"
    points = rule_of(begin + "worse_by_at_most: 1 pp").clauses[0].constraint.relative
    share = rule_of(begin + "better_by_at_least: 5 % relative").clauses[0].constraint.relative
    assert points is not None and share is not None
    assert (points.amount.value, points.amount.unit, points.relative) == (Fraction(1, 100), Unit.DIFFERENCE, False)
    assert (share.amount.value, share.amount.text, share.relative, share.if_none) == (
        Fraction(1, 20),
        "5 % relative",
        True,
        "advisory",
    )


def test_what_is_not_written_has_its_default() -> None:
    found = rule_of("check: data.row_count\nat_least: 100")
    assert (found.enforcement, found.severity, found.evidence) == (Enforcement.WAIVABLE, Severity.MEDIUM, Evidence())
    assert (found.for_each, found.where, found.combine, found.block_from) == (None, None, "one", None)
    assert found.clauses[0].data == "evaluation"


def test_a_check_of_facts_reads_no_data_set() -> None:
    assert rule_of("check: governance.owner\nis: present").clauses[0].data == ""


def test_parts_have_their_own_data_and_limits() -> None:
    found = rule_of(
        "any_of:\n"
        "  - {check: data.completeness, with: {columns: [a, b]}, data: train, at_least: 99 %}\n"
        "  - {check: data.mean, with: {column: age}, between: [30, 50]}"
    )
    assert found.combine == "any_of"
    assert [(part.check, part.data) for part in found.clauses] == [
        ("data.completeness", "train"),
        ("data.mean", "evaluation"),
    ]
    assert found.clauses[0].params == {"columns": ("a", "b")}


def test_a_parameter_takes_the_place_of_its_name() -> None:
    text = policy(
        "parameters:\n  rows: {title: T, value: 500, may_be_set_between: [100, 1000]}\n  lowest: {title: T, value: 18}\n"
        "rules:\n  - id: A\n    title: T\n    why: W\n    check: data.in_range\n    with: {column: age, minimum: $lowest}\n"
        "    at_least: 99 %\n    evidence: {min_rows: $rows}"
    )
    own, set_ = one(text), read_policies([("p.yaml", text, {"rows": "200"})])[0]
    assert own.rules[0].clauses[0].params == {"column": "age", "minimum": 18}
    assert (own.rules[0].evidence.min_rows, own.settings) == (500, {})
    assert (set_.rules[0].evidence.min_rows, set_.settings) == (200, {"rows": "200"})


QUOTED = (
    "parameters:\n  gap: {title: T, value: 10 pp}\n  rows: {title: T, value: 500}\n"
    "rules:\n  - {id: A, title: T, why: W, check: fairness.demographic_parity_difference, for_each: [sex], at_most: %s, "
    "surely_at_most: 15 pp, evidence: {min_rows: %s}}"
)


@pytest.mark.parametrize(("gap", "rows"), [("$gap", "$rows"), ('"$gap"', "'$rows'"), ('"10 pp"', '"500"')])
def test_quotes_around_a_number_or_its_parameter_change_nothing(gap: str, rows: str) -> None:
    (found,) = one(policy(QUOTED % (gap, rows))).rules
    assert str(found.clauses[0].constraint.at_most) == "10 pp"
    assert found.evidence.min_rows == 500


def test_a_quoted_name_that_no_parameter_has_is_refused_where_a_number_belongs() -> None:
    assert examine_text(policy(QUOTED % ('"$gpa"', "30"))) == {"PK114"}


def test_a_quoted_name_stays_text_where_text_can_be_meant() -> None:
    text = policy(
        "parameters:\n  who: {title: T, value: a.silva}\n"
        "rules:\n  - {id: A, title: T, why: W, check: data.allowed_values, with: {column: c, values: ['$who', $who]}, "
        "at_least: 99 %, where: {column: d, equals: '$who'}}\n"
        "  - {id: B, title: T, why: W, check: governance.owner, with: {of: model}, equals: '$who'}\n"
        "  - {id: C, title: T, why: W, check: governance.owner, with: {of: model}, is_one_of: ['$who', $who]}"
    )
    values, owner, owners = one(text).rules
    assert values.clauses[0].params["values"] == ("$who", "a.silva")
    assert values.where == Compare("=", Col("d"), Lit("$who"))
    assert owner.clauses[0].constraint.equals == Lit("$who")
    assert owners.clauses[0].constraint.is_one_of == (Lit("$who"), Lit("a.silva"))


def test_a_quoted_parameter_is_a_number_where_the_check_gives_one() -> None:
    text = policy(
        "parameters:\n  rows: {title: T, value: 500}\n"
        "rules:\n  - {id: A, title: T, why: W, check: data.row_count, equals: '$rows'}"
    )
    assert str(one(text).rules[0].clauses[0].constraint.equals) == "500"


def test_a_report_is_read_again_as_it_was_judged(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(DESIGNED, encoding="utf-8", newline="")
    (loaded,) = load_policies([PolicySource(str(tmp_path / "a.yaml"), {"largest_gap": "5 pp"})])
    (again,) = read_policies([(loaded.path, loaded.text, loaded.settings)])
    assert (again.ref, again.path, again.text, again.settings) == (
        loaded.ref,
        "a.yaml",
        loaded.text,
        {"largest_gap": "5 pp"},
    )
    assert [(each.clauses[0].constraint, each.where) for each in again.rules] == [
        (each.clauses[0].constraint, each.where) for each in loaded.rules
    ]


def test_a_gate_file_may_tighten_a_limit_past_its_caution() -> None:
    (found,) = read_policies([("p.yaml", DESIGNED, {"largest_gap": "8 pp"})])
    limit = found.rules[0].clauses[0].constraint
    assert limit.at_most is not None and limit.caution_above is not None
    assert limit.at_most.value == limit.caution_above.value == Fraction(8, 100)


def test_folders_are_walked_and_other_kinds_skipped(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "b.yml").write_text(policy("id: b"))
    (tmp_path / "a.yaml").write_text(policy("id: a"))
    (tmp_path / "trust.yaml").write_text("policykit: trust/1\n")
    (tmp_path / "readme.md").write_text("no policy")
    found = load_policies([tmp_path])
    assert [(each.id, each.path) for each in found] == [("a", "a.yaml"), ("b", "deep/er/b.yml")]


def test_a_file_of_another_kind_may_not_be_named(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("policykit: waiver/1\nid: W-1\n")
    with pytest.raises(PolicyError) as caught:
        load_policies([tmp_path / "w.yaml"])
    assert [problem.message for problem in caught.value.problems] == ["this is a waiver document, not a policy"]


@pytest.mark.parametrize(
    "text", ["", "# comment", "name: ci\non: push\n", "policykit: polcy/1\n", "- a\n", "policykit: policy/2\n"]
)
def test_a_file_that_is_no_document_stops_the_folder(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(policy())
    (tmp_path / "b.yaml").write_text(text)
    with pytest.raises(PolicyError) as caught:
        load_policies([tmp_path])
    assert {problem.code for problem in caught.value.problems} <= {"PK003", "PK017", "PK018"}


@pytest.mark.parametrize("arguments", [[], ["empty"]])
def test_no_policy_at_all_is_an_error(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(PolicyError) as caught:
        load_policies([str(tmp_path / each) for each in arguments])
    assert [problem.code for problem in caught.value.problems] == ["PK019"]


@pytest.mark.parametrize("other", ["empty", "others", "backup"])
def test_what_gives_no_policy_is_an_error_whatever_the_others_give(
    other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("house", "empty", "others", "backup"):
        (tmp_path / name).mkdir()
    (tmp_path / "house" / "p.yaml").write_text(policy())
    (tmp_path / "others" / "trust.yaml").write_text("policykit: trust/1\n")
    (tmp_path / "backup" / "credit.yaml.bak").write_text(policy())
    with pytest.raises(PolicyError) as caught:
        load_policies(["house", other])
    assert [(problem.code, problem.message) for problem in caught.value.problems] == [
        ("PK019", f"there is no policy in `{other}`")
    ]
    assert caught.value.problems[0].hint == (
        "a policy is a file that begins with `policykit: policy/1`; name what holds one, or take this out"
    )


def test_an_entry_of_a_gate_file_that_gives_no_policy_is_told_at_its_place_and_its_settings_are_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "house.yaml").write_text(policy())
    (tmp_path / "empty").mkdir()
    entry = PolicySource(str(tmp_path / "empty"), {"gap": "1 pp"}, "policykit.yaml", line=4, column=5)
    for beside in (None, Companions()):
        (found,) = examine([str(tmp_path / "house.yaml"), entry], beside=beside).problems
        assert (found.code, found.path, found.line, found.column) == ("PK019", "policykit.yaml", 4, 5)


def test_what_is_wrong_in_a_policy_is_told_and_not_that_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(policy())
    (tmp_path / "b.yaml").write_text("policykit: policy/1\ntitle: Neither id nor version\n")
    codes = {each.code for each in examine([tmp_path / "a.yaml", tmp_path / "b.yaml"]).problems}
    assert codes == {"PK102"}


def test_tests_may_be_linted_by_themselves_and_are_no_policy_to_judge_by(tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "t.yaml").write_text("policykit: test/1\n")
    (tmp_path / "p.yaml").write_text(policy())
    linted = examine([tmp_path / "p.yaml", tests], beside=Companions()).problems
    assert "PK019" not in {each.code for each in linted}
    assert [each.code for each in examine([tmp_path / "p.yaml", tests]).problems] == ["PK019"]


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(rule("check: data.row_cuont\nat_least: 1"))
    (tmp_path / "b.yaml").write_text("a: &b c\n")
    (tmp_path / "c.yaml").write_text(policy("titel: x\nid: c"))
    with pytest.raises(PolicyError) as caught:
        load_policies([tmp_path])
    found = [(Path(problem.path).name, problem.code) for problem in caught.value.problems]
    assert found == [("a.yaml", "PK104"), ("b.yaml", "PK017"), ("b.yaml", "PK007"), ("c.yaml", "PK101")]
    assert str(caught.value) == "the policies have 4 problems"


def test_warnings_stop_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(policy("review_by: 2020-01-01"))
    assert len(load_policies([tmp_path])) == 1
    assert [(each.code, each.level) for each in lint([tmp_path], as_of="2026-11-22")] == [("PK502", "warning")]


@pytest.mark.parametrize("key", ["extends: [a@1]", "report: {privacy: {epsilon: 1}}"])
def test_what_comes_later_is_refused_clearly(key: str) -> None:
    assert examine_text(policy(key)) == {"PK105"}


def test_own_controls_are_named_by_the_gate_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(rule("check: data.row_count\nat_least: 1\ncontrols: [acme/7]"))
    assert [each.code for each in examine([tmp_path]).problems] == ["PK121"]
    assert examine([tmp_path], vocabulary={"controls": ("acme/7",)}).problems == ()


def test_a_report_with_own_controls_is_read_again_without_the_gate_file() -> None:
    assert rule_of("check: data.row_count\nat_least: 1\ncontrols: [acme/7]").controls[0].id == "acme/7"


def test_linting_imports_no_heavy_library() -> None:
    program = (
        "import sys; from policykit.load.policies import lint; from policykit.load.diagnose import write; lint(['pack:baseline']);"
        "print(*[m for m in ('numpy','scipy','pandas','polars','narwhals','sklearn','rich','pyarrow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "text",
    [
        rule("check: data.row_count\nat_least: 1\ncontrols: [" + ",".join(f"nist-{n}" for n in range(19_000)) + "]"),
        policy("rules: [" + ",".join(f"{{check: data.row_cont{n}}}" for n in range(6_000)) + "]"),
        policy("must_cover: {protected_attributes: [" + ",".join(f"a{n}" for n in range(19_000)) + "]}"),
        rule("check: data.row_count\nat_least: 1\nfor_each: [" + ",".join(f"a{n}" for n in range(19_000)) + "]"),
        policy("attributes: {" + ",".join(f"b{n}: {{fom: a}}" for n in range(4_000)) + "}"),
    ],
    ids=["controls", "rules", "cover", "groups", "attributes"],
)
def test_a_file_full_of_mistakes_is_judged_quickly(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text)
    begun = time.process_time()
    found = examine([tmp_path]).problems
    assert time.process_time() - begun < 5
    assert len(found) <= 19_000


MANY = "rules:\n" + "\n".join(
    f"  - {{id: R{n}, title: T, check: data.row_count, at_least: {n + 1}}}" for n in range(250)
)


def test_however_many_warnings_the_policy_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(policy(MANY))
    assert len(load_policies([tmp_path])[0].rules) == 250
    assert {problem.code for problem in lint([tmp_path])} == {"PK501"}


def test_however_many_warnings_the_error_after_them_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(policy(MANY + "\n  - {id: LAST, title: T, check: data.row_count}"))
    with pytest.raises(PolicyError) as caught:
        load_policies([tmp_path])
    assert [problem.code for problem in caught.value.problems] == ["PK201"]


PIECES = (
    *("at_least: 1", "at_most: 10 pp", "[", "{", "}", "]", ": ", "\n", "  ", "- ", "'", "&a ", "*a", "!!x ", "~"),
    *("$largest_gap", "1e999", "\t", "\ufeff"),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(DESIGNED)), st.integers(0, 30), st.one_of(st.sampled_from(PIECES), st.text(max_size=5))
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_damaged_policy_is_read_or_refused_by_policy_error_alone(cuts: list[tuple[int, int, str]]) -> None:
    text = DESIGNED
    for start, length, piece in cuts:
        text = text[:start] + piece + text[start + length :]
    try:
        assert read_policies([("p.yaml", text, {})])
    except PolicyError as error:
        assert error.problems
        assert all(problem.path == "p.yaml" or problem.code == "PK019" for problem in error.problems)

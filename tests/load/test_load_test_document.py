"""Tests of policies as documents: every mistake at its place, before anything is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.errors import Diagnostic, DocumentError, UsageError
from policykit.load.companions import Companions
from policykit.load.policies import examine, load_policies
from policykit.load.test_document import read_test_document
from policykit.load.test_files import load_tests
from policykit.load.yaml import read
from policykit.terms.decision import Decision
from policykit.terms.estimate import Estimate, Observed
from policykit.terms.verdict import Cause, Status, Unmeasured
from tests.load.policy_texts import case_of, policy

FAIR = (
    "rules:\n  - {id: FAIR-01, title: Fair, check: fairness.demographic_parity_difference, for_each: [sex],"
    " at_most: 10 pp, why: so}"
)


def problems(text: str) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    read_test_document(read(text.encode(), "t.yaml"), found)
    return found


def estimate(keys: str) -> str:
    """Return a test with one estimate, which begins on line 6, column 19."""
    return case_of(f"given:\n  estimates: [{{{keys}}}]")


def test_the_example_of_the_manual_is_read() -> None:
    text = """policykit: test/1
policy: acme.credit@3
cases:
  - name: a missing measurement is never a pass
    given: {labels: {use_case: credit-scoring}, stage: production, estimates: []}
    expect: {FAIR-01: undecided(missing), decision: HELD}
  - name: a small group is not shown, not fine
    given:
      labels: {use_case: credit-scoring}
      stage: production
      estimates:
        - {check: fairness.demographic_parity_difference, attribute: age_band, value: 1 pp, interval: [0 pp, 31 pp], rows: 5000}
    expect: {FAIR-01: undecided(straddles)}
"""
    found = read_test_document(read(text.encode(), "t.yaml"), [])
    first, second = found.cases
    assert (found.policy, first.given.stage, first.given.labels) == (
        "acme.credit@3",
        "production",
        {"use_case": ("credit-scoring",)},
    )
    assert (first.rules["FAIR-01"].status, first.rules["FAIR-01"].cause) == (Status.UNDECIDED, Cause.MISSING)
    assert first.decision is Decision.HELD
    (given,) = second.given.estimates
    assert isinstance(given.answer, Estimate)
    assert (given.answer.value, given.answer.low, given.answer.high, given.answer.n) == (0.01, 0.0, 0.31, 5000)
    assert (given.attribute, given.place.line) == ("age_band", 12)


def test_a_thing_is_there_or_absent_and_quotes_make_it_a_text() -> None:
    for written, value in (("absent", None), ('"absent"', "absent"), ("[a, b]", ("a", "b")), ("3", 3)):
        found = read_test_document(read(estimate(f"check: governance.owner, value: {written}").encode(), "t"), [])
        assert found.cases[0].given.estimates[0].answer == Observed(value)


def test_no_number_has_its_cause() -> None:
    found = read_test_document(read(estimate("check: latency.p99, undecided: crashed").encode(), "t"), [])
    assert found.cases[0].given.estimates[0].answer == Unmeasured(Cause.CRASHED, "so the test says")


GAP = "check: fairness.demographic_parity_difference"


@pytest.mark.parametrize(
    ("text", "line", "column", "code", "message", "suggestion"),
    [
        (case_of("gven: {}"), 5, 5, "PK101", "`gven` is not a key of a case", "given"),
        (case_of("given: {label: {a: b}}"), 5, 13, "PK101", "`label` is not a key of `given`", "labels"),
        (case_of("given: {stage: Production}"), 5, 20, "PK125", "`Production` is not a stage", ""),
        (case_of("given: {labels: {use case: a}}"), 5, 22, "PK103", "`use case` is not a label", ""),
        (case_of("given: {as_of: 1.2.2027}"), 5, 20, "PK024", "`1.2.2027` is not a day", ""),
        (
            case_of("given: {task: {kind: regresion}}"),
            5,
            26,
            "PK026",
            "`regresion` is none of `binary-classification`, `multiclass-classification`, `regression`, `ranking`, `forecasting`",
            "regression",
        ),
        (
            case_of("expect: {FAIR-01: pas}"),
            5,
            23,
            "PK026",
            "`pas` is none of `pass`, `fail`, `undecided`, `undecided(cause)`, `not_applicable`",
            "pass",
        ),
        (
            case_of("expect: {FAIR-01: undecided(stradles)}"),
            5,
            23,
            "PK026",
            "`stradles` is no cause of being undecided",
            "undecided(straddles)",
        ),
        (
            case_of("expect: {FAIR-01: pass(missing)}"),
            5,
            23,
            "PK026",
            "`pass(missing)` is none of `pass`, `fail`, `undecided`, `undecided(cause)`, `not_applicable`",
            "pass",
        ),
        (
            case_of("expect: {decision: HOLD}"),
            5,
            24,
            "PK026",
            "`HOLD` is none of `ALLOWED`, `BLOCKED`, `HELD`",
            "HELD",
        ),
        (case_of("expect: {}"), 5, 13, "PK021", "the case expects nothing", ""),
        ("policykit: test/1\npolicy: a@1\ncases: []\n", 3, 8, "PK021", "the test has no cases", ""),
        ("policykit: test/1\npolicy: a@1\ncases:\n", 3, 7, "PK021", "the test has no cases", ""),
        ("policykit: test/1\npolicy: a@1\n", 1, 1, "PK102", "a test needs `cases`", ""),
        (case_of("policy: acme.credit"), 2, 9, "PK103", "`acme.credit` does not name a policy with its version", ""),
        (
            case_of("").rstrip() + "\n  - {name: A case, given: {}, expect: {R: pass}}\n",
            7,
            12,
            "PK025",
            "two cases are called `A case`; the first is on line 4",
            "",
        ),
        (estimate("value: 1"), 6, 19, "PK102", "an estimate needs `check`", ""),
        (estimate("check: latency.p9, value: 1 s"), 6, 27, "PK104", "no check is called `latency.p9`", "latency.p99"),
        (estimate("check: latency.p99"), 6, 19, "PK804", "the estimate says nothing", ""),
        (
            estimate("check: latency.p99, value: 1 s"),
            6,
            47,
            "PK804",
            "`latency.p99` is about people behind the rows: without an interval nothing is shown",
            "",
        ),
        (
            estimate("check: latency.p99, value: 1 s, undecided: missing"),
            6,
            47,
            "PK804",
            "`value` cannot stand beside `undecided`: there is a number, or a reason why there is none",
            "",
        ),
        (
            estimate("check: governance.owner, value: a, rows: 3"),
            6,
            61,
            "PK804",
            "`rows` belongs to a number, and this check gives something that is there or is not",
            "",
        ),
        (
            estimate(f"{GAP}, value: 10 %, interval: [1 pp, 2 pp]"),
            6,
            74,
            "PK204",
            "`10 %` of a difference can be read two ways",
            "",
        ),
        (
            estimate(f"{GAP}, value: 5 pp, interval: [1 pp, 200 pp]"),
            6,
            90,
            "PK207",
            "`fairness.demographic_parity_difference` never gives `200 pp`",
            "",
        ),
        (estimate(f"{GAP}, value: 5 pp, interval: [1 pp]"), 6, 90, "PK020", "`interval` needs two numbers", ""),
        (
            estimate(f"{GAP}, value: 5 pp, interval: [1 pp, 9 pp], interval_together: [2 pp, 12 pp]"),
            6,
            123,
            "PK804",
            "`interval_together` from `2 pp` to `12 pp` does not hold `interval`",
            "",
        ),
        (
            estimate(f"{GAP}, undecided: crashed, interval_together: [2 pp, 12 pp]"),
            6,
            106,
            "PK804",
            "`interval_together` cannot stand beside `undecided`: there is a number, or a reason why there is none",
            "",
        ),
        (
            estimate(f"{GAP}, value: 5 pp, interval: [1 pp, 9 pp], rows: 10, smallest: 11"),
            6,
            124,
            "PK804",
            "the smallest group has 11 rows, and all groups together 10",
            "",
        ),
        (
            estimate("check: latency.p99, compared_with: champion, value: 1 s, interval: [1 s, 1 s]"),
            6,
            55,
            "PK211",
            "`latency.p99` cannot be compared with a champion",
            "",
        ),
        (estimate("check: data.row_count, value: 3, rows: 0"), 6, 59, "PK610", "`0` is less than 1", ""),
        (
            estimate("check: data.row_count, value: 3, source: rumour"),
            6,
            61,
            "PK026",
            "`rumour` is none of `recomputed`, `attested`, `declared`",
            "",
        ),
    ],
)
def test_a_mistake_is_told_at_its_place(
    text: str, line: int, column: int, code: str, message: str, suggestion: str
) -> None:
    found = [(each.line, each.column, each.code, each.message, each.suggestion) for each in problems(text)]
    assert (line, column, code, message, suggestion) in found


# --- beside policies -------------------------------------------------------------------------------------------------


def lint(folder: Path, text: str, *policies: str) -> list[Diagnostic]:
    for number, body in enumerate(policies):
        (folder / f"p{number}.yaml").write_text(body)
    (folder / "t.yaml").write_text(text)
    return [each for each in examine([folder], beside=Companions()).problems if each.path.endswith("t.yaml")]


def test_lint_reads_the_tests_beside_policies(tmp_path: Path) -> None:
    assert lint(tmp_path, case_of(""), policy(FAIR)) == []
    (found,) = lint(tmp_path, case_of("expect: {FAIR-1: pass}"), policy(FAIR))
    assert (found.code, found.line, found.column, found.suggestion) == ("PK802", 5, 14, "FAIR-01")
    assert found.message == "`acme.credit@3.2.0` has no rule `FAIR-1`"


def test_the_rule_of_an_estimate_has_to_be_there_too(tmp_path: Path) -> None:
    text = case_of(f"given: {{estimates: [{{{GAP}, rule: FAIR-2, undecided: missing}}]}}")
    (found,) = lint(tmp_path, text, policy(FAIR))
    assert (found.code, found.suggestion) == ("PK802", "FAIR-01")


def test_an_estimate_that_the_policy_does_not_ask_for_is_an_error(tmp_path: Path) -> None:
    (found,) = lint(tmp_path, estimate("check: fairness.demographic_parity_ratio, undecided: missing"), policy(FAIR))
    assert (found.code, found.suggestion) == ("PK803", "fairness.demographic_parity_difference")
    assert found.message == "`acme.credit@3.2.0` does not ask `fairness.demographic_parity_ratio`"


@pytest.mark.parametrize(
    ("reference", "message", "suggestion", "hint"),
    [
        ("acme.credit@2", "the policy `acme.credit@2` is not there", "", "there is acme.credit@3.2.0"),
        ("acme.credit@3.2.1", "the policy `acme.credit@3.2.1` is not there", "", "there is acme.credit@3.2.0"),
        ("acme.credti@3", "the policy `acme.credti@3` is not there", "acme.credit@3.2.0", ""),
        (
            "other@1",
            "the policy `other@1` is not there",
            "",
            "keep the test beside its policy, or name it: `--policies`",
        ),
    ],
)
def test_a_policy_that_is_not_there_is_an_error(
    reference: str, message: str, suggestion: str, hint: str, tmp_path: Path
) -> None:
    (found,) = lint(tmp_path, case_of(f"policy: {reference}"), policy(FAIR))
    assert (found.code, found.line, found.column) == ("PK801", 2, 9)
    assert (found.message, found.suggestion, found.hint) == (message, suggestion, hint)


def test_a_major_version_must_mean_one_policy(tmp_path: Path) -> None:
    both = (policy(FAIR), policy("version: 3.3.0\n" + FAIR))
    (found,) = lint(tmp_path, case_of(""), *both)
    assert (found.code, found.message, found.hint) == (
        "PK801",
        "`acme.credit@3` can be `acme.credit@3.2.0` and `acme.credit@3.3.0`",
        "write the whole version",
    )
    assert lint(tmp_path, case_of("").replace("@3", "@3.3.0"), *both) == []


def test_a_test_that_is_linted_alone_is_read_by_itself(tmp_path: Path) -> None:
    assert lint(tmp_path, case_of("policy: elsewhere@1")) == []
    (found,) = lint(tmp_path, case_of("expect: {A: pas}"))
    assert found.code == "PK026"


def test_a_gate_skips_tests_beside_its_policies(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy(FAIR))
    (tmp_path / "t.yaml").write_text("policykit: test/1\nnonsense: true\n")
    assert [found.id for found in load_policies([tmp_path])] == ["acme.credit"]


# --- files -----------------------------------------------------------------------------------------------------------


def test_the_policy_lies_beside_the_test_or_in_the_folder_above_or_is_named(tmp_path: Path) -> None:
    for place in (tmp_path / "here", tmp_path / "above" / "tests", tmp_path / "away"):
        place.mkdir(parents=True)
        (place / "t.yaml").write_text(case_of(""))
    (tmp_path / "named").mkdir()
    for name in ("here", "above", "named"):
        (tmp_path / name / "p.yaml").write_text(policy(FAIR))
    for name in ("here", "above/tests"):
        assert [found.ref for _, found in load_tests([f"{tmp_path}/{name}/t.yaml"]).tests] == ["acme.credit@3.2.0"]
    with pytest.raises(DocumentError, match="the tests have 1 problem") as caught:
        load_tests([f"{tmp_path}/away"])
    assert caught.value.problems[0].code == "PK801"
    assert len(load_tests([f"{tmp_path}/away"], [f"{tmp_path}/named"]).tests) == 1


def test_a_broken_neighbour_of_another_name_is_none_of_a_tests_business(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy(FAIR))
    (tmp_path / "q.yaml").write_text("policykit: policy/1\nid: other\n")
    (tmp_path / "t.yaml").write_text(case_of(""))
    assert len(load_tests([f"{tmp_path}/t.yaml"]).tests) == 1


def test_a_policy_in_the_folder_is_handed_on_whether_it_has_a_test_or_not(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy(FAIR))
    (tmp_path / "q.yaml").write_text(policy("id: untested\n" + FAIR))
    (tmp_path / "t.yaml").write_text(case_of(""))
    assert {found.id for found in load_tests([str(tmp_path)]).policies} == {"acme.credit", "untested"}


def test_no_test_at_all_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy(FAIR))
    with pytest.raises(UsageError, match="there is no test in") as caught:
        load_tests([str(tmp_path)])
    assert caught.value.hint == "a test is a file that begins with `policykit: test/1`; see docs/testing.md"


def test_a_document_of_another_kind_that_is_named_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "g.yaml").write_text("policykit: gate/1\n")
    with pytest.raises(DocumentError) as caught:
        load_tests([f"{tmp_path}/g.yaml"])
    (found,) = caught.value.problems
    assert (found.code, found.message) == ("PK019", "this is a gate document, not a test")

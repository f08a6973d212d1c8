"""`policykit test` on the command line: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from policykit.cli.start import run

ROOT = Path(__file__).parents[2]
Captured = pytest.CaptureFixture[str]
POLICY = """policykit: policy/1
id: acme.rows
version: 1.0.0
title: Rows
owner: nobody@acme.example
applies_to: everything
rules:
  - {id: ROWS, title: Enough rows, check: data.row_count, at_least: 100, why: so}
"""
HEAD = "policykit: test/1\npolicy: acme.rows@1\ncases:\n"
ENOUGH = (
    "  - {name: enough is enough, given: {estimates: [{check: data.row_count, value: 100}]},"
    " expect: {ROWS: pass, decision: ALLOWED}}\n"
)
FEW = "  - {name: few are few, given: {estimates: [{check: data.row_count, value: 99}]}, expect: {ROWS: fail}}\n"
NONE = "  - {name: none is never a pass, given: {}, expect: {ROWS: undecided(missing), decision: HELD}}\n"


def as_read(drafts: str) -> str:
    """Return drafted cases as somebody leaves them who has read them."""
    return drafts.replace("    drafted: true\n", "")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("rows.yaml").write_text(POLICY)
    Path("rows.test.yaml").write_text(HEAD + ENOUGH + FEW + NONE)
    return tmp_path


def test_all_as_expected_and_every_outcome_seen_is_0(capsys: Captured) -> None:
    assert run(["test"]) == 0
    assert capsys.readouterr().out == (
        "./rows.test.yaml: acme.rows@1.0.0\n"
        "  pass  enough is enough\n"
        "  pass  few are few\n"
        "  pass  none is never a pass\n"
        "3 cases, all as expected; every rule was seen to pass, fail and be undecided\n"
    )


def test_what_came_out_otherwise_is_1_and_says_why(capsys: Captured) -> None:
    Path("rows.test.yaml").write_text(HEAD + ENOUGH.replace("value: 100", "value: 99") + FEW + NONE)
    assert run(["test", "rows.test.yaml"]) == 1
    assert capsys.readouterr().out == (
        "rows.test.yaml: acme.rows@1.0.0\n"
        "  FAIL  enough is enough\n"
        "        rows.test.yaml:4\n"
        "        ROWS: expected pass, got fail\n"
        "          99 is below 100\n"
        "        decision: expected ALLOWED, got BLOCKED\n"
        "          1 rule failed\n"
        "  pass  few are few\n"
        "  pass  none is never a pass\n"
        "\n"
        "acme.rows@1.0.0: not every rule was seen to pass, fail and be undecided\n"
        "  ROWS  ----  fail  undecided  not seen: pass\n"
        "\n"
        "to paste under `cases:`, drafted from the policy's own limits: read each, put in the number that was meant, "
        "and delete `drafted: true`\n"
        "  - name: what is good enough passes\n"
        "    drafted: true\n"
        "    given:\n"
        "      estimates:\n"
        "        - {check: data.row_count, value: 200 rows}\n"
        "    expect:\n"
        "      ROWS: pass\n"
        "\n"
        "3 cases, 1 failed; 1 outcome not seen yet\n"
    )


def test_a_rule_that_was_not_seen_to_fail_is_1_unless_nobody_asks(capsys: Captured) -> None:
    Path("rows.test.yaml").write_text(HEAD + ENOUGH + NONE)
    assert run(["test"]) == 1
    assert "not seen: fail" in capsys.readouterr().out
    assert run(["test", "--no-coverage"]) == 0
    assert capsys.readouterr().out.endswith("2 cases, all as expected; coverage was not asked for\n")


def test_the_missing_cases_can_be_pasted(capsys: Captured) -> None:
    Path("rows.test.yaml").write_text(HEAD + ENOUGH)
    assert run(["test", "--write"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(
        "  # cases that the tests of acme.rows@1.0.0 lack, drafted from the policy's own limits: read each, put in the number "
        "that was meant, and delete `drafted: true`\n  - name: what is not good enough fails\n    drafted: true\n"
    )
    Path("rows.test.yaml").write_text(HEAD + ENOUGH + as_read(printed))
    assert run(["test"]) == 0


def test_a_whole_test_is_written_for_a_policy_that_has_none(capsys: Captured) -> None:
    Path("rows.test.yaml").unlink()
    assert run(["test", "--write", "."]) == 0
    drafted = capsys.readouterr().out
    Path("rows.test.yaml").write_text(as_read(drafted))
    assert run(["test"]) == 0


def test_the_file_that_the_shell_made_for_what_is_written_is_no_mistake(capsys: Captured) -> None:
    Path("rows.test.yaml").write_text("")
    assert run(["test", "--write", "."]) == 0
    assert capsys.readouterr().out.startswith("policykit: test/1\n")
    assert run(["test"]) == 2
    assert "PK003 the file is empty" in capsys.readouterr().err


def test_a_draft_does_not_count_as_seen_until_somebody_has_read_it(capsys: Captured) -> None:
    Path("rows.test.yaml").write_text(HEAD + ENOUGH + NONE + FEW.replace("given:", "drafted: true, given:"))
    assert run(["test"]) == 1
    assert capsys.readouterr().out == (
        "./rows.test.yaml: acme.rows@1.0.0\n"
        "  pass  enough is enough\n"
        "  pass  none is never a pass\n"
        "  pass  few are few  (a draft)\n"
        "\n"
        "acme.rows@1.0.0: not every rule was seen to pass, fail and be undecided\n"
        "  ROWS  pass  ----  undecided  in drafts alone: fail\n"
        "\n"
        "read each draft, put in the number that was meant, and delete `drafted: true`\n"
        "\n"
        "3 cases, 1 of them a draft, all as expected; 1 outcome seen in drafts alone\n"
    )
    assert run(["test", "--write"]) == 0
    assert capsys.readouterr().out == ""
    assert run(["test", "--output", "json"]) == 1
    rules = json.loads(capsys.readouterr().out)["coverage"][0]["rules"]
    assert rules == {"ROWS": {"seen": ["pass", "undecided"], "drafted": ["fail"], "missing": []}}


def test_a_limit_that_nobody_meant_is_not_green_because_a_machine_wrote_its_test(capsys: Captured) -> None:
    Path("rows.yaml").write_text(POLICY.replace("at_least: 100", "at_least: 1"))
    Path("rows.test.yaml").unlink()
    assert run(["test", "--write", "."]) == 0
    Path("rows.test.yaml").write_text(capsys.readouterr().out)
    assert run(["test"]) == 1
    assert capsys.readouterr().out.endswith(
        "3 cases, 3 of them drafts, all as expected; 3 outcomes seen in drafts alone\n"
    )


def test_what_is_drafted_is_true_or_not_there(capsys: Captured) -> None:
    Path("rows.test.yaml").write_text(HEAD + FEW.replace("given:", "drafted: maybe, given:"))
    assert run(["test"]) == 2
    assert "PK026 `maybe` is none of `true`" in capsys.readouterr().err


def test_cases_of_two_policies_are_never_run_together(capsys: Captured) -> None:
    Path("other.yaml").write_text(POLICY.replace("acme.rows", "acme.other"))
    Path("rows.test.yaml").unlink()
    assert run(["test", "--write", "."]) == 2
    assert capsys.readouterr() == (
        "",
        "policykit: cases are missing of 2 policies, and a test is of one: `acme.other@1.0.0`, `acme.rows@1.0.0`\n"
        "  name one policy and its test: `policykit test --write policies/one.yaml >> policies/one.test.yaml`\n",
    )
    assert run(["test", "--write", "other.yaml"]) == 0
    Path("other.test.yaml").write_text(as_read(capsys.readouterr().out))
    assert run(["test", "other.test.yaml"]) == 0


def test_nothing_is_written_where_nothing_lacks(capsys: Captured) -> None:
    assert run(["test", "--write"]) == 0
    assert capsys.readouterr().out == ""


def test_a_policy_beside_tests_that_nobody_tests_is_1(capsys: Captured) -> None:
    Path("other.yaml").write_text(POLICY.replace("acme.rows", "acme.other"))
    assert run(["test"]) == 1
    assert "acme.other@1.0.0: not every rule was seen to pass, fail and be undecided" in capsys.readouterr().out
    assert run(["test", "rows.test.yaml"]) == 0


def test_no_test_at_all_is_2(capsys: Captured) -> None:
    Path("rows.test.yaml").unlink()
    assert run(["test"]) == 2
    assert capsys.readouterr().err == (
        "policykit: there is no test in `.`\n  a test is a file that begins with `policykit: test/1`; see docs/testing.md\n"
    )


def test_no_cases_is_2(capsys: Captured) -> None:
    Path("rows.test.yaml").write_text(HEAD)
    assert run(["test"]) == 2
    assert "PK021 the test has no cases" in capsys.readouterr().err


def test_a_mistake_in_a_test_is_2_at_its_place(capsys: Captured) -> None:
    Path("rows.test.yaml").write_text(HEAD + ENOUGH.replace("ROWS:", "ROW:"))
    assert run(["test"]) == 2
    assert capsys.readouterr().err.startswith("./rows.test.yaml:4:98: PK802 `acme.rows@1.0.0` has no rule `ROW`\n")


def test_an_estimate_that_answers_nothing_is_2_and_nothing_is_printed(capsys: Captured) -> None:
    Path("rows.test.yaml").write_text(HEAD + ENOUGH.replace("value: 100", "value: 100, column: age"))
    assert run(["test"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "PK805 no rule asks for this estimate of `data.row_count`" in told.err


def test_a_broken_policy_is_2(capsys: Captured) -> None:
    Path("rows.yaml").write_text(POLICY.replace("at_least", "at_leats"))
    assert run(["test"]) == 2
    assert "did you mean `at_least`?" in capsys.readouterr().err


def test_policies_elsewhere_are_named(capsys: Captured) -> None:
    Path("away").mkdir()
    Path("rows.yaml").rename("away/policy.yaml")
    assert run(["test"]) == 0  # it lies below
    assert run(["test", "rows.test.yaml"]) == 2
    assert "PK801 the policy `acme.rows@1` is not there" in capsys.readouterr().err
    assert run(["test", "rows.test.yaml", "--policies", "away"]) == 0


@pytest.mark.parametrize("named", ["other", "other/more.yaml"])
def test_a_policy_that_is_named_and_that_nobody_tests_is_1(named: str, capsys: Captured) -> None:
    Path("other").mkdir()
    Path("other/more.yaml").write_text(POLICY.replace("acme.rows", "acme.more"))
    assert run(["test", "rows.test.yaml", "-p", named, "-p", "rows.yaml"]) == 1
    printed = capsys.readouterr().out
    assert "acme.more@1.0.0: not every rule was seen to pass, fail and be undecided" in printed
    assert printed.endswith("3 cases, all as expected; 3 outcomes not seen yet\n")
    assert run(["test", "rows.test.yaml", "-p", named, "--write"]) == 0
    assert capsys.readouterr().out.startswith("policykit: test/1\npolicy: acme.more@1.0.0\n")


def test_one_rule_of_a_named_policy_that_no_case_has_seen_is_1(capsys: Captured) -> None:
    Path("policies").mkdir()
    more = "  - {id: MORE, title: More rows, check: data.row_count, at_least: 1000, why: so}\n"
    Path("policies/rows.yaml").write_text(POLICY + more)
    Path("rows.yaml").unlink()
    assert run(["test", "rows.test.yaml", "-p", "policies/"]) == 1
    assert "  MORE  ----  ----  ---------  not seen: pass, fail, undecided\n" in capsys.readouterr().out


def test_a_copy_of_a_tested_policy_that_says_something_else_has_been_seen_by_nobody(capsys: Captured) -> None:
    Path("other").mkdir()
    Path("other/rows.yaml").write_text(POLICY.replace("at_least: 100", "at_least: 1"))
    assert run(["test", "rows.test.yaml", "other", "-p", "rows.yaml"]) == 1
    assert "3 outcomes not seen yet" in capsys.readouterr().out
    Path("other/rows.yaml").write_text(POLICY)
    assert run(["test", "rows.test.yaml", "other", "-p", "rows.yaml"]) == 0


def test_tests_elsewhere_of_every_named_policy_are_0(capsys: Captured) -> None:
    Path("policies").mkdir()
    Path("rows.yaml").rename("policies/rows.yaml")
    Path("tests").mkdir()
    Path("rows.test.yaml").rename("tests/rows.test.yaml")
    assert run(["test", "tests/", "-p", "policies/"]) == 0


def test_without_paths_the_policies_of_the_gate_file_are_tested(capsys: Captured) -> None:
    Path("policies").mkdir()
    for name in ("rows.yaml", "rows.test.yaml"):
        Path(name).rename(f"policies/{name}")
    Path("workflow.yaml").write_text("on: push\n")
    assert run(["test"]) == 2
    assert "PK017 the document does not say what it is" in capsys.readouterr().err
    Path("policykit.yaml").write_text("policykit: gate/1\npolicies: [{path: policies/}, {path: pack:baseline}]\n")
    assert run(["test"]) == 0


def test_json_says_the_same(capsys: Captured) -> None:
    Path("rows.test.yaml").write_text(HEAD + ENOUGH.replace("value: 100", "value: 99") + NONE)
    assert run(["test", "--output", "json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["passed"] is False
    assert said["tests"][0]["cases"][0] == {
        "name": "enough is enough",
        "line": 4,
        "drafted": False,
        "passed": False,
        "differences": [
            {"what": "ROWS", "expected": "pass", "got": "fail", "why": "99 is below 100"},
            {"what": "decision", "expected": "ALLOWED", "got": "BLOCKED", "why": "1 rule failed"},
        ],
        "notes": [],
    }
    assert said["coverage"][0]["rules"] == {"ROWS": {"seen": ["undecided"], "drafted": [], "missing": ["pass", "fail"]}}


def test_junit_holds_each_case_with_its_place_and_what_nobody_has_seen(capsys: Captured) -> None:
    Path("rows.test.yaml").write_text(HEAD + ENOUGH.replace("value: 100", "value: 99") + NONE)
    assert run(["test", "--output", "junit"]) == 1
    root = ElementTree.fromstring(capsys.readouterr().out)
    assert root.attrib | {"time": ""} == {
        "name": "policykit test", "tests": "3", "failures": "2", "errors": "0", "time": ""
    }  # fmt: skip
    cases = [
        (case.get("classname"), case.get("name"), case.get("file"), case.get("line")) for case in root.iter("testcase")
    ]
    assert cases == [
        ("acme.rows", "enough is enough", "./rows.test.yaml", "4"),
        ("acme.rows", "none is never a pass", "./rows.test.yaml", "5"),
        ("acme.rows", "acme.rows@1.0.0: every rule was seen to pass, fail and be undecided", None, None),
    ]
    assert [(failure.get("message"), failure.text) for failure in root.iter("failure")] == [
        (
            "ROWS: expected pass, got fail; decision: expected ALLOWED, got BLOCKED",
            "ROWS: 99 is below 100\ndecision: 1 rule failed\nwhere: ./rows.test.yaml:4",
        ),
        ("not so", "ROWS  ----  ----  undecided  not seen: pass, fail"),
    ]
    assert run(["test", "--output", "junit", "--no-coverage"]) == 1
    assert len([*ElementTree.fromstring(capsys.readouterr().out).iter("testcase")]) == 2


@pytest.mark.parametrize("output", ["junit", "json"])
def test_what_is_wrong_with_a_test_stands_where_its_results_would(output: str, capsys: Captured) -> None:
    Path("rows.test.yaml").write_text(HEAD + ENOUGH.replace("ROWS:", "ROW:"))
    assert run(["test", "--output", output]) == 2
    told = capsys.readouterr()
    assert "`acme.rows@1.0.0` has no rule `ROW`" in told.out
    assert "./rows.test.yaml:4:98: PK802" in told.err
    if output == "junit":
        assert ElementTree.fromstring(told.out).get("errors") == "2"
    else:
        assert json.loads(told.out)["problems"][0]["code"] == "PK802"


def test_cases_are_chosen_by_their_name_and_then_coverage_is_not_asked_for(capsys: Captured) -> None:
    assert run(["test", "--case", "FEW"]) == 0
    assert capsys.readouterr().out == (
        "./rows.test.yaml: acme.rows@1.0.0\n  pass  few are few\n1 case, all as expected; coverage was not asked for\n"
    )
    assert run(["test", "--case", "many"]) == 2
    assert "no case has `many` in its name" in capsys.readouterr().err
    assert run(["test", "--case", "few", "--write"]) == 2
    assert "`--write` and `--case` cannot stand together" in capsys.readouterr().err


def test_hostile_names_are_shown_and_nothing_else(capsys: Captured) -> None:
    name = "a [31m ${{ secrets.KEY }} ::set-output name=x:: `id`"
    Path("rows.test.yaml").write_text(HEAD + ENOUGH.replace("enough is enough", f'"{name}"') + FEW + NONE)
    assert run(["test"]) == 0
    assert f"  pass  {name}\n" in capsys.readouterr().out


def test_every_rule_of_every_pack_passes_fails_and_is_undecided(capsys: Captured) -> None:
    assert run(["test", str(ROOT / "policies")]) == 0
    told = capsys.readouterr().out
    packs = [path.name for path in (ROOT / "policies").iterdir() if path.is_dir()]
    assert len(packs) >= 7
    assert all(f"policies/{pack}/test.yaml: {pack}@" in told for pack in packs)
    assert told.endswith("all as expected; every rule was seen to pass, fail and be undecided\n")


def test_policies_elsewhere_are_not_taken_for_a_folder_of_that_name_here(folder: Path, capsys: Captured) -> None:
    (folder / "office").mkdir()
    (folder / "office" / "wrong.test.yaml").write_text(HEAD + ENOUGH.replace("value: 100", "value: 99"))
    (folder / "mine").mkdir()
    for name in ("rows.yaml", "rows.test.yaml"):
        (folder / name).rename(folder / "mine" / name)
    elsewhere = '{git: "https://git.acme.example/p", at: v3, path: office}'
    Path("policykit.yaml").write_text(f"policykit: gate/1\npolicies: [{elsewhere}, {{path: mine}}]\n")
    assert run(["test"]) == 0
    assert "office" not in capsys.readouterr().out

"""`policykit test` and `explain` by the limits in force, and slices that the gate looks at together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policykit.cli.start import run

Captured = pytest.CaptureFixture[str]
GAP = """policykit: policy/1
id: acme.gap
version: 1.0.0
title: A gap
owner: nobody@acme.example
applies_to: everything
parameters:
  gap: {title: How large it may be, value: 10 pp, may_be_set_between: [2 pp, 15 pp]}
  fixed: {title: How sure, value: 80 %}
rules:
  - id: FAIR
    title: Alike
    check: fairness.demographic_parity_difference
    for_each: [sex]
    at_most: $gap
    why: so
  - {id: GOOD, title: Good, check: performance.accuracy, at_least: $fixed, why: so}
"""
TWELVE = """policykit: test/1
policy: acme.gap@1
cases:
  - name: twelve points
    given:
      estimates:
        - {check: fairness.demographic_parity_difference, attribute: sex, value: 12 pp, interval: [11 pp, 13 pp]}
    expect: {FAIR: %s}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def office(folder: Path) -> Path:
    """A folder of a policy with a parameter that a gate file sets."""
    (folder / "policies").mkdir()
    (folder / "policies" / "gap.yaml").write_text(GAP)
    (folder / "policies" / "gap.test.yaml").write_text(TWELVE % "pass")
    (folder / "policykit.yaml").write_text("policykit: gate/1\npolicies: [{path: policies/, set: {gap: 15 pp}}]\n")
    return folder


@pytest.mark.parametrize("paths", [[], ["policies"], ["policies/gap.test.yaml"]])
def test_the_limits_of_the_gate_file_are_in_force_however_the_test_is_named(
    paths: list[str], office: Path, capsys: Captured
) -> None:
    assert run(["test", "--no-coverage", *paths]) == 0
    assert capsys.readouterr().out == (
        "policies/gap.test.yaml: acme.gap@1.0.0\n"
        "  with gap: 15 pp, as `policykit.yaml` sets it\n"
        "  pass  twelve points\n"
        "1 case, all as expected; coverage was not asked for\n"
    )
    Path("policykit.yaml").unlink()
    assert run(["test", "--no-coverage", "policies"]) == 1
    assert "FAIR: expected pass, got fail" in capsys.readouterr().out


def test_a_gate_file_elsewhere_is_named(office: Path, capsys: Captured) -> None:
    Path("gates").mkdir()
    Path("policykit.yaml").rename("gates/gate.yaml")
    Path("policies").rename("gates/policies")
    assert run(["test", "--no-coverage", "--config", "gates/gate.yaml"]) == 0
    assert "  with gap: 15 pp, as `gates/gate.yaml` sets it\n" in capsys.readouterr().out
    assert run(["test", "--no-coverage", "--config", "gates/gate.yaml", "--output", "json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)["tests"]
    assert (said["settings"], said["settingsBy"]) == ({"gap": "15 pp"}, "gates/gate.yaml")


def test_a_case_sets_a_parameter_itself_so_that_both_ends_of_it_are_tried(office: Path, capsys: Captured) -> None:
    ends = (TWELVE % "fail").replace("given:\n", "given:\n      set: {gap: 2 pp}\n").replace("twelve", "two") + "".join(
        (TWELVE % "pass").splitlines(keepends=True)[3:]
    )
    Path("policies/gap.test.yaml").write_text(ends)
    assert run(["test", "--no-coverage"]) == 0
    Path("policykit.yaml").unlink()
    assert run(["test", "--no-coverage", "policies"]) == 1
    assert "pass  two points\n  FAIL  twelve points\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("gap: 16 pp", "6:18: PK115 `gap` is set to `16 pp`, outside `2 pp` to `15 pp`"),
        ("gap: 16 days", "6:18: PK115 `gap` is set to `16 days`, outside `2 pp` to `15 pp`: it has another unit"),
        ("fixed: 70 %", "6:20: PK116 `fixed` may not be set"),
        ("gapp: 3 pp", "6:13: PK117 `acme.gap@1.0.0` has no parameter `gapp`"),
        ("zone: 3 pp", "6:13: PK117 `acme.gap@1.0.0` has no parameter `zone`"),
    ],
)
@pytest.mark.parametrize("verb", ["test", "lint"])
def test_what_a_case_may_not_set_is_an_error_at_its_place(
    verb: str, setting: str, said: str, office: Path, capsys: Captured
) -> None:
    Path("policies/gap.test.yaml").write_text(
        (TWELVE % "pass").replace("given:\n", f"given:\n      set: {{{setting}}}\n")
    )
    assert run([verb, "policies"]) == 2
    assert f"policies/gap.test.yaml:{said}\n" in capsys.readouterr().err


def test_a_setting_that_leaves_a_rule_without_sense_is_an_error_of_the_case(office: Path, capsys: Captured) -> None:
    Path("policykit.yaml").unlink()
    Path("policies/gap.yaml").write_text(GAP.replace("at_most: $gap", "at_most: $gap\n    surely_at_most: 12 pp"))
    Path("policies/gap.test.yaml").write_text(
        (TWELVE % "pass").replace("given:\n", "given:\n      set: {gap: 14 pp}\n")
    )
    assert run(["test", "policies"]) == 2
    assert capsys.readouterr().err.startswith(
        "policies/gap.test.yaml:6:12: PK206 set so, `surely_at_most: 12 pp` is stricter than `at_most: 14 pp`\n"
    )


def test_explain_reads_the_limits_in_force(office: Path, capsys: Captured) -> None:
    for words in (["policies"], ["policykit.yaml"], ["policies/gap.yaml", "--config", "policykit.yaml"]):
        assert run(["explain", *words]) == 0
        told = capsys.readouterr().out
        assert "  with gap: 15 pp, as `policykit.yaml` sets it\n" in told
        assert "must be at most 15 pp" in told
    Path("policykit.yaml").unlink()
    assert run(["explain", "policies"]) == 0
    told = capsys.readouterr().out
    assert "must be at most 10 pp" in told
    assert "sets it" not in told


def test_slices_that_fail_alone_only_are_told_of_in_their_case(capsys: Captured) -> None:
    Path("rows.yaml").write_text(GAP.replace("[sex]", "[sex, age_band]"))
    line = "        - {{check: fairness.demographic_parity_difference, attribute: {}, value: {} pp, interval: [{} pp, {} pp]}}\n"
    given = line.format("sex", 16.6, 10.2, 23.1) + line.format("age_band", 20.2, 10.5, 27.5)
    head, _, tail = (TWELVE % "fail").partition("        - ")
    Path("rows.test.yaml").write_text(head + given + tail.split("\n", 1)[1])
    assert run(["test", "--no-coverage"]) == 1
    assert capsys.readouterr().out == (
        "./rows.test.yaml: acme.gap@1.0.0\n"
        "  FAIL  twelve points\n"
        "        ./rows.test.yaml:4\n"
        "        FAIR: expected fail, got undecided(straddles)\n"
        "          sex: 16.6 pp (from 10.2 pp to 23.1 pp) may or may not be at most 10 pp, at 95 %; beyond it when looked at "
        "alone, not surely among 2 slices looked at together (and 1 more)\n"
        "        note: FAIR: the gate looks at these 2 slices together, and none fails by the interval of one alone: give the "
        "wider one as well, `interval_together: [low, high]`\n"
        "1 case, 1 failed; coverage was not asked for\n"
    )

"""The gate cannot be green by accident: each of these happened in a tool people trust."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from policykit.errors import PolicyError
from policykit.load.policies import load_policies
from policykit.terms.report import Decision
from tests.build import ACCURATE, ENOUGH, EQUAL, TASK, judged, people, rows, status, write_bundle, write_policy

COMPLETE = {"check": "data.completeness", "with": {"column": "income"}, "at_least": "99 %"}
RANGE = {"check": "data.in_range", "with": {"column": "income", "minimum": 0}, "at_least": "99 %"}
AUC = {"check": "performance.roc_auc", "at_least": 0.7}


def codes(path: Path) -> list[str]:
    with pytest.raises(PolicyError) as refused:
        load_policies([path])
    return [problem.code for problem in refused.value.problems]


def test_limits_that_contradict_each_other_are_an_error(tmp_path: Path) -> None:
    both = {"check": "data.completeness", "with": {"column": "income"}, "between": ["90 %", "80 %"]}
    assert codes(write_policy(tmp_path / "p.yaml", both))


def test_a_misspelt_limit_key_is_an_error(tmp_path: Path) -> None:
    assert codes(write_policy(tmp_path / "p.yaml", {"check": "data.row_count", "at_leest": 100}))


def test_a_policy_without_rules_is_an_error(tmp_path: Path) -> None:
    assert codes(write_policy(tmp_path / "p.yaml"))


def test_an_empty_table_is_not_shown(tmp_path: Path) -> None:
    found = judged(tmp_path, COMPLETE, data={"income": [], "sex": [], "y": [], "yhat": []})
    assert status(found) == "undecided(empty)"
    assert found.report.decision is Decision.HELD


def test_checks_that_could_not_run_hold(tmp_path: Path) -> None:
    found = judged(tmp_path, ENOUGH, COMPLETE)
    assert status(found, "R-2") == "undecided(missing)"
    assert found.report.decision is Decision.HELD


def test_all_of_nothing_is_not_success(tmp_path: Path) -> None:
    found = judged(tmp_path, EQUAL, protected_attributes=None)
    assert status(found) == "undecided(empty)"
    assert found.report.decision is Decision.HELD


def test_row_checks_do_not_pass_on_zero_rows(tmp_path: Path) -> None:
    found = judged(tmp_path, RANGE, data={"income": [], "sex": [], "y": [], "yhat": []})
    assert status(found) == "undecided(empty)"


def test_a_filter_that_leaves_no_row_is_not_shown(tmp_path: Path) -> None:
    found = judged(tmp_path, {**ACCURATE, "where": {"column": "sex", "equals": "x"}})
    assert status(found) == "undecided(empty)"


def test_nan_scores_are_never_quietly_left_out(tmp_path: Path) -> None:
    data = rows(
        (200, {"sex": "f", "y": 1, "s": 0.9}),
        (200, {"sex": "m", "y": 0, "s": 0.1}),
        (1, {"sex": "m", "y": 0, "s": math.nan}),
    )
    found = judged(tmp_path, AUC, data=data, task={"target": "y", "score": "s", "positive": 1})
    assert status(found) in ("undecided(not_finite)", "undecided(missing)")


def test_no_policy_that_applies_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_bundle(Path("b"), labels={"use_case": "marketing"})
    write_policy(Path("p.yaml"), ENOUGH, applies_to={"use_case": ["credit-scoring"]})
    assert run(["gate", "b", "-p", "p.yaml"]) == 3
    assert "no policy applied" in capsys.readouterr().out


def test_a_misspelt_check_is_an_error(tmp_path: Path) -> None:
    assert codes(write_policy(tmp_path / "p.yaml", {"check": "performance.acuracy", "at_least": "90 %"}))


def test_an_absent_metric_is_not_shown(tmp_path: Path) -> None:
    found = judged(tmp_path, AUC)
    assert status(found) == "undecided(missing)"
    assert "`task.score`" in found.report.rules[0].verdict.reason


@pytest.mark.parametrize("text", ["", "policy: x\n", "{", "policykit: policy/1\nid: x\n", "\x00"])
def test_an_invalid_policy_file_is_never_skipped(text: str, tmp_path: Path) -> None:
    write_policy(tmp_path / "good.yaml", ENOUGH)
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(PolicyError):
        load_policies([tmp_path])


def test_without_a_key_a_signature_is_not_checked_and_that_is_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH)
    run(["keys", "new", "k", "--unencrypted"])
    assert run(["gate", "b", "-p", "p.yaml", "--sign", "k.key.pem", "-o", "attestation=r.json"]) == 0
    assert run(["verify", "r.json"]) == 4


def test_no_flag_turns_a_bad_signature_into_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from policykit.cli.verify import command

    monkeypatch.chdir(tmp_path)
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH)
    run(["keys", "new", "k", "--unencrypted"])
    run(["keys", "new", "other", "--unencrypted"])
    run(["gate", "b", "-p", "p.yaml", "--sign", "k.key.pem", "-o", "attestation=r.json"])
    flags = [option.opts[0] for option in command.params if getattr(option, "is_flag", False)]
    assert flags
    for flag in flags:
        assert run(["verify", "r.json", "--key", "other.pub.pem", flag]) in (2, 4)


def test_a_relative_limit_must_say_what_no_champion_means(tmp_path: Path) -> None:
    rule = {"check": "performance.accuracy", "compared_with": "champion", "worse_by_at_most": "1 pp"}
    assert codes(write_policy(tmp_path / "p.yaml", rule))
    found = judged(tmp_path, {**rule, "if_no_champion": "undecided"})
    assert status(found) == "undecided(no_champion)"
    assert found.report.decision is Decision.HELD


def test_a_small_group_is_not_shown_and_never_left_out(tmp_path: Path) -> None:
    data = people()
    for name, value in (("sex", "x"), ("y", 1), ("yhat", 1)):
        data[name] = [*data[name], *[value] * 5]
    found = judged(tmp_path, EQUAL, data=data)
    assert status(found).startswith("undecided(")
    named = [group.name for finding in found.report.rules[0].verdict.findings for group in finding.groups]
    assert "x" in named


@pytest.mark.parametrize("value", [math.nan, None])
def test_nan_satisfies_no_lower_bound(value: Any, tmp_path: Path) -> None:
    data = rows(
        (50, {"sex": "f", "y": 1, "yhat": 1, "income": 10.0}), (50, {"sex": "m", "y": 1, "yhat": 1, "income": value})
    )
    inside = {"check": "data.in_range", "with": {"column": "income", "minimum": 0}, "at_least": "99 %"}
    found = judged(tmp_path, {**inside, "evidence": {"missing": "fail"}}, data=data)
    assert status(found) == "fail"


def test_a_where_with_nan_keeps_no_nan_row(tmp_path: Path) -> None:
    data = rows(
        (50, {"sex": "f", "y": 1, "yhat": 1, "income": 10.0}), (50, {"sex": "m", "y": 1, "yhat": 0, "income": math.nan})
    )
    found = judged(
        tmp_path, {"check": "data.row_count", "equals": 50, "where": {"column": "income", "above": 0}}, data=data
    )
    assert status(found) == "pass"


def test_a_model_without_the_label_does_not_escape_the_strict_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_bundle(Path("b"))
    write_policy(Path("policies/general.yaml"), ENOUGH, id="general")
    write_policy(Path("policies/strict.yaml"), ENOUGH, id="strict", applies_to={"use_case": ["credit-scoring"]})
    assert run(["gate", "b", "-p", "policies"]) == 3
    out = " ".join(capsys.readouterr().out.split())
    assert "`strict@1` asks about the label `use_case`, which this bundle lacks" in out


def test_a_cached_number_is_never_signed_as_recomputed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    monkeypatch.chdir(tmp_path)
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH)
    run(["keys", "new", "k", "--unencrypted"])
    words = ["gate", "b", "-p", "p.yaml", "--cache", "cache"]
    assert run(words) == 0
    assert run([*words, "-o", "json=cached.json"]) == 0
    assert '"cached": true' in Path("cached.json").read_text()
    assert run([*words, "--sign", "k.key.pem", "-o", "json=signed.json", "-o", "attestation=r.json"]) == 0
    signed = json.loads(Path("signed.json").read_text())
    assert not any(entry.get("cached") for entry in signed["measurements"])


def test_one_partition_all_null_changes_nothing_by_being_merged(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("income", pa.float64()), ("sex", pa.string()), ("y", pa.int64()), ("yhat", pa.int64())])
    bundle = write_bundle(tmp_path / "b", datasets={"evaluation": {"path": "part-*.parquet"}})
    for name, income in (("part-1", [1.0, 2.0]), ("part-2", [None, None])):
        table = pa.table({"income": income, "sex": ["f", "m"], "y": [1, 0], "yhat": [1, 0]}, schema=schema)
        pq.write_table(table, bundle / f"{name}.parquet")
    half = {"check": "data.completeness", "with": {"column": "income"}, "equals": "50 %"}
    policy = write_policy(tmp_path / "p.yaml", half)
    assert run(["gate", str(bundle), "-p", str(policy)]) == 0


def test_an_outcome_rate_needs_the_favourable_outcome(tmp_path: Path) -> None:
    task = {name: value for name, value in TASK.items() if name != "favourable"}
    found = judged(tmp_path, EQUAL, task=task)
    assert status(found) == "undecided(missing)"
    assert "`task.favourable`" in found.report.rules[0].verdict.reason


def test_eight_against_twelve_declined_is_not_ninety_two_against_eighty_eight(tmp_path: Path) -> None:
    ratio = {"check": "fairness.demographic_parity_ratio", "for_each": "protected_attributes", "at_least": "80 %"}
    data = people(men=(800, 10_000), women=(1200, 10_000))
    assert status(judged(tmp_path / "1", ratio, data=data)) == "fail"
    assert status(judged(tmp_path / "0", ratio, data=data, task={**TASK, "favourable": 0})) == "pass"


def test_labels_come_from_the_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_bundle(Path("b"), labels={"use_case": "marketing"})
    write_policy(Path("policies/p.yaml"), ENOUGH, applies_to={"use_case": ["credit-scoring"]})
    Path("inventory.csv").write_text("name,use_case\nloans,credit-scoring\n")
    Path("policykit.yaml").write_text("policykit: gate/1\npolicies: [{path: policies/}]\ninventory: inventory.csv\n")
    assert run(["gate", "b"]) == 2
    write_bundle(Path("b"))
    assert run(["gate", "b"]) == 0


def test_a_model_called_by_the_name_of_another_is_not_judged_as_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_policy(Path("policies/strict.yaml"), EQUAL, id="strict", applies_to={"use_case": ["credit-scoring"]})
    write_policy(Path("policies/mild.yaml"), ENOUGH, id="mild", applies_to={"use_case": ["marketing"]})
    Path("inventory.csv").write_text("name,use_case\nloans,credit-scoring\nnewsletter,marketing\n")
    head = "policykit: gate/1\npolicies: [{path: policies/}]\ninventory: inventory.csv\n"
    Path("policykit.yaml").write_text(f"{head}models: [loans]\n")
    unfair = people(men=(900, 1000), women=(100, 1000))
    write_bundle(Path("b"), unfair)
    assert run(["gate", "b", "-q"]) == 1
    write_bundle(Path("b"), unfair, name="newsletter")
    assert run(["gate", "b", "-q"]) == 2
    assert "`newsletter` is none of the models that this gate judges" in capsys.readouterr().err


def test_a_row_floor_hides_no_gap_of_thirty_points(tmp_path: Path) -> None:
    rule = {**EQUAL, "evidence": {"min_rows": 2000, "min_rows_per_group": 1000}}
    assert status(judged(tmp_path, rule, data=people(men=(40, 45), women=(10, 45)))) == "fail"


def test_a_crashing_check_leaves_only_its_own_rule_undecided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from policykit.checks import find

    broken = find("data.completeness")
    assert broken is not None

    def crash(*args: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(broken, "estimate", crash)
    data = {**people(), "income": [1.0] * 2000}
    found = judged(tmp_path, ENOUGH, COMPLETE, data=data)
    assert (status(found, "R-1"), status(found, "R-2")) == ("pass", "undecided(crashed)")
    assert found.report.decision is Decision.HELD


def test_a_misspelt_stage_applies_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH, applies_to={"stage": ["production"]})
    assert run(["gate", "b", "-p", "p.yaml", "--stage", "prodution"]) == 3


def test_declared_evidence_passes_no_rule_that_wants_recomputed(tmp_path: Path) -> None:
    rule = {"check": "governance.owner", "with": {"of": "model"}, "is": "present", "evidence": {"source": "recomputed"}}
    found = judged(tmp_path, rule, facts={"owners": {"model": "a.silva@acme.example"}})
    assert status(found) == "undecided(wrong_source)"


def test_a_fair_model_is_not_failed_for_having_many_groups_and_an_unfair_one_is(tmp_path: Path) -> None:
    fair = rows(*((n, {"g": f"g{i}", "y": o, "yhat": o}) for i in range(30) for o, n in ((1, 50), (0, 50))))
    each = {
        "check": "performance.accuracy",
        "for_each": ["g"],
        "at_least": "97 %",
        "evidence": {"min_rows_per_group": 30},
    }
    found = judged(tmp_path / "fair", each, data=fair, protected_attributes=["g"])
    assert status(found) != "fail"
    wrong = rows((100, {"g": "bad", "y": 1, "yhat": 0}))
    worse = {name: [*fair[name], *wrong[name]] for name in fair}
    assert status(judged(tmp_path / "unfair", each, data=worse, protected_attributes=["g"])) == "fail"

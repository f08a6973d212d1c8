"""What the gate says of each committed bundle: the decision, the rules, and that each README tells the same."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _verdicts():
    spec = importlib.util.spec_from_file_location("examples_verdicts", ROOT / "examples" / "verdicts.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


verdicts = _verdicts()
RUNS = {f"{run.example}/{run.name}": run for run in verdicts.RUNS}


@pytest.fixture(scope="module")
def report():
    """Gate each example once, and return its report."""
    done: dict[str, dict] = {}

    def _gated(name: str) -> dict:
        if name not in done:
            done[name] = verdicts.gated(RUNS[name])
        return done[name]

    return _gated


def _statuses(report: dict) -> dict[str, str]:
    return {f"{rule['policy'].split('@')[0]}/{rule['id']}": rule["status"] for rule in report["rules"]}


def _finding(report: dict, rule: str, *slice_: str) -> dict:
    found = next(line for line in report["rules"] if line["id"] == rule)
    return next(f for f in found["findings"] if tuple(value for _, value in f["slice"]) == slice_)


@pytest.mark.parametrize("name", RUNS)
def test_the_readme_tells_what_the_gate_says(report, between, name):
    run = RUNS[name]
    assert between(run.example, run.begin, verdicts.END) == verdicts.table(report(name))


@pytest.mark.parametrize(
    ("name", "decision"),
    [
        ("health_visits/bundle_one_cut", "BLOCKED"),
        ("health_visits/bundle_equal_chance", "ALLOWED"),
        ("health_visits_broken/bundle", "BLOCKED"),
        ("diabetes/bundle", "HELD"),
        ("diabetes/two_limits", "ALLOWED"),
        ("first_look/predictions", "BLOCKED"),
    ],
)
def test_the_decision(report, name, decision):
    assert report(name)["decision"] == decision


def test_one_cut_for_everybody_is_blocked_by_equal_opportunity_and_by_nothing_else(report):
    blocking = [rule for rule in report("health_visits/bundle_one_cut")["rules"] if not rule["advisory"]]
    assert [rule["id"] for rule in blocking if rule["status"] == "fail"] == ["FAIR-01"]


def test_the_gap_by_limitation_fails_with_its_whole_interval_beyond_the_limit(report):
    finding = _finding(report("health_visits/bundle_one_cut"), "FAIR-01", "physical_limitation")
    assert finding["status"] == "fail"
    assert finding["observed"]["low"] > 0.10


def test_with_one_cut_per_group_every_blocking_rule_passes(report):
    blocking = [rule for rule in report("health_visits/bundle_equal_chance")["rules"] if not rule["advisory"]]
    assert {rule["status"] for rule in blocking} == {"pass"}
    assert len(blocking) > 15


def test_rows_from_1982_fail_the_advisory_rule_on_age_and_block_nothing(report):
    rule = next(r for r in report("health_visits/bundle_equal_chance")["rules"] if r["id"] == "DATA-07")
    assert (rule["status"], rule["advisory"]) == ("fail", True)


def test_the_gap_between_age_bands_is_shown_as_open_and_holds_nothing(report):
    rule = next(r for r in report("health_visits/bundle_equal_chance")["rules"] if r["id"] == "FAIR-03")
    assert (rule["status"], rule["cause"], rule["advisory"]) == ("undecided", "straddles", True)


def test_the_gates_numbers_are_those_of_scikit_learn_and_statsmodels(report, run):
    code = (
        "import json, pandas as pd; from figures import offer_gap, performance;"
        "rows = pd.read_parquet('bundle_one_cut/data/evaluation.parquet'); gap = offer_gap(rows, 'physical_limitation', 1);"
        "print(json.dumps(performance(rows) | {'gap': gap.gap, 'low': gap.low, 'high': gap.high}))"
    )
    expected = json.loads(run("health_visits", "-c", code))
    judged = report("health_visits/bundle_one_cut")
    for rule, metric in {"PERF-01": "roc_auc", "PERF-02": "precision", "PERF-03": "recall", "PERF-04": "brier"}.items():
        assert _finding(judged, rule)["observed"]["value"] == pytest.approx(expected[metric], abs=6e-5)
    observed = _finding(judged, "FAIR-01", "physical_limitation")["observed"]
    assert observed["value"] == pytest.approx(expected["gap"])
    assert (observed["low"], observed["high"]) == pytest.approx((expected["low"], expected["high"]), abs=1e-6)


@pytest.mark.parametrize("attribute", ["sex", "age_band"])
def test_442_patients_leave_the_gap_not_shown_and_the_gate_says_how_many_would_do(report, attribute):
    finding = _finding(report("diabetes/bundle"), "FAIR-01", attribute)
    assert (finding["status"], finding["cause"]) == ("undecided", "straddles")
    assert finding["needed"]["few"] > finding["observed"]["n"]


def test_nothing_but_fairness_is_open_for_the_442_patients(report):
    statuses = _statuses(report("diabetes/bundle"))
    assert {rule for rule, status in statuses.items() if status != "pass"} == {"clinic.early-appointment/FAIR-01"}


FAULTS = tomllib.loads((ROOT / "examples" / "health_visits_broken" / "faults.toml").read_text(encoding="utf-8"))


def test_all_six_faults_at_once_are_each_found_by_name(report):
    statuses = _statuses(report("health_visits_broken/bundle"))
    assert {rule for fault in FAULTS.values() for rule in fault["rules"] if statuses[rule] != "fail"} == set()


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_alone_changes_its_own_rules_and_no_other(report, run, tmp_path, name):
    run("health_visits_broken", "build.py", str(tmp_path), name)
    alone = verdicts.Run(
        "health_visits_broken", name, (str(tmp_path / "bundle"), *RUNS["health_visits_broken/bundle"].arguments[1:])
    )
    good, broken = _statuses(report("health_visits/bundle_equal_chance")), _statuses(verdicts.gated(alone))
    changed = {rule for rule in good if broken[rule] != good[rule]}
    assert {rule for rule in FAULTS[name]["rules"] if broken[rule] == "fail"} == set(FAULTS[name]["rules"])
    assert changed == set(FAULTS[name]["rules"]) | set(FAULTS[name].get("shaken", []))


def test_the_first_rung_needs_no_file_but_the_predictions_and_names_the_group_that_gets_less(report):
    judged = report("first_look/predictions")
    assert [rule["id"] for rule in judged["rules"] if rule["status"] == "fail"] == ["FOUR-FIFTHS"]
    assert _finding(judged, "FOUR-FIFTHS", "sex")["observed"]["detail"].startswith(
        "highest for `female`, lowest for `male`"
    )


def _from_the_folder(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "policykit", "gate", *arguments, "--as-of", verdicts.AS_OF, "--output", "json"]
    return subprocess.run(command, cwd=ROOT / "examples" / "health_visits", capture_output=True, text=True, check=False)


def test_the_gate_file_saves_the_flags_and_gives_the_same_verdicts(report):
    done = _from_the_folder("bundle_equal_chance", "--stage", "production")
    assert json.loads(done.stdout)["decision"] == "ALLOWED", done.stderr
    assert _statuses(json.loads(done.stdout)) == _statuses(report("health_visits/bundle_equal_chance"))


def test_a_stage_nobody_has_heard_of_does_not_open_the_gate():
    assert _from_the_folder("bundle_equal_chance", "--stage", "prodution").returncode in (2, 3)


def test_a_bundle_that_calls_itself_something_else_than_the_inventory_does_is_refused(examples, tmp_path):
    folder = tmp_path / "bundle"
    shutil.copytree(examples / "health_visits" / "bundle_one_cut", folder)
    manifest = folder / "bundle.yaml"
    manifest.write_text(manifest.read_text().replace("use_case: care-outreach", "use_case: marketing"))
    assert _from_the_folder(str(folder), "--stage", "production").returncode == 2

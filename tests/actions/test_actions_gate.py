"""The gate as an action, really run: its answers, what it tells GitHub, and the one comment."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.actions.conftest import Repository
from tests.build import ACCURATE, ENOUGH, EQUAL, write_policy
from tests.trust_world import make_world

pytestmark = pytest.mark.slow


def errors(ran: Any) -> list[str]:
    return [f"{command.get('title', '')}: {command['text']}" for command in ran.commands if command["name"] == "error"]


def test_a_model_that_may_go_is_let_through_with_its_numbers(repository: Repository) -> None:
    ran = repository.gate(stage="production")
    assert not ran.failed
    said = ran.outputs
    assert (said["decision"], said["exit-code"]) == ("ALLOWED", "0")
    assert (said["passed"], said["failed"], said["undecided"], said["waived"]) == ("2", "0", "0", "0")
    assert re.fullmatch("[0-9a-f]{64}", said["digest"]) and re.fullmatch("[0-9a-f]{64}", said["verdict-digest"])
    report = json.loads(Path(said["report"]).read_text())
    assert report["decision"] == "ALLOWED" and report["verdictDigest"] == said["verdict-digest"]
    assert report["gate"]["id"] == "model/gate/bundle" and report["gate"]["stage"] == "production"
    assert Path(said["html"]).read_text().startswith("<!doctype html>")
    assert json.loads(Path(said["sarif"]).read_text())["version"] == "2.1.0"
    assert said["attestation"] == ""
    assert "ALLOWED" in ran.summary and errors(ran) == []


def test_a_model_that_fails_a_rule_is_blocked_and_the_policys_line_is_annotated(repository: Repository) -> None:
    repository.bundle(women=(200, 1000))
    ran = repository.gate()
    assert ran.failed
    assert (ran.outputs["decision"], ran.outputs["exit-code"], ran.outputs["failed"]) == ("BLOCKED", "1", "1")
    assert ran.step("End with the gate's exit code")["code"] == 1
    assert "BLOCKED" in ran.summary
    [worst] = [command for command in ran.commands if command["name"] == "error"]
    assert worst["file"] == "policies/house.yaml" and int(worst["line"]) >= 1
    assert "R-2" in worst["title"]


def test_what_is_not_shown_yet_fails_the_job_as_well(repository: Repository) -> None:
    repository.bundle(protected_attributes=None)
    ran = repository.gate()
    assert ran.failed
    assert (ran.outputs["decision"], ran.outputs["exit-code"], ran.outputs["undecided"]) == ("HELD", "3", "1")
    assert ran.step("End with the gate's exit code")["code"] == 3
    assert "HELD" in ran.summary


def test_a_policy_with_a_mistake_is_invalid_and_the_mistake_is_annotated(repository: Repository) -> None:
    write_policy(repository.folder / "policies" / "house.yaml", {**ACCURATE, "chek": "x"})
    ran = repository.gate(comment="true")
    assert ran.failed
    assert (ran.outputs["decision"], ran.outputs["exit-code"]) == ("INVALID", "2")
    assert {ran.outputs[name] for name in ("passed", "failed", "digest", "verdict-digest")} == {""}
    assert ran.step("End with the gate's exit code")["code"] == 2
    [mistake] = [command for command in ran.commands if command["name"] == "error"]
    assert mistake["file"] == "policies/house.yaml" and mistake["line"] == "1" and "chek" in mistake["text"]
    assert "INVALID" in ran.summary and "chek" in ran.summary


def test_files_that_are_not_what_the_manifest_says_are_untrusted(repository: Repository) -> None:
    repository.bundle(datasets={"evaluation": {"path": "rows.parquet", "sha256": "0" * 64}})
    ran = repository.gate()
    assert ran.failed
    assert (ran.outputs["decision"], ran.outputs["exit-code"]) == ("UNTRUSTED", "4")
    assert ran.step("End with the gate's exit code")["code"] == 4
    assert "UNTRUSTED" in ran.summary


def test_audit_lets_through_and_says_what_it_found(repository: Repository) -> None:
    repository.bundle(women=(200, 1000))
    ran = repository.gate(mode="audit")
    assert not ran.failed
    assert (ran.outputs["decision"], ran.outputs["exit-code"]) == ("BLOCKED", "0")


def rolled_out(path: Path, *rules: Any, **head: Any) -> None:
    """Write a policy that only advises, for a while yet."""
    until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    write_policy(path, *rules, **{"audit_until": until, **head})


def test_where_every_policy_is_being_rolled_out_the_run_is_an_audit_and_passes(repository: Repository) -> None:
    repository.bundle(women=(200, 1000))
    rolled_out(repository.folder / "policies" / "house.yaml", ACCURATE, EQUAL)
    ran = repository.gate()
    assert not ran.failed
    said = ran.outputs
    assert said["decision"] != "ALLOWED" and (said["exit-code"], said["mode"]) == ("0", "audit")
    assert any("earns no permit" in each["text"] and each["name"] == "warning" for each in ran.commands)
    assert "in mode audit" in ran.printed


def test_a_policy_that_enforces_beside_one_that_is_rolled_out_blocks(repository: Repository) -> None:
    repository.bundle(women=(200, 1000))
    rolled_out(repository.folder / "policies" / "central.yaml", ACCURATE, id="central")
    ran = repository.gate()
    assert ran.failed and (ran.outputs["decision"], ran.outputs["exit-code"]) == ("BLOCKED", "1")
    assert ran.outputs["mode"] == "enforce"


def test_what_is_asked_to_be_an_audit_is_said_to_be_one(repository: Repository) -> None:
    assert repository.gate().outputs["mode"] == "enforce"
    assert repository.gate(mode="audit").outputs["mode"] == "audit"
    assert repository.gate(stage="No Stage").outputs["mode"] == ""


@pytest.mark.parametrize("name", ["comment", "sarif", "attest"])
def test_a_yes_that_is_not_true_is_refused(repository: Repository, name: str) -> None:
    ran = repository.gate(**{name: "yes"})
    assert ran.failed and (ran.outputs["decision"], ran.outputs["exit-code"]) == ("INVALID", "2")
    assert any(f"`{name}` is `true` or `false`" in said for said in errors(ran))


def test_a_gate_file_that_a_change_brings_along_cannot_waive_the_change(repository: Repository, tmp_path: Path) -> None:
    world = make_world(tmp_path / "theirs", report=False, women=(200, 1000))
    world.waiver(allows={"at_most": "80 pp"})
    for name in ("bundle", "policies", "keys", "waivers"):
        shutil.copytree(world.folder / name, repository.folder / name, dirs_exist_ok=True)
    for name in ("trust.yaml", "claims.jsonl"):
        shutil.copy(world.folder / name, repository.folder / name)
    trust = "{path: trust.yaml, roots: [keys/root-a.pub.pem, keys/root-b.pub.pem]}"
    (repository.folder / "policykit.yaml").write_text(
        f"policykit: gate/1\npolicies: [{{path: policies/}}]\nwaivers: {{path: waivers/}}\ntrust: {trust}\n"
    )
    named = repository.gate(policies="policies", stage="production", config="policykit.yaml")
    assert (named.outputs["decision"], named.outputs["waived"]) == ("ALLOWED", "1"), named.printed
    brought = repository.gate(policies="policies", stage="production")
    assert brought.failed and brought.outputs["decision"] != "ALLOWED"
    assert brought.outputs["waived"] in ("", "0")


def test_a_first_look_needs_no_manifest_and_no_policy(repository: Repository) -> None:
    root = Path(__file__).parents[2]
    shutil.copy(root / "examples" / "first_look" / "predictions.csv", repository.folder)
    ran = repository.gate(rows="predictions.csv", target="y", prediction="yhat", protected="sex\n", favourable="1")
    assert ran.failed and ran.outputs["decision"] == "BLOCKED"
    assert json.loads(Path(ran.outputs["report"]).read_text())["gate"]["scope"] == "trial"


@pytest.mark.parametrize("given", [{"bundle": ""}, {"bundle": "bundle", "rows": "predictions.csv"}])
def test_a_bundle_or_rows_and_never_both(repository: Repository, given: dict[str, str]) -> None:
    ran = repository.gate(**given)
    assert ran.failed and ran.outputs["exit-code"] == "2"
    assert any("one of the two" in said for said in errors(ran))


def test_a_key_that_is_given_in_place_of_its_name_is_refused_and_not_repeated(repository: Repository) -> None:
    secret, _ = repository.key()
    ran = repository.gate(sign=secret)
    assert ran.failed and ran.outputs["exit-code"] == "2"
    body = secret.splitlines()[1]
    assert body not in ran.printed + ran.summary + json.dumps(ran.outputs)
    assert any("never the key itself" in said for said in errors(ran))


def test_a_signed_report_verifies_and_the_key_is_written_nowhere(repository: Repository) -> None:
    from policykit.cli.start import run

    secret, public = repository.key()
    ran = repository.gate(sign="GATE_KEY", environment={"GATE_KEY": secret}, stage="production")
    assert not ran.failed
    bundle = repository.folder / "bundle"
    assert run(["verify", ran.outputs["attestation"], "--key", str(public), "--bundle", str(bundle), "--rejudge"]) == 0
    body = secret.splitlines()[1]
    written = [path.read_text(errors="replace") for path in Path(ran.outputs["folder"]).iterdir()]
    assert body not in ran.printed + ran.summary + json.dumps(ran.outputs) + "".join(written)


def test_a_key_that_is_not_there_signs_nothing_and_fails(repository: Repository) -> None:
    ran = repository.gate(sign="GATE_KEY")
    assert ran.failed and ran.outputs["decision"] == "INVALID" and ran.outputs["attestation"] == ""


def test_a_gate_file_that_is_named_may_sign(repository: Repository) -> None:
    secret, _ = repository.key()
    (repository.folder / "gate.yaml").write_text(
        "policykit: gate/1\npolicies: [{path: policies/}]\nreport: {sign: 'env:GATE_KEY', output: [text]}\n"
    )
    ran = repository.gate(policies="", config="gate.yaml", environment={"GATE_KEY": secret})
    assert not ran.failed and Path(ran.outputs["attestation"]).is_file()


def test_a_report_of_an_earlier_run_is_not_taken_for_this_ones(repository: Repository, tmp_path: Path) -> None:
    assert not repository.gate(output_dir=str(tmp_path / "reports")).failed
    assert (tmp_path / "reports" / "report.json").is_file()
    write_policy(repository.folder / "policies" / "house.yaml", {**ACCURATE, "chek": "x"})
    ran = repository.gate(output_dir=str(tmp_path / "reports"))
    assert ran.outputs["decision"] == "INVALID" and ran.outputs["digest"] == "" and ran.outputs["html"] == ""
    assert not (tmp_path / "reports" / "report.html").exists()


@pytest.mark.parametrize("name", ["unless_changed", "since", "key", "trust", "config", "policies"])
def test_what_is_read_is_never_removed_as_a_report_of_an_earlier_run(
    repository: Repository, tmp_path: Path, name: str
) -> None:
    kept = tmp_path / "reports" / "report.sigstore.json"
    kept.parent.mkdir()
    kept.write_text("signed")
    (kept.parent / "report.html").write_text("of an earlier run")
    ran = repository.gate(output_dir=str(kept.parent), **{name: str(tmp_path / "." / "reports" / kept.name)})
    assert ran.failed and (ran.outputs["decision"], ran.outputs["exit-code"]) == ("INVALID", "2")
    assert any(f"`{name.replace('_', '-')}` names a file of `output-dir`" in said for said in errors(ran))
    assert kept.read_text() == "signed" and ran.outputs["html"] == ""


def test_reports_are_not_written_into_the_bundle_and_nothing_of_it_is_removed(repository: Repository) -> None:
    (repository.folder / "bundle" / "report.json").write_text("{}")
    ran = repository.gate(output_dir="bundle")
    assert ran.failed and ran.outputs["exit-code"] == "2"
    assert (repository.folder / "bundle" / "report.json").read_text() == "{}"


def test_nothing_is_imported_from_the_repository_that_is_judged(repository: Repository, untouched: Any) -> None:
    trap = "import pathlib\npathlib.Path('pwned').touch()\n"
    for name in (
        "policykit/__init__.py",
        "policykit/__main__.py",
        "tell.py",
        "click.py",
        "json.py",
        "sitecustomize.py",
    ):
        path = repository.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(trap)
    ran = repository.gate(
        comment="true", environment={"PYTHONPATH": str(repository.folder), "PYTHONSTARTUP": "tell.py"}
    )
    assert not ran.failed and untouched() == []


def test_code_scanning_and_githubs_attestation_get_what_was_written(repository: Repository) -> None:
    ran = repository.gate(sarif="true", attest="true")
    assert ran.used["github/codeql-action/upload-sarif"]["sarif_file"] == ran.outputs["sarif"]
    assert ran.used["actions/attest"] == {
        "subject-name": "bundle.manifest",
        "subject-digest": f"sha256:{ran.outputs['digest']}",
        "predicate-type": "https://policykit.dev/gate-report/v1",
        "predicate-path": ran.outputs["report"],
        "show-summary": "false",
    }


@pytest.mark.parametrize("stage", ["", "production"])
@pytest.mark.parametrize("gate_id", ["", "credit", "a; touch pwned $(id)\n::error::"])
def test_the_category_of_alerts_is_the_id_in_the_file(repository: Repository, gate_id: str, stage: str) -> None:
    ran = repository.gate(sarif="true", gate_id=gate_id, stage=stage)
    [said] = json.loads(Path(ran.outputs["sarif"]).read_text())["runs"]
    [only] = {said["automationDetails"]["id"], ran.used["github/codeql-action/upload-sarif"]["category"]}
    assert re.fullmatch(r"policykit/[A-Za-z0-9._-]+/", only.removesuffix(f"{stage}/") if stage else only)


def test_a_run_that_judged_nothing_uploads_nothing_that_would_close_the_alerts_of_one_that_did(
    repository: Repository,
) -> None:
    repository.bundle(women=(200, 1000))
    assert "github/codeql-action/upload-sarif" in repository.gate(sarif="true").used
    write_policy(repository.folder / "policies" / "house.yaml", {**ACCURATE, "chek": "x"})
    ran = repository.gate(sarif="true")
    assert (ran.outputs["decision"], ran.outputs["sarif"]) == ("INVALID", "")
    assert "github/codeql-action/upload-sarif" not in ran.used


def test_what_is_blocked_is_not_attested_by_github_and_that_is_said(repository: Repository) -> None:
    repository.bundle(women=(200, 1000))
    ran = repository.gate(attest="true")
    assert ran.outputs["decision"] == "BLOCKED" and "actions/attest" not in ran.used
    assert ("policykit: BLOCKED is not attested", "attests a report only where it lets the model through") in [
        (said["title"], said["text"][7:60]) for said in ran.commands if said["name"] == "notice"
    ]


def test_an_audit_and_a_first_look_are_not_attested_even_where_they_allow(repository: Repository) -> None:
    audit = repository.gate(attest="true", mode="audit")
    assert (audit.outputs["decision"], audit.outputs["mode"]) == ("ALLOWED", "audit")
    table = repository.folder / "bundle" / "rows.parquet"
    look = repository.gate(rows=str(table), target="y", prediction="yhat", favourable="1", attest="true")
    assert look.outputs["digest"]
    for ran in (audit, look):
        assert "actions/attest" not in ran.used
        assert any("is not attested" in said.get("title", "") for said in ran.commands)


def test_no_key_under_the_usual_name_is_shown_to_what_others_wrote(repository: Repository) -> None:
    secret, _ = repository.key()
    keys = {"POLICYKIT_KEY": secret, "POLICYKIT_KEY_PASSWORD": "hunter2"}
    ran = repository.gate(sign="POLICYKIT_KEY", environment=keys, sarif="true", attest="true", comment="true")
    assert not ran.failed and ran.outputs["attestation"]
    others = [step for step in ran.steps if "uses" in step and step["outcome"] == "success"]
    assert len(others) == 2
    assert {step["environment"][name] for step in others for name in keys} == {""}
    shown = [call["environment"] for call in repository.gh.calls]
    assert shown and not any(set(keys.values()) & set(one.values()) for one in shown)


def test_windows_is_refused_at_once_and_says_where_it_runs(repository: Repository) -> None:
    ran = repository.gate(environment={"RUNNER_OS": "Windows"})
    assert ran.failed and (ran.outputs["decision"], ran.outputs["exit-code"]) == ("INVALID", "2")
    assert ran.steps[0]["outcome"] == "failure" and ran.step("Gate")["outcome"] == "skipped"
    assert ran.step("End with the gate's exit code")["code"] == 2
    assert any("runs on Linux and macOS, and this runner has Windows" in said for said in errors(ran))


def test_what_githubs_attestation_says_is_the_statement_that_the_gate_would_sign(repository: Repository) -> None:
    from policykit.attest.statement import GATE_REPORT

    ran = repository.gate()
    statement = json.loads((Path(ran.outputs["folder"]) / "statement.json").read_text())
    assert statement["predicateType"] == GATE_REPORT == "https://policykit.dev/gate-report/v1"
    assert statement["subject"][0] == {"name": "bundle.manifest", "digest": {"sha256": ran.outputs["digest"]}}
    assert statement["predicate"] == json.loads(Path(ran.outputs["report"]).read_text())


def test_nothing_is_uploaded_commented_or_attested_unasked(repository: Repository) -> None:
    ran = repository.gate()
    assert ran.used == {} or set(ran.used) <= {"actions/setup-python"}
    assert [step for step in ran.steps if step["outcome"] == "success" and "uses" in step] == []
    assert repository.gh.calls == []


def test_at_most_ten_errors_are_annotated_and_the_last_line_says_how_many_more(repository: Repository) -> None:
    repository.bundle(women=(200, 1000))
    write_policy(repository.folder / "policies" / "house.yaml", *[EQUAL] * 14, ENOUGH)
    ran = repository.gate()
    assert ran.outputs["failed"] == "14" and len(errors(ran)) == 10
    assert any("4 more errors" in command["text"] for command in ran.commands if command["name"] == "notice")


def test_what_was_allowed_and_did_not_change_is_not_measured_again_and_cited(
    repository: Repository, tmp_path: Path
) -> None:
    secret, _ = repository.key()
    words = {"stage": "production", "unless_changed": "earlier.json", "key": "gate.pub.pem"}
    first = repository.gate(sign="GATE_KEY", environment={"GATE_KEY": secret}, **words)
    assert not first.failed and "nothing was measured" not in first.printed
    shutil.copy(first.outputs["attestation"], repository.folder / "earlier.json")
    again = repository.gate(**words)
    assert again.outputs["decision"] == "ALLOWED" and "nothing was measured" in again.printed
    assert again.outputs["digest"] == first.outputs["digest"]
    repository.bundle(women=(200, 1000))
    assert repository.gate(**words).outputs["decision"] == "BLOCKED"
    repository.bundle()
    (repository.folder / "earlier.json").write_text("{}")
    whole = repository.gate(**words)
    assert whole.outputs["decision"] == "ALLOWED" and "nothing was measured" not in whole.printed


def test_an_earlier_report_that_is_not_there_is_said_and_the_run_is_a_whole_one(repository: Repository) -> None:
    ran = repository.gate(unless_changed="erlier.json", since="last\x1b.json", key="gate.pub.pem")
    assert ran.outputs["decision"] == "ALLOWED"
    said = [command["text"] for command in ran.commands if command["name"] == "notice"]
    assert "no earlier report at `erlier.json`: this is a whole run" in said
    assert "no earlier report at `last<U+001B>.json`: what changed since then is not said" in said

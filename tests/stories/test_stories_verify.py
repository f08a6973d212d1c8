"""A report signed by the right key that does not follow from itself is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import seal, unseal
from policykit.attest.keys import load_signer
from policykit.attest.statement import statement
from policykit.canon import canonical
from policykit.cli.start import run
from policykit.report.digests import inputs_digest_of, policy_digest, verdict_digest_of
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

UNFAIR = people(men=(800, 1000), women=(300, 1000))


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    run(["keys", "new", "k", "--unencrypted"])
    write_bundle(Path("b"), UNFAIR)
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    assert run(["gate", "b", "-p", "p.yaml", "--sign", "k.key.pem", "-o", "attestation=r.json"]) == 1
    return Path("r.json")


def forged(path: Path, change: Callable[[dict[str, Any]], None], *, digests: bool = False) -> list[str]:
    """Change what a report says, sign it again with the same key, and return the words to verify it.

    With `digests` the forger takes the report's own digests anew as well.
    """
    said = json.loads(unseal(path.read_bytes()).payload)
    change(said["predicate"])
    if digests:
        redigest(said["predicate"])
    subjects = [(entry["name"], entry["digest"]["sha256"]) for entry in said["subject"]]
    signer = load_signer("k.key.pem", None)
    Path("forged.json").write_bytes(seal(statement(subjects, said["predicate"]), signer))
    return ["verify", "forged.json", "--key", "k.pub.pem"]


def redigest(said: dict[str, Any]) -> None:
    """Take the digests of a predicate anew, as somebody who forges it would."""
    for policy in said["policies"]:
        policy["digest"] = policy_digest(policy["text"], policy["settings"])
    said["verdictDigest"] = verdict_digest_of(said)
    said["inputsDigest"] = inputs_digest_of(said)


def test_the_report_itself_verifies(signed: Path) -> None:
    assert run([*forged(signed, lambda said: None), "--rejudge"]) == 1


def _allowed(said: dict[str, Any]) -> None:
    said["decision"] = "ALLOWED"


def _rule_passes(said: dict[str, Any]) -> None:
    _allowed(said)
    said["rules"][1]["status"] = "pass"


def _rule_and_finding_pass(said: dict[str, Any]) -> None:
    _rule_passes(said)
    said["rules"][1]["findings"][0]["status"] = "pass"


def _rule_vanishes(said: dict[str, Any]) -> None:
    _allowed(said)
    del said["rules"][1]


def _rule_advises(said: dict[str, Any]) -> None:
    _allowed(said)
    said["rules"][1]["advisory"] = True


def _counts_change(said: dict[str, Any]) -> None:
    for entry in said["measurements"]:
        for cell in entry["state"].get("cells", []):
            cell[1] = 500


def _policy_changes(said: dict[str, Any]) -> None:
    said["policies"][0]["text"] = said["policies"][0]["text"].replace("10 pp", "90 pp")


def _measurements_vanish(said: dict[str, Any]) -> None:
    said["measurements"] = []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_allowed, "decision"),
        (_rule_passes, "incomplete"),
        (lambda said: said.pop("rules"), "incomplete"),
        (lambda said: said.update(decision="FINE"), "incomplete"),
        (lambda said: said.update(rules="none"), "incomplete"),
        (lambda said: said.update(notices=[{"level": "error"}]), "incomplete"),
    ],
)
def test_a_decision_that_does_not_follow_from_its_rules_is_refused(
    signed: Path, change: Callable[[dict[str, Any]], None], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(forged(signed, change)) == 4
    assert f"[{reason}]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change",
    [_rule_and_finding_pass, _rule_vanishes, _rule_advises, _counts_change, _policy_changes, _measurements_vanish],
)
def test_verdicts_that_do_not_follow_from_the_measurements_are_refused_when_judged_again(
    signed: Path, change: Callable[[dict[str, Any]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*forged(signed, change, digests=True), "--rejudge"]) == 4
    assert "[rejudge]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_rule_and_finding_pass, "verdict_digest"),
        (_rule_vanishes, "verdict_digest"),
        (_rule_advises, "verdict_digest"),
        (_counts_change, "verdict_digest"),
        (_policy_changes, "policy_digest"),
        (_measurements_vanish, "verdict_digest"),
    ],
)
def test_a_report_whose_digests_are_not_its_own_is_refused_without_judging_again(
    signed: Path, change: Callable[[dict[str, Any]], None], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(forged(signed, change)) == 4
    assert f"[{reason}]" in capsys.readouterr().err


def test_a_policy_under_the_digest_of_another_is_refused_at_once(
    signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strict = "ab" * 32

    def change(said: dict[str, Any]) -> None:
        said["policies"][0]["digest"] = strict
        said["verdictDigest"], said["inputsDigest"] = verdict_digest_of(said), inputs_digest_of(said)

    assert run([*forged(signed, change), "--policy-digest", strict]) == 4
    assert "[policy_digest]" in capsys.readouterr().err


def _reseal(said: dict[str, Any]) -> None:
    Path("forged.json").write_bytes(seal(canonical(said), load_signer("k.key.pem", None)))


VERIFY = ["verify", "forged.json", "--key", "k.pub.pem"]


@pytest.mark.parametrize("extra", [[], ["--rejudge"], ["--bundle", "other"]])
def test_a_report_is_about_the_files_it_lists_and_no_others(
    signed: Path, extra: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(Path("other"), people(men=(1, 1000), women=(900, 1000)))
    from policykit.load.bundle import load_bundle

    said = json.loads(unseal(signed.read_bytes()).payload)
    said["subject"] = [{"name": "bundle.manifest", "digest": {"sha256": load_bundle(Path("other")).manifest_digest}}]
    _reseal(said)
    assert run([*VERIFY, *extra]) == 4
    assert "[subject]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "subject",
    [
        {"name": "model/model.skops", "digest": {"sha256": "ab" * 32}},
        {"name": "bundle.manifest", "digest": {"sha256": "ab" * 32}},
    ],
)
def test_a_model_that_the_bundle_does_not_list_is_no_subject(
    signed: Path, subject: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    said = json.loads(unseal(signed.read_bytes()).payload)
    said["subject"].append(subject)
    _reseal(said)
    assert run(VERIFY) == 4
    assert "[subject]" in capsys.readouterr().err


def test_a_second_digest_beside_the_manifests_is_refused(signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = json.loads(unseal(signed.read_bytes()).payload)
    said["subject"][0]["digest"]["sha512"] = "ab" * 64
    _reseal(said)
    assert run(VERIFY) == 4
    assert "[subject]" in capsys.readouterr().err


def test_a_report_that_describes_the_bundle_otherwise_than_its_manifest_is_refused_beside_the_bundle(
    signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(said: dict[str, Any]) -> None:
        said["bundle"]["task"]["favourable"] = 0

    words = forged(signed, change, digests=True)
    assert run([*words, "--bundle", "b"]) == 4
    err = capsys.readouterr().err
    assert "another `task` of the bundle" in err and "[subject]" in err


def test_a_partial_run_cannot_be_called_full(signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["gate", "b", "-p", "p.yaml", "--only", "R-1", "--sign", "k.key.pem", "-o", "attestation=only.json"])

    def full(said: dict[str, Any]) -> None:
        said["gate"]["scope"], said["decision"] = "full", "ALLOWED"

    assert run(forged(Path("only.json"), full)) == 4
    assert "[verdict_digest]" in capsys.readouterr().err
    assert run([*forged(Path("only.json"), full, digests=True), "--rejudge"]) == 4
    assert "[rejudge]" in capsys.readouterr().err


def test_any_of_one_check_over_two_data_sets_verifies_where_one_passes(signed: Path) -> None:
    import shutil

    right, wrong = people(), {**people(), "yhat": [1 - y for y in people()["y"]]}
    write_bundle(Path("two"), wrong, file="train.parquet")
    write_bundle(
        Path("two"), right, datasets={"evaluation": {"path": "rows.parquet"}, "train": {"path": "train.parquet"}}
    )
    shutil.rmtree("two/__pycache__", ignore_errors=True)
    either = {"any_of": [{**ACCURATE, "data": "train"}, ACCURATE]}
    write_policy(Path("either.yaml"), either)
    assert run(["gate", "two", "-p", "either.yaml", "--sign", "k.key.pem", "-o", "attestation=two.json"]) == 0
    assert run(["verify", "two.json", "--key", "k.pub.pem", "--bundle", "two", "--rejudge"]) == 0

    def moved(said: dict[str, Any]) -> None:
        for finding in said["rules"][0]["findings"]:
            finding["part"] = 0

    assert run(forged(Path("two.json"), moved)) == 4


def test_an_age_beyond_all_reports_is_a_wrong_command_line(signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "r.json", "--key", "k.pub.pem", "--max-age", "999999999999"]) == 2
    assert "an age is at most 36,500 days" in capsys.readouterr().err


def test_other_semantics_are_not_judged_again(signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def change(said: dict[str, Any]) -> None:
        said["engine"]["semantics"] = "2"

    assert run([*forged(signed, change, digests=True), "--rejudge"]) == 4
    assert "[newer]" in capsys.readouterr().err


def test_words_of_a_report_are_shown_without_their_control_characters(
    signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(said: dict[str, Any]) -> None:
        said["bundle"]["name"] = "loans\x1b[2J\u202e"

    run(forged(signed, change, digests=True))
    out = capsys.readouterr().out
    assert "\x1b" not in out and "\u202e" not in out and "loans" in out

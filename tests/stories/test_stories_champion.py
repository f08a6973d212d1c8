"""The candidate against the model in use: on the same rows, or by the champion's own verified report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from policykit.cli.start import run
from tests.build import TASK, judged, rows, status, write_bundle, write_policy

NOT_WORSE = {
    "check": "performance.accuracy",
    "compared_with": "champion",
    "worse_by_at_most": "1 pp",
    "if_no_champion": "undecided",
}


def paired(*, better: int, worse: int, same: int = 4000) -> dict[str, list[Any]]:
    """Return rows where the candidate alone is right `better` times, the champion alone `worse` times."""
    return rows(
        (same, {"sex": "f", "y": 1, "yhat": 1, "champion_prediction": 1}),
        (better, {"sex": "m", "y": 1, "yhat": 1, "champion_prediction": 0}),
        (worse, {"sex": "m", "y": 1, "yhat": 0, "champion_prediction": 1}),
    )


def test_a_candidate_that_is_no_worse_on_the_same_rows_passes(tmp_path: Path) -> None:
    found = judged(tmp_path, NOT_WORSE, data=paired(better=40, worse=30))
    assert status(found) == "pass"
    assert found.report.rules[0].verdict.reason.startswith("+0.25 pp against the champion (from ")


def test_a_candidate_that_is_clearly_worse_fails(tmp_path: Path) -> None:
    found = judged(tmp_path, NOT_WORSE, data=paired(better=10, worse=400))
    assert status(found) == "fail"
    assert "−8.8" in found.report.rules[0].verdict.reason


def test_few_rows_do_not_show_that_it_is_no_worse(tmp_path: Path) -> None:
    assert status(judged(tmp_path, NOT_WORSE, data=paired(better=3, worse=3, same=100))) == "undecided(straddles)"


def test_better_by_at_least_wants_the_whole_interval_above(tmp_path: Path) -> None:
    rule = {
        "check": "performance.accuracy",
        "compared_with": "champion",
        "better_by_at_least": "2 pp",
        "if_no_champion": "undecided",
    }
    assert status(judged(tmp_path / "1", rule, data=paired(better=400, worse=10))) == "pass"
    assert status(judged(tmp_path / "2", rule, data=paired(better=40, worse=30))) == "fail"


def test_a_loss_is_worse_when_it_is_higher(tmp_path: Path) -> None:
    rule = {
        "check": "performance.mae",
        "compared_with": "champion",
        "worse_by_at_most": 0.1,
        "if_no_champion": "undecided",
    }
    task = {"kind": "regression", "target": "y", "prediction": "yhat"}
    near, far = [float(i % 7) + 0.5 for i in range(2000)], [float(i % 7) + 1.0 + (i % 3) / 10 for i in range(2000)]
    data = {"sex": ["f", "m"] * 1000, "y": [float(i % 7) for i in range(2000)]}
    good = {**data, "yhat": near, "champion_prediction": far}
    bad = {**data, "yhat": far, "champion_prediction": near}
    assert status(judged(tmp_path / "good", rule, data=good, task=task)) == "pass"
    assert status(judged(tmp_path / "bad", rule, data=bad, task=task)) == "fail"


def test_a_relative_limit_is_a_share_of_the_champions_value(tmp_path: Path) -> None:
    def rule(limit: str) -> dict[str, Any]:
        return {**NOT_WORSE, "worse_by_at_most": limit}

    data = paired(better=10, worse=210, same=1780)
    assert status(judged(tmp_path / "a", rule("20 % relative"), data=data)) == "pass"
    assert status(judged(tmp_path / "b", rule("5 % relative"), data=data)) == "fail"


def test_without_a_champion_the_policy_says_what_holds(tmp_path: Path) -> None:
    held = judged(tmp_path / "held", NOT_WORSE)
    assert status(held) == "undecided(no_champion)"
    advisory = judged(
        tmp_path / "adv", {**NOT_WORSE, "if_no_champion": "advisory"}, {"check": "data.row_count", "at_least": 1}
    )
    assert advisory.report.decision.value == "ALLOWED"
    assert advisory.report.rules[0].verdict.advisory


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A champion gated and signed, and a candidate on the same rows with predictions of its own."""
    monkeypatch.chdir(tmp_path)
    run(["keys", "new", "team", "--unencrypted"])
    write_policy(Path("first.yaml"), {"check": "performance.accuracy", "at_least": "60 %"})
    for name, right in (("champion", 1700), ("candidate", 1702), ("poor", 1300)):
        _bundle(Path(name), right, model=f"weights of {name}")
    assert run(["gate", "champion", "-p", "first.yaml", "--sign", "team.key.pem", "-o", "attestation=c.json"]) == 0
    write_policy(Path("policies/relative.yaml"), {**NOT_WORSE, "worse_by_at_most": "3 pp"})
    Path("policykit.yaml").write_text(
        "policykit: gate/1\npolicies: [{path: policies/}]\nchampion: {key: team.pub.pem}\n"
    )
    return tmp_path


def _bundle(folder: Path, right: int, *, model: str, champion: bool = False) -> None:
    labels = [i % 2 for i in range(2000)]
    write_bundle(
        folder,
        {"id": list(range(2000)), "sex": ["f", "m"] * 1000, "y": labels},
        datasets={
            "evaluation": {"path": "rows.parquet", "key": "id", "predictions": {"path": "p.parquet", "key": "id"}}
        },
        model={"path": "model.txt"},
        task=TASK,
        **({"champion": {"report": "c.json"}} if champion else {}),
    )
    said = [y if i < right else 1 - y for i, y in enumerate(labels)]
    pq.write_table(pa.table({"id": list(range(2000)), "yhat": said}), folder / "p.parquet")
    (folder / "model.txt").write_text(model)


def _with_champion(name: str, right: int, model: str) -> None:
    report = Path("c.json").read_bytes()
    _bundle(Path(name), right, model=model, champion=True)
    (Path(name) / "c.json").write_bytes(report)


def test_a_champions_verified_report_on_equal_rows_is_compared_with(reports: Path) -> None:
    _with_champion("candidate", 1702, "weights of candidate")
    _with_champion("poor", 1300, "weights of poor")
    assert run(["gate", "candidate"]) == 0
    assert run(["gate", "poor"]) == 1


def test_what_changed_since_the_champion_is_told_without_being_asked(
    reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _with_champion("poor", 1300, "weights of poor")
    capsys.readouterr()
    assert run(["gate", "poor", "-o", "markdown"]) == 1
    assert "### What changed since loans" in capsys.readouterr().out
    Path("policykit.yaml").write_text("policykit: gate/1\npolicies: [{path: policies/}]\n")
    assert run(["gate", "poor", "-o", "markdown"]) == 3
    assert "What changed" not in capsys.readouterr().out


def test_a_comparison_by_report_is_judged_again_by_anyone(reports: Path) -> None:
    _with_champion("candidate", 1702, "weights of candidate")
    words = ["gate", "candidate", "--config", "policykit.yaml", "--sign", "team.key.pem", "-o", "attestation=r.json"]
    assert run(words) == 0
    assert run(["verify", "r.json", "--key", "team.pub.pem", "--bundle", "candidate", "--rejudge"]) == 0


def test_a_champions_report_by_another_signer_is_4(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["keys", "new", "other", "--unencrypted"])
    _with_champion("candidate", 1702, "weights of candidate")
    Path("policykit.yaml").write_text(
        "policykit: gate/1\npolicies: [{path: policies/}]\nchampion: {key: other.pub.pem}\n"
    )
    assert run(["gate", "candidate"]) == 4
    assert "[wrong_key]" in capsys.readouterr().err


def test_a_champion_without_a_key_is_no_champion(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _with_champion("candidate", 1702, "weights of candidate")
    Path("policykit.yaml").write_text("policykit: gate/1\npolicies: [{path: policies/}]\n")
    assert run(["gate", "candidate", "-o", "json"]) == 3
    body = json.loads(capsys.readouterr().out)
    assert body["rules"][0]["cause"] == "no_champion"
    assert any(notice["code"] == "champion_unverified" for notice in body["notices"])


def test_a_champion_judged_on_other_rows_is_no_champion(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _with_champion("candidate", 1702, "weights of candidate")
    table = pa.table({"id": list(range(2000)), "sex": ["m", "f"] * 1000, "y": [i % 2 for i in range(2000)]})
    pq.write_table(table, Path("candidate/rows.parquet"))
    assert run(["gate", "candidate", "-o", "json"]) == 3
    assert "other rows" in json.loads(capsys.readouterr().out)["rules"][0]["reason"]


def test_the_champion_cannot_be_the_candidate(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _with_champion("candidate", 1700, "weights of champion")
    assert run(["gate", "candidate", "-o", "json"]) == 1
    codes = [notice["code"] for notice in json.loads(capsys.readouterr().out)["notices"]]
    assert "champion_is_candidate" in codes


def _gated(capsys: pytest.CaptureFixture[str], name: str = "candidate") -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = run(["gate", name, "-o", "json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["-p", "strict.yaml"], "it says BLOCKED"),
        (["-p", "first.yaml", "--mode", "audit"], "in the mode `audit`"),
        (["-p", "both.yaml", "--only", "R-1"], "it says HELD"),
        (["-p", "first.yaml", "--as-of", "2001-01-01"], "judges as of `2001-01-01`"),
    ],
)
def test_a_report_that_is_not_of_a_model_in_use_is_no_champion(
    reports: Path, words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_policy(Path("strict.yaml"), {"check": "performance.accuracy", "at_least": "99 %"})
    write_policy(
        Path("both.yaml"),
        {"check": "performance.accuracy", "at_least": "60 %"},
        {"check": "data.row_count", "at_least": 1},
    )
    run(["gate", "champion", *words, "--sign", "team.key.pem", "-o", "attestation=c.json"])
    _with_champion("candidate", 1702, "weights of candidate")
    code, said = _gated(capsys)
    assert (code, said["rules"][0]["cause"]) == (3, "no_champion")
    told = next(notice for notice in said["notices"] if notice["code"] == "champion_refused")
    assert told["level"] == "warning" and why in told["text"]


def test_the_report_of_another_bundle_is_no_champion(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = json.loads(Path("champion/bundle.yaml").read_text())
    Path("champion/bundle.yaml").write_text(json.dumps({**manifest, "name": "another"}))
    assert run(["gate", "champion", "-p", "first.yaml", "--sign", "team.key.pem", "-o", "attestation=c.json"]) == 0
    _with_champion("candidate", 1702, "weights of candidate")
    code, said = _gated(capsys)
    assert code == 3
    assert "it is about `another`, and this bundle is called `loans`" in said["notices"][0]["text"]


def test_a_champions_report_that_does_not_follow_from_itself_is_4(
    reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from policykit.attest.envelope import seal, unseal
    from policykit.attest.keys import load_signer
    from policykit.canon import canonical

    said = json.loads(unseal(Path("c.json").read_bytes()).payload)
    said["predicate"]["measurements"] = []
    Path("c.json").write_bytes(seal(canonical(said), load_signer("team.key.pem", None)))
    _with_champion("candidate", 1702, "weights of candidate")
    assert run(["gate", "candidate"]) == 4
    assert "[verdict_digest]" in capsys.readouterr().err


def test_columns_of_a_champion_never_replace_its_verified_report(
    reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _with_champion("poor", 1300, "weights of poor")
    said = [y if i < 1300 else 1 - y for i, y in enumerate([i % 2 for i in range(2000)])]
    table = {"id": list(range(2000)), "yhat": said, "champion_prediction": [1 - i % 2 for i in range(2000)]}
    pq.write_table(pa.table(table), Path("poor/p.parquet"))
    code, body = _gated(capsys, "poor")
    assert code == 1
    assert [n["code"] for n in body["notices"] if n["level"] == "error"] == ["champion_twice"]
    assert "`evaluation` has columns of a champion as well" in body["notices"][0]["text"]


def test_a_report_with_a_refused_champion_is_judged_again_by_anyone(reports: Path) -> None:
    run(
        [
            "gate",
            "champion",
            "-p",
            "first.yaml",
            "--mode",
            "audit",
            "--sign",
            "team.key.pem",
            "-o",
            "attestation=c.json",
        ]
    )
    _with_champion("candidate", 1702, "weights of candidate")
    words = ["gate", "candidate", "--config", "policykit.yaml", "--sign", "team.key.pem", "-o", "attestation=r.json"]
    assert run(words) == 3
    assert run(["verify", "r.json", "--key", "team.pub.pem", "--bundle", "candidate", "--rejudge"]) == 3

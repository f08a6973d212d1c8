"""What each verb prints and writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policykit.checks import ids
from policykit.cli.start import _ABOUT, FIRST, REST, run
from tests.build import ACCURATE, ENOUGH, EQUAL, people, write_bundle, write_policy

Captured = pytest.CaptureFixture[str]
TABLE = ["--target", "y", "--prediction", "yhat", "--protected", "sex", "--favourable", "1"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write_csv(path: Path, men: tuple[int, int] = (500, 1000), women: tuple[int, int] = (500, 1000)) -> None:
    data = people(men=men, women=women)
    lines = [",".join(map(str, row)) for row in zip(*data.values(), strict=True)]
    path.write_text("\n".join([",".join(data), *lines]) + "\n")


def test_help_shows_the_four_verbs_a_newcomer_needs_and_all_shows_the_rest(capsys: Captured) -> None:
    assert run(["--help"]) == 0
    short = capsys.readouterr().out
    assert run([]) == 0
    assert capsys.readouterr().out == short
    assert all(f"  {verb} " in short for verb in FIRST)
    assert not any(f"  {verb} " in short for verb in REST)
    assert run(["help", "--all"]) == 0
    whole = capsys.readouterr().out
    assert all(verb in whole and about in whole for verb, about in _ABOUT.items())


@pytest.mark.parametrize("verb", [*FIRST, *REST])
def test_every_verb_has_help(verb: str, capsys: Captured) -> None:
    assert run([verb, "--help"]) == 0
    assert f"Usage: policykit {verb}" in capsys.readouterr().out


def test_version(capsys: Captured) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("policykit 0.")


def test_the_first_rung_needs_no_file_and_is_stamped_trial(capsys: Captured) -> None:
    write_csv(Path("predictions.csv"))
    assert run(["gate", "predictions.csv", *TABLE]) == 0
    assert "TRIAL" in capsys.readouterr().out
    assert [path.name for path in Path().iterdir()] == ["predictions.csv"]


def test_the_first_rung_of_an_unfair_model_is_blocked_with_the_exit_code_of_any_gate() -> None:
    write_csv(Path("predictions.csv"), women=(200, 1000))
    assert run(["gate", "predictions.csv", *TABLE]) == 1


def test_save_writes_the_next_rung_and_never_overwrites(capsys: Captured) -> None:
    write_csv(Path("predictions.csv"), women=(505, 1000))
    assert run(["gate", "predictions.csv", *TABLE, "--save", "next", "-o", "json=first.json"]) == 0
    written = sorted(path.relative_to("next").as_posix() for path in Path("next").rglob("*") if path.is_file())
    assert written == [
        ".github/workflows/model-gate.yaml",
        "bundle/bundle.yaml",
        "bundle/predictions.csv",
        "policies/first-look.yaml",
    ]
    assert run(["gate", "next/bundle", "-p", "next/policies", "-o", "json=second.json"]) == 0
    one, other = (json.loads(Path(name).read_text())["rules"] for name in ("first.json", "second.json"))
    assert [rule["findings"] for rule in one] == [rule["findings"] for rule in other]
    capsys.readouterr()
    assert run(["gate", "predictions.csv", *TABLE, "--save", "next"]) == 2
    assert "exists already, and is not overwritten" in capsys.readouterr().err


def test_a_wrong_column_names_the_one_meant(capsys: Captured) -> None:
    write_csv(Path("predictions.csv"))
    words = [
        "gate",
        "predictions.csv",
        "--target",
        "y",
        "--prediction",
        "yhta",
        "--protected",
        "sex",
        "--favourable",
        "1",
    ]
    assert run(words) == 2
    assert "did you mean `yhat`?" in capsys.readouterr().err


def test_a_gate_file_makes_flags_unnecessary_and_is_not_read_unasked_when_signing(capsys: Captured) -> None:
    write_bundle(Path("b"))
    write_policy(Path("policies/p.yaml"), ACCURATE, EQUAL)
    Path("policykit.yaml").write_text(
        "policykit: gate/1\npolicies: [{path: policies/}]\nreport: {output: [json=out.json]}\n"
    )
    assert run(["gate", "b"]) == 0
    assert json.loads(Path("out.json").read_text())["decision"] == "ALLOWED"
    run(["keys", "new", "k", "--unencrypted"])
    capsys.readouterr()
    assert run(["gate", "b", "--sign", "k.key.pem", "-o", "attestation=r.json"]) == 2
    assert "no policy was named" in capsys.readouterr().err
    words = ["gate", "b", "--sign", "k.key.pem", "-o", "attestation=r.json", "--config", "policykit.yaml"]
    assert run(words) == 0


def test_the_gate_files_own_key_signs_only_where_the_gate_file_was_named() -> None:
    write_bundle(Path("b"))
    write_policy(Path("policies/p.yaml"), ENOUGH)
    run(["keys", "new", "k", "--unencrypted"])
    Path("policykit.yaml").write_text(
        "policykit: gate/1\npolicies: [{path: policies/}]\nreport: {sign: k.key.pem, output: [attestation=r.json]}\n"
    )
    assert run(["gate", "b"]) == 2
    assert run(["gate", "b", "--config", "policykit.yaml"]) == 0
    assert run(["verify", "r.json", "--key", "k.pub.pem", "--bundle", "b"]) == 0


def test_keys_are_never_overwritten_and_encrypted_by_default(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("POLICYKIT_KEY_PASSWORD", "a long password")
    assert run(["keys", "new", "k"]) == 0
    assert "ENCRYPTED" in Path("k.key.pem").read_text()
    before = Path("k.key.pem").read_bytes()
    assert run(["keys", "new", "k"]) == 2
    assert Path("k.key.pem").read_bytes() == before
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH)
    words = ["gate", "b", "-p", "p.yaml", "--sign", "k.key.pem", "-o", "attestation=r.json"]
    assert run(words) == 0
    monkeypatch.setenv("POLICYKIT_KEY_PASSWORD", "another one")
    assert run(words) == 2
    monkeypatch.setenv("THE_KEY", Path("k.key.pem").read_text())
    monkeypatch.setenv("POLICYKIT_KEY_PASSWORD", "a long password")
    assert run([*words[:5], "env:THE_KEY", "-o", "attestation=r2.json"]) == 0


def test_lint_prints_every_problem_of_every_file(capsys: Captured) -> None:
    write_policy(Path("policies/a.yaml"), {"check": "data.row_cuont", "at_least": 1})
    write_policy(
        Path("policies/b.yaml"), {"check": "fairness.four_fifths", "for_each": ["sex"], "at_least": "80 pp"}, id="b"
    )
    assert run(["lint", "policies"]) == 2
    said = capsys.readouterr().err
    assert "policies/a.yaml:1:" in said and "policies/b.yaml:1:" in said
    assert "2 errors, 0 warnings" in said


def test_explain_reads_a_policy_a_pack_a_check_a_code_and_a_reason(capsys: Captured) -> None:
    write_policy(Path("p.yaml"), EQUAL)
    assert run(["explain", "p.yaml", "pack:baseline", "data.completeness", "PK104", "bad_signature"]) == 0
    said = capsys.readouterr().out
    assert "must be at most 10 pp" in said
    assert "# `data.completeness`" in said
    assert "PK104" in said
    assert "The signature does not fit" in said


def test_checks_lists_the_catalogue_and_finds_by_asking(capsys: Captured) -> None:
    assert run(["checks"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in ids())
    for question, first in (
        ("are approvals similar for men and women?", "fairness.demographic_parity_difference"),
        ("is any value null?", "data.completeness"),
        ("how slow is the slowest percent of answers?", "latency.p99"),
        ("who owns the model?", "governance.owner"),
        ("how much privacy budget is spent?", "privacy.dp_budget"),
    ):
        assert run(["checks", "--ask", question]) == 0
        answer = capsys.readouterr().out
        assert first in answer, (question, answer)


def test_plan_says_what_applies_what_is_scanned_and_what_can_be_shown(capsys: Captured) -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ACCURATE, EQUAL, {"check": "performance.roc_auc", "at_least": 0.7})
    assert run(["plan", "b", "-p", "p.yaml"]) == 0
    said = capsys.readouterr().out
    assert "applies: house@1: it applies to everything" in said
    assert "evaluation  2,000" in said
    assert "at most 10 pp" in said
    assert "not shown whatever the rows say: the bundle does not declare `task.score`" in " ".join(said.split())


def test_bundle_init_guesses_and_says_so_and_inspect_shows_it(capsys: Captured) -> None:
    Path("run").mkdir()
    write_csv(Path("run/evaluation.csv"))
    assert run(["bundle", "init", "run"]) == 0
    assert "guessed:" in capsys.readouterr().out
    assert run(["bundle", "init", "run"]) == 2
    assert run(["bundle", "inspect", "run"]) == 0
    assert "evaluation.csv" in capsys.readouterr().out


def test_init_writes_a_start_that_lints(capsys: Captured) -> None:
    Path("data").mkdir()
    write_csv(Path("data/evaluation.csv"))
    assert run(["init", "data"]) == 0
    assert run(["lint", "data/policies"]) == 0
    assert run(["init", "data"]) == 2
    assert "exists already" in capsys.readouterr().err


def test_schema_prints_a_schema_and_lists_all(capsys: Captured) -> None:
    assert run(["schema"]) == 0
    names = capsys.readouterr().out.split()
    assert "policy.v1" in names
    assert run(["schema", "policy"]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].endswith("2020-12/schema")


def test_output_never_changes_the_exit_code() -> None:
    write_bundle(Path("b"), people(men=(800, 1000), women=(300, 1000)))
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    for name in ("text", "json", "markdown", "html", "statement"):
        assert run(["gate", "b", "-p", "p.yaml", "-o", f"{name}=out.{name}"]) == 1
        assert Path(f"out.{name}").stat().st_size > 100


def test_output_for_machines_is_clean_on_standard_output(capsys: Captured) -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH)
    assert run(["gate", "b", "-p", "p.yaml", "-o", "json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["decision"] == "ALLOWED"
    assert captured.err == ""


def test_no_color_and_a_pipe_give_text_without_escapes(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH)
    run(["gate", "b", "-p", "p.yaml"])
    assert "\x1b" not in capsys.readouterr().out
    run(["gate", "b", "-p", "p.yaml", "--color", "always"])
    assert "\x1b[" in capsys.readouterr().out

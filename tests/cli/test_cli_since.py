"""`--since`: only the report of a release of the same model to the same stage is compared with, named as what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.build import ENOUGH, people, write_bundle, write_policy

GATE = ("gate", "bundle", "--policies", "p.yaml", "-q")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a bundle of the model `loans`, and a policy it meets."""
    monkeypatch.chdir(tmp_path)
    write_bundle(tmp_path / "bundle")
    write_policy(tmp_path / "p.yaml", ENOUGH)
    return tmp_path


def written(*words: str) -> str:
    """Gate as `words` say, and return the file of the report."""
    run([*GATE, *words, "-o", "json=last.json"])
    return "last.json"


def since(capsys: pytest.CaptureFixture[str], report: str, *words: str) -> tuple[int, str]:
    capsys.readouterr()
    code = run([*GATE, *words, "--since", report, "-o", "markdown"])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_another_model_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(here / "bundle", name="toy")
    report = written()
    write_bundle(here / "bundle")
    code, said = since(capsys, report)
    assert code == 2
    assert said.endswith(
        "policykit: `last.json` is a report of the model `toy`, and this one is `loans`\n"
        "  compare with the last release of the same model\n"
    )


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        (
            ("-s", "staging"),
            ("-s", "production"),
            "is about the stage `staging`, and this is about the stage `production`",
        ),
        ((), ("-s", "production"), "is about no stage, and this is about the stage `production`"),
        (("-s", "staging"), (), "is about the stage `staging`, and this is about no stage"),
    ],
)
def test_another_stage_is_refused(
    here: Path, then: tuple[str, ...], now: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = since(capsys, written(*then), *now)
    assert (code, told in said) == (2, True), said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--only", "R-1"), "`last.json` is of a partial run, so nothing was released with it"),
        (("--as-of", "2026-01-01"), "judges as of `2026-01-01`, and was made on another day, so nothing was released"),
    ],
)
def test_a_run_that_let_nothing_go_is_no_release(
    here: Path, words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = since(capsys, written(*words))
    assert (code, told in said) == (2, True), said


def test_an_audit_is_compared_with_and_named_as_one(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = since(capsys, written("--mode", "audit"))
    assert code == 0
    assert "What changed since loans 1.4.0 (audit, UNVERIFIED)" in said.replace("\\", "")


def test_what_was_blocked_is_named_as_that(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(here / "bundle", people(men=(5, 10), women=(5, 10)))
    report = written()
    assert json.loads(Path(report).read_text())["decision"] == "BLOCKED"
    write_bundle(here / "bundle")
    code, said = since(capsys, report)
    assert code == 0
    assert "What changed since loans 1.4.0 (BLOCKED, UNVERIFIED)" in said.replace("\\", "")


def test_a_first_look_is_compared_with_a_first_look(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("rows.csv").write_text("y,yhat,sex\n" + "1,1,m\n0,0,f\n1,1,f\n0,0,m\n" * 100)
    table = "--target y --prediction yhat --protected sex --favourable 1"
    words = ["gate", "rows.csv", *table.split(), "-q"]
    run([*words, "-o", "json=last.json"])
    Path("rows.csv").write_text("y,yhat,sex\n" + "1,1,m\n0,1,f\n1,1,f\n0,0,m\n" * 100)
    run([*words, "--since", "last.json", "-o", "markdown=now.md"])
    assert "(trial, UNVERIFIED)" in Path("now.md").read_text().replace("\\", "")


def test_a_stored_report_is_compared_with_one_of_its_own_model_alone(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run([*GATE, "-s", "production", "-o", "json=now.json"])
    assert run(["render", "now.json", "--since", written("-s", "production"), "-o", "text=x.txt"]) == 0
    capsys.readouterr()
    assert run(["render", "now.json", "--since", written("-s", "staging"), "-o", "text=x.txt"]) == 2
    assert "is about the stage `staging`" in capsys.readouterr().err

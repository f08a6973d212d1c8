"""`policykit inbox`: what it exits with, what it writes, and that it is never empty by accident."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.trust_world import World, make_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = make_world(tmp_path_factory.mktemp("inbox") / "world", women=(300, 1000))
    (made.folder / "reports").mkdir()
    made.report.rename(made.folder / "reports" / "signed.json")
    return made


@pytest.fixture
def reports(world: World) -> str:
    return str(world.folder / "reports")


def out(capfd: pytest.CaptureFixture[str]) -> str:
    return capfd.readouterr().out


def test_without_a_key_every_line_is_unverified(reports: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["inbox", reports]) == 0
    said = out(capfd)
    assert "UNVERIFIED: no signature was checked" in said
    assert "BLOCKED" in said
    assert "R-2 failed: 20 pp is surely above 10 pp" in said


def test_with_a_key_or_a_trust_file_signatures_are_checked(
    world: World, reports: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["inbox", reports, "--key", str(world.public("gate")), "-o", "json"]) == 0
    assert json.loads(out(capfd))["models"][0]["signer"].startswith("key ")
    assert run(["inbox", reports, *world.trust_words, "-o", "json"]) == 0
    assert json.loads(out(capfd))["models"][0]["signer"] == "gate as evaluator"


def test_a_signature_that_does_not_hold_is_listed_and_where_nothing_else_is_there_exits_2(
    world: World, reports: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["inbox", reports, "--key", str(world.public("gate-b"))]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert f"no report was found in `{reports}`" in told.err
    assert "signed.json`: the report says it is signed with the key" in told.err
    (tmp_path / "plain.json").write_text(
        json.dumps(json.loads(world.payload(Path(reports) / "signed.json"))["predicate"])
    )
    assert run(["inbox", reports, str(tmp_path), "--key", str(world.public("gate-b"))]) == 0
    said = out(capfd)
    assert "1 file unread" in said
    assert "UNVERIFIED" in said


def test_an_empty_folder_and_one_without_reports_exit_2(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["inbox", str(tmp_path)]) == 2
    assert f"no report was found in `{tmp_path}`: there is no `*.json` file" in capfd.readouterr().err
    (tmp_path / "load.json").write_text("{}")
    assert run(["inbox", str(tmp_path), str(tmp_path / "gone")]) == 2
    told = capfd.readouterr().err
    assert f"`{tmp_path / 'gone'}`: there is no such file or folder" in told


def test_filters_that_leave_nothing_say_so_and_exit_0(reports: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["inbox", reports, "--owner", "nobody", "--stage", "moon", "--since", "2999-01-01"]) == 0
    said = " ".join(out(capfd).split())
    assert "0 models" in said
    assert "only since 2999-01-01, stage moon, owner nobody: 1 other model left" in said


def test_all_three_forms_are_written_at_once(reports: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["-o", "text", "-o", f"json={tmp_path / 'i.json'}", "-o", f"html={tmp_path / 'i.html'}"]
    assert run(["inbox", reports, *words]) == 0
    assert "1 model" in out(capfd)
    assert json.loads((tmp_path / "i.json").read_text())["models"][0]["decision"] == "BLOCKED"
    assert (tmp_path / "i.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "pdf"], "there is no output format `pdf`"),
        (["-o", "html="], "`html=` names no file"),
        (["-o", "text", "-o", "json"], "two outputs without a path cannot both go to standard output"),
        (["-o", "json=x", "-o", "html=x"], "two outputs go to the same file"),
        (["--key", "a", "--trust", "b"], "a trust file and a key were given"),
        (["--since", "tomorrow"], "`tomorrow`"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    words: list[str], message: str, reports: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["inbox", reports, *words]) == 2
    assert message in capfd.readouterr().err


def test_no_report_is_written_over_nor_an_inbox_put_among_them(
    reports: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (report, *_) = sorted(Path(reports).rglob("*.json"))
    before = report.read_bytes()
    for words in ([reports, "-o", f"json={report}"], [str(report), "-o", f"html={report}"]):
        assert run(["inbox", *words]) == 2
        assert f"`{report}` is a file that is read" in capfd.readouterr().err
    assert report.read_bytes() == before
    assert run(["inbox", reports, "-o", f"json={Path(reports) / 'inbox.json'}"]) == 2
    assert run(["inbox", reports, "-o", f"html={Path(reports) / 'inbox.html'}"]) == 0


def test_a_key_that_is_none_proves_nothing(reports: str, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no key")
    assert run(["inbox", reports, "--key", str(tmp_path / "no.pem")]) in (2, 4)
    assert run(["inbox", reports, "--key", str(tmp_path / "gone.pem")]) == 74


def test_the_verb_is_listed_and_its_help_reads(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["help", "--all"]) == 0
    assert "inbox " in out(capfd)
    assert run(["inbox", "--help"]) == 0
    assert "by what needs" in out(capfd)


def test_reading_an_inbox_as_text_loads_no_engine(reports: str) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from policykit.cli.start import run; run(['inbox', sys.argv[1], '-o', 'json']); "
        "print([n for n in ('numpy','scipy','pandas','polars','sklearn','rich','jinja2') if n in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, reports], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"

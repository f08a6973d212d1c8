"""`policykit site`: what it says, what it refuses, and by whose word a page is signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.site.site_builder import WAIVER, said, write
from tests.trust_world import World, make_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = make_world(tmp_path_factory.mktemp("site") / "world", women=(480, 1000))
    (made.folder / "reports").mkdir()
    made.report.rename(made.folder / "reports" / "signed.json")
    return made


def _run(words: list[str], capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = run(words)
    seen = capfd.readouterr()
    return code, seen.out, seen.err


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYKIT_STATE", str(tmp_path / "state"))


def test_without_a_key_every_page_says_unverified(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "r", "1.json", said())
    code, out, _ = _run(["site", str(tmp_path / "r"), "-o", str(tmp_path / "s")], capfd)
    assert code == 0
    assert "1 reports about 1 models" not in out
    assert f"1 report about 1 model: {tmp_path / 's' / 'index.html'}" in out
    assert "unverified  1 report: name --key or --trust to have signatures checked" in out
    pages = list((tmp_path / "s").rglob("*.html"))
    assert all("No key and no trust file was named" in page.read_text() for page in pages)


def test_under_a_trust_file_the_signer_stands_on_the_page(
    world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["site", str(world.folder / "reports"), "-o", str(tmp_path / "s"), *world.trust_words[:-2]]
    code, out, _ = _run(words, capfd)
    assert (code, "unverified" in out) == (0, False)
    page = next((tmp_path / "s" / "reports").glob("*/*.html")).read_text()
    assert "Signed by gate (evaluator)." in page
    assert "UNVERIFIED" not in page
    assert "--trust trust.yaml --trust-root root.pub.pem --stage production" in page


@pytest.mark.parametrize(
    ("fill", "told"),
    [
        (lambda wrong: None, ""),
        (lambda wrong: (wrong / "x.json").write_text("{}"), "; `x.json`: "),
        (lambda wrong: [(wrong / f"{name}.json").write_text("[") for name in "ab"], ", and 1 more"),
        (lambda wrong: (wrong / "notes.txt").write_text("none"), ""),
    ],
)
def test_a_source_without_a_report_wipes_no_site(
    fill: Callable[[Path], object], told: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "r", "1.json", said())
    site = tmp_path / "s"
    assert _run(["site", str(tmp_path / "r"), "-o", str(site)], capfd)[0] == 0
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    fill(wrong)
    code, _, err = _run(["site", str(wrong), "-o", str(site)], capfd)
    assert code == 2
    assert err.startswith(f"policykit: no report could be read in `{wrong}`")
    assert told in err
    assert "`--allow-empty`" in err
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before
    code, out, _ = _run(["site", str(wrong), "-o", str(site), "--allow-empty"], capfd)
    assert (code, "0 reports about 0 models" in out) == (0, True)


def test_a_second_run_under_the_same_trust_file_writes_nothing(
    world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["site", str(world.folder / "reports"), "-o", str(tmp_path / "s"), *world.trust_words[:-2]]
    _run(words, capfd)
    assert "of which 0 were written and 0 deleted" in _run(words, capfd)[1]


def test_an_unsigned_report_lets_nothing_through_under_a_trust_file(
    world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "r", "1.json", said())
    _run(["site", str(tmp_path / "r"), "-o", str(tmp_path / "s"), *world.trust_words[:-2]], capfd)
    assert json.loads((tmp_path / "s" / "index.json").read_bytes())["standings"][0]["allowed"] == ""


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "r", "1.json", said())
    code, _, err = _run(["site", str(tmp_path / "r"), "-o", str(tmp_path / "r")], capfd)
    assert code == 2
    assert "is not empty, and is no site that policykit wrote" in err
    assert "name an empty folder, or one that `policykit site` wrote before" in err


def test_what_is_not_there_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, _, err = _run(["site", str(tmp_path / "none"), "-o", str(tmp_path / "s")], capfd)
    assert (code, "there is no `" in err) == (2, True)


def test_a_key_beside_a_trust_file_is_refused(world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("--key", "--ledger-key"):
        words = ["site", str(world.folder / "reports"), "-o", str(tmp_path / "s"), *world.trust_words[:-2]]
        code, _, err = _run([*words, name, str(world.public("gate"))], capfd)
        assert (code, f"leave `{name}` out" in err) == (2, True)


def test_a_day_that_is_none_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "r", "1.json", said())
    assert _run(["site", str(tmp_path / "r"), "-o", str(tmp_path / "s"), "--as-of", "soon"], capfd)[0] == 2


def test_what_could_not_be_read_is_counted_and_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "r", "1.json", said(waivers=(WAIVER,)))
    (tmp_path / "r" / "bad.json").write_text('{"a": 1, "a": 2}')
    (tmp_path / "r" / "link.json").symlink_to(tmp_path / "r" / "1.json")
    code, out, _ = _run(["site", str(tmp_path / "r"), "-o", str(tmp_path / "s")], capfd)
    assert (code, "left out    2 files: the overview says why" in out) == (0, True)
    page = (tmp_path / "s" / "index.html").read_text()
    assert "says <code>a</code> twice in one object" in page
    assert "it is a link, and links in folders are not followed" in page


def test_quiet_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "r", "1.json", said())
    assert _run(["site", str(tmp_path / "r"), "-o", str(tmp_path / "s"), "-q"], capfd)[:2] == (0, "")


def test_the_reports_own_files_lie_beside_their_pages_where_they_are_asked_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    given = write(tmp_path / "r", "1.json", said())
    _run(["site", str(tmp_path / "r"), "-o", str(tmp_path / "s"), "--with-reports"], capfd)
    copied = next((tmp_path / "s" / "reports").glob("*/*.report.json"))
    assert copied.read_bytes() == given.read_bytes()
    assert f'href="{copied.name}" download' in next((tmp_path / "s" / "reports").glob("*/*.html")).read_text()

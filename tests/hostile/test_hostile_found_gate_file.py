"""A gate file that nobody named: it writes nothing outside its folder, sends nothing to whom it likes, and reads nobody's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from policykit.decide.notify.options import refused_option
from policykit.load import fetched
from policykit.terms.gate_file import PolicySource
from tests.build import ACCURATE, write_bundle, write_policy
from tests.load.git_places import Central, text
from tests.notify.notify_servers import http

NAMED = ("--config", "policykit.yaml")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of somebody's change, with something precious beside it."""
    folder = tmp_path / "change"
    write_bundle(folder / "bundle")
    write_policy(folder / "policies" / "p.yaml", ACCURATE)
    (tmp_path / "precious.txt").write_text("kept")
    monkeypatch.setenv("POLICYKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(folder)
    return folder


def bring(*output: str, notify: str = "", policies: str = "policies/") -> None:
    said = f"output: {list(output)}" if output else f"notify: ['{notify}']" if notify else ""
    Path("policykit.yaml").write_text(f"policykit: gate/1\npolicies: [{policies}]\nreport: {{{said}}}\n")


def gate(*words: str) -> int:
    return run(["gate", "bundle", "-q", *words])


# --- what it writes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ("text=../precious.txt", "lies elsewhere"),
        ("text=out/../../precious.txt", "lies elsewhere"),
        ("text=/{above}/precious.txt", "lies elsewhere"),
        ("json=.git/config.json", "is hidden"),
        ("text=.bashrc", "is hidden"),
        ("text=link.txt", "is a link, or lies behind one"),
        ("text=folder/precious.txt", "is a link, or lies behind one"),
        ("text=conftest.py", "is no document"),
        ("text=Makefile", "is no document"),
        ("html=.html", "is hidden"),
    ],
)
def test_it_writes_no_report_outside_its_folder_or_over_what_is_no_document(
    output: str, why: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "link.txt").symlink_to("../precious.txt")
    (here / "folder").symlink_to("..")
    before = {path: path.read_bytes() for path in here.parent.rglob("*") if path.is_file()}
    bring("json=first.json", output.replace("/{above}", str(here.parent)))
    before[here / "policykit.yaml"] = (here / "policykit.yaml").read_bytes()
    assert gate() == 2
    told = capsys.readouterr().err
    assert f"which {why}" in told
    assert "`policykit.yaml`, which was only found here, writes a report to" in told
    assert "name the gate file, if it is yours: `--config policykit.yaml`; or say where with `--output`" in told
    after = {path: path.read_bytes() for path in here.parent.rglob("*") if path.is_file()}
    assert after == before


def test_documents_in_its_own_folder_are_written_as_before(here: Path) -> None:
    (here / "out").mkdir()
    bring("json=out/report.json", "html=report.html", "junit=r.xml", "markdown=r.md", "sarif=r.sarif", "text=r.txt")
    assert gate() == 0
    assert all((here / name).stat().st_size for name in ("out/report.json", "report.html", "r.xml", "r.md", "r.sarif"))


def test_named_it_writes_where_it_says(here: Path) -> None:
    bring("text=../precious.txt")
    assert gate(*NAMED) == 0
    assert "ALLOWED" in (here.parent / "precious.txt").read_text()


def test_the_command_line_has_the_last_word_on_outputs(here: Path) -> None:
    bring("text=../precious.txt")
    assert gate("--output", "json=r.json") == 0
    assert (here.parent / "precious.txt").read_text() == "kept"


# --- whom it tells ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["json://127.0.0.1:{port}/x", "mailto://risk@acme.example", "workflow://h/a/b"])
def test_it_names_nobody_but_by_variables(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    with http() as heard:
        bring(notify=address.format(port=heard.port))
        assert gate() == 2
        assert heard.bodies == []
    told = capsys.readouterr().err
    assert "`policykit.yaml`, which was only found here, names an address to tell, and no variable" in told
    assert "or write `env:NAME`, and set that variable where the gate runs" in told
    assert address.partition("{")[0] not in told


def test_whom_a_variable_names_is_told_and_so_is_whom_a_gate_file_names_that_was_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with http() as heard:
        monkeypatch.setenv("TEAM", f"json://127.0.0.1:{heard.port}/x?+X-Team=a")  # whoever sets it may set headers
        bring(notify="env:TEAM")
        assert gate() == 0
        bring(notify=f"json://127.0.0.1:{heard.port}/x")
        assert gate(*NAMED) == 0
        assert len(heard.bodies) == 2


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("method=DELETE", "`method`"),
        ("a=1&METHOD=GET", "`method`"),
        ("a=1;m%65thod=GET", "`method`"),
        ("+X-aws-ec2-metadata-token-ttl-seconds=21600", "headers or fields of its own"),
        ("%2BAuthorization=Basic", "headers or fields of its own"),
        ("-x=1", "headers or fields of its own"),
        (":x=1", "headers or fields of its own"),
        ("template=/etc/passwd", "`template`"),
        ("keyfile=/etc/passwd", "`keyfile`"),
        ("verify=no", "`verify`"),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_no_address_that_is_written_down_changes_how_it_is_asked(
    query: str, what: str, *, named: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with http() as heard:
        address = f"json://127.0.0.1:{heard.port}/latest/?{query}"
        bring(notify=address)
        assert gate(*(NAMED if named else ("--policies", "policies", "--notify", address))) == 2
        assert (heard.bodies, heard.paths) == ([], [])
    which = "notify" if named else "--notify"
    told = capsys.readouterr().err
    assert f"what `{which}` names asks for {what}, which only an address in a variable may" in told
    assert "write `env:NAME`" in told
    assert "latest" not in told


@pytest.mark.parametrize("url", ["json://h/x", "mailtos://u:p@h?from=a@b&to=c@d&mode=ssl", "slack://a/b/c/?footer=no"])
def test_ordinary_options_are_left_alone(url: str) -> None:
    assert refused_option(url) == ""


# --- what it reads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["lint", "gate", "plan", "measure"])
def test_it_reads_no_repository_of_this_machine_that_it_does_not_know_already(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    private = Central(tmp_path / "private")
    private.write("policies/values.yaml", "policykit: policy/1\ndatabase_password: hunter2\n")
    private.commit("v3")
    entry = f'{{git: "{private.url}", at: v3, path: policies}}'
    bring(policies=entry)
    words = [verb, *(() if verb == "lint" else ("bundle",)), *(("-o", "m.json") if verb == "measure" else ())]
    capsys.readouterr()
    assert run(words) == 2
    told = capsys.readouterr().err
    assert "names a repository on this machine without a digest" in told
    assert "pin it with `digest:`" in told
    assert not (tmp_path / "cache").exists()
    assert run([*words, *NAMED]) == 2
    assert "`database_password` is not a key of a policy" in capsys.readouterr().err


def test_what_it_pins_it_may_read(tmp_path: Path) -> None:
    known = Central(tmp_path / "known")
    known.write("policies/house.yaml", text())
    known.commit("v3")
    source = PolicySource("policies", {}, "", known.url, "v3")
    bring(policies=fetched.fetched(source, {}).line)
    assert run(["lint"]) == 0


@pytest.mark.parametrize("verb", ["lint", "gate", "plan"])
def test_of_what_is_fetched_for_it_only_the_place_and_the_kind_of_a_mistake_is_told(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = (
        b"policykit: policy/1\nhunter2_key: hunter2\ntitle: [hunter2\n",
        b"policykit: policy/1\nhunter2_key: hunter2\n",
    )

    def answer(source: PolicySource, _: Any) -> fetched.Fetched:
        return fetched.Fetched(source, tuple((f"{n}.yaml", data) for n, data in enumerate(secret)), "0" * 64, "")

    monkeypatch.setattr(fetched, "fetched", answer)
    bring(policies="{git: 'https://git.acme.example/private', at: main}")
    words = [verb, *(() if verb == "lint" else ("bundle",))]
    assert run(words) == 2
    captured = capsys.readouterr()
    assert "hunter2" not in captured.out + captured.err
    assert "private@main#1.yaml:2:1: PK101 " in captured.err
    assert "name the gate file, if it is yours: `--config policykit.yaml`; or pin it with `digest:`" in captured.err
    assert run([*words, *NAMED]) == 2
    assert "`hunter2_key` is not a key" in capsys.readouterr().err

"""`policykit render`, and what the formats for machines say where nothing was judged."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from tests.build import ACCURATE, ENOUGH, EQUAL, people, write_bundle, write_policy

SHOWN = ("text", "json", "markdown", "html", "sarif", "junit", "github", "comment")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a blocked bundle, its policy, and a key; commands are typed there."""
    monkeypatch.chdir(tmp_path)
    for variable in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    write_bundle(tmp_path / "bundle", people(men=(900, 1000), women=(400, 1000)))
    write_policy(tmp_path / "policies" / "house.yaml", ACCURATE, EQUAL, ENOUGH)
    assert run(["keys", "new", "gate", "--unencrypted"]) == 0
    return tmp_path


@pytest.fixture
def signed(here: Path) -> Path:
    out = ("attestation=report.sigstore.json", "json=report.json", "statement=report.statement.json")
    assert run([*GATE, "--sign", "gate.key.pem", *(word for one in out for word in ("-o", one))]) == 1
    return here / "report.sigstore.json"


GATE = ("gate", "bundle", "--policies", "policies", "-q")


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    code = run([*words])
    seen = capsys.readouterr()
    assert seen.out == ""
    return code, seen.err


def outputs(*formats: str) -> list[str]:
    return [word for name in formats for word in ("-o", f"{name}=shown.{name}")]


def test_a_signed_report_is_shown_in_every_format_and_exits_0_though_it_is_blocked(signed: Path) -> None:
    assert run(["render", signed.name, "--key", "gate.pub.pem", *outputs(*SHOWN)]) == 0
    for name in SHOWN:
        text = Path(f"shown.{name}").read_text()
        assert "BLOCKED" in text
        assert "anybody may have written" not in text


def test_it_is_the_page_that_the_gate_wrote(signed: Path) -> None:
    every = ("json", "sarif", "junit", "github", "comment", "markdown")
    out = [*outputs(*every), "--sign", "gate.key.pem", "-o", "attestation=gated.json"]
    assert run([*GATE, *out]) == 1
    Path("gated").mkdir()
    for name in every:
        Path(f"shown.{name}").rename(f"gated/{name}")
    key = ["--key", "gate.pub.pem"]
    assert run(["render", "gated.json", *key, "--policies", "policies", *outputs("json", "sarif", "github")]) == 0
    assert Path("shown.json").read_text() == Path("gated/json").read_text()
    assert Path("shown.github").read_text() == Path("gated/github").read_text()
    then, now = (json.loads(Path(name).read_text())["runs"][0]["results"] for name in ("gated/sarif", "shown.sarif"))
    assert [one["partialFingerprints"] for one in then] == [one["partialFingerprints"] for one in now]
    assert [one["locations"][0]["physicalLocation"]["region"] for one in then] == [
        one["locations"][0]["physicalLocation"]["region"] for one in now
    ]


@pytest.mark.parametrize("name", ["report.sigstore.json", "report.json", "report.statement.json"])
def test_without_a_key_every_format_says_unverified(
    signed: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    formats = [name for name in SHOWN if name != "json"]
    assert run(["render", name, *outputs(*formats)]) == 0
    assert "anybody may have written what this page says" in capsys.readouterr().err
    for shown in formats:
        assert ("unverified" if shown == "html" else "UNVERIFIED") in Path(f"shown.{shown}").read_text(), shown


@pytest.mark.parametrize("name", ["report.sigstore.json", "report.json", "report.statement.json"])
def test_an_unverified_report_is_no_json_since_a_program_would_take_it_for_the_report(
    signed: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = refused(capsys, "render", name, "-o", "json", "-o", "html=page.html")
    assert code == 2
    assert "with no place for the word that nobody's signature was checked" in told
    assert "verify it with `--key`, or with `--trust` and `--trust-root`; or ask for another format" in told
    assert not Path("page.html").exists()


def test_a_forged_report_that_says_allowed_is_green_to_no_program(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(here / "bundle", people())
    assert run([*GATE, "-o", "json=forged.json"]) == 0
    capsys.readouterr()
    assert run(["render", "forged.json", *outputs("junit", "sarif", "github")]) == 0
    assert carried("junit").attrib["errors"] == "1"
    (case,) = (one for one in carried("junit").iter("testcase") if one.find("error") is not None)
    assert case.attrib["classname"] == "policykit.unverified"
    log = carried("sarif")["runs"][0]
    (invocation,) = log["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 4)
    assert invocation["exitCodeDescription"].startswith("UNVERIFIED, and says ALLOWED: ")
    (told,) = invocation["toolConfigurationNotifications"]
    assert (told["level"], told["descriptor"]["id"]) == ("error", "policykit/unverified")
    assert [(one["ruleId"], one["level"]) for one in log["results"]] == [("policykit/unverified", "error")]
    first, *_, last = carried("github").splitlines()
    assert first.startswith("::error file=")
    assert "UNVERIFIED: this report is not signed, so anybody may have written what this page says" in first
    assert "[unverified]" in last


@pytest.mark.parametrize("name", ["report.json", "report.statement.json"])
def test_what_nobody_signed_is_not_shown_as_if_a_key_had_been_asked_of_it(
    signed: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = refused(capsys, "render", name, "--key", "gate.pub.pem", "-o", "html=page.html")
    assert code == 4
    assert "[envelope]" in told or "not a signed report" in told
    assert not Path("page.html").exists()


def test_a_forged_report_exits_4_and_shows_nothing(signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["keys", "new", "other", "--unencrypted"])
    code, _ = refused(capsys, "render", signed.name, "--key", "other.pub.pem")
    assert code == 4
    text = signed.read_text()
    at = text.index('"payload":"') + 200
    signed.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])
    code, _ = refused(capsys, "render", signed.name, "--key", "gate.pub.pem", "-o", "html=page.html")
    assert code == 4
    assert not Path("page.html").exists()


def test_audits_and_partial_runs_are_shown_for_what_they_are(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run([*GATE, "--mode", "audit", "--only", "R-1", "--sign", "gate.key.pem", "-o", "attestation=part.json"])
    assert code == 3
    capsys.readouterr()
    assert run(["render", "part.json", "--key", "gate.pub.pem", "-o", "markdown"]) == 0
    assert "[AUDIT] [PARTIAL]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (
            ["render", "report.sigstore.json", "-o", "attestation=x.json"],
            2,
            "`attestation` is not written here, but by `gate`",
        ),
        (
            ["render", "report.sigstore.json", "-o", "html=report.sigstore.json"],
            2,
            "`report.sigstore.json` is a file that is read",
        ),
        (["render", "report.sigstore.json", "-o", "html=gone/x.html"], 74, "there is no folder `gone`"),
        (["render", "report.sigstore.json", "--claims", "x"], 2, "`--claims` means something only under a trust file"),
        (["render", "none.json"], 74, "cannot read the report"),
        (["render", "policies/house.yaml"], 4, "this is not written as a report is"),
        (["render", "report.json", "--policies", "nowhere"], 2, "`nowhere` is not there"),
        (
            ["render", "report.json", "--since", "policies"],
            2,
            "`policies` is a folder, and one report is compared with",
        ),
        (
            [*GATE, "--since", "policies/house.yaml"],
            2,
            "`policies/house.yaml` cannot be compared with: it is JSON, and no report",
        ),
        ([*GATE, "--since", "report.json", "--key", "gate.pub.pem"], 4, "the report to compare with is not authentic"),
        ([*GATE, "--key", "gate.pub.pem"], 2, "a key was given, and no report that it signed"),
        ([*GATE, "--since", "report.json", "-o", "html=report.json"], 2, "`report.json` is a file that is read"),
    ],
)
def test_what_cannot_be_is_said(
    signed: Path, words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, err = refused(capsys, *words)
    assert (found, told in err) == (code, True), err


@pytest.mark.parametrize("name", ["report.sigstore.json", "report.json"])
def test_the_gate_says_what_changed_since_the_last_release(
    signed: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(Path("bundle"), people(), version="1.5.0")
    capsys.readouterr()
    key = ["--key", "gate.pub.pem"] if name == "report.sigstore.json" else []
    assert run([*GATE, "--since", name, *key, "-o", "markdown"]) == 0
    printed = capsys.readouterr().out
    assert "What changed since loans 1.4.0" in printed
    assert ("UNVERIFIED" in printed) == (name == "report.json")


def test_comparing_never_changes_the_decision(signed: Path) -> None:
    assert run([*GATE, "--since", signed.name, "--key", "gate.pub.pem", "-o", "text=x.txt"]) == 1


@pytest.mark.parametrize(
    "name", ["text", "json", "markdown", "html", "sarif", "junit", "github", "comment", "statement"]
)
def test_no_format_changes_the_exit_code(here: Path, name: str) -> None:
    assert run([*GATE, "-o", f"{name}=x"]) == 1
    write_bundle(here / "bundle", people())
    assert run([*GATE, "-o", f"{name}=x"]) == 0


def carried(name: str) -> Any:
    text = Path(f"shown.{name}").read_text()
    return ET.fromstring(text) if name == "junit" else text if name == "github" else json.loads(text)


def test_at_exit_2_the_formats_for_machines_carry_the_problem_at_its_place(here: Path) -> None:
    Path("policies/house.yaml").write_text("policykit: policy/1\nid: house\nversion: 1.0.0\nrulez: []\n")
    assert run([*GATE, *outputs("json", "sarif", "junit", "github")]) == 2
    (first, *_) = carried("json")["problems"]
    run_ = carried("sarif")["runs"][0]
    assert run_["invocations"][0] | {"toolExecutionNotifications": []} == {
        "executionSuccessful": False, "exitCode": 2, "toolExecutionNotifications": [],
    }  # fmt: skip
    place = run_["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("policies/house.yaml", first["line"])
    assert carried("github").startswith(
        f"::error file=policies/house.yaml,line={first['line']},col={first['column']},title=PK"
    )
    assert int(carried("junit").attrib["errors"]) == len(carried("json")["problems"]) + 1


def test_outputs_that_the_gate_file_names_carry_it_as_well(here: Path) -> None:
    Path("policykit.yaml").write_text(
        "policykit: gate/1\npolicies: [{path: policies/}]\nreport: {output: [junit=shown.junit]}\n"
    )
    Path("policies/house.yaml").write_text("policykit: policy/1\n")
    assert run(["gate", "bundle", "-q", "--config", "policykit.yaml"]) == 2
    assert int(carried("junit").attrib["errors"]) > 1


def test_at_exit_4_they_say_that_nothing_was_judged_over_what_an_earlier_run_left(here: Path) -> None:
    for name in ("json", "sarif", "junit", "github"):
        Path(f"shown.{name}").write_text("of an earlier run, green")
    Path("other.json").write_text("{}")
    assert (
        run([*GATE, "--since", "other.json", "--key", "gate.pub.pem", *outputs("json", "sarif", "junit", "github")])
        == 4
    )
    assert carried("json")["reason"] == "since"
    assert carried("sarif")["runs"][0]["invocations"][0]["exitCode"] == 4
    assert carried("github").startswith("::error title=policykit%3A nothing was judged::")
    assert carried("junit").attrib["errors"] == "1"


def test_annotations_count_from_the_root_of_the_repository(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(here.parent))
    capsys.readouterr()
    run([*GATE, "-o", "github"])
    assert f"::error file={here.name}/policies/house.yaml,line=1,col=" in capsys.readouterr().out

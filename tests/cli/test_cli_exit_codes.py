"""Every verb's exit codes, as docs/exit-codes.md says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from policykit.cli import start
from policykit.cli.start import run
from tests.build import ACCURATE, ENOUGH, EQUAL, people, write_bundle, write_policy

UNFAIR = people(men=(800, 1000), women=(300, 1000))
FEW = people(men=(20, 40), women=(18, 40))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_allowed_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    assert run(["gate", "b", "--policies", "p.yaml"]) == 0
    assert "ALLOWED" in capsys.readouterr().out


def test_blocked_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(Path("b"), UNFAIR)
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    assert run(["gate", "b", "--policies", "p.yaml"]) == 1
    assert "BLOCKED" in capsys.readouterr().out


def test_held_is_3(capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(Path("b"), FEW)
    write_policy(Path("p.yaml"), EQUAL)
    assert run(["gate", "b", "--policies", "p.yaml"]) == 3
    assert "HELD" in capsys.readouterr().out


def test_a_wrong_policy_is_2_and_nothing_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), {"check": "data.row_cuont", "at_least": 1})
    assert run(["gate", "b", "--policies", "p.yaml"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "p.yaml:1:" in captured.err and "did you mean `data.row_count`?" in captured.err
    assert "1 problem: nothing was judged" in captured.err


def test_at_2_json_carries_the_problems(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), {"check": "data.row_cuont", "at_least": 1})
    assert run(["gate", "b", "-p", "p.yaml", "-o", "json=r.json", "-o", "html=r.html"]) == 2
    body = json.loads(Path("r.json").read_text())
    assert body["decision"] is None
    assert [(p["code"], p["path"], p["line"]) for p in body["problems"]] == [("PK104", "p.yaml", 1)]
    assert not Path("r.html").exists()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["gate"], "Missing argument 'BUNDLE'"),
        (["gaet"], "there is no verb `gaet`: did you mean `gate`?"),
        (["gate", "b", "--nonsense"], "No such option"),
        (["gate", "b"], "no policy was named, and a gate without a policy shows nothing"),
        (["gate", "b", "-p", "p.yaml", "-o", "pdf"], "there is no output format `pdf`\n  the formats are text, json,"),
        (["gate", "b", "-p", "p.yaml", "-o", "htlm=r"], "no output format `htlm`\n  did you mean `html`? the formats"),
        (["gate", "b", "-p", "p.yaml", "-o", "r.html"], "no output format `r.html`\n  did you mean `html=r.html`? the"),
        (["gate", "b", "-p", "p.yaml", "-o", "json=-"], "`json=-` names no file\n  write `json=PATH`, or `json` for"),
        (["gate", "b", "-p", "p.yaml", "-o", "json", "-o", "text"], "two outputs without a path"),
        (["gate", "b", "-p", "p.yaml", "-o", "json=x", "-o", "html=x"], "two outputs go to the same file"),
        (["gate", "b", "-p", "p.yaml", "-o", "json="], "`json=` names no file"),
        (["gate", "b", "-p", "p.yaml", "-o", "attestation=a"], "an attestation is signed, and no key was given"),
        (["gate", "b", "-p", "p.yaml", "--as-of", "yesterday"], "`yesterday` is not a day"),
        (["gate", "b", "-p", "p.yaml", "--only", "NOPE"], "no rule is called `NOPE`"),
        (["gate", "b", "-p", "p.yaml", "--target", "y"], "`b` is a bundle, and its manifest says target"),
        (["gate", "b", "-p", "p.yaml", "--save", "x"], "`--save` writes the next rung of a table's first look"),
        (["gate", "nowhere", "-p", "p.yaml"], "nowhere"),
        (["gate", "b", "-p", "nowhere.yaml"], "nowhere.yaml"),
        (["gate", "b", "-p", "pack:nothing"], "no pack is called `nothing`"),
        (["gate", "b", "-p", "p.yaml", "--sign", "missing.pem", "-o", "attestation=r.json"], "missing.pem"),
        (["gate", "b", "-p", "p.yaml", "--sign", "missing.pem"], "a key was given, and no output is signed"),
        (
            ["gate", "b", "-p", "p.yaml", "-o", "json=b/rows.parquet"],
            "`b/rows.parquet` lies in the bundle that is judged",
        ),
        (["keys", "new", "ci"], "a private key is written encrypted, and no password was given"),
        (["explain", "PK999"], "there is no code `PK999`"),
        (["checks", "data.row_cuont"], "no check is called `data.row_cuont`"),
        (["schema", "pollicy"], "there is no schema `pollicy`"),
    ],
)
def test_a_call_that_does_not_fit_is_2_and_says_why(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH)
    before = sorted(Path().rglob("*"))
    assert run(argv) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
    assert sorted(Path().rglob("*")) == before


def test_at_2_json_carries_what_was_asked_wrongly_too(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH, applies_to={"stage": ["production"]})
    assert run(["gate", "b", "-p", "p.yaml", "-o", "json"]) == 2
    assert "no stage was asked for" in json.loads(capsys.readouterr().out)["error"]
    Path("wrong.yaml").write_text("policykit: gate/1\npolices: []\n")
    assert run(["gate", "b", "-p", "p.yaml", "-o", "json", "--config", "wrong.yaml"]) == 2
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"].startswith("PK")


def test_an_output_that_cannot_be_written_is_found_before_any_other_is(capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH)
    assert run(["gate", "b", "-p", "p.yaml", "-o", "json=ok.json", "-o", "html=nowhere/x.html"]) == 74
    assert "there is no folder `nowhere`" in capsys.readouterr().err
    import json

    said = json.loads(Path("ok.json").read_text())
    assert said["decision"] is None and "there is no folder `nowhere`" in said["error"]


def test_stages_named_and_none_asked_for_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH, applies_to={"stage": ["production"]})
    assert run(["gate", "b", "-p", "p.yaml"]) == 2
    assert "the policies name stages (`production`) and no stage was asked for" in capsys.readouterr().err
    assert run(["gate", "b", "-p", "p.yaml", "--stage", "production"]) == 0


def test_a_stage_outside_the_vocabulary_is_2_with_the_one_meant(capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(Path("b"))
    write_policy(Path("policies/p.yaml"), ENOUGH, applies_to={"stage": ["production"]})
    Path("policykit.yaml").write_text(
        "policykit: gate/1\npolicies: [{path: policies/}]\nvocabulary: {stage: [staging, production]}\n"
    )
    assert run(["gate", "b", "--stage", "prodution"]) == 2
    assert "did you mean `production`?" in capsys.readouterr().err
    assert run(["gate", "b", "--stage", "production"]) == 0


def test_a_digest_that_differs_is_4(capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(Path("b"), datasets={"evaluation": {"path": "rows.parquet", "sha256": "0" * 64}})
    write_policy(Path("p.yaml"), ENOUGH)
    assert run(["gate", "b", "-p", "p.yaml"]) == 4
    assert "rows.parquet" in capsys.readouterr().err


def test_audit_exits_0_for_blocked_and_held_and_says_audit(capsys: pytest.CaptureFixture[str]) -> None:
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    for name, data, word in (("unfair", UNFAIR, "BLOCKED"), ("few", FEW, "HELD")):
        write_bundle(Path(name), data)
        assert run(["gate", name, "-p", "p.yaml", "--mode", "audit", "-o", "json"]) == 0
        out = capsys.readouterr().out
        assert f'"decision": "{word}"' in out and '"mode": "audit"' in out


def test_only_cannot_exit_0_even_in_audit(capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    assert run(["gate", "b", "-p", "p.yaml", "--only", "R-1"]) == 3
    assert run(["gate", "b", "-p", "p.yaml", "--only", "house/R-1", "--mode", "audit"]) == 3


def test_lint_is_0_or_2_and_strict_counts_warnings() -> None:
    write_policy(Path("good.yaml"), ENOUGH)
    write_policy(Path("warned.yaml"), {**ENOUGH, "why": ""})
    write_policy(Path("bad.yaml"))
    assert run(["lint", "good.yaml", "--strict"]) == 0
    assert run(["lint", "bad.yaml"]) == 2


def test_verify_gives_the_decisions_own_code_or_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("POLICYKIT_KEY_PASSWORD", raising=False)
    assert run(["keys", "new", "ci", "--unencrypted"]) == 0
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    for name, data, code in (("good", people(), 0), ("unfair", UNFAIR, 1), ("few", FEW, 3)):
        write_bundle(Path(name), data)
        report = f"{name}.json"
        assert run(["gate", name, "-p", "p.yaml", "--sign", "ci.key.pem", "-o", f"attestation={report}"]) == code
        assert run(["verify", report, "--key", "ci.pub.pem", "--bundle", name, "--rejudge"]) == code
        assert run(["verify", report]) == 4
    assert run(["verify", "good.json", "--key", "ci.pub.pem", "--bundle", "unfair"]) == 4
    assert run(["verify", "good.json", "--key", "ci.pub.pem", "--stage", "production"]) == 4
    assert "[stage]" in capsys.readouterr().err


def test_what_cannot_be_read_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run(["keys", "new", "ci", "--unencrypted"])
    write_policy(Path("p.yaml"), ACCURATE)
    write_bundle(Path("b"))
    run(["gate", "b", "-p", "p.yaml", "--sign", "ci.key.pem", "-o", "attestation=r.json"])
    Path("b/bundle.yaml").write_text("{")
    for words in (
        ["nowhere.json", "--key", "ci.pub.pem"],
        ["r.json", "--key", "none.pem"],
        ["r.json", "--key", "ci.pub.pem", "--bundle", "b"],
    ):
        capsys.readouterr()
        assert run(["verify", *words]) == 4
        assert capsys.readouterr().out == "UNTRUSTED\n"


def test_a_partial_report_is_not_trusted_and_a_changed_one_neither(capsys: pytest.CaptureFixture[str]) -> None:
    run(["keys", "new", "ci", "--unencrypted"])
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    run(["gate", "b", "-p", "p.yaml", "--only", "R-1", "--sign", "ci.key.pem", "-o", "attestation=partial.json"])
    assert run(["verify", "partial.json", "--key", "ci.pub.pem"]) == 4
    assert "[scope]" in capsys.readouterr().err
    run(["gate", "b", "-p", "p.yaml", "--mode", "audit", "--sign", "ci.key.pem", "-o", "attestation=audit.json"])
    assert run(["verify", "audit.json", "--key", "ci.pub.pem"]) == 4
    assert "[mode]" in capsys.readouterr().err
    assert run(["verify", "audit.json", "--key", "ci.pub.pem", "--accept-audit"]) == 0


def test_a_report_of_another_day_is_not_trusted_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    run(["keys", "new", "ci", "--unencrypted"])
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    words = ["gate", "b", "-p", "p.yaml", "--as-of", "2020-01-01", "--sign", "ci.key.pem", "-o", "attestation=r.json"]
    assert run(words) == 3
    assert run(["verify", "r.json", "--key", "ci.pub.pem"]) == 4
    assert "[as_of]" in capsys.readouterr().err
    assert run(["verify", "r.json", "--key", "ci.pub.pem", "--accept-as-of"]) == 0


def test_measure_then_judge_gives_the_code_and_the_digest_of_gate(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    write_bundle(Path("b"), UNFAIR)
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    assert run(["measure", "b", "-p", "p.yaml", "-o", "m.json"]) == 0
    assert run(["judge", "m.json", "-p", "p.yaml", "-o", "json=judged.json"]) == 1
    assert run(["gate", "b", "-p", "p.yaml", "-o", "json=gated.json"]) == 1
    one, other = (json.loads(Path(name).read_text()) for name in ("judged.json", "gated.json"))
    assert one["verdictDigest"] == other["verdictDigest"]


def test_judging_by_a_policy_that_asks_for_more_is_held() -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH)
    write_policy(Path("more.yaml"), ENOUGH, ACCURATE)
    run(["measure", "b", "-p", "p.yaml", "-o", "m.json"])
    assert run(["judge", "m.json", "-p", "p.yaml"]) == 0
    assert run(["judge", "m.json", "-p", "more.yaml"]) == 3


def test_an_uncaught_exception_is_70(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(start.cli, "main", broken)
    assert run(["gate", "b"]) == 70
    assert "this is a bug of policykit, and nothing was decided" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_74_and_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH)
    Path("file").write_text("in the way")
    assert run(["gate", "b", "-p", "p.yaml", "-o", "json=file/report.json", "-o", "html=report.html"]) == 74
    assert "file/report.json" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="a full disk is made by mounting a tiny file system, which takes root")
def test_a_full_disk_is_74_and_leaves_neither_half_a_report_nor_that_of_an_earlier_run(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(small)], check=False, capture_output=True
    )
    assert mounted.returncode == 0, mounted.stderr
    try:
        write_bundle(Path("b"))
        write_policy(Path("p.yaml"), ACCURATE, EQUAL)
        (small / "r.html").write_text("the old report")
        assert run(["gate", "b", "-p", "p.yaml", "-o", f"html={small / 'r.html'}"]) == 74
        assert [path.name for path in small.iterdir()] == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_an_interrupt_is_130_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    write_bundle(Path("b"), {name: values * 2000 for name, values in people().items()})
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    code = "import os, signal, threading; threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start(); "
    code += "from policykit.cli.start import main; main(['gate', 'b', '-p', 'p.yaml', '-o', 'json=r.json'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode in (130, -signal.SIGINT), done.stderr
    assert not list(tmp_path.glob("*r.json*"))


def test_a_reader_that_goes_away_is_74(tmp_path: Path) -> None:
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ENOUGH)
    shell = f"{sys.executable} -m policykit gate b -p p.yaml -o json; echo $? >&2"
    done = subprocess.run(
        ["bash", "-c", f"({shell}) | true"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr.strip().splitlines()[-1] == "74"

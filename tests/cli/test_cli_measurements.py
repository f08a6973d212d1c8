"""Measured where the data lives, judged elsewhere: what is signed was signed by whoever measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import unseal
from policykit.attest.keys import load_public_key
from policykit.canon import canonical
from policykit.cli.start import run
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

UNFAIR = people(men=(900, 1000), women=(100, 1000))
JUDGE = ["judge", "m.json", "-p", "p.yaml"]
SIGN = ["--sign", "ci.key.pem", "-o", "attestation=r.json"]
VERIFY = ["verify", "r.json", "--key", "ci.pub.pem", "--bundle", "b", "--rejudge"]


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POLICYKIT_KEY_PASSWORD", raising=False)
    for name in ("data", "ci"):
        run(["keys", "new", name, "--unencrypted"])
    write_bundle(Path("b"), UNFAIR, labels={"risk": "low"})
    write_policy(Path("p.yaml"), ACCURATE, EQUAL)
    yield


def measure(*more: str) -> None:
    assert run(["measure", "b", "-p", "p.yaml", "-o", "m.json", *more]) == 0


def predicate(path: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(unseal(Path(path).read_bytes()).payload)["predicate"]
    return said


def test_signed_measurements_are_judged_signed_and_verified_as_those_of_gate() -> None:
    measure("--sign", "data.key.pem")
    assert run([*JUDGE, "--key", "data.pub.pem", *SIGN]) == 1
    assert run(VERIFY) == 1
    assert run(["gate", "b", "-p", "p.yaml", "--sign", "ci.key.pem", "-o", "attestation=g.json"]) == 1
    judged, gated = predicate("r.json"), predicate("g.json")
    assert judged["verdictDigest"] == gated["verdictDigest"]
    assert judged["gate"]["measured"] == f"signed file (key {load_public_key(Path('data.pub.pem')).id})"
    assert gated["gate"]["measured"] == "here"
    assert {f["source"] for rule in judged["rules"] for f in rule["findings"]} == {"recomputed"}


def test_verify_says_where_it_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    measure("--sign", "data.key.pem")
    run([*JUDGE, "--key", "data.pub.pem", *SIGN])
    capsys.readouterr()
    run(VERIFY)
    assert "measured elsewhere: signed file (key " in capsys.readouterr().out


def test_measurements_that_nobody_signed_are_judged_and_never_signed(capsys: pytest.CaptureFixture[str]) -> None:
    measure()
    assert run([*JUDGE, "-o", "json=j.json"]) == 1
    assert json.loads(Path("j.json").read_text())["gate"]["measured"] == "file"
    assert run([*JUDGE, "-o", "markdown=j.md"]) == 1
    assert "they were read from a file that nobody signed" in Path("j.md").read_text()
    assert run([*JUDGE, *SIGN]) == 2
    err = capsys.readouterr().err
    assert "measurements from a file nobody signed cannot be signed as recomputed" in err
    assert "measure with `--sign`, judge with `--key`" in err
    assert not Path("r.json").exists()


def test_a_statement_on_unsigned_measurements_that_somebody_signs_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from policykit.attest.envelope import seal
    from policykit.attest.keys import load_signer

    measure()
    assert run([*JUDGE, "-o", "statement=s.json"]) == 1
    Path("r.json").write_bytes(seal(Path("s.json").read_bytes(), load_signer("ci.key.pem", None)))
    assert run(VERIFY) == 4
    err = capsys.readouterr().err
    assert "the report rests on measurements that nobody signed [measured]" in err


def test_measurements_changed_after_signing_or_signed_by_another_are_4(capsys: pytest.CaptureFixture[str]) -> None:
    measure("--sign", "ci.key.pem")
    assert run([*JUDGE, "--key", "data.pub.pem"]) == 4
    assert "[wrong_key]" in capsys.readouterr().err
    measure()
    assert run([*JUDGE, "--key", "data.pub.pem"]) == 4
    assert "[envelope]" in capsys.readouterr().err
    run(["gate", "b", "-p", "p.yaml", "--sign", "data.key.pem", "-o", "attestation=m.json"])
    assert run([*JUDGE, "--key", "data.pub.pem"]) == 4
    assert "[predicate_type]" in capsys.readouterr().err


def test_signed_measurements_without_a_key_are_4(capsys: pytest.CaptureFixture[str]) -> None:
    measure("--sign", "data.key.pem")
    assert run(JUDGE) == 4
    err = capsys.readouterr().err
    assert "[no_key]" in err and "with `--key`" in err


def test_signed_measurements_are_no_report(capsys: pytest.CaptureFixture[str]) -> None:
    measure("--sign", "data.key.pem")
    assert run(["verify", "m.json", "--key", "data.pub.pem"]) == 4
    assert "[predicate_type]" in capsys.readouterr().err


def test_measuring_to_sign_reads_no_cache() -> None:
    measure("--cache", "cache")
    measure("--cache", "cache")
    assert any(found["cached"] for found in json.loads(Path("m.json").read_text())["measurements"])
    measure("--cache", "cache", "--sign", "data.key.pem")
    assert not any(found["cached"] for found in predicate("m.json")["measurements"])


def test_cached_measurements_that_somebody_signed_are_not_signed_again(capsys: pytest.CaptureFixture[str]) -> None:
    from policykit.attest.envelope import seal
    from policykit.attest.keys import load_signer

    measure("--sign", "data.key.pem")
    said = json.loads(unseal(Path("m.json").read_bytes()).payload)
    said["predicate"]["measurements"][0]["cached"] = True
    Path("m.json").write_bytes(seal(canonical(said), load_signer("data.key.pem", None)))
    assert run([*JUDGE, "--key", "data.pub.pem", *SIGN]) == 2
    assert "measurements from a cache cannot be signed as recomputed" in capsys.readouterr().err


def _inventory(text: str) -> None:
    Path("inventory.csv").write_text(text)
    write_policy(Path("p/high.yaml"), EQUAL, applies_to={"risk": ["high"]}, id="high")
    write_policy(Path("p/all.yaml"), ACCURATE, id="all")
    Path("policykit.yaml").write_text("policykit: gate/1\npolicies: [{path: p}]\ninventory: inventory.csv\n")


def test_judge_takes_labels_from_the_inventory_as_gate_does(capsys: pytest.CaptureFixture[str]) -> None:
    _inventory("name,risk\nloans,high\n")
    assert run(["measure", "b", "-p", "p", "--config", "none.yaml", "-o", "m.json"]) != 0
    Path("empty.yaml").write_text("policykit: gate/1\npolicies: [{path: p}]\n")
    assert run(["measure", "b", "--config", "empty.yaml", "-o", "m.json"]) == 0
    assert run(["judge", "m.json", "--config", "policykit.yaml"]) == 2
    err = capsys.readouterr().err
    assert "PK317 the inventory says `risk: high`, and the measured bundle says otherwise" in err
    Path("inventory.csv").write_text("name,risk\nothers,high\n")
    assert run(["judge", "m.json", "--config", "policykit.yaml"]) == 2
    assert "PK317 `loans` is not in the inventory" in capsys.readouterr().err
    Path("inventory.csv").write_text("name,risk,site\nloans,low,east\n")
    assert run(["judge", "m.json", "--config", "policykit.yaml", "-o", "json=j.json"]) == 0
    assert json.loads(Path("j.json").read_text())["bundle"]["labels"] == {"risk": ["low"], "site": ["east"]}


def test_a_label_that_the_bundle_leaves_out_comes_from_the_inventory_in_judge_too() -> None:
    _inventory("name,risk\nloans,high\n")
    write_bundle(Path("b"), UNFAIR)
    Path("empty.yaml").write_text("policykit: gate/1\npolicies: [{path: p}]\n")
    assert run(["measure", "b", "--config", "empty.yaml", "-o", "m.json"]) == 0
    assert run(["judge", "m.json", "--config", "empty.yaml"]) == 3
    assert run(["judge", "m.json", "--config", "policykit.yaml"]) == 3  # what the policy asks was not measured
    assert run(["measure", "b", "--config", "policykit.yaml", "-o", "m.json"]) == 0
    assert run(["judge", "m.json", "--config", "policykit.yaml"]) == 1


def test_signing_beside_a_gate_file_with_an_inventory_wants_it_named(capsys: pytest.CaptureFixture[str]) -> None:
    _inventory("name,risk\nloans,low\n")
    words = ["gate", "b", "-p", "p", "--sign", "ci.key.pem", "-o", "attestation=r.json"]
    assert run(words) == 2
    err = capsys.readouterr().err
    assert "`policykit.yaml` here names an inventory, and signing takes nothing from here unasked" in err
    assert run([*words, "--config", "policykit.yaml"]) == 0
    assert run(["verify", "r.json", "--key", "ci.pub.pem", "--bundle", "b", "--rejudge"]) == 0


def test_an_argument_that_is_no_text_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["gate", "b", "-p", "p.yaml", "--stage", "\udc80"], ["verify", "\ud800", "--key", "ci.pub.pem"]):
        assert run(words) == 2
        assert "an argument is not UTF-8 text" in capsys.readouterr().err

"""A time stamp on what the gate signs: asked for by one option, and by nothing else."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import NoReturn

import pytest

from policykit.attest.envelope import unseal
from policykit.attest.timestamp import stamped_at
from policykit.canon import digest
from policykit.cli.start import run
from tests.attest.timestamp_authority import TimestampAuthority, make_authority, serving
from tests.build import ACCURATE, write_bundle, write_policy
from tests.trust_world import PRODUCTION, make_world

GATE = ["gate", "b", "-p", "p.yaml"]
MEASURE = ["measure", "b", "-p", "p.yaml", "-o", "m.json"]
JUDGE = ["judge", "m.json", "-p", "p.yaml", "--key", "ci.pub.pem"]
SIGN = ["--sign", "ci.key.pem"]
REPORT = ["-o", "attestation=r.json"]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> TimestampAuthority:
    return make_authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POLICYKIT_KEY_PASSWORD", raising=False)
    run(["keys", "new", "ci", "--unencrypted"])
    write_bundle(Path("b"))
    write_policy(Path("p.yaml"), ACCURATE)


def holds(path: str, acme: TimestampAuthority) -> bool:
    envelope = unseal(Path(path).read_bytes())
    (token,) = envelope.timestamps
    return stamped_at(token, envelope.signature, acme.certificates) is not None


@pytest.mark.parametrize(
    ("words", "made"), [([*GATE, *REPORT], "r.json"), (MEASURE, "m.json"), ([*JUDGE, *REPORT], "r.json")]
)
def test_what_is_signed_carries_the_stamp_of_the_authority_that_was_named(
    words: list[str], made: str, acme: TimestampAuthority
) -> None:
    run([*MEASURE, *SIGN])
    with serving(acme.reply) as url:
        assert run([*words, *SIGN, "--timestamp", url]) == 0
    assert holds(made, acme)


def test_a_stage_that_asks_for_a_time_stamp_is_met_without_a_ledger(
    tmp_path: Path, acme: TimestampAuthority, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world(tmp_path / "world", report=False)
    (world.folder / "tsa.pem").write_bytes(acme.certificates)
    world.write_trust(
        version=2,
        stages={"production": {**PRODUCTION, "timestamp": "acme"}},
        timestamp_authorities={"acme": {"path": "tsa.pem", "sha256": digest(acme.certificates)}},
    )
    gate = ["gate", str(world.bundle), "-p", str(world.policy), "-s", "production", "--sign", str(world.key("gate"))]
    gate += ["-o", f"attestation={world.report}"]
    verify = world.verify_words("--stage", "production")
    assert (run(gate), run(verify)) == (0, 4)
    assert "[timestamp_missing]" in capsys.readouterr().err
    with serving(acme.reply) as url:
        assert (run([*gate, "--timestamp", url]), run(verify)) == (0, 0)


def test_the_page_of_a_missing_time_stamp_names_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "timestamp_missing"]) == 0
    assert "--timestamp URL" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[*GATE, "-o", "text"], MEASURE, JUDGE])
def test_a_time_stamp_on_nothing_is_refused_before_any_work(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--timestamp", "http://127.0.0.1:1/"]) == 2
    told = capsys.readouterr().err
    assert "a time stamp is put on a signature, and nothing is signed\n  add `--sign KEY`" in told
    assert not Path("m.json").exists()


@pytest.mark.parametrize("words", [[*GATE, *REPORT], MEASURE])
def test_what_is_no_address_is_refused_before_any_work(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words, *SIGN, "--timestamp", "tsa.example"]) == 2
    assert "`tsa.example` is not the address of an authority\n  write `https://…`" in capsys.readouterr().err
    assert not Path("r.json").exists() and not Path("m.json").exists()


@pytest.mark.parametrize(
    "words", [[*GATE, *REPORT, "-o", "html=r.html"], MEASURE, [*JUDGE, *REPORT, "-o", "json=r.html"]]
)
def test_an_authority_that_does_not_answer_leaves_nothing_written(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run([*MEASURE, *SIGN])
    before = {path.name: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    assert run([*words, *SIGN, "--timestamp", closed()]) == 74
    assert "cannot get a time stamp: " in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in Path().iterdir() if path.is_file()} == before


def test_an_answer_that_is_no_time_stamp_of_this_signature_exits_4(
    acme: TimestampAuthority, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(lambda _: acme.stamp(b"another signature")) as url:
        assert run([*GATE, *REPORT, *SIGN, "--timestamp", url]) == 4
    assert "[timestamp]" in capsys.readouterr().err
    assert not Path("r.json").exists()


def test_nobody_is_asked_unless_an_address_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    def call(*_: object, **__: object) -> NoReturn:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", call)
    assert run([*GATE, *REPORT, *SIGN]) == 0
    assert unseal(Path("r.json").read_bytes()).timestamps == ()


def closed() -> str:
    """Return an address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"

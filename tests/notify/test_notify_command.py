"""`gate --notify`: who is told, what is said of those who are not, and that no message ever changes a decision."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy
from tests.notify.notify_servers import closed_port, http

SECRET = "hunter2-top-secret"


@pytest.fixture
def fair(tmp_path: Path) -> list[str]:
    return _words(tmp_path, women=(500, 1000))


@pytest.fixture
def unfair(tmp_path: Path) -> list[str]:
    return _words(tmp_path, women=(300, 1000))


def _words(folder: Path, women: tuple[int, int]) -> list[str]:
    bundle = write_bundle(folder / "bundle", people(women=women))
    policy = write_policy(folder / "house.yaml", ACCURATE, EQUAL)
    return ["gate", str(bundle), "-p", str(policy), "-s", "production", "-o", f"json={folder / 'r.json'}"]


def test_everybody_named_is_told_and_it_is_said_whom(unfair: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with http() as one, http() as two:
        urls = [f"json://127.0.0.1:{each.port}/{SECRET}" for each in (one, two)]
        assert (
            run([*unfair, "--notify", urls[0], "--notify", urls[1], "--link", "https://ci.bank.example/7?a=b#c"]) == 1
        )
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [f"told `json://127.0.0.1:{each.port}/…`" for each in (one, two)]
    said = json.loads(one.bodies[0])
    assert said["title"] == "BLOCKED loans 1.4.0 for production"
    assert said["message"].endswith("\nhttps://ci.bank.example/7?a=b#c")
    assert "risk@bank.example" in said["message"]
    assert one.bodies == two.bodies


@pytest.mark.parametrize(("rows", "code"), [("fair", 0), ("unfair", 1)])
def test_a_message_that_fails_is_said_and_the_decision_stands(
    rows: str, code: int, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    port = closed_port()
    assert run([*request.getfixturevalue(rows), "--notify", f"json://u:{SECRET}@127.0.0.1:{port}/{SECRET}"]) == code
    assert capfd.readouterr().err.splitlines() == [
        "policykit: could not tell `json://…`: it refused the connection",
        "  the decision stands as it is",
    ]


def test_without_the_extra_the_gate_judges_all_the_same(
    fair: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert run([*fair, "--notify", f"slack://{SECRET}/x/y"]) == 0
    assert capfd.readouterr().err.splitlines() == [
        "policykit: could not tell `slack://…`: telling people needs the extra `notify`, which is not installed",
        "  install policykit with the extra `notify`; the decision stands as it is",
    ]


def test_the_gate_file_names_who_is_told_and_the_command_line_has_the_last_word(
    fair: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http() as listed, http() as named:
        config = tmp_path / "policykit.yaml"
        config.write_text("policykit: gate/1\nreport: {notify: [env:TEAM_CHAT]}\n")
        monkeypatch.setenv("TEAM_CHAT", f"json://127.0.0.1:{listed.port}/x")
        assert run([*fair, "--config", str(config)]) == 0
        assert (len(listed.bodies), len(named.bodies)) == (1, 0)
        assert run([*fair, "--config", str(config), "--notify", f"json://127.0.0.1:{named.port}/x"]) == 0
        assert (len(listed.bodies), len(named.bodies)) == (1, 1)


def test_a_variable_that_is_not_set_is_said_by_name(fair: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run([*fair, "--notify", "env:POLICYKIT_NO_SUCH_VARIABLE"]) == 0
    assert capfd.readouterr().err.splitlines() == [
        "policykit: could not tell `env:POLICYKIT_NO_SUCH_VARIABLE`: the variable is not set",
        "  set it where the gate runs, or take it out; the decision stands as it is",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--notify", SECRET], "what `--notify` names is no address"),
        (["--notify", "json://ok", "--notify", f"{SECRET} x"], "`--notify` number 2 is no address"),
        (["--notify", "env:2X"], "what `--notify` names is no address"),
        (["--link", "javascript:alert(1)"], "the link is no web address"),
        (["--link", "https://a b"], "the link is no web address"),
        (["--link", "https://x\n--evil"], "the link is no web address"),
    ],
)
def test_what_is_no_address_is_refused_before_any_work_and_never_shown(
    words: list[str], message: str, fair: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run([*fair, *words]) == 2
    told = capfd.readouterr().err
    assert message in told
    assert SECRET not in told
    assert json.loads((tmp_path / "r.json").read_text())["decision"] is None


def test_a_wrong_address_is_carried_by_the_formats_for_machines(
    fair: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run([*fair[:-2], "-o", "json", "--notify", "x"]) == 2
    assert json.loads(capfd.readouterr().out)["error"] == "what `--notify` names is no address"


def test_whatever_breaks_while_people_are_told_the_decision_stands(
    unfair: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("policykit.render.message.message", broken)
    assert run([*unfair, "--notify", f"json://127.0.0.1:1/{SECRET}"]) == 1
    assert capfd.readouterr().err.splitlines() == [
        "policykit: nobody was told, and this is a bug of policykit",
        "  please report it; the decision stands as it is",
    ]


def test_nobody_is_told_of_what_was_never_judged(fair: list[str]) -> None:
    with http() as heard:
        assert run([*fair, "--notify", f"json://127.0.0.1:{heard.port}/x", "--stage", "Not A Stage"]) == 2
        assert heard.bodies == []


def test_a_gate_that_tells_nobody_loads_nothing_for_it(fair: list[str]) -> None:
    for name in [name for name in sys.modules if name == "apprise" or name.startswith("policykit.decide.notify")]:
        del sys.modules[name]
    assert run(fair) == 0
    assert "apprise" not in sys.modules
    assert "policykit.decide.notify.deliver" not in sys.modules

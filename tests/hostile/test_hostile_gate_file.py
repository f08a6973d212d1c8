"""A gate file that comes with the change under review: it has no say in its own judging, and gives nobody's secret away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from policykit.errors import StorageError
from policykit.load.fetched import fetched
from policykit.load.one_document import lint_text
from policykit.terms.gate_file import PolicySource
from tests.load.git_places import PLAIN
from tests.trust_world import World, make_world

STAGE = ("--stage", "production")


@pytest.fixture
def excused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A bundle that is blocked, with a waiver that its own team signed with its own keys."""
    terms = {"waivers": {"signed_by": {"role": "waiver-authority", "count": 1}, "longest": "120 days"}}
    world = make_world(tmp_path / "w", women=(300, 1000), report=False, terms=terms)
    world.waiver()
    monkeypatch.chdir(world.folder)
    return world


def bring(**said: Any) -> None:
    Path("policykit.yaml").write_text(json.dumps({"policykit": "gate/1", **said}))


ROOTS = ["keys/root-a.pub.pem", "keys/root-b.pub.pem"]
SWAYING: dict[str, Any] = {
    "trust": {"path": "trust.yaml", "roots": ROOTS},
    "waivers": "waivers",
    "inventory": "inventory.csv",
    "vocabulary": {"stage": ["production"]},
    "champion": {"key": "keys/gate.pub.pem"},
    "ledger": "ledger",
    "plugins": ["policykit-more"],
}


@pytest.mark.parametrize("verb", ["gate", "measure", "plan"])
def test_a_gate_file_that_was_only_found_excuses_nothing_beside_policies_that_were_named(
    verb: str, excused: World, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [verb, "bundle", "--policies", str(excused.policy), *STAGE]
    quiet = ["-q"] if verb == "gate" else []
    measured = ["--output", "m.json"] if verb == "measure" else []
    bring(trust=SWAYING["trust"], waivers="waivers")
    capsys.readouterr()
    assert run([*words, *quiet, *measured]) == 2
    said = capsys.readouterr()
    assert "names `trust`, `waivers` as well" in said.err
    assert "--config policykit.yaml" in said.err
    assert "run in a folder without it" in said.err
    assert "ALLOWED" not in said.out


def test_named_by_whoever_runs_the_gate_it_counts(excused: World) -> None:
    words = ["gate", "bundle", "--policies", str(excused.policy), *STAGE, "-q"]
    assert run(words) == 1
    bring(trust=SWAYING["trust"], waivers="waivers")
    assert run([*words, "--config", "policykit.yaml"]) == 0


@pytest.mark.parametrize("key", SWAYING)
def test_each_thing_that_could_sway_the_verdict_is_refused(
    key: str, excused: World, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(**{key: SWAYING[key]})
    assert run(["gate", "bundle", "--policies", str(excused.policy), *STAGE, "-q"]) == 2
    assert f"names `{key}` as well" in capsys.readouterr().err


def test_what_sways_nothing_is_taken_as_ever(excused: World) -> None:
    bring(policies=[{"path": "elsewhere/"}], report={"output": ["text=report.txt"]})
    assert run(["gate", "bundle", "--policies", str(excused.policy), *STAGE, "-q"]) == 1
    assert Path("report.txt").is_file()


def test_measurements_are_judged_by_no_gate_file_that_was_only_found(
    excused: World, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ["--policies", str(excused.policy), *STAGE]
    assert run(["measure", "bundle", *named, "--output", "m.json"]) == 0
    bring(trust=SWAYING["trust"], waivers="waivers")
    assert run(["judge", "m.json", *named]) == 2
    assert "names `trust`, `waivers` as well" in capsys.readouterr().err


SECRET = "hunter2"
WRONG = {
    "a password": "policies:\n  - {git: 'https://me:hunter2@x.example/p', at: v3}\n",
    "a password with a slash": "policies:\n  - {git: 'https://me:1/hunter2@x.example/p', at: v3}\n",
    "a password with an at": "policies:\n  - {git: 'https://me:a@hunter2@x.example/p', at: v3}\n",
    "a password of digits": "policies:\n  - {git: 'https://hunter2:12/34@x.example/p', at: v3}\n",
    "a token in a query": "policies:\n  - {git: 'https://x.example/p?token=hunter2', at: v3}\n",
    "a token behind a hash": "policies:\n  - {git: 'https://x.example/p#hunter2', at: v3}\n",
    "a query that hides a password": "policies:\n  - {git: 'https://me:hunter2?@x.example/p', at: v3}\n",
    "another key on the line": "policies:\n  - {git: 'https://hunter2@x.example/p', att: v3}\n",
    "a bad ref on the line": "policies:\n  - {git: 'https://hunter2@x.example/p', at: -v3}\n",
    "escapes": 'policies:\n  - {git: "https:\\u002F\\u002Fhunter2\\u0040x.example/p", at: -v3}\n',
    "a short form": "policies:\n  - {git: 'hunter2@x.example:p', at: v3, digets: x}\n",
    "a key that is an address": "'https://me:hunter2@x.example': 3\n",
    "a misspelt notify": "report: {notfy: 'slack://hunter2/b'}\n",
    "a misspelt notify without an address": "report: {notfy: hunter2}\n",
    "no address to tell": "report: {notify: hunter2}\n",
    "a wrong key beside notify": "report: {notify: hunter2, outputs: x}\n",
    "told twice": "report:\n  notify:\n    - slack://hunter2/b\n    - slack://hunter2/b\n",
    "a map under notify": "report:\n  notify:\n  - {to: hunter2}\n",
    "no YAML": "report:\n  notify: [slack://hunter2/b\npolicies: }\n",
    "no YAML under notify": "report:\n  notify:\n    - 'hunter2\n    - b\n",
    "a tab before it": "report:\n\tnotify: hunter2\n",
    "unseen characters": "report: {notify: 'slack://hunter2\u200b/b'}\n",
}


@pytest.mark.parametrize("said", WRONG.values(), ids=WRONG)
def test_nothing_secret_in_a_gate_file_is_printed_wherever_its_problem_is(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.build import write_bundle

    write_bundle(tmp_path / "bundle")
    monkeypatch.chdir(tmp_path)
    Path("policykit.yaml").write_text(f"policykit: gate/1\n{said}", encoding="utf-8")
    forms = ("json", "sarif", "junit", "github")
    assert run(["gate", "bundle", "-q", *(word for name in forms for word in ("-o", f"{name}=r.{name}"))]) == 2
    assert run(["lint"]) == 2
    run(["lint", "policykit.yaml"])
    told = capsys.readouterr()
    written = [Path(f"r.{name}").read_text() for name in forms]
    edited = repr(lint_text(Path("policykit.yaml").read_text(), Path("policykit.yaml")))
    assert [SECRET in each for each in (told.out, told.err, edited, *written)] == [False] * 7
    assert "policykit.yaml:" in told.err, "and it is said where"


@pytest.mark.parametrize("address", ["https://x.example/p?ref=v3", "https://x.example/p#v3", "git@x.example:p?a"])
def test_a_query_in_an_address_is_refused_and_it_is_said_what_to_do(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policykit.yaml").write_text(f"policykit: gate/1\npolicies:\n  - {{git: '{address}', at: v3}}\n")
    assert run(["lint"]) == 2
    said = capsys.readouterr().err
    assert "asks for more than a repository, and what it asks with may be a secret" in said
    assert "write it without `?` and `#`; where a token is needed, leave it to git's credential helper" in said


@pytest.mark.parametrize(
    "base",
    [
        "https://ci:" + "hunter2" * 60 + "@127.0.0.1:1/",
        "https://oauth2:hunter2@127.0.0.1:1/",
        "https://oauth2:hunter2/a@tok@127.0.0.1:1/",
        "https://127.0.0.1:1/hunter2/",
        "ssh://user:hunter2@127.0.0.1:1/",
        "file:///nowhere/hunter2/",
    ],
)
def test_what_a_configuration_leads_an_address_to_is_not_printed(base: str) -> None:
    given = {
        **PLAIN,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{base}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://127.0.0.1:1/",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=1",
    }
    with pytest.raises(StorageError) as caught:
        fetched(PolicySource("", {}, "", "https://127.0.0.1:1/central/policies", "v1"), given)
    assert SECRET not in str(caught.value)
    assert str(caught.value).startswith("`https://127.0.0.1:1/central/policies` cannot be fetched")


def test_no_document_shows_a_line_whose_address_says_who_asks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.yaml").write_text("policykit: gate/1\npolicies: [{git: 'https://me:hunter2@x.example'}\n}")
    assert run(["lint", str(tmp_path / "other.yaml")]) == 2
    assert SECRET not in capsys.readouterr().err

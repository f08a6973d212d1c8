"""The options that mean the same say the same, in every verb that has them."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from policykit.cli.signing import SIGNERS
from policykit.cli.start import cli, run

Option = tuple[str, click.Option]


def options() -> Iterator[Option]:
    """Every option of every verb, by the verb's name."""
    context = click.Context(cli)
    for name in cli.list_commands(context):
        verb = cli.get_command(context, name)
        assert verb is not None
        below = verb.commands.items() if isinstance(verb, click.Group) else [("", verb)]
        for more, command in below:
            yield from ((f"{name} {more}".strip(), one) for one in command.params if isinstance(one, click.Option))


def named(option: str) -> dict[str, str]:
    return {verb: str(one.help) for verb, one in options() if option in one.opts}


@pytest.mark.parametrize("verb", ["gate", "judge", "measure", "approve", "export", "ledger append", "ledger init"])
def test_signing_is_said_in_one_wording(verb: str) -> None:
    assert named("--sign")[verb] == f"Sign with {SIGNERS}."


def test_the_key_that_stands_in_for_a_trust_file_is_said_in_one_wording() -> None:
    found = named("--key")
    assert {found[verb] for verb in ("verify", "approve", "export", "waive")} == {
        "Without a trust file: the public key to accept."
    }


def test_a_trust_file_is_said_in_one_wording() -> None:
    found = named("--trust")
    assert len(found) > 8
    assert {text for verb, text in found.items() if verb not in ("promote", "rollback")} == {found["verify"]}


def test_every_option_that_the_environment_can_set_says_by_which_variable() -> None:
    found = {(verb, one.opts[0]): one for verb, one in options() if one.envvar is not None}
    assert {one.envvar for one in found.values()} == {"POLICYKIT_LINK", "POLICYKIT_STATE", "POLICYKIT_TRUST_ROOT"}
    assert ("ledger witness", "--state") in found
    assert all(one.show_envvar for one in found.values())


def test_the_help_of_verify_names_the_variables(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "[env var: POLICYKIT_STATE]" in told and "[env var: POLICYKIT_TRUST_ROOT]" in told


@pytest.mark.parametrize("group", ["ledger", "keys", "bundle"])
def test_the_list_of_a_group_is_not_cut(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([group, "--help"]) == 0
    _, told = capsys.readouterr().out.split("Commands:\n")
    assert "..." not in told and "…" not in told

"""Options of the verb that tells people of its decision, and what is said of those who could not be told."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from policykit.stories.gate import Judged
    from policykit.terms.gate_file import GateFile

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom the command line names, and the page the message points to."""

    words: tuple[str, ...] = ()
    link: str = ""

    def expect(self, gate_file: GateFile | None) -> None:
        """Refuse, before any work, whom nobody may name so, here or in the gate file, and a link that is none."""
        said = gate_file.notify if gate_file is not None and not self.words else ()
        if gate_file is not None and said:
            from policykit.stories.unnamed import expect_variables

            expect_variables(gate_file)
        if self.words or said or self.link:
            from policykit.stories.notify import expect_addresses

            expect_addresses(self.words or said, self.link, named_by="notify" if said else "--notify")


def notify_options(command: F) -> F:
    """`--notify ADDRESS…` and `--link URL`, handed on as one `telling`."""

    @wraps(command)
    def packed(*args: Any, notify: tuple[str, ...], link: str | None, **rest: Any) -> Any:
        return command(*args, telling=Telling(notify, link or ""), **rest)

    made: Any = packed
    for option in (
        click.option(
            "--link",
            metavar="URL",
            envvar="POLICYKIT_LINK",
            help="A page to point to in messages, such as that of the CI run.",
        ),
        click.option(
            "--notify",
            multiple=True,
            metavar="ADDRESS",
            help="Tell somebody of the decision: an Apprise URL, or env:NAME of a variable that holds one. Repeatable.",
        ),
    ):
        made = option(made)
    kept: F = made
    return kept


def tell(judged: Judged, telling: Telling, gate_file: GateFile | None) -> None:
    """Tell everybody named here, else in the gate file; who could not be told is said, and the decision stands."""
    words = telling.words or (gate_file.notify if gate_file is not None else ())
    if not words:
        return
    try:
        from policykit.stories.notify import notify

        told = notify(judged, words, os.environ, link=telling.link)
    except Exception:  # noqa: BLE001 - the decision has been made and written: whatever breaks here does not change it
        click.echo("policykit: nobody was told, and this is a bug of policykit", err=True)
        click.echo("  please report it; the decision stands as it is", err=True)
        return
    for sent in told:
        if not sent.problem:
            click.echo(f"told {sent.to}", err=True)
            continue
        click.echo(f"policykit: could not tell {sent.to}: {sent.problem}", err=True)
        click.echo(f"  {sent.hint + '; ' if sent.hint else ''}the decision stands as it is", err=True)

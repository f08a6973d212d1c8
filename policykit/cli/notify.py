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

    def expected(self) -> Telling:
        """Return it, once every word is an address; before any work."""
        if self.words or self.link:
            from policykit.stories.notify import expect_addresses

            expect_addresses(self.words, self.link)
        return self


def notify_options(command: F) -> F:
    """`--notify ADDRESS…` and `--link URL`, handed on as one `telling`."""

    @wraps(command)
    def packed(*args: Any, notify: tuple[str, ...], link: str | None, **rest: Any) -> Any:
        return command(*args, telling=Telling(notify, link or "").expected(), **rest)

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
    from policykit.stories.notify import notify

    for sent in notify(judged, words, os.environ, link=telling.link):
        if not sent.problem:
            click.echo(f"told {sent.to}", err=True)
            continue
        click.echo(f"policykit: could not tell {sent.to}: {sent.problem}", err=True)
        click.echo(f"  {sent.hint + '; ' if sent.hint else ''}the decision stands as it is", err=True)

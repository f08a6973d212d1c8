"""Lines for whoever runs a verb: whatever a path or a message holds, it stays in its line and gives no orders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import click

from policykit.errors import Diagnostic

_LONGEST: Final = 10_000
"""Characters: a line that pins policies may be long."""


def say(text: str, *, err: bool = False) -> None:
    """Write a line to standard output or standard error."""
    click.echo(one_line(text), err=err)


def say_problems(problems: Iterable[Diagnostic]) -> None:
    """Write problems of documents to standard error, each with its line and what was probably meant."""
    from policykit.load.diagnose import write
    from policykit.render.orders import harmless

    for problem in problems:
        click.echo(harmless(write(problem)), err=True)


def one_line(text: str) -> str:
    """Return text with all that hides in it shown (breaks, escapes, marks of direction), and no command of a build service."""
    from policykit.render.orders import harmless
    from policykit.render.visible import visible

    return harmless(visible(text, longest=_LONGEST))

"""Options that several verbs share, and the places they come from."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from policykit.stories.outputs import Screen

F = TypeVar("F", bound=Callable[..., Any])


def policies_option(command: F) -> F:
    """`--policies PATH…`, repeatable."""
    return click.option(
        "--policies",
        "-p",
        multiple=True,
        metavar="PATH",
        help="A policy file, a folder of them, or pack:NAME. Repeatable.",
    )(command)


def stage_option(command: F) -> F:
    """`--stage S`."""
    return click.option("--stage", "-s", metavar="STAGE", help="The stage the model would go to.")(command)


def as_of_option(command: F) -> F:
    """`--as-of DAY`."""
    return click.option(
        "--as-of", metavar="YYYY-MM-DD", help="The day as of which ages are judged (default: today, UTC)."
    )(command)


def config_option(command: F) -> F:
    """`--config FILE`."""
    return click.option(
        "--config", type=click.Path(path_type=Path), help="The gate file (default: ./policykit.yaml, unless signing)."
    )(command)


def color_option(command: F) -> F:
    """`--color`."""
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Colour in text.",
    )(command)


def day(text: str | None) -> str:
    """Return an ISO day as given, or empty; raise `UsageError` where it is none."""
    from policykit.stories.gate import iso_day

    return "" if text is None else iso_day(text)


def screen(color: str) -> Screen:
    """Return what standard output can show."""
    terminal = sys.stdout.isatty()
    wanted = color == "always" or (color == "auto" and terminal and not os.environ.get("NO_COLOR"))
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    columns = shutil.get_terminal_size((100, 24)).columns
    return Screen(width=max(60, min(columns, 200)), color=wanted, unicode=encoding.startswith("utf"))


def password() -> bytes | None:
    """Return the password for key files, from `POLICYKIT_KEY_PASSWORD`."""
    text = os.environ.get("POLICYKIT_KEY_PASSWORD")
    return text.encode() if text is not None else None

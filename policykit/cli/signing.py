"""Options to sign with, in one wording wherever they mean the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from policykit.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

SIGNERS: Final = "a key file, env:VAR holding one, or a URI such as awskms:alias/NAME (docs/signing.md)"


def sign_option(command: F) -> F:
    """`--sign KEY`, where a verb can also do without."""
    return click.option("--sign", metavar="KEY", help=f"Sign with {SIGNERS}.")(command)


def sign_required(command: F) -> F:
    """`--sign KEY`, where a verb is there to sign."""
    return click.option("--sign", metavar="KEY", required=True, help=f"Sign with {SIGNERS}.")(command)


def accepted_key(command: F) -> F:
    """`--key FILE`: whose report is accepted where no trust file says it."""
    return click.option(
        "--key", type=click.Path(path_type=Path), help="Without a trust file: the public key to accept."
    )(command)


def timestamp_option(command: F) -> F:
    """`--timestamp URL`: the one option that lets a verb ask a time stamp authority."""
    return click.option(
        "--timestamp", metavar="URL", help="A time stamp authority (RFC 3161) to ask: its stamp proves when you signed."
    )(command)


def expect_stampable(timestamp: str | None, sign: str | None) -> None:
    """Refuse, before any work, a time stamp on nothing, and one from nowhere.

    Raises:
        UsageError: nothing is signed, or the URL is none of `http:` or `https:`.
    """
    if timestamp is None:
        return
    if sign is None:
        raise UsageError("a time stamp is put on a signature, and nothing is signed", hint="add `--sign KEY`")
    from policykit.attest.timestamp import expect_address

    expect_address(timestamp)

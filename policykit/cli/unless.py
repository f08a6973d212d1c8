"""`--unless-changed REPORT`: a run that would find out nothing new is not made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from policykit.cli.known import Beside
from policykit.cli.options import authority_of
from policykit.cli.under import under
from policykit.errors import PolicykitError, UsageError

if TYPE_CHECKING:
    from policykit.attest.signer import Signer
    from policykit.stories.gate import Asked
    from policykit.stories.open import Opened
    from policykit.stories.unchanged import Cited

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Unless:
    """What the command line says of an earlier report: where it is, and whose key has to have signed it."""

    report: Path | None
    key: Path | None


def unless_options(command: F) -> F:
    """`--unless-changed REPORT` and `--key K`, handed on as one `unless`."""

    @wraps(command)
    def packed(*args: Any, unless_changed: Path | None, key: Path | None, **rest: Any) -> Any:
        return command(*args, unless=Unless(unless_changed, key), **rest)

    made: Any = packed
    for option in (
        click.option(
            "--key",
            metavar="KEY",
            type=click.Path(path_type=Path),
            help="The public key that must have signed it, where no trust file says who may.",
        ),
        click.option(
            "--unless-changed",
            metavar="REPORT",
            type=click.Path(path_type=Path),
            help="Measure nothing where this signed report is ALLOWED, of the same bundle, policies and engine, and still holds today.",
        ),
    ):
        made = option(made)
    kept: F = made
    return kept


def spared(unless: Unless, beside: Beside, opened: Opened, asked: Asked, signer: Signer | None) -> Cited | None:
    """Return the report that stands for this run; None, once it is said why, where the gate has to measure.

    Raises:
        UsageError: a key and a trust file are given, or a key and no report.
    """
    if unless.report is None:
        if unless.key is not None:
            raise UsageError("a key was given, and no report that it signed", hint="add `--unless-changed REPORT`")
        return None
    if unless.key is not None and beside.trust is not None:
        raise UsageError("a trust file and a key were given", hint="leave `--key` out: the trust file names the keys")
    from policykit.stories.unchanged import Cited, unchanged

    try:
        terms = None
        if unless.key is None:
            authority = authority_of(
                beside.trust, beside.trust_root, beside.state, now=asked.now, gate_file=opened.gate_file
            )
            if authority is not None:
                terms = under(authority, asked.stage, beside.claims, unless.report, beside.state, ledger=beside.ledger)
        found = unchanged(
            unless.report, opened.bundle, opened.policies, asked, key=unless.key, under=terms, signer=signer
        )
    except (PolicykitError, OSError) as error:
        reason = f" [{error.reason}]" if hasattr(error, "reason") else ""
        _say(f"{str(error) or type(error).__name__}{reason}")
        return None
    if isinstance(found, Cited):
        click.echo(f"policykit: {found.told}", err=True)
        return found
    _say(found.why)
    return None


def _say(why: str) -> None:
    click.echo(f"policykit: --unless-changed: measuring, since {' '.join(why.split())}", err=True)

"""Earlier reports: a run that would find out nothing new is not made (`--unless-changed`), and what changed is said (`--since`)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from policykit.cli.known import Beside, named_by
from policykit.cli.line import say
from policykit.cli.options import authority_of
from policykit.cli.under import state_at, under_of
from policykit.errors import PolicykitError, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from policykit.attest.signer import Signer
    from policykit.stories.gate import Asked
    from policykit.stories.open import Opened
    from policykit.stories.unchanged import Cited
    from policykit.stories.verify import Under
    from policykit.terms.gate_file import GateFile
    from policykit.terms.told import Told

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Unless:
    """What the command line says of earlier reports: where they are, and whose key has to have signed them."""

    report: Path | None
    key: Path | None
    since: Path | None = None


def unless_options(command: F) -> F:
    """`--unless-changed REPORT`, `--since REPORT` and `--key K`, handed on as one `unless`."""

    @wraps(command)
    def packed(*args: Any, unless_changed: Path | None, key: Path | None, since: Path | None, **rest: Any) -> Any:
        return command(*args, unless=Unless(unless_changed, key, since), **rest)

    made: Any = packed
    for option in (
        click.option(
            "--key",
            metavar="KEY",
            type=click.Path(path_type=Path),
            help="The public key that must have signed an earlier report, where no trust file says who may.",
        ),
        click.option(
            "--since",
            metavar="REPORT",
            type=click.Path(path_type=Path),
            help="The report of the last release: say what changed since (default: that of the champion, where it is verified).",
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


def spared(
    unless: Unless, beside: Beside, opened: Opened, asked: Asked, signer: Signer | None, *, stamped: bool = False
) -> Cited | None:
    """Return the report that stands for this run; None, once it is said why, where the gate has to measure.

    `stamped` says that a time stamp is asked for, which a report of yesterday cannot carry.

    Raises:
        UsageError: a key and a trust file are given (the gate file may name one), or a key and no report.
    """
    if unless.report is None:
        if unless.key is not None and unless.since is None:
            hint = "add `--unless-changed REPORT` or `--since REPORT`"
            raise UsageError("a key was given, and no report that it signed", hint=hint)
        return None
    _expect_one_word(unless, beside, opened.gate_file)
    from policykit.stories.unchanged import Cited, unchanged

    try:
        terms = None if unless.key is not None else _terms(unless.report, beside, opened, asked)
        found = unchanged(
            unless.report,
            opened.bundle,
            opened.policies,
            asked,
            key=unless.key,
            under=terms,
            signer=signer,
            stamped=stamped,
        )
    except (PolicykitError, OSError) as error:
        reason = f" [{error.reason}]" if hasattr(error, "reason") else ""
        _say(f"{str(error) or type(error).__name__}{reason}")
        return None
    if isinstance(found, Cited):
        say(f"policykit: {found.told}", err=True)
        return found
    _say(found.why)
    return None


def last_release(unless: Unless, beside: Beside, opened: Opened, *, stage: str | None, now: datetime) -> Told | None:
    """Return what the report of `--since` says of the same model and stage; None where none is named.

    Raises:
        VerificationError: a key or a trust file is given, and the report is not authentic.
        UsageError: there is no report of a release of it, or both a key and a trust file are given.
    """
    if unless.since is None:
        return None
    gate_file = opened.gate_file
    _expect_one_word(unless, beside, gate_file)
    from policykit.stories.since import since

    authority = None
    if unless.key is None:
        authority = authority_of(beside.trust, beside.trust_root, beside.state, now=now, gate_file=gate_file)
    name = opened.bundle.name
    return since(unless.since, name=name, stage=stage or "", key=unless.key, authority=authority, now=now)


def _terms(report: Path, beside: Beside, opened: Opened, asked: Asked) -> Under | None:
    """Return by whose word an earlier report counts, and all that was said of it since; None without a trust file."""
    found = opened.gate_file
    authority = authority_of(beside.trust, beside.trust_root, beside.state, now=asked.now, gate_file=found)
    if authority is None:
        return None
    from policykit.stories.known import heard_of

    seen = state_at(beside.state)
    claims, log = heard_of(
        report, named_by(beside), found, authority, opened.bundle, environment=os.environ, state=seen
    )
    return under_of(authority, asked.stage, claims, seen, log)


def _expect_one_word(unless: Unless, beside: Beside, gate_file: GateFile | None) -> None:
    """Refuse a key beside a trust file: a key knows nothing of what was taken back, nor for how long a report counts."""
    if unless.key is None:
        return
    hint = "leave `--key` out: the trust file names the keys"
    if beside.trust is not None:
        raise UsageError("a trust file and a key were given", hint=hint)
    if gate_file is not None and gate_file.trust is not None:
        raise UsageError("a key was given, and the gate file names a trust file", hint=hint)


def _say(why: str) -> None:
    say(f"policykit: --unless-changed: measuring, since {' '.join(why.split())}", err=True)

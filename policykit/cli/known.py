"""Options of the verbs that judge: waivers, trust and ledger, as one value."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from policykit.cli.options import authority_of, state_folder, trust_options

if TYPE_CHECKING:
    from policykit.stories.known import Known, Named
    from policykit.terms.bundle import Bundle
    from policykit.terms.gate_file import GateFile

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Beside:
    """What the command line says of waivers, trust and ledger."""

    waivers: tuple[Path, ...]
    waivers_from: str
    ledger: Path | None
    claims: tuple[Path, ...]
    trust: Path | None
    trust_root: tuple[str, ...]
    state: Path | None


def known_options(command: F) -> F:
    """`--waivers`, `--waivers-from`, `--claims`, `--ledger` and the options of trust, handed on as one `beside`."""

    @wraps(command)
    def packed(
        *args: Any,
        waivers: tuple[Path, ...],
        waivers_from: str | None,
        ledger: Path | None,
        claims: tuple[Path, ...],
        trust: Path | None,
        trust_root: tuple[str, ...],
        state: Path | None,
        **rest: Any,
    ) -> Any:
        beside = Beside(waivers, waivers_from or "", ledger, claims, trust, trust_root, state)
        return command(*args, beside=beside, **rest)

    made: Any = trust_options(packed)
    for option in (
        click.option(
            "--ledger",
            type=click.Path(path_type=Path),
            metavar="FOLDER",
            help="The ledger that knows how often this held-out data was looked at, and what was taken back.",
        ),
        click.option(
            "--claims",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="PATH",
            help="Signed claims to look for waivers taken back in, besides those by the waivers and the trust file. Repeatable.",
        ),
        click.option(
            "--waivers-from",
            metavar="REF",
            help='Read waivers as another commit has them: a git ref, or "base branch".',
        ),
        click.option(
            "--waivers",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="PATH",
            help="A waiver, or a folder of them, with claims.jsonl beside; needs a trust file. Repeatable.",
        ),
    ):
        made = option(made)
    kept: F = made
    return kept


def known_of(
    beside: Beside,
    gate_file: GateFile | None,
    bundle: Bundle,
    *,
    stage: str | None,
    now: datetime,
    trial: bool = False,
    schemas: Mapping[str, object] | None = None,
) -> Known:
    """Return what these options and the gate file know, verified; nothing where they name nothing."""
    from policykit.attest.state import State
    from policykit.stories.known import known

    authority = authority_of(beside.trust, beside.trust_root, beside.state, now=now, gate_file=gate_file)
    return known(
        named_by(beside),
        gate_file,
        authority,
        bundle,
        stage=stage,
        now=now,
        environment=os.environ,
        trial=trial,
        state=State(beside.state or state_folder(os.environ)),
        schemas=schemas,
    )


def named_by(beside: Beside) -> Named:
    """Return where waivers, claims and the ledger are, as the command line says."""
    from policykit.stories.known import Named

    return Named(beside.waivers, beside.waivers_from, beside.ledger, beside.claims)

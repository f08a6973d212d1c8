"""Where outputs go: checked before anything is measured, made before anything is written."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policykit.cli.options import password
from policykit.errors import DocumentError, PolicykitError, StorageError, UsageError, VerificationError
from policykit.stories.located import around

if TYPE_CHECKING:
    from policykit.attest.signer import Signer
    from policykit.stories.gate import Judged
    from policykit.stories.outputs import Screen, Wanted
    from policykit.terms.told import Told


def signer_of(source: str | None, outputs: tuple[Wanted, ...]) -> Signer | None:
    """Return the signer a `--sign` word names; a key that would sign nothing is a mistake, not a habit."""
    if source is None:
        return None
    from policykit.attest.keys import load_signer

    if not any(wanted.format == "attestation" for wanted in outputs):
        raise UsageError("a key was given, and no output is signed", hint="add `--output attestation=PATH`")
    return load_signer(source, password(), os.environ)


def expect_writable(outputs: tuple[Wanted, ...], subject: Path, *others: Path | None) -> None:
    """Refuse, before any work, an output whose folder is not there, and one that would change what is judged or read."""
    judged = subject.resolve()
    read = [other.resolve() for other in others if other is not None]
    for wanted in outputs:
        if wanted.path is None:
            continue
        goal = wanted.path.resolve()
        if goal == judged or judged in goal.parents:
            raise UsageError(
                f"`{wanted.path}` lies in the bundle that is judged", hint="write reports beside the bundle"
            )
        if goal in read:
            raise UsageError(f"`{wanted.path}` is a report that is read", hint="write to another file")
        if not goal.parent.is_dir():
            raise StorageError(
                f"cannot write `{wanted.path}`: there is no folder `{wanted.path.parent}`", hint="make it first"
            )


@contextmanager
def problems_carried(outputs: tuple[Wanted, ...]) -> Iterator[list[Wanted]]:
    """Where nothing could be judged, the formats for machines carry every problem.

    What is yielded are the outputs asked for; whoever learns of others on the way puts them there.
    """
    carried = list(outputs)
    try:
        yield carried
    except (DocumentError, UsageError, VerificationError) as error:
        _write_problems(error, carried)
        raise


def _write_problems(error: PolicykitError, outputs: Sequence[Wanted]) -> None:
    from policykit.load.write import replace_file
    from policykit.stories.refused import refused

    for wanted in outputs:
        made = refused(error, wanted.format, around(os.environ, Path.cwd()))
        if made is not None and wanted.path is not None:
            replace_file(wanted.path, made.encode())
        elif made is not None:
            click.echo(made, nl=not made.endswith("\n"))


def write_outputs(
    judged: Judged,
    outputs: tuple[Wanted, ...],
    shown: Screen,
    signer: Signer | None,
    *,
    timestamp: str | None = None,
    before: Told | None = None,
    signed: bytes | None = None,
) -> None:
    """Write every output; all are made before the first is written, so that a failure leaves nothing half-done.

    `signed` is the report that is cited in place of a run: an attestation is that file, byte for byte.
    """
    from policykit.stories.outputs import all_written

    nearby = around(os.environ, Path.cwd())
    fresh = tuple(wanted for wanted in outputs if signed is None or wanted.format != "attestation")
    found = all_written(judged, fresh, shown, signer, timestamp=timestamp, before=before, around=nearby)
    made = dict(zip(fresh, found, strict=True))
    write_all([(wanted.path, made.get(wanted, signed or b"")) for wanted in outputs])


def write_all(made: Sequence[tuple[Path | None, bytes]]) -> None:
    """Write what was made: files first, then what goes to standard output."""
    from policykit.load.write import replace_file

    for path, data in made:
        if path is not None:
            replace_file(path, data)
    for path, data in made:
        if path is None:
            sys.stdout.buffer.write(data if data.endswith(b"\n") else data + b"\n")
            sys.stdout.buffer.flush()

"""Where outputs go: checked before anything is measured, made before anything is written."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policykit.cli.options import password
from policykit.errors import PolicykitError, StorageError, UsageError
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


def expect_writable(outputs: tuple[Wanted, ...], subject: Path | None, *others: Path | None) -> None:
    """Refuse, before any work, an output whose folder is not there, and one that would change what is judged, or else read."""
    for wanted in outputs:
        if wanted.path is None:
            continue
        if (refusal := _overwriting(wanted.path, (subject, *others))) is not None:
            raise refusal
        if not wanted.path.resolve().parent.is_dir():
            raise StorageError(
                f"cannot write `{wanted.path}`: there is no folder `{wanted.path.parent}`", hint="make it first"
            )


def _overwriting(path: Path, read: Sequence[Path | None]) -> UsageError | None:
    """Return why an output may not go to `path`: it is what is judged (the first of `read`), lies in it, or is read as well."""
    goal = os.path.realpath(path)
    judged, *others = (None if each is None else os.path.realpath(each) for each in read)
    if judged is not None and judged in (goal, *map(str, Path(goal).parents)):
        return UsageError(f"`{path}` lies in the bundle that is judged", hint="write reports beside the bundle")
    if goal in others:
        return UsageError(f"`{path}` is a file that is read", hint="write to another file")
    return None


def named(policies: Sequence[str], sign: str | None) -> tuple[Path, ...]:
    """Return the files that words of the command line may name: policies, and the key to sign with."""
    return tuple(Path(word) for word in (*policies, sign) if word)


def clear(outputs: Sequence[Wanted]) -> None:
    """Remove what an earlier run wrote to these very files, so that it is not taken for what this one says.

    Only files: a pipe or a terminal is written to. A link is followed, as where it is written.

    Raises:
        StorageError: one cannot be removed, so it could not be written anew either.
    """
    from policykit.load.write import storage_error

    for path in [wanted.path for wanted in outputs if wanted.path is not None]:
        goal = Path(os.path.realpath(path))
        try:
            if goal.is_file():
                goal.unlink()
        except OSError as error:
            raise storage_error(f"cannot write `{path}`", error, path) from error


@contextmanager
def problems_carried(
    outputs: tuple[Wanted, ...], *read: Path | None, gate: str = "", stage: str | None = None
) -> Iterator[list[Wanted]]:
    """Where nothing could be judged, the formats for machines, the summary and the comment carry every problem.

    What is yielded are the outputs asked for; whoever learns of others on the way puts them there. Nothing that is `read` (what
    is judged, first) is written over. `gate` and `stage` are what the comment is found again by.
    """
    carried = list(outputs)
    try:
        yield carried
    except PolicykitError as error:
        safe = [one for one in carried if one.path is None or _overwriting(one.path, read) is None]
        _write_problems(error, safe, gate, stage or "")
        raise


def _write_problems(error: PolicykitError, outputs: Sequence[Wanted], gate: str, stage: str) -> None:
    from policykit.load.write import replace_file
    from policykit.stories.refused import refused

    for wanted in outputs:
        made = refused(error, wanted.format, around(os.environ, Path.cwd()), gate=gate, stage=stage)
        if made is not None and wanted.path is not None:
            with suppress(StorageError):  # what could not be judged is said, not that it cannot be written as well
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

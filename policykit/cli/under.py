"""By whose word a verb verifies: the trust file, the stage, and the claims that are heard."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from policykit.cli.options import state_folder
from policykit.errors import StorageError, UsageError, VerificationError

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.attest.ledger.folder import Ledger
    from policykit.attest.state import State
    from policykit.stories.verify import Under

F = TypeVar("F", bound=Callable[..., Any])


def claims_option(command: F) -> F:
    """`--claims PATH`."""
    return click.option(
        "--claims",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="What else was signed: approvals, revocations (besides claims.jsonl beside the file).",
    )(command)


def heard_option(command: F) -> F:
    """`--claims PATH…`, repeatable: for verbs that let something count, or come back."""
    return click.option(
        "--claims",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="More of what was signed: approvals, revocations. Heard besides what lies by the files at hand. Repeatable.",
    )(command)


def ledger_option(command: F) -> F:
    """`--ledger FOLDER`."""
    return click.option(
        "--ledger",
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="The ledger itself: it must go on from every proof, and what was taken back in it counts no more.",
    )(command)


def under(
    authority: Authority,
    stage: str | None,
    claims: Path | Sequence[Path] | None,
    beside: Path,
    state: Path | None,
    *,
    approved: bool = False,
    ledger: Path | None = None,
) -> Under:
    """Return by whose word to verify `beside`; refuse where nobody says for which stage."""
    from policykit.stories.heard import heard

    _expect_stage(authority, stage)
    named = (claims,) if isinstance(claims, Path) else tuple(claims or ())
    seen, log = state_at(state), log_of(ledger, authority, state)
    found = heard(authority, beside=beside, named=named, log=log)
    return under_of(authority, stage, found, seen, log, approved=approved)


def under_of(
    authority: Authority,
    stage: str | None,
    claims: tuple[bytes, ...],
    seen: State,
    log: Ledger | None,
    *,
    approved: bool = False,
) -> Under:
    """Return by whose word to verify, where everything that is heard is at hand; refuse where nobody says for which stage."""
    from policykit.stories.verify import Under

    return Under(authority, _expect_stage(authority, stage), claims, seen, approved, log)


def _expect_stage(authority: Authority, stage: str | None) -> str:
    if stage is None:
        known = ", ".join(f"`{name}`" for name in authority.trust.stages) or "none"
        raise VerificationError(
            "stage_unsaid",
            "what a trust file asks depends on the stage, and none was named",
            hint=f"add `--stage STAGE`; it speaks of {known}",
        )
    return stage


def log_of(ledger: Path | None, authority: Authority, state: Path | None) -> Ledger | None:
    """Return the ledger at hand, once it goes on from what was seen of it before; None where none was named."""
    if ledger is None:
        return None
    from policykit.stories.logged import open_log

    return open_log(ledger, authority, state_at(state))


def state_at(state: Path | None) -> State:
    """Return what was seen before: in the folder that was named, else in this user's own."""
    from policykit.attest.state import State

    return State(state or state_folder(os.environ))


def claims_at(claims: Path | None, beside: Path) -> tuple[bytes, ...]:
    """Return the signed files of `--claims`, which has to be there, or of `claims.jsonl` beside a file, where there is one."""
    from policykit.attest.claims_file import read_claims

    if claims is not None and not claims.exists():
        raise StorageError("cannot read the claims: no such file", hint="check the path", where=str(claims))
    return read_claims(claims if claims is not None else goal_of(None, beside))


def goal_of(claims: Path | None, beside: Path) -> Path:
    """Return the claims file that something signed about `beside` is added to."""
    from policykit.attest.claims_file import CLAIMS

    return claims if claims is not None else (beside if beside.is_dir() else beside.parent) / CLAIMS


def expect_trust(authority: Authority | None, what: str) -> Authority:
    """Return the authority; say what is missing where no trust file was named."""
    if authority is None:
        raise UsageError(
            f"{what} follows from a trust file, and none was named", hint="add `--trust FILE --trust-root KEY`"
        )
    return authority

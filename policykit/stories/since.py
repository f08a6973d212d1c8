"""The report of the last release, for what changed since: of the same model and stage, verified where somebody says by whose word."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.errors import UsageError, VerificationError
from policykit.stories.read_reports import read_reports

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.terms.told import Told


def since(path: Path, *, name: str, stage: str, key: Path | None, authority: Authority | None, now: datetime) -> Told:
    """Return what the report of the last release of the model `name` to `stage` says.

    Its `signer` is empty where nobody's word was checked. An audit and a first look may have let a model go: they are
    compared with, and named as what they are.

    Raises:
        VerificationError: a key or trust file is given, and the report is not authentic.
        UsageError: there is no report to compare with; or it is of another model or stage, or of a run that let nothing go.
    """
    told = _told(path, key=key, authority=authority, now=now)
    if told.name != name:
        raise UsageError(
            f"`{path}` is a report of the model `{told.name}`, and this one is `{name}`",
            hint="compare with the last release of the same model",
        )
    if told.stage != stage:
        raise UsageError(
            f"`{path}` is about {_stage(told.stage)}, and this is about {_stage(stage)}",
            hint="compare with the last release to the same stage",
        )
    looked = _only_looked(told)
    if looked:
        raise UsageError(
            f"`{path}` {looked}, so nothing was released with it",
            hint="compare with the report that the last release went out with",
        )
    return told


def _stage(name: str) -> str:
    return f"the stage `{name}`" if name else "no stage"


def _only_looked(told: Told) -> str:
    """Say what kept a run from releasing anything, whatever it found; empty where nothing did."""
    if told.scope == "partial":
        return "is of a partial run"
    return "" if told.on_its_day else f"judges as of `{told.as_of}`, and was made on another day"


def _told(path: Path, *, key: Path | None, authority: Authority | None, now: datetime) -> Told:
    if path.is_dir():
        raise UsageError(f"`{path}` is a folder, and one report is compared with", hint="name the report itself")
    for found in read_reports([path], key=key, authority=authority, now=now):
        if found.told is not None and (found.told.signer or (key is None and authority is None)):
            return found.told
        why = found.problem or "it is not signed"
        if key is None and authority is None:
            raise UsageError(
                f"`{path}` cannot be compared with: {why}", hint="give `--since` a report that `gate` wrote"
            )
        raise VerificationError(
            "since",
            f"the report to compare with is not authentic: {why}",
            hint="compare with a report that was signed, or leave `--since` out",
        )
    raise UsageError(f"`{path}` holds no report", hint="give `--since` a report that `gate` wrote")

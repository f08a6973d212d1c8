"""The report of the last release, for what changed since: verified where somebody says by whose word."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.errors import UsageError, VerificationError
from policykit.stories.read_reports import read_reports

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.terms.told import Told


def since(path: Path, *, key: Path | None, authority: Authority | None, now: datetime) -> Told:
    """Return what the report of the last release says; `signer` is empty where nobody's word was checked.

    Raises:
        VerificationError: a key or trust file is given, and the report is not authentic.
        UsageError: there is no report to compare with.
    """
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

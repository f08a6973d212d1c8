"""The inbox of somebody with many models: reports read, verified, and made one list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.errors import UsageError
from policykit.report.inbox import Wanted
from policykit.report.inbox import inbox as inbox_of
from policykit.stories.read_reports import Found, read_reports
from policykit.terms.inbox import Inbox

if TYPE_CHECKING:
    from policykit.attest.authority import Authority

MOST_TOLD = 20


def inbox(
    paths: Sequence[Path], wanted: Wanted, *, now: datetime, key: Path | None = None, authority: Authority | None = None
) -> Inbox:
    """Return the inbox of the reports in these files and folders.

    Raises:
        UsageError: there is no report in them that can be read: an inbox is never empty by accident.
    """
    found = [*read_reports(paths, key=key, authority=authority, now=now)]
    told = [each.told for each in found if each.told is not None]
    unread = [(str(each.path), each.problem) for each in found if each.told is None and not each.other]
    if not told:
        raise _nothing(paths, found, unread)
    return inbox_of(
        told,
        today=now.astimezone(UTC).date(),
        wanted=wanted,
        unread=unread,
        others=sum(1 for each in found if each.other),
        checked=key is not None or authority is not None,
    )


def _nothing(paths: Sequence[Path], found: Sequence[Found], unread: Sequence[tuple[str, str]]) -> UsageError:
    from policykit.render.visible import visible

    where = ", ".join(f"`{visible(str(path))}`" for path in paths)
    if not found:
        return UsageError(
            f"no report was found in {where}: there is no `*.json` file",
            hint="name files or folders that `policykit gate --output json=…` or `--output attestation=…` wrote",
        )
    told = unread or [(str(each.path), each.problem) for each in found]
    lines = [f"`{visible(path)}`: {visible(problem)}" for path, problem in told[:MOST_TOLD]]
    more = f"; and {len(told) - MOST_TOLD:,} more" if len(told) > MOST_TOLD else ""
    return UsageError(f"no report was found in {where}", hint="; ".join(lines) + more)

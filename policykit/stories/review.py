"""A review on a platform, as a workflow saw it: who reviewed what, where and when, so that the reviewer needs no key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from policykit.attest.ordinary import open_ordinary
from policykit.errors import StorageError, UsageError
from policykit.strict_json import NotJSON, strict_json
from policykit.terms.instant import CLOCKS_DIFFER

_LARGEST: Final = 64 * 1024
_INSTANT: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)"
_MEMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "platform": (r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "the name of a platform, such as `github`"),
    "url": (r"https://[!-~]{1,2000}", "the https address of the review"),
    "login": (r"[A-Za-z0-9][A-Za-z0-9._@\[\]-]{0,127}", "the account of the reviewer"),
    "commit": (r"[0-9a-f]{40}|[0-9a-f]{64}", "the whole digest of the commit, in lower-case hex"),
    "at": (_INSTANT, "the time of the review, such as `2026-11-22T09:30:00Z`"),
}


def read_review(path: Path, *, now: datetime) -> dict[str, str]:
    """Return the review that a workflow wrote down, every member of it checked.

    Raises:
        StorageError: the file cannot be read.
        UsageError: it is not such a review; all that is wrong is said at once.
    """
    try:
        with open_ordinary(path) as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise StorageError(f"cannot read the review: {told}", where=str(path)) from error
    try:
        said = strict_json(data) if len(data) <= _LARGEST else None
    except NotJSON as error:
        raise UsageError(f"the review {error}", hint="expected one JSON object", where=str(path)) from error
    if not isinstance(said, dict):
        raise UsageError("the review is not a JSON object", hint=_expected(), where=str(path))
    wrong = [*_unknown(said), *(fault for name in _MEMBERS for fault in _fault(name, said, now))]
    if wrong:
        raise UsageError("the review is wrong: " + "; ".join(wrong), hint=_expected(), where=str(path))
    return {name: said[name] for name in _MEMBERS}


def _unknown(said: Mapping[str, object]) -> list[str]:
    return [
        f"it has {len(strange)} members that do not belong there" for strange in [said.keys() - _MEMBERS] if strange
    ]


def _fault(name: str, said: Mapping[str, object], now: datetime) -> list[str]:
    form, meant = _MEMBERS[name]
    value = said.get(name)
    if not isinstance(value, str) or not re.fullmatch(form, value, re.ASCII):
        return [f"`{name}` is not {meant}" if name in said else f"`{name}` is missing"]
    if name == "at":
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return [f"`at` is not {meant}"]
        if at.astimezone(UTC) > now + CLOCKS_DIFFER:
            return ["`at` has not come yet"]
    return []


def _expected() -> str:
    return "expected exactly " + ", ".join(f"`{name}`" for name in _MEMBERS)

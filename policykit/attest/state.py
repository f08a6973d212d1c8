"""State: what this machine has seen before, so that nobody can show it something older.

Versions of trust files, the latest time, checkpoints of ledgers: each a small JSON file in one folder. What cannot be read
or written is a refusal, never a fresh start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from policykit.attest.lock import alone_in
from policykit.attest.ordinary import open_ordinary
from policykit.attest.strict_json import strict_json
from policykit.attest.whole import write_whole
from policykit.canon import canonical, digest
from policykit.errors import VerificationError
from policykit.terms.instant import CLOCKS_DIFFER, rfc3339

_OFTEN_ENOUGH: Final = timedelta(minutes=1)
_LARGEST: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class State:
    """The folder of what was seen; it is made when something is first remembered."""

    folder: Path

    def seen(self, kind: str, name: str) -> Mapping[str, Any] | None:
        """Return what was remembered of `name`, or None where it was never seen.

        Raises:
            VerificationError: reason `state`: it is there and cannot be read, or is not what was written.
        """
        path = self._path(kind, name)
        try:
            with open_ordinary(path) as file:
                data = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refusal("read", error) from error
        return _value(data, kind, name, path)

    def remember(self, kind: str, name: str, value: Mapping[str, Any]) -> None:
        """Keep `value` (JSON) as what was last seen of `name`.

        Raises:
            VerificationError: reason `state`: it cannot be written; what was remembered before is still there.
        """
        data = canonical({"kind": kind, "name": name, "value": dict(value)})
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self._path(kind, name), data, mode=0o600)
        except OSError as error:
            raise self._refusal("write", error) from error

    def update(
        self, kind: str, name: str, change: Callable[[Mapping[str, Any] | None], Mapping[str, Any] | None]
    ) -> None:
        """Replace what is remembered by what `change` makes of it (None: leave it), with nobody else in between.

        Raises:
            VerificationError: reason `state`, or whatever `change` refuses with; then nothing is changed.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with alone_in(self.folder):
                value = change(self.seen(kind, name))
                if value is not None:
                    self.remember(kind, name, value)
        except OSError as error:
            raise self._refusal("write", error) from error

    def check_clock(self, now: datetime) -> None:
        """Refuse a clock that is behind the latest time seen by more than five minutes; remember the later of both.

        Raises:
            VerificationError: reasons `clock`, `state`.
        """
        now = now.astimezone(UTC)

        def later(before: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
            latest = None if before is None else self._instant(before)
            if latest is not None and now < latest - CLOCKS_DIFFER:
                raise VerificationError(
                    "clock",
                    f"the clock says {rfc3339(now)}, and {rfc3339(latest)} was seen here before",
                    hint=f"set the clock; if it was wrong then, remove `{self._path('clock', 'latest')}`",
                )
            return {"at": rfc3339(now)} if latest is None or now >= latest + _OFTEN_ENOUGH else None

        self.update("clock", "latest", later)

    def _instant(self, value: Mapping[str, Any]) -> datetime:
        try:
            return datetime.strptime(value["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(self._path("clock", "latest")) from error

    def _path(self, kind: str, name: str) -> Path:
        return self.folder / f"{digest(canonical([kind, name]))}.json"

    def _refusal(self, verb: str, error: OSError) -> VerificationError:
        told = (error.strerror or str(error)).lower()
        return VerificationError(
            "state",
            f"what was seen before cannot be {'read' if verb == 'read' else 'written'}: {told}",
            hint="name a folder you may read and write with `--state` or `POLICYKIT_STATE`",
            where=str(self.folder),
        )


def _value(data: bytes, kind: str, name: str, path: Path) -> Mapping[str, Any]:
    try:
        said = strict_json(data) if len(data) <= _LARGEST else None
    except VerificationError as error:
        raise _damaged(path) from error
    if not isinstance(said, dict) or said.keys() != {"kind", "name", "value"}:
        raise _damaged(path)
    if (said["kind"], said["name"]) != (kind, name) or not isinstance(said["value"], dict):
        raise _damaged(path)
    value: Mapping[str, Any] = said["value"]
    return value


def _damaged(path: Path) -> VerificationError:
    return VerificationError(
        "state",
        "what was seen before is damaged",
        hint="find out how; removing the file forgets what was seen, and an older one would be accepted",
        where=str(path),
    )

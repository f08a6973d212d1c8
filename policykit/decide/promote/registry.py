"""What a registry has to do, so that bundles can be promoted into it: nine small words."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from policykit.decide.promote.placed import Placed
from policykit.terms.bundle import Bundle


class Registry(Protocol):
    """A place that keeps bundles and knows, for each stage, which one stands there.

    A registry moves bytes and remembers; it decides nothing. Whoever promotes reads the bytes back through `opened`, hashes
    them, and only then calls `point`. Every word raises `StorageError` where the registry cannot be read or written.
    """

    @property
    def name(self) -> str:
        """Return what people call it, for messages."""
        ...

    def locked(self) -> AbstractContextManager[None]:
        """Keep other promotions out for as long as it is entered, where the registry can."""
        ...

    def current(self, stage: str) -> Placed | None:
        """Return what stands at the stage; None where nothing does."""
        ...

    def history(self, stage: str) -> tuple[Placed, ...]:
        """Return everything that ever stood at the stage, oldest first, what stands there now as the last."""
        ...

    def put(self, bundle: Bundle) -> str:
        """Copy the bundle's bytes there, without any effect on a stage, and return what they are called there."""
        ...

    def opened(self, held: str) -> AbstractContextManager[Path]:
        """Give the bytes that are really there, as a bundle that can be read: a folder or a zip."""
        ...

    def discard(self, held: str) -> None:
        """Let go of bytes that were put and are not to be used; never of what once stood at a stage."""
        ...

    def point(self, placed: Placed, papers: Sequence[tuple[str, bytes]]) -> Placed:
        """Keep the signed papers (payload digest, file), then let the stage be `placed`, in one step; return it as kept."""
        ...

    def paper(self, payload: str) -> bytes | None:
        """Return a signed paper by the digest of its payload, as it was kept."""
        ...

"""Policies from elsewhere, brought to hand before anything is judged by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from policykit.errors import Diagnostic, UsageError
from policykit.stories.champion import UNPINNED
from policykit.terms.gate_file import PolicySource
from policykit.terms.report import Notice

if TYPE_CHECKING:
    from policykit.load.fetched import Fetched

Source: TypeAlias = str | Path | PolicySource


@dataclass(frozen=True, slots=True)
class AtHand:
    """Where policies can be read now, and which of them nobody pinned."""

    sources: tuple[Source | Fetched, ...]
    unpinned: tuple[Fetched, ...] = ()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Return the warnings that a report carries: whoever can move a tag or a branch changes what is asked."""
        return tuple(Notice("warning", UNPINNED, f"{_loose(each)}; pin them: `{each.line}`") for each in self.unpinned)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Return the same for whoever checks a gate file."""
        return tuple(
            Diagnostic(
                "PK522",
                _loose(each),
                each.source.place,
                each.source.line,
                each.source.column,
                hint=f"write this in its place: {each.line}",
                level="warning",
            )
            for each in self.unpinned
        )


def at_hand(sources: Sequence[Source], *, environment: Mapping[str, str], signing: bool = False) -> AtHand:
    """Return `sources`, those in git repositories fetched or taken from what was kept here.

    Raises:
        UsageError: `signing`, and what is in a repository is not pinned by its digest.
        VerificationError, StorageError, PolicyError: as `load.fetched.fetched`.
    """
    found: list[Source | Fetched] = []
    unpinned: list[Fetched] = []
    for source in sources:
        if not isinstance(source, PolicySource) or not source.git:
            found.append(source)
            continue
        from policykit.load.fetched import fetched

        got = fetched(source, environment)
        found.append(got)
        if not source.digest:
            unpinned.append(got)
    if signing and unpinned:
        first = unpinned[0]
        raise UsageError(
            f"{_loose(first)}, and a signed report must say by what it was judged",
            hint=f"write this in its place, once you have read what is there: {first.line}",
        )
    return AtHand(tuple(found), tuple(unpinned))


def _loose(found: Fetched) -> str:
    from policykit.load.git_address import public_address

    return f"the policies at `{found.source.at}` of `{public_address(found.source.git)}` are not pinned by a digest"

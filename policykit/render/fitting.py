"""Pages with an end: what matters most is kept, and what is left out for want of room is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_RESERVED = 600  # for the word on what is left out


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together. `title` names them where they are left out.

    `kept`: they are never left out. `lines` may end anywhere from line `whole` on (None: they stay together); `end` closes them.
    """

    title: str
    lines: tuple[str, ...]
    kept: bool = False
    whole: int | None = None
    end: tuple[str, ...] = ()


def fitted(blocks: Iterable[Block], most: int, size: Callable[[str], int]) -> str:
    """Return the blocks in their order, as many as `most` allows by `size`; the earlier ones are served first."""
    every = [block for block in blocks if block.lines]
    room = most - _RESERVED - sum(_cost((*block.lines, *block.end), size) for block in every if block.kept)
    made: list[str] = []
    left: list[str] = []
    for block in every:
        lines: Sequence[str] = (*block.lines, *block.end)
        if not block.kept:
            if _cost(lines, size) > room:
                left.append(block.title)
                lines = _cut(block, room, size)
            room -= _cost(lines, size)
        made += lines
    if left:
        told = ", ".join(dict.fromkeys(left))
        made += ["", f"_Left out for want of room: {told}. The json report holds everything._"]
    return "\n".join(made) + "\n"


def _cut(block: Block, room: int, size: Callable[[str], int]) -> Sequence[str]:
    """Return as many lines of a block as there is room for, and how many more there are; nothing where it stays together."""
    if block.whole is None:
        return ()
    room -= _cost(block.end, size) + 80
    kept: list[str] = []
    for line in block.lines:
        room -= _cost((line,), size)
        if room < 0:
            break
        kept.append(line)
    if len(kept) <= block.whole:
        return ()
    return (*kept, "", f"{len(block.lines) - len(kept):,} more lines are left out here.", *block.end)


def _cost(lines: Iterable[str], size: Callable[[str], int]) -> int:
    return sum(size(line) + 1 for line in lines)

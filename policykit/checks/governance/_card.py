"""Reading a model card: its front matter and the sections of its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_PLACEHOLDER = re.compile(
    r"[\W_]*(to\s?do|tb[acd]|n/?a|none|more information needed|to be (added|decided|written|done))?[\W_]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, its depth (1 is the title of the card), and the text beneath it up to the next heading."""

    title: str
    level: int
    text: str


def front_matter(card: Any) -> Any:
    """Return what stands between the `---` lines at the top of the card."""
    return card.get("front") if isinstance(card, Mapping) else None


def sections_of(card: Any) -> tuple[Section, ...]:
    """Return the headings of the card in order, each with its own text."""
    found = card.get("sections") if isinstance(card, Mapping) else None
    return tuple(_section(entry) for entry in found or () if isinstance(entry, Mapping))


def lacking(wanted: Sequence[str], found: Sequence[Section]) -> Iterator[str]:
    """Yield what is wrong with the sections asked for: none of that name, or nothing said in it."""
    for title in wanted:
        places = [place for place, section in enumerate(found) if section.level and _means(section.title, title)]
        if not places:
            yield f"there is no section `{title}`"
        elif not any(_says_something(found, place) for place in places):
            yield f"the section `{title}` says nothing"


def _section(entry: Mapping[str, Any]) -> Section:
    return Section(str(entry.get("title", "")), int(entry.get("level", 1)), str(entry.get("text", "")))


def _means(title: str, wanted: str) -> bool:
    """Whether the words of `wanted` stand in `title` together: `Intended use` in `2. Intended use and users`."""
    return f" {_words(wanted)} " in f" {_words(title)} "


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _says_something(found: Sequence[Section], place: int) -> bool:
    """Whether there is text under the heading or under a heading that belongs to it."""
    beneath = [found[place]]
    for section in found[place + 1 :]:
        if section.level <= found[place].level:
            break
        beneath.append(section)
    return any(_PLACEHOLDER.fullmatch(section.text.strip()) is None for section in beneath)

"""How much of a report one page draws in full, and by what its reader can choose among the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policykit.terms.layout import DRAWN, Layout, RuleView

MOST_FINDINGS = 24
MOST_GROUPS = 60
_MOST_GROUPS_IN_ALL = 12_000
"""Rows of groups over the whole page: beyond, rules are rows of tables too."""
_MOST_OWNERS = 60
_NOBODY = "nobody is named"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a filter: the class that rules have who are it, its words, and how many there are."""

    key: str
    words: str
    rules: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What people choose by; `kinds` are the classes of each rule, by its anchor: all of them are ours."""

    statuses: tuple[Choice, ...]
    severities: tuple[Choice, ...]
    owners: tuple[Choice, ...]
    kinds: dict[str, str]


def drawn(rules: Sequence[RuleView]) -> int:
    """Return how many rules are drawn in full: as many as keep the page small, the first of them always."""
    left = _MOST_GROUPS_IN_ALL
    for at, rule in enumerate(rules[:DRAWN]):
        left -= sum(min(len(finding.groups), MOST_GROUPS) for finding in rule.findings[:MOST_FINDINGS])
        if left < 0 and at:
            return at
    return min(len(rules), DRAWN)


def choices(layout: Layout) -> Choices:
    """Return the filters of a page; one whose answers are all alike is left out."""
    rules = layout.rules
    words = {count.look: count.word for count in reversed(layout.counts)} | {"waived": "waived"}
    looks = [rule.look for rule in rules]
    statuses = tuple(Choice(look, words[look], looks.count(look)) for look in dict.fromkeys(looks))
    severities = _often([rule.severity for rule in rules], "v")
    owners = _often([rule.owner or _NOBODY for rule in rules], "o")
    keys = {choice.words: choice.key for choice in owners}, {choice.words: choice.key for choice in severities}
    kinds = {rule.anchor: " ".join(_kinds(rule, *keys)) for rule in rules}
    return Choices(statuses if len(statuses) > 1 else (), severities, owners, kinds)


def _often(words: Sequence[str], prefix: str) -> tuple[Choice, ...]:
    """Return each word with its count, the most frequent first; nothing where there is only one."""
    counted: dict[str, int] = {}
    for word in words:
        counted[word] = counted.get(word, 0) + 1
    if len(counted) < 2:
        return ()
    often = sorted(counted, key=lambda word: -counted[word])[:_MOST_OWNERS]
    return tuple(Choice(f"{prefix}{at}", word, counted[word]) for at, word in enumerate(often, start=1))


def _kinds(rule: RuleView, owners: dict[str, str], severities: dict[str, str]) -> Iterator[str]:
    """Yield the classes by which the page's own style shows and hides a rule."""
    yield rule.look
    for key in (owners.get(rule.owner or _NOBODY, ""), severities.get(rule.severity, "")):
        if key:
            yield key

"""The report as one page: no script, nothing fetched, light and dark, on paper and on a phone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policykit.render.page import environment
from policykit.terms.layout import Layout, RuleView
from policykit.terms.report import Report

MOST_CARDS = 500
"""Rules drawn in full; the others are rows of tables."""
MOST_ROWS = 20_000
ROWS_A_TABLE = 500
MOST_GROUPS_DRAWN = 12_000
"""Rows of groups over the whole page: beyond, rules are rows of tables too."""
MOST_FINDINGS = 24
MOST_GROUPS = 60
MOST_LINES = 400
MOST_REASONS = 30
MOST_STEPS = 40
MOST_OWNERS = 60
FIRST = 3
"""What page one shows of a list; the rest of it is folded."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a filter: the class that rules have who are it, its words, and how many there are."""

    key: str
    words: str
    rules: int


def html(report: Report, layout: Layout) -> str:
    """Write the report as one self-contained HTML file."""
    drawn = _drawn(layout.rules)
    rows = layout.rules[drawn : drawn + MOST_ROWS]
    looks = [rule.look for rule in layout.rules]
    words = {count.look: count.word for count in reversed(layout.counts)} | {"waived": "waived"}
    statuses = tuple(Choice(look, words[look], looks.count(look)) for look in dict.fromkeys(looks))
    owners = _choices([rule.owner or "nobody is named" for rule in layout.rules], "o")
    named = {choice.words: choice.key for choice in owners}
    severities = _choices([rule.severity for rule in layout.rules], "v")
    grave = {choice.words: choice.key for choice in severities}
    return environment().get_template("report.html.j2").render(
        report=report,
        page=layout,
        cards=layout.rules[:drawn],
        tables=[rows[at : at + ROWS_A_TABLE] for at in range(0, len(rows), ROWS_A_TABLE)],
        left_out=max(0, len(layout.rules) - drawn - MOST_ROWS),
        drawn=frozenset(rule.anchor for rule in layout.rules[:drawn]),
        statuses=statuses if len(statuses) > 1 else (),
        owners=owners,
        severities=severities,
        kind={rule.anchor: " ".join(_kinds(rule, named, grave)) for rule in layout.rules},
        first=FIRST,
        most_findings=MOST_FINDINGS,
        most_groups=MOST_GROUPS,
        most_lines=MOST_LINES,
        most_reasons=MOST_REASONS,
        most_steps=MOST_STEPS,
    )  # fmt: skip


def _drawn(rules: Sequence[RuleView]) -> int:
    """Return how many rules are drawn in full: as many as keep the page small, the first of them always."""
    left = MOST_GROUPS_DRAWN
    for at, rule in enumerate(rules[:MOST_CARDS]):
        left -= sum(min(len(finding.groups), MOST_GROUPS) for finding in rule.findings[:MOST_FINDINGS])
        if left < 0 and at:
            return at
    return min(len(rules), MOST_CARDS)


def _choices(words: Sequence[str], prefix: str) -> tuple[Choice, ...]:
    """Return what a filter lets people choose, the most frequent first; nothing where all rules are alike."""
    counted: dict[str, int] = {}
    for word in words:
        counted[word] = counted.get(word, 0) + 1
    if len(counted) < 2:
        return ()
    often = sorted(counted, key=lambda word: -counted[word])[:MOST_OWNERS]
    return tuple(Choice(f"{prefix}{at}", word, counted[word]) for at, word in enumerate(often, start=1))


def _kinds(rule: RuleView, owners: dict[str, str], severities: dict[str, str]) -> Iterator[str]:
    """Yield the classes by which the page's own style shows and hides a rule: all of them are ours."""
    yield rule.look
    if rule.blocking and rule.look in ("fail", "undecided"):
        yield "stop"
    for key in (owners.get(rule.owner or "nobody is named", ""), severities.get(rule.severity, "")):
        if key:
            yield key

"""Foreign text as GitHub-flavoured Markdown that shows it and nothing else, and the lines that several pages share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from policykit.render.visible import LONGEST, visible
from policykit.terms.layout import ChangeRow, Layout, Look, Reason, Step

SIGNS: dict[Look, str] = {
    "pass": "✅",
    "caution": "⚠️",
    "fail": "❌",
    "undecided": "🌓",
    "waived": "🔷",
    "not_applicable": "⚪",
}
TONES = {"allowed": "✅", "blocked": "❌", "held": "🌓"}
MOST_ALARMS = 5
_CODE = re.compile(r"(`[A-Za-z0-9_.=/ -]{1,160}`)")
_ACTIVE = re.compile(
    r"(?P<reference>@|#(?=\d)|\bGH-(?=\d)|:(?=//)|\bwww(?=\.)|:(?=[\w+-]+:))|(?P<markup>[\\`*_{}\[\]()<>|~!#&$])",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"^(?:[-+](?=\s|$)|--|\d+[.)](?=\s|$)|[=:])")
_FORMULA = re.compile(r"^[-+](?![\d.,]+(?:\s?[%A-Za-z]{1,7})?(?:\s|$))")
_EDGE = re.compile(r"^ +| +$")
_UNSEEN = "&#8203;"


def escaped(text: str, *, longest: int = LONGEST) -> str:
    """Return foreign text as Markdown that shows it and nothing else: no markup, mention, reference, link or emoji code.

    Plain words in backticks stay code; every other backtick is only a backtick. What a spreadsheet would take for a formula
    when the page is pasted into one begins with a mark that cannot be seen; numbers do not.
    """
    formula = _FORMULA.match(text)
    parts = _CODE.split(visible(text, longest=longest))
    safe = "".join(part if at % 2 else _ACTIVE.sub(_disarmed, part) for at, part in enumerate(parts))
    safe = _EDGE.sub(lambda found: "&#32;" * len(found[0]), safe)
    return f"{_UNSEEN}{safe}" if formula or _BLOCK.match(safe) else safe


def heading(layout: Layout, *, longest: int = LONGEST) -> str:
    """Return the first line: the decision with its reason, and what the run was not."""
    stamps = "".join(f" [{name.upper()}]" for name, _ in layout.stamps)
    return f"## {TONES[layout.tone]} {layout.decision}{stamps}: {escaped(layout.reason, longest=longest)}"


def warnings(layout: Layout, *, longest: int = LONGEST) -> Iterator[str]:
    """Return what has to be read before the rest: what the run was not, and alarms."""
    for name, meaning in layout.stamps:
        yield from ("", f"> **{name.upper()}: {escaped(meaning.removeprefix(f'{name}: '), longest=longest)}**")
    for name, meaning in layout.alarms[:MOST_ALARMS]:
        yield from ("", f"> 🚨 **{escaped(name.upper())}: {escaped(meaning, longest=longest)}**")


def counts(layout: Layout) -> str:
    """Return how many rules look alike."""
    told = (
        f"{SIGNS[count.look]} {count.rules:,} {count.word}"
        + (f" ({count.advisory:,} advisory)" if count.advisory else "")
        for count in layout.counts
    )
    return "; ".join(told) if layout.counts else "No rule was asked."


def reason_line(reason: Reason, *, longest: int = LONGEST) -> str:
    """Return one thing that decided it."""
    where = f" ({escaped(reason.where, longest=longest)})" if reason.where else ""
    title = f" **{escaped(reason.title, longest=longest)}**{where}:" if reason.title else ""
    when = f" **{reason.when}**:" if reason.when else ""
    rule, what = escaped(reason.rule, longest=longest), escaped(reason.what, longest=longest)
    return f"- {SIGNS[reason.look]} {rule}{when}{title} {what}"


def step_lines(step: Step, most: int, *, longest: int = LONGEST) -> Iterator[str]:
    """Return one thing to do: who, what, and what else it needs."""
    rule = f" for {escaped(step.rule, longest=longest)}" if step.rule else ""
    who = escaped(step.who, longest=longest) or "whoever owns the bundle"
    brief = f"**{escaped(step.brief, longest=longest)}**; " if step.brief else ""
    yield f"1. **{who}**{rule}: {brief}{escaped(step.what, longest=longest)}"
    for needed in step.needed[:most]:
        yield f"   - {escaped(needed, longest=longest) or _UNSEEN}"  # a bare dash would make a heading of the line above
    if len(step.needed) > most:
        yield f"   - and {len(step.needed) - most:,} more"


def change_line(row: ChangeRow, *, longest: int = LONGEST) -> str:
    """Return one thing that is otherwise than in the last release."""
    rule, what, about, before, after = (
        escaped(text, longest=longest) for text in (row.rule, row.what, row.about, row.before, row.after)
    )
    head = " ".join(filter(None, (SIGNS[row.look], rule, f"**{what}**" if what else "", f"({about})" if about else "")))
    return f"- {head}: {before or '–'} → {after or '–'}, {row.word}"


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Return a table; the cells are escaped already."""
    yield f"| {' | '.join(headers)} |"
    yield f"|{' --- |' * len(headers)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def cut(lines: Sequence[str], most: int) -> Sequence[str]:
    """Return the first `most` lines, and how many more there are."""
    return lines if len(lines) <= most else [*lines[:most], f"- and {len(lines) - most:,} more"]


def _disarmed(found: re.Match[str]) -> str:
    sign = found[0]
    if found["reference"]:
        return (f"\\{sign}" if sign == "#" else sign) + _UNSEEN
    return f"&#{ord(sign)};" if sign in "<>&$|" else f"\\{sign}"

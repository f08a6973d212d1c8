"""The same cause in many models, said once: what is the same in all of them, and which numbers are not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from policykit.report.telling import deciding
from policykit.terms.inbox import SharedCause
from policykit.terms.told import Told, ToldRule

FEWEST: Final = 2
_SLOT: Final = re.compile(
    r"(`[^`]*`|(?<![\w.−-])\d{4}-\d\d-\d\d(?![\w-])|(?<![\w.−-])[-−+±]?\d+(?:,\d{3})*(?:\.\d+)?(?![\w-]))", re.ASCII
)
_INTERVAL: Final = re.compile(r" \(from [^()`]* to [^()`]*\)")
_CONFIDENCE: Final = re.compile(r", at \d[\d.]* %(?=[:;]|$)")
_SEGMENT: Final = re.compile(r"(?:`[^`]*`|[^`:;]|[:;](?! ))+")
_SEGMENTS: Final = 2
_PLAIN: Final = str.maketrans({"−": "-", "±": "", ",": ""})
"""Of a number as it is written for people, the number that a program reads."""
_ENOUGH: Final = re.compile(r" bound on p\d+ needs [\d,]+")
_MOST_NAMES: Final = 3
_BETWEEN: Final = "between "
_EACH: Final = ", by model"
_END: Final = re.compile(r"[:;](?: |$)")
_LONGEST: Final = 500


def shared_causes(newest: Sequence[Told]) -> tuple[SharedCause, ...]:
    """Return what stops at least two of these models in the same way, the most common first.

    Two reasons are the same where they differ in numbers alone, or in what stands in backticks.
    """
    found: dict[tuple[str, str, tuple[str, ...]], list[tuple[Told, ToldRule, str]]] = {}
    for told in newest:
        for rule, reason in dict(_reasons(told)).items():
            key = (rule, reason[0].status, tuple(_SLOT.split(reason[1])[::2]))
            found.setdefault(key, []).append((told, *reason))
    shared = [_shared(each) for each in found.values() if len({_model(told) for told, _, _ in each}) >= FEWEST]
    return tuple(sorted(shared, key=lambda cause: (-len(cause.models), cause.word != "failed", cause.rule)))


def word_of(rule: ToldRule) -> str:
    """Return how a rule that stops is called."""
    return "failed" if rule.status == "fail" else "not shown yet"


def reason_of(rule: ToldRule) -> str:
    """Return why a rule stops, in the words of the finding that decided it."""
    finding = deciding(rule)
    return (finding.reason if finding is not None and finding.reason else rule.reason) or rule.cause.replace("_", " ")


def short(reason: str) -> str:
    """Return a reason in short: what was found against the limit and the next thing said of it, without interval or confidence."""
    text = _CONFIDENCE.sub("", _INTERVAL.sub("", reason[:_LONGEST]))
    found = [*_SEGMENT.finditer(text)]
    segments = (
        found[: _SEGMENTS + 1]
        if _ENOUGH.search("".join(one[0] for one in found[_SEGMENTS : _SEGMENTS + 1]))
        else found[:_SEGMENTS]
    )
    return text[: segments[-1].end()].rstrip() if segments else text


def _reasons(told: Told) -> Iterator[tuple[str, tuple[ToldRule, str]]]:
    for rule in told.rules:
        if rule.stops:
            yield rule.name, (rule, short(reason_of(rule)))


def _shared(each: Sequence[tuple[Told, ToldRule, str]]) -> SharedCause:
    rule = each[0][1]
    owners = dict.fromkeys(rule.owner for _, rule, _ in each if rule.owner)
    said = merged([reason for _, _, reason in each])
    needed = _needed(rule for _, rule, _ in each)
    return SharedCause(
        rule.name,
        rule.title,
        word_of(rule),
        f"{said}; {needed}" if needed else said,
        ", ".join(owners),
        tuple(dict.fromkeys(_model(told) for told, _, _ in each)),
    )


def merged(texts: Sequence[str]) -> str:
    """Return texts of one shape as one: of what differs, words in backticks as a list, numbers by the least and the most.

    `−5.8 and +0.4 pp`; of more than two `between 80 and 1,200 samples, by model`: it must not read as an interval.
    """
    said, several = "", False
    for one in zip(*(_SLOT.split(text) for text in texts), strict=True):
        values = list(dict.fromkeys(one))
        piece = values[0] if len(values) == 1 else _slot(values)
        if several and (end := _END.search(piece)) is not None:
            piece, several = f"{piece[: end.start()]}{_EACH}{piece[end.start() :]}", False
        several = several or (len(values) > 1 and piece.startswith(_BETWEEN))
        said += piece
    return f"{said}{_EACH}" if several else said


def _slot(values: Sequence[str]) -> str:
    if any(value.startswith("`") for value in values):
        more = f" and {len(values) - _MOST_NAMES} more" if len(values) > _MOST_NAMES else ""
        return ", ".join(values[:_MOST_NAMES]) + more
    try:
        numbers = {value: Decimal(value.translate(_PLAIN)) for value in values}
    except InvalidOperation:  # days
        return _ends(sorted(values))
    return _ends(sorted(values, key=numbers.__getitem__))


def _ends(values: Sequence[str]) -> str:
    return f"{_BETWEEN if len(values) > FEWEST else ''}{values[0]} and {values[-1]}"


def _needed(rules: Iterable[ToldRule]) -> str:
    """Return how many rows would probably settle it, over all the models, where each report knows."""
    found = [deciding(rule) for rule in rules]
    few = [finding.few for finding in found if finding is not None and finding.few is not None]
    many = [finding.many for finding in found if finding is not None and finding.many is not None]
    if len(few) < len(found) or len(many) < len(found):
        return ""
    return f"{min(few):,} to {max(many):,} rows that count would probably settle it"


def _model(told: Told) -> str:
    return f"{told.name} {told.version}" if told.version else told.name

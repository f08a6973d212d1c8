"""Write a waiver as a draft that a person reads, completes and sends on; it reads back as the same waiver."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from policykit.errors import UsageError
from policykit.load.manifest_text import key, quoted
from policykit.load.waiver_words import WAIVER
from policykit.load.yaml import hidden
from policykit.terms.waiver import Allows, Amount, Waiver

_PLAIN: Final = re.compile(r"[^\W_](?:[\w .,;()/'%+@-]*[\w.,;()/'%+@-])?")  # cannot be read as anything but this text


def waiver_text(waiver: Waiver) -> bytes:
    """Return the document that says what `waiver` says, with a line above each key on what belongs there.

    Blanks around a text are left out. What is empty is written as `""`, which is refused until somebody fills it in.

    Raises:
        UsageError: a character that cannot be seen, half a surrogate pair, or a name of more than 1,000 characters: a waiver
            that says it would be refused.
    """
    return ("\n".join(_lines(waiver)) + "\n").encode("utf-8")


def _lines(waiver: Waiver) -> Iterator[str]:
    yield "policykit: waiver/1"
    yield from _said("id", _text(waiver.id))
    yield from _said("rule", _text(waiver.rule))
    if waiver.check:
        yield from _said("check", _text(waiver.check))
    yield from _block("binds", _binds(waiver))
    if waiver.only_for:
        yield from _block("only_for", [(key(_seen(name)), _text(value)) for name, value in waiver.only_for])
    yield from _block("allows", _allows(waiver.allows))
    yield from _said("reason", _text(waiver.reason))
    if waiver.ticket:
        yield from _said("ticket", _text(waiver.ticket))
    yield from _said("requested_by", _text(waiver.requested_by))
    if waiver.approved_by:
        yield f"# {WAIVER['approved_by']}"
        yield "approved_by:"
        yield from (f"  - {{who: {_inline(who)}, role: {_inline(role)}}}" for who, role in waiver.approved_by)
    yield from _said("valid_from", _text(waiver.valid_from))
    yield from _said("expires", _text(waiver.expires))


def _said(name: str, value: str) -> Iterator[str]:
    yield f"# {WAIVER[name]}"
    yield f"{name}: {value}"


def _block(name: str, entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"# {WAIVER[name]}"
    yield f"{name}:"
    yield from (f"  {inner}: {value}" for inner, value in entries)


def _binds(waiver: Waiver) -> Iterator[tuple[str, str]]:
    yield "bundle", _text(waiver.bundle)
    if waiver.build is not None:
        yield "build", quoted(f"sha256:{waiver.build}")
    elif waiver.version is not None:
        yield "version", _text(waiver.version)


def _allows(allows: Allows) -> Iterator[tuple[str, str]]:
    if allows.fail_any:
        yield "fail", "any"
    if allows.undecided is not None:
        yield "undecided", allows.undecided.value
    amounts: dict[str, Amount | None] = {
        "at_least": allows.at_least,
        "at_most": allows.at_most,
        "surely_at_least": allows.surely_at_least,
        "surely_at_most": allows.surely_at_most,
    }
    yield from ((name, _text(amount.text)) for name, amount in amounts.items() if amount is not None)


def _text(written: str) -> str:
    """Return text as it stands alone on a line: bare where that can be read in one way only, else in quotes."""
    bare = _seen(written.strip())
    plain = _PLAIN.fullmatch(bare) and bare.isprintable() and bare.lower() != "null"
    return bare if plain else quoted(bare)


def _inline(written: str) -> str:
    """Return text as it stands between braces."""
    return quoted(_seen(written)) if "," in written else _text(written)


def _seen(text: str) -> str:
    """Return a text; refuse one that holds what nobody would see who reads the waiver or a report."""
    found = hidden(text)
    if found:
        raise UsageError(f"a text holds the character {found}, which cannot be seen", hint="type it again, without")
    return text

"""Scalars get their type from the schema that asks for them, never from YAML's guesses.

Each function reads one value, adds what is wrong with it to `problems`, and returns None where nothing of use is left.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from datetime import date as Day

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.terms.literal import Lit
from policykit.terms.nearest import nearest

Problems = list[Diagnostic]

IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
STAGE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KINDS = {"map": "a map of keys and values", "list": "a list", "scalar": "one value"}


def literal(node: Node, problems: Problems) -> Lit | None:
    """Return a constant: quoted is text; plain is true or false, a whole number, a decimal, else text (so are dates)."""
    if not _is(node, "scalar", "one value", problems):
        return None
    if not node.plain:
        return Lit(node.text)
    if node.empty:
        problems.append(node.problem("PK021", "a value is missing here", hint='write `""` where empty text is meant'))
        return None
    word = node.text
    if word in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return Lit(word[0] in "tT")
    if _WHOLE.fullmatch(word):
        return Lit(int(word))
    if len(word) <= 64 and _DECIMAL.fullmatch(word):
        number = float(word)
        if math.isfinite(number):
            return Lit(number)
        problems.append(node.problem("PK022", f"`{word}` is too large a number"))
        return None
    return Lit(word)


def literals(node: Node, problems: Problems) -> tuple[Lit, ...] | None:
    """Return a list of constants; it may not be empty."""
    if not _is(node, "list", "a list such as `[a, b]`", problems):
        return None
    if not node.items:
        problems.append(node.problem("PK021", "the list is empty", hint="name at least one value"))
        return None
    found = [literal(item, problems) for item in node.items]
    return tuple(value for value in found if value is not None) if None not in found else None


def text(node: Node, problems: Problems) -> str | None:
    """Return text, whatever it looks like; it may not be empty."""
    if not _is(node, "scalar", "text", problems):
        return None
    if node.empty or not node.text.strip():
        problems.append(node.problem("PK021", "a text is missing here"))
        return None
    return node.text.strip()


def texts(node: Node, problems: Problems) -> tuple[str, ...] | None:
    """Return a list of texts, or the one text that stands for a list of one; never empty, nothing twice."""
    if node.kind == "scalar":
        one = text(node, problems)
        return None if one is None else (one,)
    if not _is(node, "list", "a list such as `[a, b]`", problems):
        return None
    if not node.items:
        problems.append(node.problem("PK021", "the list is empty", hint="name at least one"))
        return None
    found: dict[str, None] = {}
    for item in node.items:
        one = text(item, problems)
        if one is not None and one in found:
            problems.append(item.problem("PK025", f"`{shown(one)}` is listed twice"))
        elif one is not None:
            found[one] = None
    return tuple(found)


def identifier(node: Node, problems: Problems) -> str | None:
    """Return an id: a letter, then letters, digits, dots, dashes and underscores, 64 characters at most."""
    word = text(node, problems)
    if word is not None and IDENTIFIER.fullmatch(word) is None:
        hint = "begin with a letter; then letters, digits, `.`, `-` and `_`, 64 characters at most"
        problems.append(node.problem("PK103", f"`{shown(word)}` is not an id", hint=hint))
        return None
    return word


def whole(node: Node, problems: Problems) -> int | None:
    """Return a whole number."""
    if not _is(node, "scalar", "a whole number", problems):
        return None
    if node.plain and _WHOLE.fullmatch(node.text):
        return int(node.text)
    problems.append(node.problem("PK023", f"`{shown(node.text)}` is not a whole number"))
    return None


def decimal(node: Node, problems: Problems) -> float | None:
    """Return a finite number."""
    if not _is(node, "scalar", "a number", problems):
        return None
    if node.plain and len(node.text) <= 64 and _DECIMAL.fullmatch(node.text) and math.isfinite(float(node.text)):
        return float(node.text)
    problems.append(node.problem("PK023", f"`{shown(node.text)}` is not a number"))
    return None


def day(node: Node, problems: Problems) -> str | None:
    """Return a UTC day as `2027-06-30`."""
    if not _is(node, "scalar", "a day such as `2027-06-30`", problems):
        return None
    try:
        if _DAY.fullmatch(node.text):
            return Day.fromisoformat(node.text).isoformat()
    except ValueError:
        pass
    problems.append(node.problem("PK024", f"`{shown(node.text)}` is not a day", hint="write it as `2027-06-30`"))
    return None


def choice(node: Node, words: Collection[str], problems: Problems) -> str | None:
    """Return one of a closed set of words."""
    word = text(node, problems)
    if word is None or word in words:
        return word
    listed = ", ".join(f"`{each}`" for each in words)
    near = nearest(word, words)
    problems.append(node.problem("PK026", f"`{shown(word)}` is none of {listed}", suggestion=near))
    return None


def is_map(node: Node, problems: Problems) -> bool:
    """Say whether `node` is a map of keys and values; where it is not, add why."""
    return _is(node, "map", "a map of keys and values", problems)


def is_list(node: Node, problems: Problems) -> bool:
    """Say whether `node` is a list; where it is not, add why."""
    return _is(node, "list", "a list", problems)


def is_stage(word: str) -> bool:
    """Say whether `word` can be the name of a stage: lower-case letters, digits and dashes, 64 at most."""
    return STAGE.fullmatch(word) is not None


def shown(word: str) -> str:
    """Return a person's text as a message quotes it: on one line, and not too long."""
    flat = " ".join(word.split())
    return flat if len(flat) <= 60 else flat[:59] + "…"


def _is(node: Node, kind: str, wanted: str, problems: Problems) -> bool:
    if node.kind == kind:
        return True
    found = "nothing" if node.empty else _KINDS[node.kind]
    problems.append(node.problem("PK020", f"{wanted} belongs here, not {found}"))
    return False

"""Digests, versions, counts and spans of days: what trust files, waivers and gate files pin things with."""

from __future__ import annotations

import re
from typing import Final

from policykit.load.node import Node
from policykit.load.scalars import Problems, shown, text, whole

MOST_DAYS: Final = 36_500
LARGEST_COUNT: Final = 10**9
_SHA256 = re.compile(r"(?:sha256:)?([0-9A-Fa-f]{64})")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}")
_WHOLE_DAYS = re.compile(r"([1-9][0-9]{0,3}) days?")  # what `terms/quantity.py` reads as well, and is not asked for
_RULE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}/[A-Za-z][A-Za-z0-9._-]{0,63}")


def sha256(node: Node, problems: Problems) -> str | None:
    """Return a SHA-256 in lower-case hex, written with or without `sha256:` before it."""
    word = text(node, problems)
    if word is None:
        return None
    found = _SHA256.fullmatch(word)
    if found is None:
        hint = "it is 64 hexadecimal digits, as `sha256sum FILE` prints them"
        problems.append(node.problem("PK608", f"`{shown(word)}` is not a SHA-256", hint=hint))
        return None
    return found[1].lower()


def version(node: Node, problems: Problems) -> str | None:
    """Return the version of a policy, a bundle or an engine."""
    word = text(node, problems)
    if word is not None and _VERSION.fullmatch(word) is None:
        problems.append(node.problem("PK103", f"`{shown(word)}` is not a version", hint="write for example `3.2.0`"))
        return None
    return word


def count(node: Node, problems: Problems) -> int | None:
    """Return a whole number from 1 on."""
    found = whole(node, problems)
    if found is not None and found < 1:
        problems.append(node.problem("PK610", f"`{found}` is less than 1", hint="write a whole number from 1 on"))
        return None
    if found is not None and found > LARGEST_COUNT:
        problems.append(node.problem("PK022", f"`{found}` is too large a number"))
        return None
    return found


def days(node: Node, problems: Problems) -> int | None:
    """Return a span in whole days, written as `90 days`."""
    word = text(node, problems)
    if word is None:
        return None
    plain = _WHOLE_DAYS.fullmatch(word)
    if plain is not None:
        return int(plain[1])
    from policykit.terms.quantity import Unit, UnitError, parse

    try:
        span = parse(word, Unit.DURATION).value / 86_400
    except UnitError as error:
        message = str(error).replace(word, shown(word)).replace(" of this check", " of time")
        problems.append(node.problem("PK611", message, hint="write it in days, such as `90 days`"))
        return None
    if span.denominator != 1 or not 1 <= span <= MOST_DAYS:
        message = f"`{shown(word)}` is not a number of whole days from 1 to {MOST_DAYS:,}"
        problems.append(node.problem("PK611", message, hint="write it in days, such as `90 days`"))
        return None
    return int(span)


def rule_id(node: Node, problems: Problems) -> str | None:
    """Return the id of a rule with its policy: `acme.credit/FAIR-01`."""
    word = text(node, problems)
    if word is not None and _RULE.fullmatch(word) is None:
        hint = "write the policy and the rule, such as `acme.credit/FAIR-01`, without a version"
        problems.append(node.problem("PK612", f"`{shown(word)}` names no rule", hint=hint))
        return None
    return word

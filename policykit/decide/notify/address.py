"""Addresses of people to tell: a URL, or the name of a variable that holds one. No message ever shows what is secret in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from policykit.terms.message import Sent

_WORD: Final = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|[A-Za-z][A-Za-z0-9+.-]*://\S+")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,40})://(.*)", re.DOTALL)
_HOST: Final = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?(?=[/?#]|$)", re.ASCII)
_WITH_HOST: Final = frozenset({"http", "https", "json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos"})
"""Schemes whose host is a server; in others (`slack://TOKEN/…`) a token stands in its place."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address; `shown` is all that may be said of it."""

    shown: str
    url: str = field(repr=False)


def is_address(word: str) -> bool:
    """Return whether a word is written as an address: a URL, or `env:NAME`."""
    return _WORD.fullmatch(word) is not None


def address(word: str, environment: Mapping[str, str]) -> Address | Sent:
    """Return the address that a word names, or why there is none to send to."""
    if not word.startswith("env:"):
        return Address(shown(word), word)
    url = environment.get(word.removeprefix("env:"), "").strip()
    if not url:
        return Sent(f"`{word}`", "the variable is not set", "set it where the gate runs, or take it out")
    if not is_address(url) or url.startswith("env:"):
        return Sent(
            f"`{word}`", "the variable holds no address", "an address is a URL, such as `mailto://…` or `slack://…`"
        )
    return Address(f"`{word}` ({shown(url).strip('`')})", url)


def shown(url: str) -> str:
    """Return what may be said of a URL: its scheme, and its host where that is a server and no token.

    Where an `@` stands anywhere behind the scheme, somebody's name or password does too, and where they end is guesswork.
    """
    found = _SCHEME.fullmatch(url)
    if found is None:
        return "an address"
    scheme = found[1].lower()
    host = _HOST.match(found[2]) if scheme in _WITH_HOST and not _asks(found[2]) else None
    return f"`{scheme}://{host[1]}{host[2] or ''}/…`" if host is not None else f"`{scheme}://…`"


def _asks(rest: str) -> bool:
    return "@" in rest or "%40" in rest

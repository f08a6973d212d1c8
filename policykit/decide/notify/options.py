"""Options of an address that would make it something else than an address: they are for whoever sets a variable to choose."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

_MORE: Final = ("method", "template", "keyfile", "subfile", "pgpkey", "pgppub", "pgpprv", "verify")
"""How it is asked, files of this machine that are read, and whether a certificate has to be one to trust."""


def refused_option(url: str) -> str:
    """Return what an address asks for beside being told: a method, headers, a file, any certificate; empty where nothing.

    Names are read as Apprise reads them: between `&` and `;`, decoded, capitals or not.
    """
    _, _, query = url.partition("?")
    for pair in re.split(r"[?&;]", query):
        name = unquote(pair.partition("=")[0]).strip().lower()
        if name.startswith(("+", "-", ":")):
            return "headers or fields of its own"
        if name in _MORE:
            return f"`{name}`"
    return ""

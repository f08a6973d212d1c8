"""Where each page of a site lies: names of our own, that no foreign text reaches but as a few plain letters and a digest."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from policykit.terms.site import Head

_PLAIN: Final = re.compile(r"[^a-z0-9]+")
_MONTH: Final = re.compile(r"(\d{4}-(?:0[1-9]|1[0-2]))-(?:0[1-9]|[12]\d|3[01])T")
_LONGEST: Final = 40
_DIGITS: Final = 24
"""Hexadecimal digits of a digest in a name: as many as nobody finds two alike for."""


def called(text: str, otherwise: str = "no name") -> str:
    """Return a name as it is shown: one of blanks alone would be a link that nobody sees."""
    return text if text.strip() else otherwise


def slug(text: str) -> str:
    """Return the plain letters and digits of a text, in lower case; `x` where it has none."""
    plain = _PLAIN.sub("-", text[:200].lower()).strip("-")
    return plain[:_LONGEST].strip("-") or "x"


def model_path(name: str, page: int = 1) -> str:
    """Return where the page of a model lies; a model with many reports has several pages."""
    return _paged(f"models/{slug(name)}-{_short(name)}", page)


def stage_path(stage: str, page: int = 1) -> str:
    """Return where the page of a stage lies."""
    return _paged(f"stages/{slug(stage or 'no stage')}-{_short(stage)}", page)


def report_path(head: Head) -> str:
    """Return where the page of a report lies: in a folder for its month."""
    return f"reports/{month(head.time)}/{slug(f'{head.name}-{head.version}')}-{head.id[:_DIGITS]}.html"


def copy_path(head: Head, sha256_of_file: str) -> str:
    """Return where a copy of the report's own file lies; its digest is in its name."""
    return f"reports/{month(head.time)}/{slug(f'{head.name}-{head.version}')}-{sha256_of_file[:_DIGITS]}.report.json"


def month_path(of: str, page: int = 1) -> str:
    """Return where the list of the reports of a month lies."""
    return _paged(f"reports/{of}", page)


def list_path(name: str, page: int = 1) -> str:
    """Return where a list lies that goes on over several pages, such as `waivers`."""
    return _paged(name, page)


def rule_anchor(name: str) -> str:
    """Return the name of a rule's place in the catalogue: safe to link to."""
    return f"{slug(name)}-{_short(name)}"


def month(time: str) -> str:
    """Return the month of a time, `2026-11`; `undated` where it is none."""
    found = _MONTH.match(time)
    return found.group(1) if found is not None else "undated"


def _short(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _paged(path: str, page: int) -> str:
    return f"{path}.html" if page == 1 else f"{path}-page-{page}.html"

"""What every page shares: templates that escape all they are given, and text that hides nothing."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.render.visible import visible

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_UNIT = re.compile(r"(?<=\d) (?=(?:%|pp|ms|s|MB|GB)(?!\w))")


@cache
def environment() -> Environment:
    """Return the environment of all templates: escaping, strict about what is not there, every text made visible."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["said"] = _said
    return made


def _said(text: str) -> Markup:
    """Write a sentence with what stands in backticks in a fixed-width face; every part is escaped."""
    from markupsafe import Markup, escape

    parts = _together(visible(text)).split("`")
    if len(parts) % 2 == 0:
        return escape("`".join(parts))
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(part) if at % 2 and part else escape(part) for at, part in enumerate(parts))


def _shown(value: object) -> object:
    """Make every text visible before it is escaped; what a macro already wrote stays as it is."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return _together(visible(value))
    return value


def _together(text: str) -> str:
    """Keep a number and its unit on one line."""
    return _UNIT.sub("\u00a0", text)

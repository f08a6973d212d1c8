"""The report as one page: no script, nothing fetched, light and dark, on paper and on a phone."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policykit.render.visible import visible
from policykit.terms.layout import Layout
from policykit.terms.report import Report

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

MOST_CARDS = 300
"""Rules drawn in full; the others are rows of one table."""
MOST_ROWS = 20_000
MOST_FINDINGS = 24
MOST_GROUPS = 60
MOST_LINES = 400
MOST_REASONS = 30
MOST_STEPS = 40
_UNIT = re.compile(r"(?<=\d) (?=(?:%|pp|ms|s|MB|GB)(?!\w))")


def html(report: Report, layout: Layout) -> str:
    """Write the report as one self-contained HTML file."""
    charts = _charts(layout)
    return _environment().get_template("report.html.j2").render(
        report=report,
        page=layout,
        charts=charts,
        cards=layout.rules[:MOST_CARDS],
        rows=layout.rules[MOST_CARDS : MOST_CARDS + MOST_ROWS],
        left_out=max(0, len(layout.rules) - MOST_CARDS - MOST_ROWS),
        drawn=frozenset(rule.anchor for rule in layout.rules[:MOST_CARDS]),
        most_findings=MOST_FINDINGS,
        most_groups=MOST_GROUPS,
        most_lines=MOST_LINES,
        most_reasons=MOST_REASONS,
        most_steps=MOST_STEPS,
    )  # fmt: skip


def _charts(layout: Layout) -> list[tuple[Any, Any]]:
    """Return each chart with its drawing; without comparisons of groups the drawing library is not even loaded."""
    if not layout.charts:
        return []
    from markupsafe import Markup

    from policykit.render.drawing import drawing

    return [(chart, Markup(drawing(chart, prefix=f"c{number}"))) for number, chart in enumerate(layout.charts, start=1)]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["said"] = _said
    return environment


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

"""The report as one page: no script, nothing fetched, light and dark, on paper and on a phone."""

from __future__ import annotations

from typing import Any

from policykit.render.page import environment
from policykit.terms.layout import Layout
from policykit.terms.report import Report

MOST_CARDS = 300
"""Rules drawn in full; the others are rows of one table."""
MOST_ROWS = 20_000
MOST_FINDINGS = 24
MOST_GROUPS = 60
MOST_LINES = 400
MOST_REASONS = 30
MOST_STEPS = 40


def html(report: Report, layout: Layout) -> str:
    """Write the report as one self-contained HTML file."""
    charts = _charts(layout)
    return environment().get_template("report.html.j2").render(
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

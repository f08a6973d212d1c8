"""The report as one page: no script, nothing fetched, light and dark, on paper and on a phone."""

from __future__ import annotations

from policykit.render.drawing import MOST_FINDINGS, MOST_GROUPS, choices, drawn
from policykit.render.page import environment
from policykit.terms.layout import Layout
from policykit.terms.report import Report

MOST_ROWS = 20_000
ROWS_A_TABLE = 500
MOST_LINES = 400
MOST_REASONS = 30
MOST_STEPS = 40
FIRST = 3
"""What page one shows of a list; the rest of it is folded."""


def html(report: Report, layout: Layout) -> str:
    """Write the report as one self-contained HTML file."""
    full = drawn(layout.rules)
    rows = layout.rules[full : full + MOST_ROWS]
    choose = choices(layout)
    return environment().get_template("report.html.j2").render(
        report=report,
        page=layout,
        cards=layout.rules[:full],
        tables=[rows[at : at + ROWS_A_TABLE] for at in range(0, len(rows), ROWS_A_TABLE)],
        left_out=max(0, len(layout.rules) - full - MOST_ROWS),
        drawn=frozenset(rule.anchor for rule in layout.rules[:full]),
        statuses=choose.statuses,
        owners=choose.owners,
        severities=choose.severities,
        kind=choose.kinds,
        first=FIRST,
        most_findings=MOST_FINDINGS,
        most_groups=MOST_GROUPS,
        most_lines=MOST_LINES,
        most_reasons=MOST_REASONS,
        most_steps=MOST_STEPS,
    )  # fmt: skip

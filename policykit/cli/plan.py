"""`policykit plan`: what would be scanned, and what it could show."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from policykit.cli.line import say
from policykit.cli.options import as_of_option, color_option, config_option, day, policies_option, screen, stage_option


@click.command("plan")
@click.argument("subject", metavar="BUNDLE", type=click.Path(path_type=Path))
@stage_option
@policies_option
@as_of_option
@config_option
@color_option
def command(
    subject: Path, stage: str | None, policies: tuple[str, ...], as_of: str | None, config: Path | None, color: str
) -> int:
    """Say which policies apply to BUNDLE, what would be scanned, and how near to each limit these rows can tell."""
    from policykit.measure.describe import describe
    from policykit.plan.forecast import forecasts, scans, wanted_first
    from policykit.plan.planner import make_plan
    from policykit.render.console import table
    from policykit.stories.gate import Asked
    from policykit.stories.open import Table, expect_stage, find_gate_file, open_all

    gate_file = find_gate_file(config, signing=False, policies=policies)
    expect_stage(stage, gate_file)
    opened = open_all(subject, policies, gate_file, Table(), environment=os.environ)
    asked = Asked(stage=stage, now=datetime.now(UTC), as_of=day(as_of))
    plan = make_plan(opened.policies, opened.bundle, describe(opened.bundle), stage=stage, as_of=asked.day)
    shown = screen(color)
    for match in plan.matches:
        say(f"{'applies' if match.matched else 'does not apply'}: {match.policy.ref}: {match.why}")
    lines = [
        (s.dataset, f"{s.rows:,}" if s.rows is not None else "?", str(s.measures), str(s.growing), s.trouble)
        for s in scans(plan, wanted_first(plan))
    ]
    headers = ("data set", "rows", "measures in one pass", "of them growing with the keys", "")
    click.echo("\n" + table(headers, lines, width=shown.width, color=shown.color))
    rows = [(f.rule, f.slice, f.limit, f.settles) for f in forecasts(plan)]
    columns = ("rule", "slice", "limit", "settled four times in five from this distance on")
    click.echo(table(columns, rows, width=shown.width, color=shown.color))
    return 0

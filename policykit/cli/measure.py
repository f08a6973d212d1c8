"""`policykit measure`: measure where the data lives."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from policykit.cli.options import as_of_option, config_option, day, policies_option, stage_option
from policykit.cli.progress import progress
from policykit.version import VERSION


@click.command("measure")
@click.argument("subject", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), required=True, metavar="FILE", help="Where the measurements go."
)
@stage_option
@policies_option
@as_of_option
@config_option
@click.option("--cache", type=click.Path(path_type=Path), metavar="FOLDER", help="Keep measurements here.")
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
def command(
    subject: Path,
    output: Path,
    stage: str | None,
    policies: tuple[str, ...],
    as_of: str | None,
    config: Path | None,
    cache: Path | None,
    *,
    quiet: bool,
) -> int:
    """Measure what the policies ask of BUNDLE and write the measurements: no row leaves, only counts."""
    from policykit.load.measurements import dump_measurements
    from policykit.load.write import replace_file
    from policykit.stories.gate import Asked, measured
    from policykit.stories.open import Table, expect_stage, find_gate_file, open_all

    gate_file = find_gate_file(config, signing=False)
    expect_stage(stage, gate_file)
    opened = open_all(subject, policies, gate_file, Table())
    asked = Asked(stage=stage, now=datetime.now(UTC), as_of=day(as_of), cache=cache)
    plan, taken = measured(opened.bundle, opened.policies, asked, progress(quiet=quiet))
    data = dump_measurements(
        plan.bundle, plan.schemas, taken, stage=stage, as_of=plan.as_of, engine=f"policykit {VERSION}"
    )
    replace_file(output, data)
    click.echo(f"wrote {len(taken)} measurements to {output}", err=True)
    return 0

"""`policykit measure`: measure where the data lives."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from policykit.cli.line import say
from policykit.cli.options import as_of_option, config_option, day, password, policies_option, stage_option
from policykit.cli.progress import watching
from policykit.cli.signing import expect_stampable, sign_option, timestamp_option
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
@sign_option
@timestamp_option
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Keep measurements here; never read when signing.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress line.")
def command(
    subject: Path,
    output: Path,
    stage: str | None,
    policies: tuple[str, ...],
    as_of: str | None,
    config: Path | None,
    sign: str | None,
    timestamp: str | None,
    cache: Path | None,
    *,
    quiet: bool,
) -> int:
    """Measure what the policies ask of BUNDLE and write the measurements: no row leaves, only counts.

    Signed measurements are those that `judge` can sign a report on.
    """
    from policykit.attest.keys import load_signer
    from policykit.canon import canonical
    from policykit.load.measurements import measurements_document
    from policykit.load.write import replace_file
    from policykit.stories.gate import Asked, measured
    from policykit.stories.measurements import seal_measurements
    from policykit.stories.open import Table, expect_stage, find_gate_file, open_all

    expect_stampable(timestamp, sign)
    gate_file = find_gate_file(config, signing=sign is not None, policies=policies)
    expect_stage(stage, gate_file)
    signer = load_signer(sign, password(), os.environ) if sign is not None else None
    asked = Asked(stage=stage, now=datetime.now(UTC), as_of=day(as_of), cache=cache if signer is None else None)
    with watching(quiet=quiet) as progress:
        progress("reading the bundle and the policies", 0, 0)
        opened = open_all(subject, policies, gate_file, Table(), environment=os.environ)
        plan, taken = measured(opened.bundle, opened.policies, asked, progress)
    document = measurements_document(
        plan.bundle, plan.schemas, taken, stage=stage, as_of=plan.as_of, engine=f"policykit {VERSION}"
    )
    if signer is None:
        data = canonical(document)
    else:
        data = seal_measurements(document, plan.bundle, signer, timestamp=timestamp)
    replace_file(output, data)
    say(f"wrote {len(taken)} measurements to {output}", err=True)
    return 0

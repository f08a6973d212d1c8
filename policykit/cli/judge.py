"""`policykit judge`: judge measurements without data or model."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from policykit.cli.known import Beside, known_of, known_options
from policykit.cli.options import as_of_option, color_option, config_option, day, policies_option, screen, stage_option
from policykit.cli.signing import expect_stampable, sign_option, timestamp_option


@click.command("judge")
@click.argument("measurements", type=click.Path(path_type=Path))
@stage_option
@policies_option
@click.option(
    "--output", "-o", multiple=True, metavar="FORMAT[=PATH]", help="As for `gate`. Repeatable; default: text."
)
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    help="The public key that must have signed the measurements: `--sign` needs it.",
)
@sign_option
@timestamp_option
@click.option(
    "--mode",
    type=click.Choice(["enforce", "audit"]),
    default="enforce",
    show_default=True,
    help="audit exits 0 for 1 and 3.",
)
@click.option("--only", multiple=True, metavar="RULE", help="Judge only this rule: a partial run. Repeatable.")
@as_of_option
@config_option
@known_options
@color_option
def command(
    measurements: Path,
    stage: str | None,
    policies: tuple[str, ...],
    output: tuple[str, ...],
    key: Path | None,
    sign: str | None,
    timestamp: str | None,
    mode: Literal["enforce", "audit"],
    only: tuple[str, ...],
    as_of: str | None,
    config: Path | None,
    color: str,
    *,
    beside: Beside,
) -> int:
    """Judge MEASUREMENTS (written by `measure`) by policies; what was not measured there is missing."""
    from policykit.cli.destinations import clear, expect_writable, named, problems_carried, signer_of, write_outputs
    from policykit.decide.exit_code import of_report
    from policykit.stories.champion import unverified
    from policykit.stories.gate import Asked
    from policykit.stories.measurements import expect_signable, open_measurements
    from policykit.stories.open import expect_stage, find_gate_file, open_policies
    from policykit.stories.outputs import parse_outputs
    from policykit.stories.rejudge import judge_measurements

    wanted = parse_outputs(output, signing=sign is not None)
    expect_stampable(timestamp, sign)
    signer = signer_of(sign, wanted)
    files = (key, config, beside.trust, *beside.waivers, *beside.claims, *named(policies, sign))
    expect_writable(wanted, measurements, *files)
    with problems_carried(wanted, measurements, *files, stage=stage):
        clear(wanted)
        gate_file = find_gate_file(config, signing=sign is not None, policies=policies)
        found = open_measurements(measurements, key, gate_file)
        if signer is not None:
            expect_signable(found)
        read = found.read
        expect_stage(stage, gate_file)
        chosen, told = open_policies(
            policies, gate_file, trial=False, environment=os.environ, signing=signer is not None
        )
        wanted_stage, now = stage if stage is not None else read.stage, datetime.now(UTC)
        known = known_of(beside, gate_file, read.bundle, stage=wanted_stage, now=now, schemas=read.schemas)
        lost = "the bundle names a champion's report, which measurements do not carry"
        champion = unverified(lost) if read.bundle.champion_report is not None else ()
        asked = Asked(
            stage=wanted_stage,
            now=now,
            as_of=day(as_of),
            only=only,
            mode=mode,
            measured=found.source,
            notices=(*champion, *told, *known.notices),
            waivers=known.waivers,
            trust=known.trust,
            history=known.history,
        )
        judged = judge_measurements(read, chosen, asked)
    write_outputs(judged, wanted, screen(color), signer, timestamp=timestamp)
    return int(of_report(judged.report))

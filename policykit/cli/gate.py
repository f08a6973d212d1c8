"""`policykit gate`: the main job."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from policykit.cli.destinations import clear, expect_writable, named, problems_carried, signer_of, write_outputs
from policykit.cli.known import Beside, known_of, known_options
from policykit.cli.line import say
from policykit.cli.notify import Telling, notify_options, tell
from policykit.cli.options import as_of_option, color_option, config_option, day, policies_option, screen, stage_option
from policykit.cli.progress import watching
from policykit.cli.signing import expect_stampable, sign_option, timestamp_option
from policykit.cli.unless import Unless, last_release, spared, unless_options
from policykit.errors import UsageError

if TYPE_CHECKING:
    from policykit.stories.outputs import Wanted


@click.command("gate")
@click.argument("subject", metavar="BUNDLE", type=click.Path(path_type=Path))
@stage_option
@policies_option
@click.option(
    "--output",
    "-o",
    multiple=True,
    metavar="FORMAT[=PATH]",
    help="text, json, markdown, html, sarif, junit, github, comment, statement or attestation. Repeatable; default: text.",
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
@click.option(
    "--only", multiple=True, metavar="RULE", help="Ask only this rule: a partial run, which cannot exit 0. Repeatable."
)
@as_of_option
@config_option
@click.option("--target", metavar="COLUMN", help="For a table: the column with what really happened.")
@click.option("--prediction", metavar="COLUMN", help="For a table: the column with the model's answer.")
@click.option("--score", metavar="COLUMN", help="For a table: the column with the model's score.")
@click.option("--protected", multiple=True, metavar="COLUMN", help="For a table: a protected attribute. Repeatable.")
@click.option("--favourable", metavar="VALUE", help="For a table: the answer a person wants.")
@click.option(
    "--positive", metavar="VALUE", help="For a table: the class the model detects (default: the favourable one)."
)
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="For a table: write manifest, policy and workflow of this run.",
)
@click.option("--nonce", default="", help="A word of the requester's, held in the report against replay.")
@click.option("--gate-id", default="", help="The name of this gate, held in the report.")
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Keep measurements here; never read when signing.",
)
@notify_options
@unless_options
@known_options
@color_option
@click.option("--quiet", "-q", is_flag=True, help="No progress line.")
def command(
    subject: Path,
    stage: str | None,
    policies: tuple[str, ...],
    output: tuple[str, ...],
    sign: str | None,
    timestamp: str | None,
    mode: Literal["enforce", "audit"],
    only: tuple[str, ...],
    as_of: str | None,
    config: Path | None,
    target: str | None,
    prediction: str | None,
    score: str | None,
    protected: tuple[str, ...],
    favourable: str | None,
    positive: str | None,
    save: Path | None,
    nonce: str,
    gate_id: str,
    cache: Path | None,
    color: str,
    *,
    quiet: bool,
    beside: Beside,
    unless: Unless,
    telling: Telling,
) -> int:
    """Judge BUNDLE (a bundle folder or zip, or a CSV or Parquet file of predictions) by policies.

    \b
    policykit gate predictions.csv --target y --prediction yhat --protected sex --favourable 1
    policykit gate bundle/ --policies policies/ --stage production --output html=report.html
    """
    from policykit.decide.exit_code import of_report
    from policykit.stories.champion import champion_found
    from policykit.stories.gate import Asked, gate
    from policykit.stories.open import Table, champion_key, expect_stage, find_gate_file, open_all
    from policykit.stories.outputs import parse_outputs
    from policykit.stories.save import expect_free, save_rung
    from policykit.stories.unnamed import outputs_of

    earlier = (unless.report, unless.since, unless.key)
    read = (subject, *earlier, config, beside.trust, *beside.waivers, *beside.claims, *named(policies, sign))
    carrying = problems_carried(_said(output), *read, gate=gate_id or subject.name, stage=stage)
    with carrying as carried, watching(quiet=quiet) as progress:
        gate_file = find_gate_file(config, signing=sign is not None, policies=policies)
        telling.expect(gate_file)
        expect_stage(stage, gate_file)
        if gate_file is not None:
            sign = sign or (None if gate_file.found else gate_file.sign)
            output = output or outputs_of(gate_file)
        wanted = parse_outputs(output, signing=sign is not None)
        carried[:] = wanted
        expect_stampable(timestamp, sign)
        signer = signer_of(sign, wanted)
        expect_writable(wanted, subject, *read[1:])
        clear(wanted)
        table = Table(target, prediction, score, protected, favourable, positive)
        progress("reading the bundle and the policies", 0, 0)
        opened = open_all(subject, policies, gate_file, table, environment=os.environ, signing=signer is not None)
        if save is not None:
            expect_free(save, subject, trial=opened.trial)
        model_in_use = champion_found(opened.bundle, champion_key(gate_file))
        champion, notices = model_in_use.champion, model_in_use.notices
        now = datetime.now(UTC)
        known = known_of(beside, gate_file, opened.bundle, stage=stage, now=now, trial=opened.trial)
        before = last_release(unless, beside, opened, stage=stage, now=now) or model_in_use.told
        asked = Asked(
            stage=stage,
            now=now,
            as_of=day(as_of),
            only=only,
            mode=mode,
            trial=opened.trial,
            gate_id=gate_id,
            nonce=nonce,
            cache=cache if signer is None else None,
            notices=(*notices, *opened.notices, *known.notices),
            champion=champion,
            waivers=known.waivers,
            trust=known.trust,
            history=known.history,
        )
        cited = spared(unless, beside, opened, asked, signer, stamped=timestamp is not None)
        judged = gate(opened.bundle, opened.policies, asked, progress) if cited is None else cited.judged
    signed = cited.signed if cited is not None else None
    write_outputs(judged, wanted, screen(color), signer, timestamp=timestamp, before=before, signed=signed)
    if save is not None:
        for path in save_rung(save, subject, opened.bundle):
            say(f"wrote {path}", err=True)
    if cited is None:  # what is cited was told when it was judged
        tell(judged, telling, gate_file)
    return int(of_report(judged.report))


def _said(output: tuple[str, ...]) -> tuple[Wanted, ...]:
    """The outputs of the command line, as far as they can be read: where a gate file is wrong, these carry the problems."""
    from policykit.stories.outputs import parse_outputs

    try:
        return parse_outputs(output, signing=True)
    except UsageError:
        return ()

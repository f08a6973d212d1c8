"""`policykit permit`: the paper that a promotion needs."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from policykit.cli.line import say
from policykit.cli.options import authority_of, password, trust_options
from policykit.cli.signing import sign_required
from policykit.cli.under import heard_option, ledger_option
from policykit.errors import UsageError


@click.command("permit")
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--stage", "-s", metavar="STAGE", required=True, help="The stage to permit.")
@sign_required
@trust_options
@click.option(
    "--bundle", type=click.Path(path_type=Path), help="The bundle it must be about: its bytes are hashed again."
)
@heard_option
@ledger_option
@click.option(
    "--reports",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="REPORT",
    help="A report on the same bundle by another evaluator. Repeatable.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=Path("permit.sigstore.json"),
    show_default=True,
    help="The file to write.",
)
def command(
    report: Path,
    stage: str,
    sign: str,
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    bundle: Path | None,
    claims: tuple[Path, ...],
    ledger: Path | None,
    reports: tuple[Path, ...],
    output: Path,
) -> int:
    """Write the permit for a stage: only where REPORT says ALLOWED, holds in every way, and its approvals are met.

    The report is verified and judged again. The permit is added to the first of the claims that are named, else to those
    beside the report, and so is the report.

    \b
    policykit permit report.json --stage production --trust trust.yaml --sign office.key.pem --bundle bundle/
    """
    from policykit.attest.claims_file import add_claim
    from policykit.attest.envelope import read_report
    from policykit.attest.keys import load_signer
    from policykit.cli.told import shown, signer
    from policykit.cli.under import expect_trust, goal_of, under
    from policykit.load.write import replace_file
    from policykit.stories.permit import permit

    _expect_free(output)
    authority = expect_trust(authority_of(trust, trust_root, state, now=datetime.now(UTC)), "a permit")
    terms = under(authority, stage, claims, report, state, ledger=ledger)
    with_key = load_signer(sign, password(), os.environ)
    made = permit(report, terms, with_key, bundle=bundle, others=reports)
    goal = goal_of(claims[0] if claims else None, report)
    for data in (made.report, *(read_report(path) for path in reports), made.data):
        add_claim(goal, data)
    replace_file(output, made.data)
    name = f"{shown(made.found.described.name)} {shown(made.found.described.version)}"
    say(f"PERMITTED: {name} for {stage} until {made.until}")
    for approval in made.approvals:
        say(f"  approved by {signer(approval.by)}")
    judged = dict.fromkeys(signer(by) for by in made.evaluators)
    if len(judged) > 1:
        say(f"  judged   by {', '.join(judged)}, with one result")
    say(f"  wrote    {output}, and added it to {goal}")
    return 0


def _expect_free(output: Path) -> None:
    """Refuse to replace what is no signed file: a trust file named by mistake would be lost."""
    from policykit.attest.envelope import BUNDLE_TYPE, LARGEST_REPORT

    if output.is_dir() or (output.is_file() and BUNDLE_TYPE.encode() not in _begin(output, LARGEST_REPORT)):
        raise UsageError(f"`{output}` is there already, and is no permit", hint="name another file with `--output`")


def _begin(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)

"""`policykit render`: a stored report in any format."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from policykit.cli.destinations import expect_writable, write_all
from policykit.cli.options import authority_of, color_option, screen, trust_options
from policykit.cli.signing import accepted_key
from policykit.cli.under import heard_option, ledger_option
from policykit.errors import UsageError


@click.command("render")
@click.argument("report", type=click.Path(path_type=Path))
@click.option(
    "--output",
    "-o",
    multiple=True,
    metavar="FORMAT[=PATH]",
    help="text, json, markdown, html, sarif, junit, github or comment. Repeatable; default: text.",
)
@trust_options
@click.option("--stage", "-s", metavar="STAGE", help="The stage it must be about.")
@accepted_key
@heard_option
@ledger_option
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    metavar="REPORT",
    help="The report of the last release: say what changed since. Verified as REPORT is.",
)
@click.option(
    "--policies",
    "-p",
    multiple=True,
    metavar="PATH",
    help="Where the policies lie here, so that annotations land on their lines. Repeatable.",
)
@color_option
def command(
    report: Path,
    output: tuple[str, ...],
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    stage: str | None,
    key: Path | None,
    claims: tuple[Path, ...],
    ledger: Path | None,
    since: Path | None,
    policies: tuple[str, ...],
    color: str,
) -> int:
    """Show REPORT (signed, a statement, or json) again in any format; nothing is judged, and the decision is its own.

    With a key or a trust file it is verified first, as `verify` does; one that is not authentic is not shown, and exits 4.
    With neither, UNVERIFIED stands on every page. Exits 0 once shown, whatever the decision.

    \b
    policykit render report.sigstore.json --key gate.pub.pem --output html=report.html
    policykit render report.sigstore.json --trust trust.yaml --trust-root root.pub.pem --stage production
    """
    from policykit.attest.envelope import read_report
    from policykit.cli.under import under
    from policykit.stories.located import around
    from policykit.stories.outputs import SHOWN, parse_outputs
    from policykit.stories.reopen import lying_in, rendered, stored
    from policykit.stories.since import since as told_since

    wanted = parse_outputs(output, formats=SHOWN)
    expect_writable(wanted, None, report, since)
    if trust is not None and key is not None:
        raise UsageError("a trust file and a key were given", hint="leave `--key` out: the trust file names the keys")
    for name, given in {"--claims": claims, "--ledger": ledger}.items():
        if given and trust is None:
            raise UsageError(f"`{name}` means something only under a trust file", hint="add `--trust FILE`")
    now = datetime.now(UTC)
    data = read_report(report)
    authority = authority_of(trust, trust_root, state, now=now)
    terms = None if authority is None else under(authority, stage, claims, report, state, ledger=ledger)
    found = stored(data, key, now=now, under=terms, stage=stage)
    before = None
    if since is not None:
        said = found.told
        before = told_since(since, name=said.name, stage=said.stage, key=key, authority=authority, now=now)
    nearby = around(os.environ, Path.cwd())
    made = rendered(found, wanted, screen(color), before=before, around=nearby, places=lying_in(found.said, policies))
    if found.stamp:
        click.echo(found.stamp, err=True)
    write_all([(one.path, data) for one, data in zip(wanted, made, strict=True)])
    return 0

"""`policykit export`: a verified report in the words of other tools."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from policykit.stories.export import DOCUMENTS, FORMS


@click.command("export")
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--as", "form", type=click.Choice(FORMS), required=True, help="The form to write.")
@click.option("--key", type=click.Path(path_type=Path), help="The public key that must have signed the report.")
@click.option("--stage", "-s", metavar="STAGE", help="The stage it must be about.")
@click.option(
    "--bundle", type=click.Path(path_type=Path), help="The bundle it must be about: its bytes are hashed again."
)
@click.option("--sign", metavar="KEY", help="Sign what is written: a key file, env:VAR, or the URI of a signer.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The file to write (default: standard output).")
def command(
    report: Path,
    form: str,
    key: Path | None,
    stage: str | None,
    bundle: Path | None,
    sign: str | None,
    output: Path | None,
) -> int:
    """Verify REPORT, then write what it says as a SLSA VSA, an in-toto SVR or test result, a CycloneDX ML-BOM or OSCAL.

    What is HELD, undecided or waived is passed in none of them. Exits 0 once written, whatever the decision; 4 where the
    report is not authentic.
    """
    from policykit.attest.keys import load_signer
    from policykit.attest.verify import Asked, read_report
    from policykit.cli.options import password
    from policykit.load.write import replace_file
    from policykit.stories.export import export
    from policykit.stories.verify import verify

    signer = load_signer(sign, password(), os.environ) if sign is not None else None
    found = verify(report, key, Asked(stage=stage), now=datetime.now(UTC), bundle=bundle)
    made = export(read_report(report), found.said, form, f"signed by key {found.key_id}", signer)
    if output is None:
        sys.stdout.buffer.write(made if made.endswith(b"\n") else made + b"\n")
        sys.stdout.buffer.flush()
    else:
        replace_file(output, made)
    if signer is None:
        what = f"`{output}`" if output is not None else "what was written"
        click.echo(
            f"{what} is not signed: it names the signed report by its digest, and proves nothing alone", err=True
        )
        if form not in DOCUMENTS:
            click.echo("  add `--sign KEY` for a file that others can verify", err=True)
    return 0

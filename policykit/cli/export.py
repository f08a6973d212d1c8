"""`policykit export`: a verified report in the words of other tools."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from policykit.cli.line import say
from policykit.cli.options import authority_of, trust_options
from policykit.cli.signing import accepted_key, sign_option
from policykit.cli.under import claims_option
from policykit.errors import UsageError
from policykit.stories.export import DOCUMENTS, FORMS


@click.command("export")
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--as", "form", type=click.Choice(FORMS), required=True, help="The form to write.")
@trust_options
@click.option("--stage", "-s", metavar="STAGE", help="The stage it must be about.")
@accepted_key
@click.option(
    "--bundle", type=click.Path(path_type=Path), help="The bundle it must be about: its bytes are hashed again."
)
@claims_option
@sign_option
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The file to write (default: standard output).")
def command(
    report: Path,
    form: str,
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    stage: str | None,
    key: Path | None,
    bundle: Path | None,
    claims: Path | None,
    sign: str | None,
    output: Path | None,
) -> int:
    """Verify REPORT, then write what it says as a SLSA VSA, an in-toto SVR or test result, a CycloneDX ML-BOM or OSCAL.

    What is HELD, undecided or waived is passed in none of them. Exits 0 once written, whatever the decision; 4 where the
    report is not authentic.
    """
    from policykit.attest.keys import load_signer
    from policykit.attest.verify import Asked
    from policykit.cli.options import password
    from policykit.cli.told import signer as told
    from policykit.cli.under import under
    from policykit.stories.export import export
    from policykit.stories.verify import verify

    if trust is not None and key is not None:
        raise UsageError("a trust file and a key were given", hint="leave `--key` out: the trust file names the keys")
    signer = load_signer(sign, password(), os.environ) if sign is not None else None
    now = datetime.now(UTC)
    authority = authority_of(trust, trust_root, state, now=now)
    terms = None if authority is None else under(authority, stage, claims, report, state, approved=False)
    found = verify(report, key, Asked(stage=stage), now=now, bundle=bundle, under=terms)
    made = export(found, form, f"signed by {told(found.by) if found.by else f'key {found.key_id}'}", signer)
    _write(made, output)
    if signer is None:
        what = f"`{output}`" if output is not None else "what was written"
        say(f"{what} is not signed: it names the signed report by its digest, and proves nothing alone", err=True)
        if form not in DOCUMENTS:
            say("  add `--sign KEY` for a file that others can verify", err=True)
    return 0


def _write(made: bytes, output: Path | None) -> None:
    from policykit.load.write import replace_file

    if output is not None:
        replace_file(output, made)
        return
    sys.stdout.buffer.write(made if made.endswith(b"\n") else made + b"\n")
    sys.stdout.buffer.flush()

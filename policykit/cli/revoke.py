"""`policykit revoke`: what was signed counts no more."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from policykit.cli.line import say
from policykit.cli.options import authority_of, password, trust_options
from policykit.cli.signing import sign_required


@click.command("revoke")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--reason", required=True, metavar="TEXT", help="Why it counts no more: everybody who verifies reads it.")
@sign_required
@trust_options
@click.option(
    "--claims",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Where to add it (default: claims.jsonl beside FILE, and beside the trust file).",
)
def command(
    file: Path,
    reason: str,
    sign: str,
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    claims: Path | None,
) -> int:
    """Take FILE (a report, permit, approval or waiver) back: verify, permit and promote refuse it from now on.

    Whoever may sign such a file at some stage may take one back, and so may those who sign the trust file. It is added to
    the claims beside FILE and beside the trust file, and counts where those are read; log it in the ledger as well.

    \b
    policykit revoke permit.sigstore.json --reason "wrong sample" --trust trust.yaml --sign office.key.pem
    """
    from policykit.attest.claims_file import CLAIMS, add_claim
    from policykit.attest.keys import load_signer
    from policykit.cli.told import signer
    from policykit.cli.under import expect_trust, goal_of
    from policykit.stories.revoke import revoke

    authority = expect_trust(authority_of(trust, trust_root, state, now=datetime.now(UTC)), "who may take back what")
    made = revoke(file, reason, load_signer(sign, password(), os.environ), authority)
    goals = [goal_of(claims, file)]
    by_trust = Path(authority.trust.path).parent / CLAIMS
    if claims is None and by_trust.resolve() != goals[0].resolve():
        goals.append(by_trust)
    for goal in goals:
        add_claim(goal, made.data)
    added = " and ".join(map(str, goals))
    say(f"revoked the {made.kind} {file}, sha256 {made.digest}: signed by {signer(made.by)}, added to {added}")
    return 0

"""`policykit verify`: who signed a report, and what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from policykit.errors import DocumentError, StorageError, UsageError, VerificationError

OLDEST = 36_500


@click.command("verify")
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="The public key to accept.")
@click.option(
    "--bundle", type=click.Path(path_type=Path), help="The bundle the report must be about: its bytes are hashed again."
)
@click.option("--stage", "-s", metavar="STAGE", help="The stage it must be about.")
@click.option("--nonce", help="The word it must answer.")
@click.option(
    "--policy-digest", multiple=True, metavar="SHA256", help="A policy it must have been made with. Repeatable."
)
@click.option("--max-age", metavar="DAYS", type=int, help="How many days old it may be.")
@click.option("--rejudge", is_flag=True, help="Judge its measurements again by its own policies.")
@click.option("--accept-audit", is_flag=True, help="Accept a report made in audit mode.")
@click.option("--accept-as-of", is_flag=True, help="Accept a report that judges as of another day than it was made on.")
def command(
    report: Path,
    key: Path | None,
    bundle: Path | None,
    stage: str | None,
    nonce: str | None,
    policy_digest: tuple[str, ...],
    max_age: int | None,
    *,
    rejudge: bool,
    accept_audit: bool,
    accept_as_of: bool,
) -> int:
    """Check the signature of REPORT and everything it claims; then exit with the decision's own code.

    A report that is not authentic, or a call without a key, exits 4: absence of a proof is no proof.
    """
    from policykit.attest.verify import Asked
    from policykit.decide.exit_code import of_decision
    from policykit.stories.verify import verify

    if max_age is not None and max_age < 0:
        raise UsageError("an age is not negative", hint="write `--max-age 30`")
    if max_age is not None and max_age > OLDEST:
        raise UsageError(f"an age is at most {OLDEST:,} days", hint="write `--max-age 30`, or leave it out")
    asked = Asked(
        stage=stage,
        nonce=nonce,
        policy_digests=policy_digest,
        modes=("enforce", "audit") if accept_audit else ("enforce",),
        any_day=accept_as_of,
        oldest=timedelta(days=max_age) if max_age is not None else None,
    )
    try:
        found = verify(report, key, asked, now=datetime.now(UTC), bundle=bundle, again=rejudge)
    except (DocumentError, StorageError, OSError) as error:
        click.echo("UNTRUSTED", err=False)
        told = f"nothing could be shown: {str(error).lower() if isinstance(error, OSError) else error}"
        raise VerificationError("unreadable", told, hint=getattr(error, "hint", "")) from error
    except VerificationError:
        click.echo("UNTRUSTED", err=False)
        raise
    bundle_said = f"{_told(found.said, 'bundle', 'name')} {_told(found.said, 'bundle', 'version')}"
    stage_said = _told(found.said, "gate", "stage")
    made = f"judged as of {_told(found.said, 'asOf')}, made {_told(found.said, 'timeEvaluated')}"
    click.echo(f"{found.decision.value}: {_told(found.said, 'reason')}")
    click.echo(f"  bundle   {bundle_said}, sha256 {found.subject}")
    click.echo(f"  stage    {stage_said or '(none)'}, {made}")
    click.echo(f"  verdict  {_told(found.said, 'verdictDigest')}{', judged again and equal' if rejudge else ''}")
    click.echo(f"  signed   by key {found.key_id}")
    measured = _told(found.said, "gate", "measured")
    if measured != "here":
        click.echo(f"  measured elsewhere: {measured}")
    if bundle is not None:
        click.echo("  bytes    the bundle at hand is the one that was judged")
    return int(of_decision(found.decision))


def _told(said: Mapping[str, Any], *names: str) -> str:
    """Return a word of the report as it may be shown: nothing hidden in it, and nothing where it says nothing."""
    from policykit.render.visible import visible

    found: Any = said
    for name in names:
        found = found.get(name, "") if isinstance(found, dict) else ""
    return visible(str(found), longest=200)

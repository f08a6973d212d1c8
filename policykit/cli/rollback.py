"""`policykit rollback`: bring back what was lawfully in place before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from policykit.cli.line import say
from policykit.cli.options import authority_of, color_option, config_option, trust_options
from policykit.cli.promote import authority_needed, gate_file_of, registry_of
from policykit.cli.standing import glass, red_ones, shown, word
from policykit.cli.under import heard_option, log_of
from policykit.errors import UsageError


@click.command("rollback")
@click.option("--stage", "-s", metavar="STAGE", help="The stage to roll back.")
@click.option("--of", "target", metavar="TARGET", required=True, help="A folder, mlflow:URL/MODEL, or PLUG-IN:…")
@click.option("--to", metavar="NAME@VERSION|DIGEST", help="What to bring back (default: the last that may come back).")
@click.option("--reason", default="", help="Why, for the history.")
@heard_option
@click.option("--ledger", type=click.Path(path_type=Path), help="The ledger: what was taken back in it counts no more.")
@trust_options
@click.option("--dry-run", is_flag=True, help="Say what would come back, and do nothing.")
@click.option("--list", "listing", is_flag=True, help="Show everything that stood there, and whether it may come back.")
@config_option
@color_option
def command(
    stage: str | None,
    target: str,
    to: str | None,
    reason: str,
    claims: tuple[Path, ...],
    ledger: Path | None,
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    config: Path | None,
    color: str,
    *,
    dry_run: bool,
    listing: bool,
) -> int:
    """Let what stood at the stage before stand there again: by its old permit, while the trust file lets it.

    Whether that permit was taken back is asked of the claims it was added to when it was issued, where `revoke` adds to as
    well. Where those do not lie by the trust file, name them with --claims, or name the ledger.
    """
    from policykit.stories.heard import heard
    from policykit.stories.rollback import candidates, rollback

    if stage is None:
        raise UsageError("no stage was given", hint="add `--stage production`")
    now = datetime.now(UTC)
    registry = registry_of(target, config, there=True)
    authority = authority_needed(authority_of(trust, trust_root, state, now=now, gate_file=gate_file_of(config)))
    known = heard(authority, named=claims, log=log_of(ledger, authority, state))
    asked = bool(claims) or ledger is not None
    if listing:
        found = candidates(stage, registry, authority, claims=known, asked=asked)
        if not found:
            say(f"nothing stood at {stage} of {registry.name} before by right: nothing can come back")
        for each in found:
            may = f"may not come back: {each.refused}" if each.refused else "may come back"
            say(f"{shown(each.placed)}, there until {word(each.ended)}: {may}")
        for earlier in red_ones(registry.history(stage), now):
            glass(earlier, now, color)
        return 0
    moved = rollback(stage, registry, authority, claims=known, asked=asked, to=to, reason=reason, dry_run=dry_run)
    stood = shown(moved.before) if moved.before is not None else "nothing"
    done = "would bring" if dry_run else "brought"
    say(f"{done} back {shown(moved.now)} to {stage} of {registry.name}, where {stood} stood")
    say(f"  right   permit {moved.now.permit[:12]}, its bytes hashed again: sha256 {moved.now.digest}")
    return 0

"""`policykit promote`: move a permitted bundle to a stage, and let it count there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policykit.cli.options import authority_of, color_option, config_option, password, trust_options
from policykit.errors import StorageError, UsageError, VerificationError

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.decide.promote.placed import Placed
    from policykit.decide.promote.registry import Registry
    from policykit.stories.promote import Promoted
    from policykit.terms.gate_file import GateFile


@click.command("promote")
@click.argument("bundle", required=False, type=click.Path(path_type=Path))
@click.option("--stage", "-s", metavar="STAGE", help="The stage of the registry to stand at.")
@click.option(
    "--to", "target", metavar="TARGET", required=True, help="A folder, mlflow:URL/MODEL[@VERSION], or PLUG-IN:…"
)
@click.option("--permit", type=click.Path(path_type=Path), help="The signed permit for this bundle and stage.")
@click.option(
    "--claims",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Signed claims to look for revocations in, beside those that lie by the permit and the trust file. Repeatable.",
)
@trust_options
@click.option(
    "--break-glass", metavar="REASON", help="Promote without a permit, for this reason: signed, logged, shown."
)
@click.option("--sign", metavar="KEY", multiple=True, help="Who breaks the glass: once for each of two people.")
@click.option("--ledger", type=click.Path(path_type=Path), help="The ledger in which breaking the glass is logged.")
@click.option("--ledger-key", metavar="KEY", help="The key that signs the ledger's checkpoints.")
@click.option("--status", is_flag=True, help="Say what stands where, and do nothing.")
@config_option
@color_option
def command(
    bundle: Path | None,
    stage: str | None,
    target: str,
    permit: Path | None,
    claims: tuple[Path, ...],
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    break_glass: str | None,
    sign: tuple[str, ...],
    ledger: Path | None,
    ledger_key: str | None,
    config: Path | None,
    color: str,
    *,
    status: bool,
) -> int:
    """Verify the permit against BUNDLE, copy it to TARGET, hash what arrived, and only then let it stand at the stage."""
    now = datetime.now(UTC)
    if stage is None:
        raise UsageError("no stage was given", hint="add `--stage production`")
    registry = registry_of(target, config)
    if status:
        _show(registry, stage, now, color)
        return 0
    if bundle is None:
        raise UsageError("no bundle was given", hint="name its folder or zip; or add `--status`")
    if (permit is None) == (break_glass is None):
        hint = "`policykit permit` writes one; in an emergency two people write `--break-glass REASON`"
        raise UsageError("a bundle is promoted with a permit", hint=hint)
    authority = authority_needed(authority_of(trust, trust_root, state, now=now, gate_file=gate_file_of(config)))
    if permit is not None:
        if sign or ledger or ledger_key:
            raise UsageError("only who breaks the glass signs here", hint="leave `--sign` and `--ledger` out")
        from policykit.attest.verify import read_report
        from policykit.stories.promote import promote

        found = _claims(claims, permit, trust)
        moved = promote(bundle, stage, registry, read_report(permit), authority, claims=found)
    else:
        moved = _broken(bundle, stage, registry, break_glass or "", sign, authority, ledger, ledger_key)
    _say(moved, registry, color)
    return 0


def registry_of(target: str, config: Path | None) -> Registry:
    """Return the registry that was named; plug-ins only where an explicit gate file names them."""
    from policykit.decide.promote.doors import open_registry

    found = gate_file_of(config)
    return open_registry(target, plugins=() if found is None else found.plugins)


def gate_file_of(config: Path | None) -> GateFile | None:
    """Return the gate file that was named; none is looked for where things are signed or moved."""
    if config is None:
        return None
    from policykit.load.gate_file import load_gate_file

    return load_gate_file(config)


def authority_needed(authority: Authority | None) -> Authority:
    """Return the authority; without a trust file nobody's word counts."""
    if authority is None:
        raise VerificationError("no_key", "no trust file was given", hint="add `--trust trust.yaml --trust-root KEY`")
    return authority


def _claims(named: Sequence[Path], permit: Path, trust: Path | None) -> tuple[bytes, ...]:
    from policykit.attest.claims_file import CLAIMS, read_claims

    for path in named:
        if not path.is_file():
            raise StorageError(f"there are no claims at `{path}`", hint="check the path")
    beside = [place.parent / CLAIMS for place in (permit, trust) if place is not None]
    return tuple(claim for path in dict.fromkeys((*named, *beside)) for claim in read_claims(path))


def _broken(
    bundle: Path,
    stage: str,
    registry: Registry,
    reason: str,
    sign: Sequence[str],
    authority: Authority,
    ledger: Path | None,
    ledger_key: str | None,
) -> Promoted:
    from policykit.attest.claims_file import CLAIMS, add_claim
    from policykit.attest.keys import load_signer
    from policykit.stories.break_glass import break_glass

    if (ledger is None) != (ledger_key is None):
        raise UsageError("a ledger is written with its key", hint="give both `--ledger` and `--ledger-key`, or neither")
    signers = [load_signer(source, password(), os.environ) for source in sign]
    log_signer = load_signer(ledger_key, password(), os.environ) if ledger_key else None

    def log(claims: Sequence[bytes]) -> None:
        if ledger is not None and log_signer is not None:
            from policykit.attest.ledger.append import append

            append(ledger, claims, log_signer, keys=[signer.public for signer in signers])
        for claim in claims:
            add_claim(bundle.resolve().parent / CLAIMS, claim)

    return break_glass(bundle, stage, registry, reason, signers, authority, log=log)


def _say(moved: Promoted, registry: Registry, color: str) -> None:
    if moved.already:
        click.echo(f"{shown(moved.now)} stands there already: nothing was changed")
        return
    click.echo(f"promoted {shown(moved.now)} to {moved.now.stage} of {registry.name}")
    if moved.before is not None:
        click.echo(f"  before  {shown(moved.before)}, since {moved.before.since or 'an unknown day'}")
    click.echo(f"  bytes   hashed again where they lie: sha256 {moved.now.digest}")
    _right(moved.now, datetime.now(UTC), color)


def _show(registry: Registry, stage: str, now: datetime, color: str) -> None:
    found = registry.current(stage)
    if found is None:
        click.echo(f"nothing stands at {stage} of {registry.name}")
    else:
        click.echo(f"{shown(found)} stands at {stage} of {registry.name}, since {found.since or 'an unknown day'}")
        _right(found, now, color)
    for earlier in registry.history(stage)[:-1]:
        if is_red(earlier, now):
            _right(earlier, now, color)


def _right(placed: Placed, now: datetime, color: str) -> None:
    match placed.how:
        case "permit":
            click.echo(
                f"  right   permit {placed.permit[:12]}, approved by {', '.join(map(word, placed.who)) or 'nobody'}"
            )
        case "rollback":
            click.echo(f"  right   rolled back to; permit {placed.permit[:12]} {word(placed.reason)}".rstrip())
        case "break_glass":
            glass(placed, now, color)
        case "unknown":
            red("  right   NONE: it was put there by other means than policykit", color)


def glass(placed: Placed, now: datetime, color: str) -> None:
    """Show a broken glass, in red for as long as it is to be seen."""
    who, day = " and ".join(map(word, placed.who)), word(placed.since[:10])
    told = (
        f"  GLASS BROKEN for {shown(placed)} on {day} by {who}: {word(placed.reason)} (red until {word(placed.until)})"
    )
    if is_red(placed, now):
        red(told, color)
    else:
        click.echo(told)


def is_red(placed: Placed, now: datetime) -> bool:
    """Return whether breaking this glass is still to be seen by everybody."""
    return placed.how == "break_glass" and now.date().isoformat() <= placed.until


def red(text: str, color: str) -> None:
    """Print a line in red where the screen can show it."""
    from policykit.cli.options import screen

    shown_in = screen(color).color
    click.echo(click.style(text, fg="red", bold=True) if shown_in else text, color=shown_in)


def shown(placed: Placed) -> str:
    """Return what a bundle is called, nothing hidden in it."""
    return word(placed.bundle)


def word(text: str) -> str:
    """Return foreign text as it may be shown."""
    from policykit.render.visible import visible

    return visible(text, longest=200)

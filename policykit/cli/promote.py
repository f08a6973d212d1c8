"""`policykit promote`: move a permitted bundle to a stage, and let it count there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policykit.cli.line import say
from policykit.cli.options import authority_of, color_option, config_option, password, trust_options
from policykit.cli.standing import right, show, shown
from policykit.cli.under import heard_option, log_of, state_at
from policykit.errors import UsageError, VerificationError

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.attest.ledger.folder import Ledger
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
@heard_option
@trust_options
@click.option(
    "--break-glass", metavar="REASON", help="Promote without a permit, for this reason: signed, logged, shown."
)
@click.option("--sign", metavar="KEY", multiple=True, help="Who breaks the glass: once for each of two people.")
@click.option(
    "--ledger",
    type=click.Path(path_type=Path),
    help="The ledger: with a permit, what was taken back in it counts no more; else it logs that the glass is broken.",
)
@click.option("--ledger-key", metavar="KEY", help="The key that signs the ledger's checkpoints.")
@click.option("--status", is_flag=True, help="Say what stands where, and do nothing; with --trust, verify its papers.")
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
    from policykit.stories.heard import heard

    now = datetime.now(UTC)
    if stage is None:
        raise UsageError("no stage was given", hint="add `--stage production`")
    registry = registry_of(target, config, there=status)
    if status:
        by = authority_of(trust, trust_root, state, now=now, gate_file=gate_file_of(config))
        log = log_of(ledger, by, state) if by is not None else None
        known = heard(by, beside=permit, named=claims, log=log) if by is not None else ()
        show(registry, stage, now, color, by, known)
        return 0
    if bundle is None:
        raise UsageError("no bundle was given", hint="name its folder or zip; or add `--status`")
    if (permit is None) == (break_glass is None):
        hint = "`policykit permit` writes one; in an emergency two people write `--break-glass REASON`"
        raise UsageError("a bundle is promoted with a permit", hint=hint)
    authority = authority_needed(authority_of(trust, trust_root, state, now=now, gate_file=gate_file_of(config)))
    if permit is not None:
        if sign or ledger_key:
            raise UsageError("only who breaks the glass signs here", hint="leave `--sign` and `--ledger-key` out")
        from policykit.attest.verify import read_report
        from policykit.stories.promote import promote

        found = heard(authority, beside=permit, named=claims, log=log_of(ledger, authority, state))
        moved = promote(bundle, stage, registry, read_report(permit), authority, claims=found)
    else:
        moved = _broken(bundle, stage, registry, break_glass or "", sign, authority, ledger, ledger_key, state)
    _say(moved, registry, color)
    return 0


def registry_of(target: str, config: Path | None, *, there: bool) -> Registry:
    """Return the registry that was named, `there` already or not; plug-ins only where an explicit gate file names them."""
    from policykit.decide.promote.doors import open_registry

    found = gate_file_of(config)
    return open_registry(target, plugins=() if found is None else found.plugins, there=there)


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


def _broken(
    bundle: Path,
    stage: str,
    registry: Registry,
    reason: str,
    sign: Sequence[str],
    authority: Authority,
    ledger: Path | None,
    ledger_key: str | None,
    state: Path | None,
) -> Promoted:
    from policykit.attest.claims_file import CLAIMS, add_claim
    from policykit.attest.keys import load_signer
    from policykit.stories.break_glass import break_glass

    if (ledger is None) != (ledger_key is None):
        raise UsageError("a ledger is written with its key", hint="give both `--ledger` and `--ledger-key`, or neither")
    held = _held(ledger, state)
    signers = [load_signer(source, password(), os.environ) for source in sign]
    log_signer = load_signer(ledger_key, password(), os.environ) if ledger_key else None

    def log(claims: Sequence[bytes]) -> None:
        if ledger is not None and log_signer is not None:
            from policykit.attest.ledger.append import append

            append(ledger, claims, log_signer, keys=[signer.public for signer in signers])
        for claim in claims:
            add_claim(bundle.resolve().parent / CLAIMS, claim)

    return break_glass(bundle, stage, registry, reason, signers, authority, log=log, ledger=held)


def _held(folder: Path | None, state: Path | None) -> Ledger | None:
    """Return the ledger that is to hold it, once it goes on from what was seen of it before."""
    if folder is None:
        return None
    from policykit.attest.ledger.folder import check_grown, open_ledger
    from policykit.stories.ledger import last_seen

    ledger = open_ledger(folder)
    before = last_seen(state_at(state), ledger.origin)
    if before is not None:
        check_grown(ledger, before)
    return ledger


def _say(moved: Promoted, registry: Registry, color: str) -> None:
    if moved.already:
        say(f"{shown(moved.now)} stands there already: nothing was changed")
        return
    say(f"promoted {shown(moved.now)} to {moved.now.stage} of {registry.name}")
    if moved.before is not None:
        say(f"  before  {shown(moved.before)}, since {moved.before.since or 'an unknown day'}")
    say(f"  bytes   hashed again where they lie: sha256 {moved.now.digest}")
    right(moved.now, datetime.now(UTC), color)

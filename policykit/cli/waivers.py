"""`policykit waivers`: everything that is excused, and for how much longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from policykit.cli.options import authority_of, trust_options
from policykit.cli.under import claims_at, claims_option
from policykit.errors import UsageError, VerificationError

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.stories.waiver_list import Listed


@click.command("waivers")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@trust_options
@click.option("--stage", "-s", metavar="STAGE", help="The stage whose terms count.")
@click.option(
    "--report", type=click.Path(path_type=Path), help="A report, verified too: it says which waivers it used."
)
@claims_option
@click.option("--output", "-o", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    paths: tuple[Path, ...],
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    stage: str | None,
    report: Path | None,
    claims: Path | None,
    output: Literal["text", "json"],
) -> int:
    """List the waivers in PATH (files and folders; default: waivers/), the one that ends first at the top.

    With a trust file, every approval is verified, and one that does not hold exits 4; without, they stand as they are written.

    \b
    policykit waivers waivers/ --trust trust.yaml --stage production
    """
    from policykit.load.waiver_document import load_waivers
    from policykit.stories.waiver_list import listed

    now = datetime.now(UTC)
    wanted = paths or (Path("waivers"),)
    missing = next((path for path in wanted if not path.exists()), None)
    if missing is not None:
        raise UsageError(
            f"there are no waivers at `{missing}`", hint="name the folder that holds them", where=str(missing)
        )
    authority = authority_of(trust, trust_root, state, now=now)
    if authority is not None and stage is None:
        raise VerificationError(
            "stage_unsaid",
            "whether a waiver counts depends on the stage, and none was named",
            hint="add `--stage STAGE`",
        )
    said = _verified(report, authority, stage, claims, state, now) if report is not None else None
    waivers = [waiver for path in wanted for waiver in load_waivers(path)]
    signed = {data for path in wanted for data in claims_at(claims, path)}
    found = listed(waivers, now=now, authority=authority, stage=stage, claims=sorted(signed), said=said)
    if output == "json":
        from policykit.render.json_text import json_text

        click.echo(json_text({"waivers": [_json(one) for one in found]}))
    else:
        for line in _lines(found):
            click.echo(line)
    for one in found:
        if one.error is not None:
            raise one.error
    return 0


def _verified(
    report: Path, authority: Authority | None, stage: str | None, claims: Path | None, state: Path | None, now: datetime
) -> Mapping[str, Any]:
    """Return what a report says of the waivers it used."""
    from policykit.attest.envelope import read_report
    from policykit.attest.verify import Asked
    from policykit.cli.under import expect_trust, under
    from policykit.stories.verify import authentic

    terms = under(expect_trust(authority, "what a report excuses"), stage, claims, report, state)
    return authentic(read_report(report), None, Asked(), now=now, under=terms).said


def _lines(found: Sequence[Listed]) -> Iterator[str]:
    from policykit.cli.told import shown, signer
    from policykit.stories.waiver_list import bound_to

    if not found:
        yield "no waivers"
    for one in found:
        waiver = one.waiver
        yield f"{shown(waiver.id)}  {one.state.replace('_', ' ')}, {_left(one.days_left)}: {shown(waiver.rule)}"
        yield f"  excuses  {shown(one.excuses)}"
        yield f"  binds    {shown(bound_to(waiver))}, {waiver.valid_from} to {waiver.expires}"
        yield f"  asked    by {shown(waiver.requested_by)}: {shown(waiver.reason)}" + (
            f" ({shown(waiver.ticket)})" if waiver.ticket else ""
        )
        match one.signed:
            case None:
                written = ", ".join(f"{who} as {role}" for who, role in waiver.approved_by) or "nobody"
                yield f"  approved by {shown(written)}, as it is written: name `--trust` to verify it"
            case ():
                yield "  approved by nobody: UNSIGNED"
            case _:
                yield f"  approved by {', '.join(signer(by) for by in one.signed)}"
        if one.state not in ("valid", "not_verified", "expired"):
            yield f"  state    {shown(one.told)}"


def _left(days: int) -> str:
    if days < 0:
        return f"over for {-days} {'day' if days == -1 else 'days'}"
    return {0: "its last day", 1: "1 day left"}.get(days, f"{days} days left")


def _json(one: Listed) -> dict[str, Any]:
    waiver = one.waiver
    return {
        "id": waiver.id,
        "rule": waiver.rule,
        "binds": {"bundle": waiver.bundle, "version": waiver.version, "build": waiver.build},
        "onlyFor": dict(waiver.only_for),
        "excuses": one.excuses,
        "reason": waiver.reason,
        "ticket": waiver.ticket,
        "requestedBy": waiver.requested_by,
        "approvedBy": None
        if one.signed is None
        else [{"name": by.name, "who": by.who, "role": by.role} for by in one.signed],
        "validFrom": waiver.valid_from,
        "expires": waiver.expires,
        "daysLeft": one.days_left,
        "state": one.state,
        "told": one.told,
        "digest": waiver.digest,
        "path": waiver.path,
    }

"""`policykit waive`: ask that a rule be set aside, for what, how far and until when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from policykit.cli.line import say
from policykit.cli.options import authority_of, trust_options
from policykit.cli.signing import accepted_key
from policykit.errors import UsageError

if TYPE_CHECKING:
    from policykit.terms.verdict import Cause


@click.command("waive")
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--rule", required=True, metavar="POLICY/RULE", help="The rule that stops the release.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it may be set aside for a while.")
@click.option("--requested-by", required=True, metavar="WHO", help="Who asks; somebody else has to approve.")
@click.option("--expires", required=True, metavar="DAY", help="The last day it holds.")
@click.option("--valid-from", metavar="DAY", default="", help="The first day it holds (default: today, UTC).")
@click.option("--only-for", multiple=True, metavar="KEY=VALUE", help="Excuse only this slice. Repeatable.")
@click.option("--doubt", metavar="CAUSE", help="Accept this doubt, where a rule has several troubles.")
@click.option(
    "--binds",
    type=click.Choice(["build", "version", "model"]),
    default="version",
    show_default=True,
    help="What it holds for: these very files, this version, or every version.",
)
@click.option("--ticket", default="", metavar="TEXT", help="Where it is being worked on.")
@click.option("--id", "name", default="", metavar="ID", help="Its id (default: the next W-YEAR-NUMBER).")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=Path("waivers"),
    show_default=True,
    help="The folder to write into.",
)
@trust_options
@click.option("--stage", "-s", metavar="STAGE", help="The stage the report must be about.")
@accepted_key
def command(
    report: Path,
    rule: str,
    reason: str,
    requested_by: str,
    expires: str,
    valid_from: str,
    only_for: tuple[str, ...],
    doubt: str | None,
    binds: Literal["build", "version", "model"],
    ticket: str,
    name: str,
    output: Path,
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    stage: str | None,
    key: Path | None,
) -> int:
    """Write the draft of a waiver for a rule that stops the release in REPORT: no wider than it must be, and not signed.

    The report is verified by a trust file or a key, and judged again.

    \b
    policykit waive report.json --rule acme.credit/FAIR-01 --only-for attribute=age_band --expires 2027-03-31 \\
        --reason "the new sample is due in March" --requested-by a.silva@acme.example --key gate.pub.pem
    """
    from policykit.attest.envelope import read_report
    from policykit.attest.verify import Asked
    from policykit.cli.told import shown
    from policykit.cli.under import under
    from policykit.stories.verify import authentic
    from policykit.stories.waive import Wish, draft, write_draft

    if trust is not None and key is not None:
        raise UsageError("a trust file and a key were given", hint="leave `--key` out: the trust file names the keys")
    now = datetime.now(UTC)
    wish = Wish(
        rule=rule,
        reason=reason,
        requested_by=requested_by,
        expires=expires,
        valid_from=valid_from,
        only_for=tuple(_slice(each) for each in only_for),
        binds=binds,
        doubt=_doubt(doubt),
        ticket=ticket,
        id=name,
    )
    authority = authority_of(trust, trust_root, state, now=now)
    terms = None if authority is None else under(authority, stage, None, report, state)
    found = authentic(read_report(report), key, Asked(stage=stage), now=now, under=terms)
    limits = terms.authority.stage(terms.stage).waivers if terms is not None else None
    if terms is not None and limits is None:
        raise UsageError(f"the trust file lets no waiver count at `{terms.stage}`", hint="mend what the rule asks for")
    made = draft(found.said, wish, output, now=now, terms=limits)
    path = write_draft(made, output)
    say(f"wrote {path}: {shown(made.waiver.rule)} until {made.waiver.expires}, not signed yet")
    for told in made.excuses:
        say(f"  excuses {shown(told)}")
    for told in made.leaves:
        say(f"  leaves  {shown(told)}")
    say(f"  next    read it, then have somebody else sign it: policykit approve {path} --sign KEY")
    return 0


def _slice(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip() or not value.strip():
        raise UsageError(
            f"`{text}` names no slice", hint="write `--only-for attribute=age_band` or `--only-for sex=female`"
        )
    return key.strip(), value.strip()


def _doubt(text: str | None) -> Cause | None:
    if text is None:
        return None
    from policykit.terms.nearest import nearest
    from policykit.terms.verdict import Cause

    known = [cause.value for cause in Cause]
    if text not in known:
        near = nearest(text, known)
        hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(known)}"
        raise UsageError(f"`{text}` is no doubt", hint=hint)
    return Cause(text)

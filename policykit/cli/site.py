"""`policykit site`: every decision of a ledger or a folder of reports, as a site that needs no server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policykit.cli.line import say
from policykit.cli.options import authority_of, day, state_folder, trust_options
from policykit.cli.progress import watching
from policykit.errors import UsageError

if TYPE_CHECKING:
    from policykit.stories.site import Built


@click.command("site", short_help="Write a static site of every decision: for release managers and auditors.")
@click.argument("given", metavar="LEDGER|FOLDER…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--output",
    "-o",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder to write to: empty, or a site of before.",
)
@click.option(
    "--key", type=click.Path(path_type=Path), help="Without a trust file: the public key that reports are signed with."
)
@click.option(
    "--ledger-key",
    type=click.Path(path_type=Path),
    help="The public key of the ledger (default: by the trust file, else its own).",
)
@trust_options
@click.option("--title", default="Release decisions", show_default=True, help="What the site is called.")
@click.option("--as-of", metavar="YYYY-MM-DD", help="The day as of which days left are counted (default: today, UTC).")
@click.option(
    "--with-reports",
    is_flag=True,
    help="Copy each report's own file beside its page. It holds every number, those of small groups too.",
)
@click.option(
    "--allow-empty", is_flag=True, help="Write a site without reports where there is none, instead of refusing."
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=lambda: min(2, os.cpu_count() or 1),
    show_default="2, or 1 on one processor",
    help="How many processes draw pages.",
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
def command(
    given: tuple[Path, ...],
    output: Path,
    key: Path | None,
    ledger_key: Path | None,
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    title: str,
    as_of: str | None,
    jobs: int,
    *,
    with_reports: bool,
    allow_empty: bool,
    quiet: bool,
) -> int:
    """Write a static site of every decision in LEDGERs and FOLDERs of reports: models, stages, reports, rules, waivers.

    It holds no script, needs no server, and works from a disk, from GitHub Pages or from any bucket. Run again, it writes
    only what changed. Without --key or --trust every page says UNVERIFIED.

    \b
    policykit site ledger/ --output site/ --trust trust.yaml --trust-root root.pub.pem
    policykit site reports/ --output site/ --key gate.pub.pem --title "Models of Acme"
    """
    from policykit.attest.keys import load_public_key
    from policykit.attest.state import State
    from policykit.stories.site import Asked, site
    from policykit.stories.site_vouch import Vouching

    if trust is not None and (key is not None or ledger_key is not None):
        named = "--key" if key is not None else "--ledger-key"
        raise UsageError(
            "a trust file and a key were given", hint=f"leave `{named}` out: the trust file names the keys"
        )
    now = datetime.now(UTC)
    authority = authority_of(trust, trust_root, state, now=now)
    vouching = Vouching(load_public_key(key) if key is not None else None, authority)
    asked = Asked(
        given=given,
        output=output,
        now=now,
        as_of=date.fromisoformat(day(as_of)) if as_of is not None else now.date(),
        title=" ".join(title.split()) or "Release decisions",
        vouching=vouching,
        ledger_key=load_public_key(ledger_key) if ledger_key is not None else None,
        with_reports=with_reports,
        jobs=jobs,
        may_be_empty=allow_empty,
    )
    with watching(quiet=quiet) as told:
        built = site(asked, state=State(state or state_folder(os.environ)), progress=told)
    if not quiet:
        for line in _lines(built, output, asked=vouching.asked):
            say(line)
    return 0


def _lines(built: Built, output: Path, *, asked: bool) -> Iterator[str]:
    """Yield what was made, and what somebody should know of it."""
    yield f"{_several(built.reports, 'report')} about {_several(built.models, 'model')}: {output / 'index.html'}"
    yield f"  files       {built.pages:,}, of which {built.written:,} were written and {built.deleted:,} deleted"
    if built.unverified:
        why = ": their pages say why" if asked else ": name --key or --trust to have signatures checked"
        yield f"  unverified  {_several(built.unverified, 'report')}{why}"
    if built.left:
        yield f"  left alone  {_several(built.left, 'file')} in {output} that this site did not write"
    if built.unread:
        yield f"  left out    {_several(built.unread, 'file')}: the overview says why"


def _several(count: int, word: str) -> str:
    return f"{count:,} {word if count == 1 else f'{word}s'}"

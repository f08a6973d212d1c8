"""`policykit inbox`: many reports as one list of what waits, and for whom."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policykit.cli.destinations import expect_writable, write_all
from policykit.cli.options import authority_of, color_option, day, screen, trust_options
from policykit.errors import UsageError

if TYPE_CHECKING:
    from policykit.stories.outputs import Wanted as Output
    from policykit.terms.inbox import Inbox

FORMATS = ("text", "json", "html")


@click.command("inbox")
@click.argument("reports", nargs=-1, required=True, metavar="REPORTS...", type=click.Path(path_type=Path))
@trust_options
@click.option("--key", type=click.Path(path_type=Path), help="Without a trust file: the public key to accept.")
@click.option("--stage", "-s", metavar="STAGE", help="Only models on their way to this stage.")
@click.option("--since", metavar="YYYY-MM-DD", help="Only models whose newest report is of this day or later.")
@click.option("--owner", metavar="WHO", help="Only what waits for somebody of this name, or part of one.")
@click.option(
    "--output",
    "-o",
    multiple=True,
    metavar="FORMAT[=PATH]",
    help="text, json or html. Repeatable; default: text.",
)
@click.option("--long", "long", is_flag=True, help="As text: everything told of a model, over several lines.")
@color_option
def command(
    reports: tuple[Path, ...],
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    key: Path | None,
    stage: str | None,
    since: str | None,
    owner: str | None,
    output: tuple[str, ...],
    color: str,
    *,
    long: bool,
) -> int:
    """List the models in REPORTS (files and folders of reports) by what needs doing: decision, why, who acts, days waiting.

    The newest report on each model and stage counts; older ones tell what changed, and since when it waits. With a key or a
    trust file every signature is checked; without, every line is unverified. As text, a model is one line where the screen is
    100 columns wide. Exits 0, or 2 where no report could be read.

    \b
    policykit inbox reports/ --trust trust.yaml --trust-root root.pub.pem --output text --output html=inbox.html
    policykit inbox reports/ --key gate.pub.pem --owner fair-lending --stage production
    """
    from policykit.report.inbox import Wanted
    from policykit.stories.inbox import inbox
    from policykit.stories.outputs import parse_outputs

    if trust is not None and key is not None:
        raise UsageError("a trust file and a key were given", hint="leave `--key` out: the trust file names the keys")
    outputs = parse_outputs(output, formats=FORMATS)
    expect_writable(outputs, None, *_read(reports, outputs))
    first = day(since)
    now = datetime.now(UTC)
    authority = authority_of(trust, trust_root, state, now=now)
    wanted = Wanted(date.fromisoformat(first) if first else None, stage, owner)
    found = inbox(reports, wanted, now=now, key=key, authority=authority)
    write_all([(one.path, _written(found, one.format, color, long=long).encode("utf-8", "replace")) for one in outputs])
    return 0


def _read(reports: Sequence[Path], outputs: Sequence[Output]) -> list[Path]:
    """Return the files that may be read: those named, and of the outputs those that would stand among reports as one."""
    folders = [os.path.realpath(each) for each in reports if each.is_dir()]
    among = [
        one.path
        for one in outputs
        if one.path is not None
        and one.path.suffix in (".json", ".jsonl")
        and any(folder in map(str, Path(os.path.realpath(one.path)).parents) for folder in folders)
    ]
    return [*reports, *among]


def _written(inbox: Inbox, form: str, color: str, *, long: bool) -> str:
    match form:
        case "json":
            from policykit.render.inbox import inbox_json
            from policykit.render.json_text import json_text

            return json_text(inbox_json(inbox))
        case "html":
            from policykit.render.inbox import inbox_html

            return inbox_html(inbox)
        case _:
            from policykit.render.console.inbox import inbox_text

            shown = screen(color)
            encoding = "utf-8" if shown.unicode else "ascii"
            return inbox_text(inbox, width=shown.width, color=shown.color, encoding=encoding, long=long)

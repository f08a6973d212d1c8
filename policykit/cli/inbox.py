"""`policykit inbox`: many reports as one list of what waits, and for whom."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policykit.cli.options import authority_of, color_option, day, screen, trust_options
from policykit.errors import UsageError

if TYPE_CHECKING:
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
) -> int:
    """List the models in REPORTS (files and folders of reports) by what needs doing: decision, why, who acts, days waiting.

    The newest report on each model and stage counts; older ones tell what changed, and since when it waits. With a key or a
    trust file every signature is checked; without, every line is unverified. Exits 0, or 2 where no report could be read.

    \b
    policykit inbox reports/ --trust trust.yaml --trust-root root.pub.pem --output text --output html=inbox.html
    policykit inbox reports/ --key gate.pub.pem --owner fair-lending --stage production
    """
    from policykit.load.write import replace_file
    from policykit.report.inbox import Wanted
    from policykit.stories.inbox import inbox

    if trust is not None and key is not None:
        raise UsageError("a trust file and a key were given", hint="leave `--key` out: the trust file names the keys")
    outputs = _outputs(output)
    first = day(since)
    now = datetime.now(UTC)
    authority = authority_of(trust, trust_root, state, now=now)
    wanted = Wanted(date.fromisoformat(first) if first else None, stage, owner)
    found = inbox(reports, wanted, now=now, key=key, authority=authority)
    made = [(path, _written(found, form, color)) for form, path in outputs]
    for path, text in made:
        if path is not None:
            replace_file(path, text.encode("utf-8", "replace"))
        else:
            sys.stdout.buffer.write(text.encode("utf-8", "replace"))
            sys.stdout.buffer.flush()
    return 0


def _outputs(asked: tuple[str, ...]) -> list[tuple[str, Path | None]]:
    found = [word.partition("=") for word in asked or ("text",)]
    for name, equals, path in found:
        if name not in FORMATS:
            raise UsageError(
                f"there is no output format `{name}` of the inbox", hint=f"the formats are {', '.join(FORMATS)}"
            )
        if equals and not path:
            raise UsageError(f"`{name}=` names no file", hint=f"write `{name}=PATH`, or `{name}` for standard output")
    if sum(1 for _, equals, _ in found if not equals) > 1:
        raise UsageError("two outputs without a path cannot both go to standard output", hint="write `FORMAT=PATH`")
    paths = [path for _, equals, path in found if equals]
    if len(set(paths)) < len(paths):
        raise UsageError("two outputs go to the same file", hint="give each its own path")
    return [(name, Path(path) if equals else None) for name, equals, path in found]


def _written(inbox: Inbox, form: str, color: str) -> str:
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
            return inbox_text(inbox, width=shown.width, color=shown.color, encoding=encoding)

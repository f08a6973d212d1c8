"""The inbox as text for a terminal: shared causes first, then one line per model, the most urgent at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policykit.render.console.paper import Paper
from policykit.render.visible import visible
from policykit.terms.inbox import Inbox, SharedCause, Waiting
from policykit.terms.layout import Look, Tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table
    from rich.text import Text

WIDE: Final = 140
"""Columns from which a model may be one line; below, and where a line would cut why, it is folded under its name."""
LEAST_WHY: Final = 60
MOST_CAUSES: Final = 8
MOST_MODELS: Final = 5
MOST_NEWS: Final = 2
MOST_LINES: Final = 500
MOST_WHO: Final = 40
"""Columns for who acts; a longer one goes on below, and is never cut."""
_UNVERIFIED: Final = "UNVERIFIED"
_WHO: Final = "who acts"
_NEWS: Final = "since the report before"
_STYLES: Final[dict[Tone, str]] = {"allowed": "green", "blocked": "bold red", "held": "yellow"}
_LOOKS: Final[dict[Tone, Look]] = {"allowed": "pass", "blocked": "fail", "held": "undecided"}


def inbox_text(inbox: Inbox, *, width: int, color: bool, encoding: str = "utf-8") -> str:
    """Write the inbox for a terminal `width` columns wide; signs that `encoding` lacks become plain letters."""
    paper = Paper(width=width, color=color, encoding=encoding)
    _summary(paper, inbox)
    if inbox.causes:
        paper.draw(_text("\nOne cause, several models", "bold"))
        paper.draw(_causes(paper, inbox.causes[:MOST_CAUSES]))
        if len(inbox.causes) > MOST_CAUSES:
            paper.draw(_text(f"  and {len(inbox.causes) - MOST_CAUSES:,} more shared causes", "dim"))
    if inbox.waiting:
        paper.draw(_text("\nModels", "bold"))
        lines = inbox.waiting[:MOST_LINES]
        widths = _widths(paper, lines) if paper.width >= WIDE else None
        paper.draw(_narrow(paper, lines) if widths is None else _wide(paper, lines, widths))
        if len(inbox.waiting) > MOST_LINES:
            paper.draw(_text(f"  and {len(inbox.waiting) - MOST_LINES:,} more: `--output json` lists them", "dim"))
    if inbox.unread:
        paper.draw(_text("\nCould not be read", "bold"))
        for path, problem in inbox.unread:
            line = _text(f"  {paper.signs.status['fail']} {visible(path)}", "bold red")
            line.append(f": {visible(problem)}", "default not bold")
            paper.draw(line)
    return paper.text()


def _summary(paper: Paper, inbox: Inbox) -> None:
    line = _text(f"{_several(len(inbox.waiting), 'model')}", "bold")
    for decision, tone in (("BLOCKED", "blocked"), ("HELD", "held"), ("ALLOWED", "allowed")):
        count = inbox.count(decision)
        if count:
            line.append(f"  {paper.signs.status[_LOOKS[tone]]} {count:,} {decision}", _STYLES[tone])  # type: ignore[index]
    if inbox.unread:
        line.append(f"  {paper.signs.status['fail']} {_several(len(inbox.unread), 'file')} unread", "bold red")
    paper.draw(line)
    more = f"as of {inbox.day}, from {_several(inbox.reports, 'report')}"
    if inbox.asked:
        more += f"; only {visible(inbox.asked)}: {_several(inbox.left_out, 'other model')} left out"
    if inbox.others:
        more += f"; {_several(inbox.others, 'JSON file')} beside them {'is' if inbox.others == 1 else 'are'} no report"
    paper.draw(_text(more, "dim"))
    if not inbox.checked:
        told = "UNVERIFIED: no signature was checked; name `--key`, or `--trust`, to know whose word this is"
        paper.draw(_text(told, "bold magenta"))


def _causes(paper: Paper, causes: tuple[SharedCause, ...]) -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 1, 0, 0), expand=True)
    grid.add_column(width=1)
    grid.add_column(ratio=1, overflow="fold")
    for cause in causes:
        look: Look = "fail" if cause.word == "failed" else "undecided"
        style = "bold red" if look == "fail" else "yellow"
        rule = visible(cause.rule.rpartition("/")[2])
        line = _text(f"{rule} {cause.word} in {len(cause.models):,} models", style)
        line.append(f": {visible(cause.said)}", "default not bold")
        grid.add_row(_text(paper.signs.status[look], style), line)
        names = ", ".join(visible(name, longest=60) for name in cause.models[:MOST_MODELS])
        left = len(cause.models) - MOST_MODELS
        who = _text(f"{visible(cause.who)}: " if cause.who else "", "cyan")
        who.append(f"{names}{f' and {left:,} more' if left > 0 else ''}", "default dim" if paper.color else "")
        grid.add_row("", who)
    return grid


def _widths(paper: Paper, lines: tuple[Waiting, ...]) -> Mapping[str, int] | None:
    """Return the columns' widths by what they hold; None where a line each would cut what stops a model.

    Who acts is never cut; what is new gives way first, then the stage, then the name.
    """
    held = [_cells(line) for line in lines]
    wants = {name: max(len(name), *(len(visible(each[name], longest=300)) for each in held)) for name in held[0]}
    wants[_WHO] = min(wants[_WHO], MOST_WHO)
    fixed = 9 + 5 + (10 + 2 if any(not line.signer for line in lines) else 0) + 2 * len(wants) + 2
    for name, least in ((_NEWS, len(_NEWS)), ("stage", 14), ("model", 20), ("why", min(wants["why"], LEAST_WHY))):
        over = fixed + sum(wants.values()) - paper.width
        wants[name] -= max(0, min(over, wants[name] - least))
    return wants if fixed + sum(wants.values()) <= paper.width else None


def _cells(line: Waiting) -> Mapping[str, str]:
    """Return what a line says of its model, by the title of the column."""
    waits = line.tone != "allowed"
    return {
        "model": _name(line),
        "stage": f"{line.stage}{f' ({line.note})' if line.note else ''}",
        "why": line.short,
        _WHO: (line.who or "whoever owns the bundle") if waits else "",
        _NEWS: "; ".join(line.news) or ("nothing" if line.before else "the first report"),
    }


def _wide(paper: Paper, lines: tuple[Waiting, ...], widths: Mapping[str, int]) -> Table:
    """Return one line for each model; only a very long list of who acts takes more."""
    from rich.table import Table

    unverified = any(not line.signer for line in lines)
    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    grid.add_column("", width=9, no_wrap=True)
    if unverified:
        grid.add_column("", width=10, no_wrap=True)
    for title in ("model", "stage"):
        grid.add_column(title, no_wrap=True, width=widths[title], overflow="ellipsis")
    grid.add_column("days", no_wrap=True, justify="right", width=5)
    for title in ("why", _WHO, _NEWS):
        grid.add_column(title, no_wrap=title != _WHO, width=widths[title], overflow="ellipsis")
    for line in lines:
        said = _cells(line)
        row = [
            _decision(paper, line),
            *([_cut(_UNVERIFIED if not line.signer else "", "magenta")] if unverified else []),
            _cut(said["model"], "bold"),
            _cut(said["stage"], ""),
            _cut("" if line.days is None else f"{line.days:,}", ""),
            _cut(said["why"], "" if line.tone != "allowed" else "dim"),
            _text(visible(said[_WHO], longest=300), "cyan"),
            _cut(said[_NEWS], "" if line.news else "dim"),
        ]
        grid.add_row(*row)
    return grid


def _narrow(paper: Paper, lines: tuple[Waiting, ...]) -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(width=9, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for line in lines:
        stage = f" {paper.signs.arrow} {visible(line.stage, longest=40)}" if line.stage else ""
        days = f"  {_several(line.days, 'day')}" if line.days is not None else ""
        body = _text(visible(_name(line)), "bold")
        body.append(f"{stage}{f' ({line.note})' if line.note else ''}{days}", "default not bold")
        body.append(f"  {_UNVERIFIED}" if not line.signer else "", "magenta not bold")
        if line.tone != "allowed":
            more = f" (and {line.more:,} more)" if line.more else ""
            body.append(f"\n{visible(line.short)}{more}", "default not bold")
            body.append(f"\n{visible(line.who) or 'whoever owns the bundle'}", "cyan not bold")
        if line.news:
            left = len(line.news) - MOST_NEWS
            told = "; ".join(visible(each) for each in line.news[:MOST_NEWS])
            body.append(f"\n{told}{f'; and {left:,} more' if left > 0 else ''}", "dim not bold")
        grid.add_row(_decision(paper, line), body)
    return grid


def _decision(paper: Paper, line: Waiting) -> Text:
    return _cut(f"{paper.signs.status[_LOOKS[line.tone]]} {line.decision}", _STYLES[line.tone])


def _name(line: Waiting) -> str:
    return f"{line.name[:80]} {line.version[:40]}"


def _cut(content: str, style: str) -> Text:
    """Return a text for one cell of one line: what does not fit is cut, and says so."""
    from rich.text import Text

    return Text(visible(content, longest=300), style=style, overflow="ellipsis", no_wrap=True)


def _several(count: int, one: str) -> str:
    return f"{count:,} {one if count == 1 else one + 's'}"


def _text(content: str, style: str) -> Text:
    from rich.text import Text

    return Text(content, style=style, overflow="fold")

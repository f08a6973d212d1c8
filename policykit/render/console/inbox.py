"""The inbox as text for a terminal: shared causes first, then one line per model, the most urgent at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policykit.render.console.paper import Paper
from policykit.render.visible import visible
from policykit.terms.inbox import Inbox, SharedCause, Waiting
from policykit.terms.layout import Look, Tone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.table import Table
    from rich.text import Text

WIDE: Final = 100
"""Columns from which a model is one line; below, and where everything is asked for, it is folded under its name."""
MOST_CAUSES: Final = 8
MOST_MODELS: Final = 5
MOST_NEWS: Final = 2
ALL_NEWS: Final = 20
MOST_LINES: Final = 500
_UNVERIFIED: Final = "UNVERIFIED"
_MODEL, _WHY, _WHO, _NEWS = "model", "why", "who acts", "changed"
_COLUMNS: Final = {
    _MODEL: (22, 30, 44, 300),
    _WHY: (20, 40, 56, 300),
    _WHO: (14, 18, 28, 300),
    _NEWS: (8, 17, 30, 300),
}
"""The columns that share the room: what each gets at least, then, in turn, up to how much."""
_DECISION, _DAYS = 9, 4
_STYLES: Final[dict[Tone, str]] = {"allowed": "green", "blocked": "bold red", "held": "yellow"}
_LOOKS: Final[dict[Tone, Look]] = {"allowed": "pass", "blocked": "fail", "held": "undecided"}


def inbox_text(inbox: Inbox, *, width: int, color: bool, encoding: str = "utf-8", long: bool = False) -> str:
    """Write the inbox for a terminal `width` columns wide; signs that `encoding` lacks become plain letters.

    From 100 columns on a model is one line; `long`: as many as it takes to say everything that stops it.
    """
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
        short = paper.width >= WIDE and not long
        paper.draw(_wide(paper, lines, checked=inbox.checked) if short else _narrow(paper, lines, long=long))
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
    line = _text(_several(inbox.models, "model"), "bold")
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


def _wide(paper: Paper, lines: Sequence[Waiting], *, checked: bool) -> Table:
    """Return one line for each model: what does not fit is cut, and says so."""
    from rich.table import Table

    marked = checked and any(not line.signer for line in lines)
    stage = (
        lines[0].stage if len({line.stage for line in lines}) == 1 else ""
    )  # the same for all: said once, above them
    cells = [_cells(paper, line, above=stage) for line in lines]
    fixed = _DECISION + _DAYS + 2 * (len(_COLUMNS) + 1) + (len(_UNVERIFIED) + 2 if marked else 0)
    widths = _widths(cells, paper.width - fixed)
    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    grid.add_column("", width=_DECISION, no_wrap=True)
    if marked:
        grid.add_column("", width=len(_UNVERIFIED), no_wrap=True)
    head = f"{_MODEL} {paper.signs.arrow} {visible(stage, longest=40)}" if stage else _MODEL
    for title in (_MODEL, _WHY, _WHO):
        name = head if title == _MODEL else title
        grid.add_column(name, no_wrap=True, width=widths[title], overflow="ellipsis")
    grid.add_column("days", no_wrap=True, justify="right", width=_DAYS)
    grid.add_column(_NEWS, no_wrap=True, width=widths[_NEWS], overflow="ellipsis")
    for line, said in zip(lines, cells, strict=True):
        grid.add_row(
            _decision(paper, line),
            *([_cut(_UNVERIFIED if not line.signer else "", "magenta")] if marked else []),
            _cut(_short(_name(line), _rest(paper, line, above=stage), widths[_MODEL]), "bold"),
            _cut(said[_WHY], "" if line.tone != "allowed" else "dim"),
            _cut(said[_WHO], "cyan"),
            _cut("" if line.days is None else f"{line.days:,}", ""),
            _cut(said[_NEWS], "" if line.news else "dim"),
        )
    return grid


def _cells(paper: Paper, line: Waiting, *, above: str) -> Mapping[str, str]:
    """Return what a line says of its model, by the title of the column."""
    waits = line.tone != "allowed"
    return {
        _MODEL: _name(line) + _rest(paper, line, above=above),
        _WHY: line.short,
        _WHO: (line.who or "whoever owns the bundle") if waits else "",
        _NEWS: "; ".join(line.news) or ("" if line.look else "nothing" if line.before else "the first report"),
    }


def _widths(cells: Sequence[Mapping[str, str]], room: int) -> Mapping[str, int]:
    """Return the columns' widths: the least of each, then turn by turn more of each, as it holds and as there is room for."""
    wants = {title: max(len(title), *(len(visible(each[title], longest=300)) for each in cells)) for title in _COLUMNS}
    widths = dict.fromkeys(_COLUMNS, 0)
    for turn in range(4):
        for title, most in _COLUMNS.items():
            more = min(wants[title], most[turn]) - widths[title]
            widths[title] += max(0, min(more, room - sum(widths.values())))
    return widths


def _short(name: str, rest: str, width: int) -> str:
    """Return a name and where it is on its way to in so many columns: of a long name the end is cut, not the stage."""
    name, rest = visible(name, longest=300), visible(rest, longest=300)
    if len(name) + len(rest) <= width:
        return name + rest
    rest = _ended(rest, max(width // 2, width - len(name)))
    return _ended(name, width - len(rest)) + rest


def _ended(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"


def _narrow(paper: Paper, lines: Sequence[Waiting], *, long: bool) -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(width=9, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for line in lines:
        stage = f" {paper.signs.arrow} {visible(line.stage, longest=40)}" if line.stage else ""
        days = f"  {_several(line.days, 'day')}" if line.days is not None else ""
        body = _text(visible(_name(line)), "bold")
        note = f" ({visible(line.note, longest=80)})" if line.note else ""
        body.append(f"{stage}{note}{days}", "default not bold")
        body.append(f"  {_UNVERIFIED}" if not line.signer else "", "magenta not bold")
        if line.tone != "allowed":
            more = f" (and {line.more:,} more)" if line.more else ""
            body.append(f"\n{visible(line.reason if long else line.short)}{more}", "default not bold")
            body.append(f"\n{visible(line.who) or 'whoever owns the bundle'}", "cyan not bold")
        if line.news:
            most = ALL_NEWS if long else MOST_NEWS
            left = len(line.news) - most
            told = "; ".join(visible(each) for each in line.news[:most])
            body.append(f"\n{told}{f'; and {left:,} more' if left > 0 else ''}", "dim not bold")
        grid.add_row(_decision(paper, line), body)
    return grid


def _decision(paper: Paper, line: Waiting) -> Text:
    return _cut(f"{paper.signs.status[_LOOKS[line.tone]]} {line.word}", _STYLES[line.tone])


def _rest(paper: Paper, line: Waiting, *, above: str) -> str:
    """Return where a model is on its way to, unless that is said above, and why its line decides nothing."""
    stage = f" {paper.signs.arrow} {line.stage}" if line.stage and line.stage != above else ""
    return f"{stage}{f' ({line.note})' if line.note else ''}"


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

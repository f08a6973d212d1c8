"""The pages of the manual as tests see them: their fenced blocks, what is said of each, and a walk through a page from top to bottom.

A comment in the line before a block says what becomes of it:

- `<!-- run -->`: its commands are run in a folder that holds `examples/` and `policies/`
- `<!-- file: NAME -->`: a tutorial saves it under that name before its next command
- `<!-- added to: NAME -->`: a tutorial adds it at the end of that file
- `<!-- not run: WHY -->`: it is only read; the reason is for whoever reads the source

A line `<!-- walked by tests/… -->` or `<!-- run by tests/… -->` anywhere in a page names the test that runs its other commands.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "examples/**/README.md",
        "actions/**/*.md",
        "policies/**/*.md",
        "benchmarks/*.md",
    )
    for path in ROOT.glob(pattern)
)
_FENCE = re.compile(
    r"(?m)^(?: *<!-- (?P<mark>(?:run|(?:file|added to): \S+|not run: [^\n]+?)) -->\n)?"
    r"(?P<in> *)```(?P<kind>[^\n`]*)\n(?P<text>(?:.*\n)*?)(?P=in)```"
)
_RUNNER = re.compile(r"(?m)^<!-- (?:run|walked) by (tests/\S+\.py) -->$")


@dataclass(frozen=True)
class Block:
    """One fenced block of one page."""

    page: Path
    line: int
    kind: str
    text: str
    mark: str = ""

    @property
    def language(self) -> str:
        return self.kind.split(" ")[0]

    @property
    def run(self) -> bool:
        return self.mark == "run"

    @property
    def file(self) -> str:
        """The name under which a tutorial saves it, or to whose end it is added."""
        how, _, name = self.mark.partition(": ")
        return name if how in ("file", "added to") else ""

    @property
    def not_run(self) -> bool:
        return self.mark.startswith("not run: ")

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        body = re.sub(rf"(?m)^{match['in']}", "", match["text"])
        found.append(Block(page, line, match["kind"].strip(), body, match["mark"] or ""))
    return found


def runners(page: Path) -> list[str]:
    """Return the tests that a page names as those that run its commands."""
    return _RUNNER.findall(page.read_text(encoding="utf-8"))


def walk(
    page: Path, folder: Path, change: Callable[[str], str] = str, tell: Callable[[str], str] | None = None, **more: str
) -> int:
    """Save every file of a tutorial and run every command, in order; return how many commands said what the page says.

    One shell runs them all, as a reader's does: where a command goes to, the next one is. The repository is linked as `policykit`;
    the home lies elsewhere. `change` is applied to each command, `tell` to what is said and to what should be said; `more` goes into
    the environment.
    """
    tell = tell or normal
    (folder / "policykit").symlink_to(ROOT)
    (home := folder.with_name(f"{folder.name}-home")).mkdir()
    ran = 0
    with Shell(folder, surroundings(home) | more) as shell:
        for block in blocks(page):
            if block.file:
                path = shell.folder / block.file
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("a" if block.mark.startswith("added") else "w", encoding="utf-8") as file:
                    file.write(block.text)
            elif block.kind == "console" and not block.not_run:
                for command, expected in consoled(block.text):
                    said = tell(shell.said(change(command)))
                    missing = not_said(tell(expected), said)
                    assert missing is None, f"{block}: `{command}` does not say:\n{missing}\nIt says:\n{said}"
                    ran += 1
    return ran


class Shell:
    """One bash that keeps its folder, its variables and `$?` from command to command."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder  # where it is now
        self._told = tempfile.TemporaryDirectory()
        self._bash = subprocess.Popen(
            ["bash"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bash.communicate()
        self._told.cleanup()

    def said(self, command: str) -> str:
        """Run a command, and return what it says: on standard output, then on standard error."""
        out, err = (Path(self._told.name) / name for name in ("out", "err"))
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(
            f'eval {shlex.quote(command)} >{out} 2>{err} </dev/null; walked=$?; echo "$PWD"; (exit "$walked")\n'
        )
        self._bash.stdin.flush()
        where = self._bash.stdout.readline()
        assert where, f"`{command}` ended the shell"
        self.folder = Path(where.removesuffix("\n"))
        return out.read_text(encoding="utf-8") + err.read_text(encoding="utf-8")


def surroundings(home: Path) -> dict[str, str]:
    """Return the environment of a reader: this policykit first on the path, a terminal of 100 columns, a home of their own."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    git = {f"GIT_{who}_{what}": "reader@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {"PATH": path, "HOME": str(home), "COLUMNS": "100", "LC_ALL": "C.UTF-8", "DO_NOT_TRACK": "1", **git}


def consoled(text: str) -> list[tuple[str, str]]:
    """Return each command of a console with the output shown after it; a line that ends in `\\` goes on in the next."""
    parts = re.split(r"(?m)^\$ ((?:.*\\\n)*.*)\n", text)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def normal(text: str) -> str:
    """Return the text without what differs from day to day: days, times and digests."""
    text = re.sub(r"\d{4}-\d{2}-\d{2}(T[\d:]+Z)?", "DAY", text)
    return re.sub(r"\b[0-9a-f]{16,64}\b", "DIGEST", text)


def not_said(expected: str, said: str) -> str | None:
    """Return the piece of `expected` that `said` lacks; a line of `…` stands for lines left out, and order counts."""
    rest = said.rstrip() + "\n"
    for piece in re.split(r"(?m)^…\n?", expected):
        if piece and piece not in rest:
            return piece
        rest = rest.split(piece, 1)[1] if piece else rest
    return rest.strip() or None if "…" not in expected and expected else None

"""What a step tells GitHub: outputs, the job summary, annotations, and foreign text that must not be taken for a command."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

LARGEST_SUMMARY = 1_000_000
"""GitHub refuses a step's summary over 1 MiB as a whole; what is cut says so."""
FROM_GITHUB = (
    "GITHUB_OUTPUT",
    "GITHUB_ENV",
    "GITHUB_PATH",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GH_ENTERPRISE_TOKEN",
)


def outputs(found: Mapping[str, str]) -> None:
    """Set the outputs of this step; each value stands between random delimiters, so that none can end it early."""
    lines = []
    for name, value in found.items():
        end = f"end-{secrets.token_hex(16)}"
        lines.append(f"{name}<<{end}\n{value}\n{end}\n")
    _append("GITHUB_OUTPUT", "".join(lines).encode("utf-8", errors="replace"))


def summary(markdown: str) -> None:
    """Append to the job summary, cut to what GitHub takes."""
    data = markdown.encode("utf-8", errors="replace")
    if len(data) > LARGEST_SUMMARY:
        note = "\n\n*Cut here: a job summary holds no more. The whole is in the report.*\n"
        data = data[: LARGEST_SUMMARY - 200].decode("utf-8", errors="ignore").encode() + note.encode()
    _append("GITHUB_STEP_SUMMARY", data.rstrip(b"\n") + b"\n")


def foreign(text: str) -> None:
    """Print text that others wrote: until a random word comes, GitHub takes no line of it for a command."""
    if not text.strip():
        return
    word = secrets.token_hex(16)
    _print(f"::stop-commands::{word}\n{_shown(text).rstrip()}\n::{word}::\n")


def annotation(level: str, message: str, **place: object) -> None:
    """Print one annotation; `place` is GitHub's title, file, line, col."""
    said = ",".join(f"{name}={_escaped(str(value), more=True)}" for name, value in place.items() if value)
    _print(f"::{level}{' ' if said else ''}{said}::{_escaped(message)}\n")


def annotations(text: str) -> None:
    """Print annotations that policykit wrote: those, and no other command that may stand in the file."""
    kept = [line for line in text.split("\n") if re.match(r"::(error|warning|notice)( |::)", line)]
    _print("".join(f"{line}\n" for line in kept))


def fenced(text: str, longest: int = 20_000) -> str:
    """Return text as a block of Markdown that it cannot end itself."""
    shown = _shown(text)
    if len(shown) > longest:
        shown = f"{shown[:longest]}\n… ({len(text):,} characters in all)"
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`+", shown))])
    return f"{fence}text\n{shown.rstrip()}\n{fence}\n"


def lines_of(text: str) -> list[str]:
    """Return the values of an input that takes one per line."""
    return [line.strip() for line in re.split(r"\r?\n", text) if line.strip()]


def flag(text: str, name: str) -> bool:
    """Return what the yes-or-no input `name` says; nothing said is no.

    Raises:
        ValueError: it is neither `true` nor `false`: a `yes` that was taken for no would ask for less than was wanted.
    """
    if text.lower() not in ("true", "false", ""):
        raise ValueError(f"`{name}` is `true` or `false`, and here it is something else: nothing was done")
    return text.lower() == "true"


def engine(*words: str) -> list[str]:
    """Return the command that runs the policykit of this checkout."""
    return [sys.executable, "-I", str(Path(__file__).with_name("engine.py")), *words]


def environment() -> dict[str, str]:
    """Return the environment without the doors by which a step speaks to GitHub: policykit needs none of them."""
    return {name: value for name, value in os.environ.items() if name not in FROM_GITHUB}


def page_of_run() -> str:
    """Return the address of the page that shows this run, for whoever is told of it; empty outside of GitHub."""
    server, repository, run = (os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""


def _append(variable: str, data: bytes) -> None:
    path = os.environ.get(variable)
    if path:
        with Path(path).open("ab") as file:
            file.write(data)


def _print(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", errors="replace"))
    sys.stdout.buffer.flush()


def _shown(text: str) -> str:
    """Write out what cannot be seen: codes for terminals, direction marks."""
    return "".join(each if each in "\n\t" or each.isprintable() else f"<U+{ord(each):04X}>" for each in text)


def _escaped(text: str, *, more: bool = False) -> str:
    """Escape as the runner's own toolkit does: data, and with `more` a property."""
    text = _shown(text).replace("%", "%25").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if more else text

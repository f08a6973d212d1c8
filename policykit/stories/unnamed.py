"""What a gate file may do that nobody named: it may come with the change that is judged, and reaches nothing but its folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from policykit.errors import Diagnostic, PolicyError, UsageError
from policykit.load.lint.codes import CODES
from policykit.terms.gate_file import GateFile

_ENDINGS: Final = (".html", ".json", ".md", ".sarif", ".txt", ".xml")
"""Of files that a report may take the place of: none that a shell, an interpreter or a build reads as its own."""


def outputs_of(gate_file: GateFile) -> tuple[str, ...]:
    """Return the outputs a gate file names; of one that was only found, documents in or below its folder, behind no link.

    Raises:
        UsageError: a path is absolute, climbs, is hidden or reached by a link, or ends as no document does.
    """
    for word in gate_file.output if gate_file.found else ():
        _, _, written = word.partition("=")
        if written and (why := _outside(Path(written))):
            message = f"`{gate_file.path}`, which was only found here, writes a report to `{written}`, which {why}"
            raise UsageError(message, hint=_hint(gate_file, "say where with `--output`"))
    return gate_file.output


def expect_variables(gate_file: GateFile) -> None:
    """Refuse an address in a gate file that was only found: who is told is for whoever sets the variable to say.

    Raises:
        UsageError: somebody is named by another word than `env:NAME`.
    """
    if gate_file.found and not all(word.startswith("env:") for word in gate_file.notify):
        message = f"`{gate_file.path}`, which was only found here, names an address to tell, and no variable"
        raise UsageError(message, hint=_hint(gate_file, "write `env:NAME`, and set that variable where the gate runs"))


def expect_no_files(gate_file: GateFile) -> None:
    """Refuse policies in a repository on this machine that a gate file names which was only found, unless their digest is known.

    Raises:
        UsageError: what lies in such a repository would be read, and quoted, for whoever wrote the gate file.
    """
    for source in gate_file.policies if gate_file.found else ():
        if source.git.startswith("file:") and not source.digest:
            message = (
                f"`{gate_file.path}`, which was only found here, names a repository on this machine without a digest"
            )
            raise UsageError(message, hint=_hint(gate_file, "pin it with `digest:`"))


def untold(problems: Iterable[Diagnostic], gate_file: GateFile | None) -> tuple[Diagnostic, ...]:
    """Return problems without a word of what was fetched for a gate file that was only found, and that it does not pin.

    Whoever runs the gate may read more than whoever wrote the gate file: only the place and the kind of a mistake are told.
    """
    loose = (
        gate_file is not None and gate_file.found and any(each.git and not each.digest for each in gate_file.policies)
    )
    return tuple(
        _untold(each, gate_file) if loose and gate_file and each.path.startswith("git+") else each for each in problems
    )


def without_words(error: PolicyError, gate_file: GateFile | None) -> PolicyError:
    """Return an error whose problems are `untold`."""
    said = PolicyError(str(error), problems=untold(error.problems, gate_file), hint=error.hint, where=error.where)
    return said.with_traceback(error.__traceback__)


def _untold(problem: Diagnostic, gate_file: GateFile) -> Diagnostic:
    page = CODES.get(problem.code)
    title = page.title if page is not None else "this is wrong"
    return replace(problem, message=title, hint=_hint(gate_file, "pin it with `digest:`"), suggestion="", excerpt="")


def _hint(gate_file: GateFile, other: str) -> str:
    return f"name the gate file, if it is yours: `--config {gate_file.path}`; or {other}"


def _outside(path: Path) -> str:
    """Return why a path is none that a report may be written to unasked; empty where it is one."""
    if path.is_absolute() or ".." in path.parts:
        return "lies elsewhere"
    if any(part.startswith(".") for part in path.parts):
        return "is hidden"
    if any(each.is_symlink() for each in (path, *path.parents)):
        return "is a link, or lies behind one"
    if path.suffix.lower() not in _ENDINGS:
        return f"is no document: one ends in {', '.join(f'`{ending}`' for ending in _ENDINGS)}"
    return ""

"""`policykit lint`: every mistake, at its line and column."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from policykit.cli.line import say_problems
from policykit.cli.options import as_of_option, config_option, day
from policykit.errors import Diagnostic
from policykit.terms.gate_file import GateFile, PolicySource


@click.command("lint")
@click.argument("documents", nargs=-1, metavar="DOCUMENTS...")
@config_option
@click.option("--strict", is_flag=True, help="Warnings count too.")
@as_of_option
def command(documents: tuple[str, ...], config: Path | None, as_of: str | None, *, strict: bool) -> int:
    """Find every mistake in policies, their tests, trust files and waivers. Exits 0 or 2.

    DOCUMENTS are files, folders and pack:NAME; without any, those that the gate file names, wherever they are. Policies in a
    git repository that no digest pins are a warning, with the line that pins them.
    """
    import gc

    gc.disable()  # thousands of small values that all live until the end: looking for garbage costs a fifth of the time
    problems = problems_of(documents, config, day(as_of) or datetime.now(UTC).date().isoformat())
    say_problems(problems)
    errors = sum(1 for problem in problems if problem.level == "error")
    warnings = len(problems) - errors
    click.echo(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}", err=True)
    return 2 if errors or (strict and warnings) else 0


def problems_of(documents: Sequence[str], config: Path | None, as_of: str) -> tuple[Diagnostic, ...]:
    """Return every problem of the documents named, else of those that the gate file names."""
    from policykit.load.policies import lint
    from policykit.stories.models import inventory_problems
    from policykit.stories.open import find_gate_file, vocabulary_of
    from policykit.stories.sources import at_hand
    from policykit.stories.unnamed import untold

    gate_file = find_gate_file(config, signing=False)
    found = at_hand(_sources(documents, gate_file), environment=os.environ)
    told = (*gate_file.warnings, *inventory_problems(gate_file)) if gate_file is not None and not documents else ()
    problems = lint(found.sources, vocabulary=vocabulary_of(gate_file), as_of=as_of)
    return (*told, *found.warnings, *untold(problems, gate_file))


def _sources(documents: Sequence[str], gate_file: GateFile | None) -> list[PolicySource]:
    """Return the documents named, else the policies, the trust file and the waivers that the gate file names."""
    from policykit.stories.open import policy_sources
    from policykit.stories.unnamed import expect_no_files

    named = [] if gate_file is None else [path for path in (gate_file.trust, gate_file.waivers) if path is not None]
    if documents or gate_file is None or not named:
        found = policy_sources(documents, gate_file, trial=False)
        return [each if isinstance(each, PolicySource) else PolicySource(str(each)) for each in found]
    expect_no_files(gate_file)
    return [*gate_file.policies, *map(PolicySource, named)]


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"

"""`policykit lint`: every mistake, at its line and column."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from policykit.cli.options import as_of_option, config_option, day


@click.command("lint")
@click.argument("policies", nargs=-1, metavar="POLICIES...")
@config_option
@click.option("--strict", is_flag=True, help="Warnings count too.")
@as_of_option
def command(policies: tuple[str, ...], config: Path | None, as_of: str | None, *, strict: bool) -> int:
    """Find every mistake in POLICIES (files, folders, pack:NAME; default: those of the gate file). Exits 0 or 2."""
    import gc

    gc.disable()  # thousands of small values that all live until the end: looking for garbage costs a fifth of the time
    from policykit.load.diagnose import write
    from policykit.load.policies import lint
    from policykit.stories.open import find_gate_file, policy_sources, vocabulary_of

    gate_file = find_gate_file(config, signing=False)
    today = day(as_of) or datetime.now(UTC).date().isoformat()
    sources = policy_sources(policies, gate_file, trial=False)
    problems = lint(sources, vocabulary=vocabulary_of(gate_file), as_of=today)
    for problem in problems:
        click.echo(write(problem), err=True)
    errors = sum(1 for problem in problems if problem.level == "error")
    warnings = len(problems) - errors
    click.echo(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}", err=True)
    return 2 if errors or (strict and warnings) else 0


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"

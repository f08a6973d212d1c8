"""`policykit test`: every rule must be seen to pass, fail and be undecided."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policykit.cli.options import config_option
from policykit.errors import DocumentError, PolicykitError, UsageError

if TYPE_CHECKING:
    from policykit.author.testing.told import Tested
    from policykit.load.test_files import Found
    from policykit.terms.gate_file import GateFile
    from policykit.terms.policy import Policy
    from policykit.terms.policy_test import PolicyTest


@click.command("test")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option(
    "--policies",
    "-p",
    multiple=True,
    metavar="PATH",
    help="Where more policies lie that have to be tested, if not beside their tests. Repeatable.",
)
@config_option
@click.option("--case", "chosen", metavar="TEXT", help="Run only the cases with this in their name, without coverage.")
@click.option("--no-coverage", is_flag=True, help="Do not ask that every rule is seen to pass, fail and be undecided.")
@click.option(
    "--write", is_flag=True, help="Print only drafts of the cases that are missing of one policy, ready to paste."
)
@click.option(
    "--output",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
    help="What to print it as.",
)
def command(
    paths: tuple[str, ...],
    policies: tuple[str, ...],
    config: Path | None,
    chosen: str | None,
    output: str,
    *,
    no_coverage: bool,
    write: bool,
) -> int:
    """Try policies on given estimates: does each rule do what was meant? Exits 0 or 1; 2 where a document is wrong.

    PATHS are tests (files that begin with policykit: test/1) and folders of them; without any, the folders of policies that the
    gate file names, else this folder. What the gate file sets of a policy is in force here too.
    """
    from policykit.author.testing.told import as_json, lines, paste
    from policykit.load.test_files import load_tests
    from policykit.stories.open import find_gate_file

    if write and chosen is not None:
        raise UsageError("`--write` and `--case` cannot stand together", hint="what is missing is missing of all cases")
    try:
        gate_file = find_gate_file(config, signing=False)
        found = load_tests(paths or _places(gate_file), policies, must=not write)
        tested = _tested(found, gate_file, chosen, with_coverage=chosen is None and not no_coverage)
    except PolicykitError as error:
        from policykit.stories.located import around
        from policykit.stories.refused import refused

        click.echo(refused(error, output, around(os.environ, Path.cwd())) or "", nl=False)
        raise
    set_by = "" if gate_file is None else gate_file.path
    if write:
        click.echo("\n".join(paste(tested)), nl=False)
        return 0
    match output:
        case "json":
            import json

            click.echo(json.dumps(as_json(tested, set_by=set_by), indent=1, ensure_ascii=False))
        case "junit":
            from policykit.author.testing.junit import junit

            click.echo(junit(tested), nl=False)
        case _:
            for line in lines(tested, set_by=set_by):
                click.echo(line)
    return 0 if tested.passed else 1


def _tested(found: Found, gate_file: GateFile | None, chosen: str | None, *, with_coverage: bool) -> Tested:
    """Return what came of the cases, judged by the limits in force; raise where one of them fits no question."""
    from policykit.author.testing.told import run_tests
    from policykit.stories.in_force import in_force

    judging = in_force(gate_file, os.environ)
    tests = [(test, judging(policy)) for test, policy in _chosen(found, chosen)]
    tested = run_tests(tests, [judging(policy) for policy in found.policies], with_coverage=with_coverage)
    if tested.problems:
        raise DocumentError("the tests are wrong", problems=tested.problems)
    return tested


def _places(gate_file: GateFile | None) -> tuple[str, ...]:
    """Return where tests are looked for unasked: beside the policies of the gate file, else here.

    Policies in a repository elsewhere are tested there: a folder of the same name here is another.
    """
    named = () if gate_file is None else tuple(source.path for source in gate_file.policies if not source.git)
    return tuple(path for path in named if path and not path.startswith("pack:")) or (".",)


def _chosen(found: Found, text: str | None) -> list[tuple[PolicyTest, Policy]]:
    """Return the tests with the cases that were asked for."""
    if text is None:
        return [*found.tests]
    named = [
        (replace(test, cases=tuple(case for case in test.cases if text.casefold() in case.name.casefold())), policy)
        for test, policy in found.tests
    ]
    left = [(test, policy) for test, policy in named if test.cases]
    if not left:
        raise UsageError(f"no case has `{text}` in its name", hint="`policykit test` lists them")
    return left

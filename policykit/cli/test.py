"""`policykit test`: every rule must be seen to pass, fail and be undecided."""

from __future__ import annotations

import click


@click.command("test")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option(
    "--policies",
    "-p",
    multiple=True,
    metavar="PATH",
    help="Where more policies lie that have to be tested, if not beside their tests. Repeatable.",
)
@click.option("--no-coverage", is_flag=True, help="Do not ask that every rule is seen to pass, fail and be undecided.")
@click.option("--write", is_flag=True, help="Print only the cases that are missing, ready to paste.")
@click.option(
    "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print it as."
)
def command(paths: tuple[str, ...], policies: tuple[str, ...], output: str, *, no_coverage: bool, write: bool) -> int:
    """Try policies on given estimates: does each rule do what was meant? Exits 0 or 1; 2 where a document is wrong.

    PATHS are tests (files that begin with policykit: test/1) and folders of them; without any, the folders of policies that the
    gate file names, else this folder.
    """
    from policykit.author.testing.told import as_json, lines, paste, run_tests
    from policykit.errors import DocumentError
    from policykit.load.test_files import load_tests

    found = load_tests(paths or _places(), policies, must=not write)
    tested = run_tests(found.tests, found.policies)
    if tested.problems:
        raise DocumentError("the tests are wrong", problems=tested.problems)
    if write:
        click.echo("\n".join(paste(tested)), nl=False)
        return 0
    if output == "json":
        import json

        click.echo(json.dumps(as_json(tested, with_coverage=not no_coverage), indent=1, ensure_ascii=False))
    else:
        for line in lines(tested, with_coverage=not no_coverage):
            click.echo(line)
    return 0 if tested.passed(with_coverage=not no_coverage) else 1


def _places() -> tuple[str, ...]:
    """Return where tests are looked for unasked: beside the policies of the gate file here, else here.

    Policies in a repository elsewhere are tested there: a folder of the same name here is another.
    """
    from policykit.stories.open import find_gate_file

    gate_file = find_gate_file(None, signing=False)
    named = () if gate_file is None else tuple(source.path for source in gate_file.policies if not source.git)
    return tuple(path for path in named if path and not path.startswith("pack:")) or (".",)

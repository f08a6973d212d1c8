"""`policykit bundle`: write or show a manifest, or list the files."""

from __future__ import annotations

from pathlib import Path

import click

from policykit.cli.line import say
from policykit.cli.options import color_option, screen


@click.group("bundle")
def command() -> None:
    """Write or show a bundle's manifest, or list its files as they are signed."""


@command.command("init", short_help="Write the manifest of a folder, guessing and saying each guess.")
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> int:
    """Write FOLDER/bundle.yaml from what lies there, guessing roles and saying each guess; never overwrite."""
    from policykit.load.guess import init_manifest
    from policykit.load.write import replace_file

    guessed = init_manifest(folder)
    replace_file(folder / "bundle.yaml", guessed.text.encode())
    for note in guessed.notes:
        say(f"guessed: {note}")
    say(f"wrote {folder / 'bundle.yaml'}: read it before you trust it")
    return 0


@command.command("inspect", short_help="Show what a bundle holds.")
@click.argument("bundle", type=click.Path(path_type=Path))
@color_option
def inspect_(bundle: Path, color: str) -> int:
    """Show what BUNDLE holds: its labels, data sets, documents, every file with its digest."""
    from policykit.load.bundle import load_bundle
    from policykit.load.inspect import inspect
    from policykit.render.console import table

    found = load_bundle(bundle)
    shown = screen(color)
    rows = [(line.part, line.name, line.text) for line in inspect(found)]
    click.echo(table(("what", "name", "value"), rows, width=shown.width, color=shown.color))
    return 0


@command.command("files", short_help="Print the list of files whose digest is signed.")
@click.argument("bundle", type=click.Path(path_type=Path))
def files(bundle: Path) -> int:
    """Print the list of BUNDLE's files, hashed now, in the one spelling whose SHA-256 reports and permits name first.

    Other people's tools take it as the file to check:

    \b
    policykit bundle files bundle/ > files.json
    cosign verify-blob-attestation --bundle permit.sigstore.json … files.json
    """
    from policykit.load.bundle import load_bundle
    from policykit.terms.bundle import manifest_bytes

    click.echo(manifest_bytes(load_bundle(bundle).files), nl=False)
    return 0

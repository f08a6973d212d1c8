"""`policykit init`: a first policy and a gate file to start from."""

from __future__ import annotations

from pathlib import Path

import click

from policykit.errors import UsageError

_GATE_FILE = """\
# yaml-language-server: $schema={schema}
policykit: gate/1
policies:
  - {{path: policies/}}
"""


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--pack", default="baseline", show_default=True, help="The pack to start from.")
def command(folder: Path, pack: str) -> int:
    """Write policies/ and policykit.yaml into FOLDER (default: here), and a manifest where data lies there; never overwrite."""
    from policykit.errors import BundleError, StorageError
    from policykit.load.guess import init_manifest
    from policykit.load.packs import pack_text
    from policykit.load.write import replace_file

    files = {
        folder / "policies" / f"{pack}.yaml": pack_text(pack),
        folder / "policykit.yaml": _GATE_FILE.format(schema="schemas/gate.v1.json"),
    }
    taken = [path for path in files if path.exists()]
    if taken:
        raise UsageError(f"`{taken[0]}` exists already, and is not overwritten", hint="name another folder")
    try:
        (folder / "policies").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"`{folder}` cannot be written: {(error.strerror or str(error)).lower()}") from error
    for path, text in files.items():
        replace_file(path, text.encode())
        click.echo(f"wrote {path}")
    if not (folder / "bundle.yaml").exists():
        try:
            guessed = init_manifest(folder)
        except BundleError:
            click.echo("no data lies here: write a manifest beside yours with `policykit bundle init FOLDER`")
            return 0
        replace_file(folder / "bundle.yaml", guessed.text.encode())
        for note in guessed.notes:
            click.echo(f"guessed: {note}")
        click.echo(f"wrote {folder / 'bundle.yaml'}: read it before you trust it")
    click.echo("next: policykit explain policies/, then policykit gate .")
    return 0

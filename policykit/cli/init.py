"""`policykit init`: a first policy and a gate file to start from."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from policykit.cli.line import say
from policykit.errors import UsageError

_MODELINE = "# yaml-language-server: $schema={schema}\n"
_GATE_FILE = """\
policykit: gate/1
policies:
  - {path: policies/}
"""
_SCHEMAS = ("policy.v1.json", "gate.v1.json", "bundle.v1.json")


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--pack", default="baseline", show_default=True, help="The pack to start from.")
def command(folder: Path, pack: str) -> int:
    """Write policies/, policykit.yaml and schemas/ into FOLDER (default: here), and bundle/ where data lies; never overwrite.

    Into bundle/ goes a copy of the tables, the model and the documents found, and a manifest in which every guess is marked:
    that folder is what is judged, and nothing around it.
    """
    import shutil

    from policykit.errors import StorageError
    from policykit.load.write import replace_file

    files = _start(folder, pack)
    taken = [path for path in files if path.exists()]
    if taken:
        raise UsageError(f"`{taken[0]}` exists already, and is not overwritten", hint="name another folder")
    manifest, copied, said = _bundle(folder)  # what cannot be read ends this before anything is written
    files |= {path: text for path, text in {**_schemas(folder), **manifest}.items() if not path.exists()}
    try:
        for path in (*files, *copied.values()):
            path.parent.mkdir(parents=True, exist_ok=True)
        for source, copy in copied.items():
            shutil.copyfile(source, copy)
            say(f"copied {source} to {copy}")
    except OSError as error:
        raise StorageError(f"`{folder}` cannot be written: {(error.strerror or str(error)).lower()}") from error
    for path, text in files.items():
        replace_file(path, text.encode())
        say(f"wrote {path}")
    for line in said:
        say(line)
    there = "" if folder.resolve() == Path.cwd() else f"cd {shlex.quote(str(folder))}, then "
    where = next((place for place in ("bundle", ".") if (folder / place / "bundle.yaml").exists()), "")
    then = f", then policykit gate {where}" if where else ""
    say(f"next: {there}policykit explain policies/{then}")
    return 0


def _start(folder: Path, pack: str) -> dict[Path, str]:
    """Return the policy and the gate file, each pointing editors at the schema that is written beside them."""
    from policykit.load.packs import pack_text

    policy = re.sub(r"\A# yaml-language-server:.*\n", "", pack_text(pack))
    return {
        folder / "policies" / f"{pack}.yaml": _MODELINE.format(schema="../schemas/policy.v1.json") + policy,
        folder / "policykit.yaml": _MODELINE.format(schema="schemas/gate.v1.json") + _GATE_FILE,
    }


def _schemas(folder: Path) -> Mapping[Path, str]:
    from policykit.author.schemas import schemas

    known = schemas()
    return {folder / "schemas" / name: known[name] for name in _SCHEMAS}


def _bundle(folder: Path) -> tuple[Mapping[Path, str], Mapping[Path, Path], tuple[str, ...]]:
    """Return a manifest guessed from what lies in the folder, if it can be guessed, what to copy beside it, and what to say."""
    from policykit.errors import BundleError
    from policykit.load.guess import first_bundle, init_manifest

    bundle = folder / "bundle"
    if (folder / "bundle.yaml").exists() or (bundle / "bundle.yaml").exists():
        return {}, {}, ()
    write_one = "write a manifest where your data lies with `policykit bundle init FOLDER`"
    try:
        found = (init_manifest(bundle), ()) if bundle.exists() else first_bundle(folder)
    except BundleError as error:
        why = error.problems[0].message if error.problems else str(error)
        return {}, {}, (f"no manifest was written, because {why}: {write_one}",)
    except UsageError as error:
        return {}, {}, (f"no manifest was written: {error}", f"  {error.hint}")
    if found is None:
        return {}, {}, (f"no data lies here, so no manifest was written: {write_one}",)
    guessed, paths = found
    path = bundle / "bundle.yaml"
    said = (
        *(f"guessed: {note}" for note in guessed.notes),
        f"read {path} before you trust it: {bundle} is what is judged",
    )
    text = _MODELINE.format(schema="../schemas/bundle.v1.json") + guessed.text
    return {path: text}, {folder / each: bundle / each for each in paths}, said

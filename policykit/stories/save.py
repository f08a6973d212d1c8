"""From the first rung to the next: write down what a look at a table asked."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from policykit.errors import StorageError, UsageError
from policykit.load.manifest_text import manifest_text
from policykit.load.packs import pack_text
from policykit.load.write import replace_file
from policykit.terms.bundle import Bundle

GATE: Final = "policykit/policykit/.github/workflows/gate.yaml@d4e7c7e9b5dbebb78d8b1569b2b5b5f1d7e29769"
"""The gate as a workflow, at one commit: a tag could be moved, and the examples name the same."""
_WORKFLOW = f"""\
# May this change to the model be merged? First bring `policies/` to the default branch: they are taken from there. Then require the
# check `model / Verify (require this one)`, and have this file owned: docs/github.md of policykit says how, and why.
on: pull_request
jobs:
  model:
    permissions: {{contents: read, pull-requests: write}}
    uses: {GATE} # main
    with: {{bundle: bundle, policies: policies}}
"""


def expect_free(folder: Path, table: Path, *, trial: bool) -> None:
    """Refuse, before any work, what could not be saved: a bundle has its manifest already, and nothing is overwritten."""
    if not trial:
        hint = "a bundle has its manifest already"
        raise UsageError("`--save` writes the next rung of a table's first look", hint=hint)
    taken = [path for path in _places(folder, table) if path.exists()]
    if taken:
        raise UsageError(f"`{taken[0]}` exists already, and is not overwritten", hint="name another folder")


def save_rung(folder: Path, table: Path, bundle: Bundle) -> tuple[Path, ...]:
    """Write `bundle/`, `policies/` and a workflow into `folder`; refuse to overwrite any of them."""
    expect_free(folder, table, trial=True)
    places = _places(folder, table)
    copy, *written = places
    texts = (manifest_text(bundle), pack_text("first-look"), _WORKFLOW)
    try:
        for path in places:
            path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(table, copy)
    except OSError as error:
        raise StorageError(f"`{folder}` cannot be written: {(error.strerror or str(error)).lower()}") from error
    for path, text in zip(written, texts, strict=True):
        replace_file(path, text.encode())
    return places


def _places(folder: Path, table: Path) -> tuple[Path, ...]:
    return (
        folder / "bundle" / table.name,
        folder / "bundle" / "bundle.yaml",
        folder / "policies" / "first-look.yaml",
        folder / ".github" / "workflows" / "model-gate.yaml",
    )

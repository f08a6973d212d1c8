"""From the first rung to the next: write down what a look at a table asked."""

from __future__ import annotations

import shutil
from pathlib import Path

from policykit.errors import StorageError, UsageError
from policykit.load.manifest_text import manifest_text
from policykit.load.packs import pack_text
from policykit.load.write import replace_file
from policykit.stories.open import Table
from policykit.terms.bundle import Bundle

_WORKFLOW = """\
name: model gate
on: [pull_request]
permissions: {}
jobs:
  gate:
    runs-on: ubuntu-latest
    permissions: {contents: read}
    steps:
      - uses: actions/checkout@v4
        with: {persist-credentials: false}
      - uses: actions/setup-python@v5
        with: {python-version: "3.11"}
      - run: pip install policykit-gate
      - run: policykit gate bundle/ --policies policies/
"""


def save_rung(folder: Path, table: Path, bundle: Bundle, said: Table) -> tuple[Path, ...]:
    """Write `bundle/`, `policies/` and a workflow into `folder`; refuse to overwrite any of them."""
    del said
    copy = folder / "bundle" / table.name
    files = {
        folder / "bundle" / "bundle.yaml": manifest_text(bundle).encode(),
        folder / "policies" / "first-look.yaml": pack_text("first-look").encode(),
        folder / ".github" / "workflows" / "model-gate.yaml": _WORKFLOW.encode(),
    }
    taken = [path for path in (copy, *files) if path.exists()]
    if taken:
        raise UsageError(f"`{taken[0]}` exists already, and is not overwritten", hint="name another folder")
    try:
        for path in (copy, *files):
            path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(table, copy)
    except OSError as error:
        raise StorageError(f"`{folder}` cannot be written: {(error.strerror or str(error)).lower()}") from error
    for path, data in files.items():
        replace_file(path, data)
    return (copy, *files)

"""What lies in the files of a bundle's model, as a measurement: `Fact(("model", "contents"))`."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from policykit.measure.artifact.packed import DAMAGED
from policykit.measure.artifact.weigh import Weighed, weigh
from policykit.measure.source import first_line
from policykit.measure.stamps import compare, stamps
from policykit.terms.bundle import Bundle, File
from policykit.terms.plan import Measurement
from policykit.terms.policy import Source
from policykit.terms.state import Stated
from policykit.terms.verdict import Cause, Unmeasured

PATH: Final = ("model", "contents")
MOST_FILES: Final = 2_000
MOST_GLOBALS: Final = 500
LONGEST: Final = 300


def contents(bundle: Bundle) -> Measurement | Unmeasured:
    """Return, for each file of the model, its form by content, what it would import, and why it is not trusted.

    Raises:
        VerificationError: a file changed between being hashed and having been read (`changed_while_reading`).
    """
    files = [file for file in bundle.files if file.role == "model"]
    if not files or bundle.root is None:
        return Unmeasured(Cause.MISSING, "the bundle has no model")
    if len(files) > MOST_FILES:
        return Unmeasured(Cause.TOO_LARGE, f"the model has more than {MOST_FILES:,} files")
    before = stamps(bundle, [file.path for file in files])
    try:
        told = [_told(file, _weighed(bundle, file)) for file in files]
    except (*DAMAGED, RecursionError, MemoryError) as error:
        return Unmeasured(Cause.CRASHED, first_line(error))
    compare(bundle, before)
    return Measurement(Stated({"files": told}), Source.RECOMPUTED, "bundle")


def _weighed(bundle: Bundle, file: File) -> Weighed:
    assert bundle.root is not None, "asked before"
    with _opened(bundle.root, file.path, inside=bundle.archive) as stream:
        return weigh(stream, file.size, file.path)


@contextmanager
def _opened(root: Path, path: str, *, inside: bool) -> Iterator[IO[bytes]]:
    if not inside:
        with (root / path).open("rb") as stream:
            yield stream
        return
    with zipfile.ZipFile(root) as zipped, zipped.open(path) as member:
        yield member


def _told(file: File, found: Weighed) -> dict[str, Any]:
    if len(found.globals) > MOST_GLOBALS:
        found.refuse(f"it imports more than {MOST_GLOBALS} different things")
    listed = sorted(found.globals.items())[:MOST_GLOBALS]
    return {
        "path": file.path,
        "form": found.form,
        "globals": [[_short(each.module), _short(each.name), count] for each, count in listed],
        "refused": [_short(why) for why in found.refused],
    }


def _short(text: str) -> str:
    """Cut what is very long; what is no text in UTF-8 is written out, so that the report can carry it."""
    shown = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"

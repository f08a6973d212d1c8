"""What is wrong with a document while it is typed: the problems of `lint`, with ranges."""

from __future__ import annotations

import re
from pathlib import Path

from policykit.author.editor.complete import NOTHING, Beside
from policykit.errors import Diagnostic
from policykit.load.one_document import lint_text

_OURS = re.compile(r"(?m)^\ufeff?(?:[\"']?policykit[\"']?[ \t]*:[ \t]+[\"']?\w|[ \t]+policykit[ \t]*:[ \t]+[a-z]+/)")
"""The head of a document; not a job of another program that is called `policykit`, which holds a mapping."""


def diagnostics(path: str, text: str, beside: Beside = NOTHING, as_of: str | None = None) -> tuple[Diagnostic, ...]:
    """Return every problem that `lint` finds in the text of a document of any kind, in order of place.

    A document that does not begin with `policykit: KIND/1` may be any other YAML. Text that is not YAML yet gives one
    problem, where it breaks off. Never raises.
    """
    if _OURS.search(text) is None:
        return ()
    return lint_text(text, Path(path), vocabulary=beside.vocabulary, as_of=as_of, policies=beside.policies)

"""The name of this gate, by which its comment and its alerts are found again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def gate_id(given: Mapping[str, str]) -> str:
    """Return the name given, else the workflow's, its job's and what is judged as the workflow names it, never a machine's own path."""
    if given["GATE_ID"]:
        return given["GATE_ID"]
    subject = Path(given["BUNDLE"] or given["ROWS"])
    words = (os.environ.get("GITHUB_WORKFLOW", ""), os.environ.get("GITHUB_JOB", ""))
    return "/".join([*filter(None, words), subject.name if subject.is_absolute() else str(subject)])

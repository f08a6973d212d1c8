"""The report predicate as JSON text: nothing added, nothing left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def json_text(predicate: Mapping[str, Any]) -> str:
    """Write `predicate` as indented JSON in plain ASCII, so that no terminal and no editor is told anything by a name."""
    text = json.dumps(predicate, indent=2, ensure_ascii=True, sort_keys=True, allow_nan=False)
    return text.replace("\x7f", "\\u007f") + "\n"

"""Lines that a build service would take for orders to itself: broken, so that they are only read."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"(?m)^((?:[^\S\n]|\x1b\[[0-9;]*m)*):(?=(?:\x1b\[[0-9;]*m)*:)")


def harmless(text: str) -> str:
    """Break `::command` at the start of a line and `##[command]` anywhere, which GitHub's runner would obey."""
    return _COMMAND.sub(r"\1: ", text).replace("##[", "# #[")

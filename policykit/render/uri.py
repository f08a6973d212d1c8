"""Paths as URIs: whatever a file is called, it stays one."""

from __future__ import annotations

from urllib.parse import quote

from policykit.render.visible import visible


def uri(path: str) -> str:
    """Return a path, or an address, with everything that has no place in a URI written as `%XX`."""
    head, mark, rest = path.partition("://")
    if mark and head in ("http", "https"):
        return f"{head}://{quote(visible(rest), safe='/:@-._~')}"
    return quote(visible(path), safe="/-._~") or "."

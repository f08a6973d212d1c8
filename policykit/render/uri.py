"""Paths as URIs: whatever a file is called, it stays one."""

from __future__ import annotations

from urllib.parse import quote

from policykit.render.visible import visible


def uri(address: str) -> str:
    """Return an address of the web, or a path, with everything that has no place in a URI written as `%XX`."""
    head, mark, rest = address.partition("://")
    if mark and head in ("http", "https"):
        return f"{head}://{quote(visible(rest), safe='/:@-._~')}"
    return path_uri(address)


def path_uri(path: str) -> str:
    """Return a path as a relative URI: one that is called like an address leads nowhere else."""
    return quote(visible(path), safe="/-._~") or "."

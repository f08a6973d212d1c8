"""Packs: the policies that come with policykit, called `pack:NAME`."""

from __future__ import annotations

from pathlib import Path

from policykit.errors import UsageError

PREFIX = "pack:"


def root() -> Path:
    """Return the folder of packs: inside an installed wheel, or at the top of a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "_policies"
    return inside if inside.is_dir() else package.parent / "policies"


def names() -> tuple[str, ...]:
    """Return the names of all packs, sorted."""
    folder = root()
    return tuple(sorted(entry.parent.name for entry in folder.glob("*/policy.yaml"))) if folder.is_dir() else ()


def folder(name: str) -> Path | None:
    """Return the folder of the pack called `name`, or None where there is none."""
    return root() / name if name in names() else None


def pack_text(name: str) -> str:
    """Return the policy of the pack called `name`, to start from; raise `UsageError` where there is none."""
    found = folder(name)
    if found is None:
        raise UsageError(f"no pack is called `{name}`", hint=f"there are: {', '.join(names())}")
    return (found / "policy.yaml").read_text(encoding="utf-8")

"""Texts as they stand while somebody types, with a `|` where the cursor is."""

from __future__ import annotations


def place(text: str) -> tuple[str, int, int]:
    """Return a text without its `|`, and the line and column where that stood."""
    before, _, after = text.partition("|")
    return before + after, before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


def in_rule(keys: str) -> str:
    """Return a policy whose only rule holds these keys."""
    lines = "\n".join(f"    {line}" for line in keys.split("\n"))
    head = "policykit: policy/1\nparameters: {gap: {title: Gap, value: 10 pp}}\nattributes: {band: {from: age, cut: [30]}}\n"
    return f"{head}rules:\n  - id: A\n{lines}"

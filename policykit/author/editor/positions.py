"""Columns as people count them, and as editors do: in characters from 1, and in UTF-16 units from 0."""

from __future__ import annotations


def units_of(line: str, column: int) -> int:
    """Return how many UTF-16 units stand before `column` of a line."""
    return len(line[: max(column - 1, 0)].encode("utf-16-le", "surrogatepass")) // 2


def column_of(line: str, units: int) -> int:
    """Return the column at which `units` UTF-16 units have passed; past the end of the line it is the end."""
    passed = 0
    for column, each in enumerate(line, 1):
        if passed >= units:
            return column
        passed += 2 if ord(each) > 0xFFFF else 1
    return len(line) + 1

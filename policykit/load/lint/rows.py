"""Conditions on rows that may leave out more than was meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policykit.errors import Diagnostic
from policykit.load.node import Node


def problems(written: Mapping[str, Node]) -> Iterator[Diagnostic]:
    """Warn of `none_of` on a column that may have gaps: a missing value is not known to be another one."""
    if "none_of" in written and "is" not in written:
        column = written["column"].text
        message = f"rows where `{column}` is missing are left out too"
        hint = f"say which is meant: add `is: present`, or `any_of` with `{{column: {column}, is: absent}}`"
        yield written["none_of"].warning("PK503", message, hint=hint)

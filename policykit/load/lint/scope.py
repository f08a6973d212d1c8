"""Rules that ask of rows where their check reads none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.terms.check import Check

_OF_ROWS = ("for_each", "across", "where", "ignore_groups")


def dataset(written: Mapping[str, Node], check: type[Check]) -> Iterator[Diagnostic]:
    """Find a `data` role given to a check that reads no data set."""
    if not check.data and "data" in written:
        yield written["data"].problem("PK124", f"`{check.id}` reads no data set", hint="delete `data:`")


def rows(written: Mapping[str, Node], asked: list[type[Check]]) -> Iterator[Diagnostic]:
    """Find groups and conditions on rows in a rule of which no check reads rows, and groups compared that nobody named."""
    of_facts = next((check for check in asked if not check.data), None)
    for key in _OF_ROWS:
        if key in written and of_facts is not None:
            yield written[key].problem("PK124", f"`{of_facts.id}` reads no rows", hint=f"delete `{key}:`")
    compares = next((check for check in asked if check.compares_groups), None)
    if compares is not None and "for_each" not in written and "across" not in written:
        message = f"`{compares.id}` compares groups, and the rule does not say which"
        yield written["check" if "check" in written else "id"].problem(
            "PK128", message, hint="add `for_each: protected_attributes`, or a list of attributes"
        )
    if "ignore_groups" in written and "for_each" not in written and "across" not in written:
        yield written["ignore_groups"].problem("PK124", "the rule has no groups to ignore", hint="add `for_each:`")


def evidence(written: Mapping[str, Node], asked: list[type[Check]]) -> Iterator[Diagnostic]:
    """Find the age asked of data that is never read, and (as a warning) rows asked of groups where there are none."""
    given = written.get("evidence")
    if given is None:
        return
    of_facts = next((check for check in asked if not check.data), None)
    for name, _ in given.pairs:
        if name.text == "max_age" and of_facts is not None:
            message = f"`{of_facts.id}` reads no data set that could be too old"
            hint = "delete `max_age:`; the rule would never be shown"
            yield name.problem("PK129", message, hint=hint)
        if name.text == "min_rows_per_group" and "for_each" not in written and "across" not in written:
            hint = "add `for_each:`, or ask for `min_rows`"
            yield name.warning("PK510", "the rule has no groups, so `min_rows_per_group` asks for nothing", hint=hint)

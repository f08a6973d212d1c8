"""What a group is called: one spelling, wherever groups are told apart."""

from __future__ import annotations

from policykit.terms.state import Value

MISSING_GROUP = "(missing)"
AS_IT_STANDS = " (as it stands)"
"""Behind a value that a bundle did not rename, where it renamed another one to the same text."""


def group_name(value: Value) -> str:
    """Return the name of the group whose key is `value`: two different keys of one column never share a name.

    Missing is a group of its own; a text that reads like it is put in quotes. `true` and `1` as everywhere in the language.
    """
    match value:
        case None:
            return MISSING_GROUP
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case str() if value.strip('"') == MISSING_GROUP:
            return f'"{value}"'
        case _:
            return str(value)

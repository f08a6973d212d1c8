"""Words out of a foreign file, made harmless before they stand in a message."""

from __future__ import annotations


def quoted(value: object, *, longest: int = 80) -> str:
    """Return `value` in backticks: at most `longest` characters, control and bidirectional ones made visible.

    What a stranger's file says may hold line breaks, terminal escapes or text that runs backwards.
    """
    text = value if isinstance(value, str) else _named(value)
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return "`" + "".join(_visible(character) for character in text) + "`"


def _visible(character: str) -> str:
    if character == "`":
        return "'"
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"


def _named(value: object) -> str:
    """Return what JSON calls the value: no Python type names in messages."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case list() | tuple():
            return "a list"
        case _:
            return "an object"

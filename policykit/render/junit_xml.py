"""What all JUnit XML of policykit has in common: what a case says, and how the file is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit.render.visible import visible

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LONGEST = 500


def say(case: Element, kind: str, what: str, message: str, text: str) -> None:
    """Say in a test case why it is a `failure` or an `error`; `text` is written as it stands."""
    from xml.etree.ElementTree import SubElement

    found = SubElement(case, kind, {"type": shown(what), "message": shown(message)})
    found.text = text


def shown(text: str, longest: int = LONGEST) -> str:
    """Return text of a bundle or a policy so that nothing in it is hidden, and no longer than people read."""
    return visible(text, longest=longest)


def written(root: Element) -> str:
    """Return the whole file."""
    from xml.etree.ElementTree import indent, tostring

    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"

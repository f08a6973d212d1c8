"""The page of a code: what it means, with a wrong and a right example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["file", "policy", "rule", "gate", "inventory", "bundle", "trust", "waiver", "test", "command"]


@dataclass(frozen=True, slots=True)
class CodePage:
    """What `policykit explain PK104` prints.

    `kind` says what the examples are: a whole file, keys of a policy, keys of one rule, keys of a gate file, lines of an
    inventory, keys of a manifest, parts of a trust file, keys of a waiver, keys of a case of a test, or a command.
    """

    code: str
    title: str
    meaning: str
    wrong: str
    right: str
    kind: Kind = "rule"


def pages(*found: CodePage) -> dict[str, CodePage]:
    """Return the pages by code; a code has one page."""
    by_code = {page.code: page for page in found}
    assert len(by_code) == len(found), "a code has one page"
    return by_code

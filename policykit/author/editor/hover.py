"""What a word means: the page of a check, a rule as a sentence, a control's framework, a parameter's value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policykit.author.check_page import page
from policykit.author.editor.context import kind_of
from policykit.author.editor.outline import Entry, Outline
from policykit.author.editor.shape import shape
from policykit.checks import find
from policykit.load.diagnose import visible
from policykit.load.lint import controls
from policykit.load.one_document import policies_in
from policykit.load.yaml import LARGEST
from policykit.terms.policy import Policy, Rule
from policykit.terms.sentence import sentence

_MOST_LINES = 120  # of a page: an editor shows it beside the text


@dataclass(frozen=True, slots=True)
class Hover:
    """What is shown over a word from `column`, `length` characters long; `markdown` says that none of the text is a user's."""

    text: str
    line: int
    column: int
    length: int
    markdown: bool = False


def hover(text: str, line: int, column: int, policies: Sequence[Policy] = ()) -> Hover | None:
    """Return what the word at a place means, or None; `policies` are those a test is of. Never raises."""
    if len(text) > LARGEST:
        return None
    kind, root = kind_of(text), Outline(text).root
    here = [each for each in root.walk() if each.line == line]
    for entry in reversed(here):
        if entry.value_column and entry.value_column <= column <= entry.value_column + len(entry.value):
            found = _value(entry, kind, text, root, policies)
            if found is not None:
                said, markdown = found
                return Hover(said, line, entry.value_column, max(len(entry.value), 1), markdown)
        if entry.key != "-" and entry.column <= column <= entry.column + len(entry.key):
            return _key(entry, kind, policies)
    return None


def _key(entry: Entry, kind: str, policies: Sequence[Policy]) -> Hover | None:
    if entry.parent is None:
        return None
    if kind == "test" and entry.parent.key == "expect":
        told = _of_rule(entry.key, policies)
        return Hover(told, entry.line, entry.column, len(entry.key)) if told else None
    about = shape(kind, entry.parent.path, entry.parent).keys.get(entry.key, "")
    return Hover(about, entry.line, entry.column, len(entry.key), markdown=True) if about else None


def _value(entry: Entry, kind: str, text: str, root: Entry, policies: Sequence[Policy]) -> tuple[str, bool] | None:
    """Return what a value means, and whether none of that is a user's own text."""
    word, path = entry.plain, entry.path
    if entry.key == "check":
        check = find(word)
        return None if check is None else ("\n".join(page(check).splitlines()[:_MOST_LINES]), True)
    if "controls" in path and controls.title(word):
        return f"{controls.title(word)}: {word.partition('/')[2]}", False
    if word.startswith("$"):
        return _parameter(word[1:], root)
    if kind == "policy" and path[:2] == ("rules", "-") and entry.key in ("id", "title") and len(path) == 3:
        return _sentence(entry, text)
    if kind == "test" and entry.key == "rule":
        told = _of_rule(word, policies)
        return (told, False) if told else None
    return None


def _sentence(entry: Entry, text: str) -> tuple[str, bool] | None:
    assert entry.parent is not None
    lines = {each.line for each in entry.parent.children if each.key == "id"}
    for policy in policies_in(text, "policy.yaml"):
        for rule in policy.rules:
            if rule.place.line in lines:
                return spoken(rule), False
    return None


def spoken(rule: Rule) -> str:
    """Return a rule as a sentence, with its reason, as plain text in which nothing is hidden."""
    kinds = {clause.check: kind for clause in rule.clauses if (kind := find(clause.check)) is not None}
    lines = [rule.title, "", sentence(rule, kinds)]
    lines += ["", f"Why: {rule.why}"] if rule.why else []
    return visible("\n".join(lines)).replace("<U+000A>", "\n")


def _of_rule(name: str, policies: Sequence[Policy]) -> str:
    return next((spoken(rule) for policy in policies for rule in policy.rules if rule.id == name), "")


def _parameter(name: str, root: Entry) -> tuple[str, bool] | None:
    declared = root.child("parameters")
    found = declared.child(name) if declared is not None else None
    if found is None:
        return None
    said = [f"{each.key}: {each.plain}" for each in found.children if each.plain]
    bounds = found.child("may_be_set_between")
    if bounds is not None and bounds.children:
        said.append(f"may be set between {' and '.join(each.plain for each in bounds.children)}")
    return visible(" · ".join(said)), False

"""What can be typed next: keys, checks, parameters, limits in their unit, labels, stages and controls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import Literal

from policykit.author.editor.context import Context, context
from policykit.author.editor.outline import Entry
from policykit.author.editor.shape import Shape, shape
from policykit.checks import find
from policykit.load.bundle_words import ROLES
from policykit.load.lint import controls
from policykit.load.words import KINDS
from policykit.load.yaml import LARGEST
from policykit.terms.policy import Policy
from policykit.terms.quantity import Unit

UNITS: Mapping[Unit, tuple[str, ...]] = {
    Unit.SHARE: ("%",),
    Unit.DIFFERENCE: ("pp",),
    Unit.DURATION: ("ms", "s", "minutes", "hours", "days"),
    Unit.SIZE: ("KB", "MB", "GB"),
    Unit.COUNT: ("rows",),
    Unit.NUMBER: (),
    Unit.PRESENCE: (),
}
_EXAMPLES = {
    Unit.SHARE: "80 %",
    Unit.DIFFERENCE: "10 pp",
    Unit.DURATION: "200 ms",
    Unit.SIZE: "20 MB",
    Unit.COUNT: "2000 rows",
    Unit.NUMBER: "0.8",
}
_NUMBER = re.compile(r"(?P<number>[-+]?[0-9][0-9./eE+-]*)\s*(?P<unit>[%A-Za-z]*)")
_RELATIVE = ("worse_by_at_most", "better_by_at_least")


@dataclass(frozen=True, slots=True)
class Completion:
    """One thing that can be typed: `label` is shown and inserted, with `after` behind it, in place of what begins at `start`."""

    label: str
    what: Literal["key", "check", "word", "unit", "label", "control", "parameter", "rule"]
    start: int
    detail: str = ""
    about: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside a document: the vocabulary of the gate file, and the policy that a test is of."""

    vocabulary: Mapping[str, tuple[str, ...]]
    policies: Sequence[Policy] = ()


NOTHING = Beside({})


def completions(text: str, line: int, column: int, beside: Beside = NOTHING) -> tuple[Completion, ...]:
    """Return what can be typed at a place; `line` and `column` count from 1. Never raises, whatever has been typed."""
    if len(text) > LARGEST:
        return ()
    here = context(text, line, column)
    if here.at == "nothing":
        return ()
    if not here.kind:
        return tuple(_heads(here))
    found = dict.fromkeys(_all(here, beside))
    return tuple({(each.label, each.what): each for each in found}.values())


def _heads(here: Context) -> Iterator[Completion]:
    if here.at == "key" and not here.container.path and not here.siblings:
        for kind in KINDS:
            yield Completion(f"policykit: {kind}/1", "key", here.start, f"begin a {kind} document")
    elif here.path == ("policykit",):
        for kind in KINDS:
            yield Completion(f"{kind}/1", "word", here.start)


def _all(here: Context, beside: Beside) -> Iterator[Completion]:
    if here.at in ("key", "item"):
        path = here.path if here.at == "key" or here.path[-1:] == ("-",) else (*here.path, "-")
        found = shape(here.kind, path, here.container)
        yield from _keys(here, found, path, beside)
        if here.at == "item":
            yield from _values(here, found, path, beside)
        return
    if here.path == ("policykit",):
        for kind in KINDS:
            yield Completion(f"{kind}/1", "word", here.start)
    yield from _values(here, shape(here.kind, here.path, here.container), here.path, beside)


def _keys(here: Context, found: Shape, path: Sequence[str], beside: Beside) -> Iterator[Completion]:
    for key, about in found.keys.items():
        if key not in here.siblings or key == here.prefix:
            yield Completion(key, "key", here.start, about=about, after=": ")
    if _labels_here(here.kind, path):
        names = [
            name for name in beside.vocabulary if name != "controls" and (name != "stage" or path == ("applies_to",))
        ]
        for name in names:
            if name not in here.siblings:
                listed = ", ".join(beside.vocabulary[name])
                yield Completion(name, "label", here.start, f"one of {listed}", after=": ")
    if here.kind == "test" and path[-1:] == ("expect",):
        for policy in beside.policies:
            for rule in policy.rules:
                if rule.id not in here.siblings:
                    yield Completion(rule.id, "rule", here.start, rule.title, after=": ")


def _values(here: Context, found: Shape, path: Sequence[str], beside: Beside) -> Iterator[Completion]:
    own = path[-1] if path and path[-1] != "-" else path[-2] if len(path) > 1 else ""
    if own == "check":
        yield from _checks(here, found, beside)
    elif "controls" not in path:
        for word in found.words:
            if word not in KINDS and word != f"{here.kind}/1":
                yield Completion(word, "word", here.start)
    if found.units:
        yield from _amounts(here, found, relative=own in _RELATIVE)
    if found.parameter or here.prefix.startswith("$"):
        yield from _parameters(here)
    if "controls" in path and own in ("controls", "id"):
        for control in sorted(controls.known() | frozenset(beside.vocabulary.get("controls", ()))):
            yield Completion(control, "control", here.start, controls.title(control) or "a control of your own")
    yield from _named(here, path, own, beside)


def _checks(here: Context, found: Shape, beside: Beside) -> Iterator[Completion]:
    asked = {clause.check for policy in beside.policies for rule in policy.rules for clause in rule.clauses}
    for name in found.words:
        check = find(name)
        if check is not None and (here.kind != "test" or not asked or name in asked):
            about = cleandoc(check.__doc__ or "").split("\n\n")[0]
            yield Completion(name, "check", here.start, check.question, about)


def _amounts(here: Context, found: Shape, *, relative: bool) -> Iterator[Completion]:
    written = _NUMBER.fullmatch(here.prefix.strip())
    for unit in found.units:
        if written is None:
            if not here.prefix.strip() and unit in _EXAMPLES:
                yield Completion(_EXAMPLES[unit], "unit", here.start, found.about)
            continue
        for word in UNITS[unit]:
            if word.startswith(written["unit"]):
                yield Completion(f"{written['number']} {word}", "unit", here.start)
        if relative:
            yield Completion(f"{written['number']} % relative", "unit", here.start, "a share of the champion's value")


def _parameters(here: Context) -> Iterator[Completion]:
    declared = here.root.child("parameters")
    for each in declared.children if declared is not None else ():
        title, value = each.child("title"), each.child("value")
        told = " = ".join(part.plain for part in (title, value) if part is not None)
        yield Completion(f"${each.key}", "parameter", here.start, told)


def _named(here: Context, path: Sequence[str], own: str, beside: Beside) -> Iterator[Completion]:
    where = tuple(each for each in path if each != "-")
    if len(where) > 1 and _labels_here(here.kind, where[:-1]) and own in beside.vocabulary:
        for value in beside.vocabulary[own]:
            yield Completion(value, "label", here.start, f"a value of {own}")
    if (here.kind, own) == ("test", "stage"):
        for value in beside.vocabulary.get("stage", ()):
            yield Completion(value, "label", here.start, "a stage")
    if own == "data" and here.kind in ("policy", "test"):
        for role in ROLES:
            yield Completion(role, "word", here.start, "a data set by its role")
    if here.kind == "policy" and own in ("for_each", "protected_attributes", "across"):
        yield from (Completion(name, "word", here.start, "an attribute of this policy") for name in _bands(here.root))
    if here.kind == "test" and own == "rule":
        for policy in beside.policies:
            yield from (Completion(rule.id, "rule", here.start, rule.title) for rule in policy.rules)


def _bands(root: Entry) -> Sequence[str]:
    declared = root.child("attributes")
    return [each.key for each in declared.children] if declared is not None else ()


def _labels_here(kind: str, path: Sequence[str]) -> bool:
    """Say whether the keys at a path are labels of models."""
    match kind:
        case "policy":
            return tuple(path) == ("applies_to",)
        case "bundle":
            return tuple(path) == ("labels",)
        case "test":
            return tuple(path)[-2:] == ("given", "labels")
        case _:
            return False

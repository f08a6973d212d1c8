"""Policies that speak of nothing, and labels that no bundle can carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policykit.errors import Diagnostic
from policykit.load.node import Node
from policykit.load.scalars import shown
from policykit.terms.nearest import nearest
from policykit.terms.policy import AppliesTo

Vocabulary = Mapping[str, tuple[str, ...]]


def label(key: Node, value: Node, vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    """Find a value that the vocabulary of the gate file does not have for this label, and a label that looks misspelt."""
    labels = [name for name in vocabulary if name != "controls"]
    if key.text in labels:
        yield from values(key.text, value, vocabulary)
    elif near := nearest(key.text, labels):
        message = f"the vocabulary has no label `{shown(key.text)}`"
        hint = "a bundle that lacks the label a policy asks about is held"
        yield key.warning("PK507", message, suggestion=near, hint=hint)


def values(name: str, value: Node, vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    """Find values of the label `name` that the vocabulary does not have; a label it does not speak of may be anything."""
    for item in value.items or (value,):
        if name not in vocabulary or name == "controls":
            continue
        if item.kind == "scalar" and item.text and item.text.strip() not in vocabulary[name]:
            near = nearest(item.text.strip(), vocabulary[name])
            hint = "" if near else f"`{name}` may be: {', '.join(vocabulary[name])}"
            message = f"`{shown(item.text)}` is no `{name}` of the vocabulary"
            yield item.problem("PK113", message, suggestion=near, hint=hint)


def nothing(node: Node, applies_to: AppliesTo) -> Iterator[Diagnostic]:
    """Find an `applies_to` that matches no bundle at all."""
    if not applies_to.everything and not applies_to.labels and not applies_to.stages:
        hint = "name labels and stages, or write `applies_to: everything`"
        yield node.problem("PK112", "the policy applies to nothing", hint=hint)

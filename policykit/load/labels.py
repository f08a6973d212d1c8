"""Which labels a bundle has: its own, or those of the inventory; and whether the vocabulary knows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policykit.errors import Diagnostic
from policykit.load.lint import reach
from policykit.load.manifest_document import Manifest
from policykit.load.scalars import Problems, shown
from policykit.terms.nearest import nearest

Labels = Mapping[str, tuple[str, ...]]
Inventory = Mapping[str, Labels]


def read_labels(
    manifest: Manifest, inventory: Inventory | None, vocabulary: Labels | None, problems: Problems
) -> Labels:
    """Return the labels that policies match on; a value that the vocabulary of the gate file does not have is a problem."""
    own: Problems = []
    for label, node in manifest.label_nodes.items():
        own += [each for each in reach.values(label, node, vocabulary or {}) if label in manifest.labels]
    problems += own
    if inventory is None:
        return manifest.labels
    known = inventory.get(manifest.name)
    before = len(problems)
    problems.extend(_otherwise(manifest, known))
    if known is None:
        return manifest.labels
    if len(problems) == before and not own:
        problems.extend(_unknown(manifest, known, vocabulary or {}))
    return {label: tuple(values) for label, values in known.items() if values}


def _otherwise(manifest: Manifest, known: Labels | None) -> Iterator[Diagnostic]:
    """Find a bundle that the inventory does not know, and labels that it tells otherwise."""
    name = manifest.node.get("name")
    if known is None:
        if name is not None and manifest.name:
            hint = "the owners of the policies add it, with its labels"
            yield name.problem("PK317", f"`{manifest.name}` is not in the inventory", hint=hint)
        return
    for label, values in manifest.labels.items():
        listed = known.get(label, ())
        if set(values) != set(listed):
            told = ", ".join(listed)
            said = f"says `{label}: {told}`" if listed else f"says nothing of `{label}`"
            hint = "leave the label out, or ask the owners of the inventory to change theirs"
            yield manifest.label_nodes[label].problem("PK317", f"the inventory {said}", hint=hint)


def _unknown(manifest: Manifest, known: Labels, vocabulary: Labels) -> Iterator[Diagnostic]:
    """Find labels of the inventory that the vocabulary does not have; the place is the name it knows the bundle by."""
    name = manifest.node.get("name") or manifest.node
    for label, values in known.items():
        for value in values:
            if label in vocabulary and value not in vocabulary[label]:
                near = nearest(value, vocabulary[label])
                meant = f"did you mean `{near}`? " if near else ""
                message = f"the inventory says `{label}: {shown(value)}`, which is no `{label}` of the vocabulary"
                hint = f"{meant}the owners of the inventory mend it there"
                yield name.problem("PK113", message, hint=hint)

"""One policy: what must be true, for which models, and who says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from policykit.load.fields import fields
from policykit.load.lint import advice, reach, twice
from policykit.load.node import Node
from policykit.load.parameters import read_parameters
from policykit.load.rule_document import read_rule
from policykit.load.scalars import (
    IDENTIFIER,
    Problems,
    day,
    decimal,
    identifier,
    is_list,
    is_map,
    is_stage,
    shown,
    text,
    texts,
)
from policykit.load.words import BANDS, MUST_COVER, POLICY, POLICY_LATER, POLICY_NEEDED
from policykit.terms.policy import AppliesTo, Bands, Policy, Rule

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Written:
    """A policy with the places that problems between policies are reported at."""

    policy: Policy
    id: Node
    must_cover: Node | None


def read_policy(
    root: Node,
    path: str,
    body: str,
    settings: Mapping[str, str],
    vocabulary: Mapping[str, tuple[str, ...]] | None,
    as_of: str | None,
    problems: Problems,
) -> Written | None:
    """Return the policy that the document `root` states; None where it cannot be read far enough to have a name.

    `path` is kept in the policy, `body` is its text, `settings` what the gate file sets, `vocabulary` what
    labels and own controls may be (None: not asked, as when a report is judged again).
    """
    written = fields(root, "a policy", problems, known=tuple(POLICY), needed=POLICY_NEEDED, later=POLICY_LATER)
    name = identifier(written["id"], problems) if "id" in written else None
    version = _version(written["version"], problems) if "version" in written else None
    title = text(written["title"], problems) if "title" in written else None
    owner = text(written["owner"], problems) if "owner" in written else None
    applies_to = (
        _applies_to(written["applies_to"], vocabulary or {}, problems) if "applies_to" in written else AppliesTo()
    )
    review_by = day(written["review_by"], problems) if "review_by" in written else None
    audit_until = day(written["audit_until"], problems) if "audit_until" in written else None
    canary = (texts(written["canary"], problems) or ()) if "canary" in written else ()
    if "canary" in written and "audit_until" not in written:
        hint = "add `audit_until:`, the last day on which the policy only advises all others, or take it out"
        problems.append(
            written["canary"].problem("PK130", "`canary` means something only beside `audit_until`", hint=hint)
        )
    parameters = read_parameters(written.get("parameters"), body, settings, problems)
    attributes = _attributes(written["attributes"], problems) if "attributes" in written else {}
    must_cover = _must_cover(written["must_cover"], problems) if "must_cover" in written else (None, ())
    used: set[str] = set()
    rules: list[Rule] = []
    own_controls = None if vocabulary is None else vocabulary.get("controls", ())
    for item in _rules(written, problems):
        rule = read_rule(item, parameters, own_controls, used, problems)
        if rule is not None:
            rules.append(rule)
    if name is None or version is None:
        return None
    policy = Policy(
        id=name,
        version=version,
        title=title or "",
        owner=owner or "",
        applies_to=applies_to,
        rules=tuple(rules),
        must_cover=must_cover[1],
        attributes=attributes,
        parameters=dict(parameters.stated),
        review_by=review_by,
        audit_until=audit_until,
        canary=canary,
        path=path,
        text=body,
        settings=dict(parameters.settings),
        place=root.place,
    )
    problems.extend(advice.policy(written, policy, parameters.places, used, as_of))
    return Written(policy, written["id"], must_cover[0])


def _rules(written: Mapping[str, Node], problems: Problems) -> tuple[Node, ...]:
    node = written.get("rules")
    if node is None:
        return ()
    if node.empty or (node.kind == "list" and not node.items):
        problems.append(node.problem("PK110", "the policy has no rules", hint="add one, or delete the file"))
        return ()
    if not is_list(node, problems):
        return ()
    problems.extend(twice.rules(node.items))
    return node.items


def _version(node: Node, problems: Problems) -> str | None:
    word = text(node, problems)
    if word is not None and _VERSION.fullmatch(word) is None:
        problems.append(node.problem("PK103", f"`{shown(word)}` is not a version", hint="write for example `3.2.0`"))
        return None
    return word


def _applies_to(node: Node, vocabulary: Mapping[str, tuple[str, ...]], problems: Problems) -> AppliesTo:
    if node.kind == "scalar" and node.text == "everything":
        return AppliesTo(everything=True)
    if node.kind == "scalar" or not is_map(node, problems):
        if node.kind == "scalar":
            hint = "write `applies_to: {use_case: [credit-scoring]}`, or `applies_to: everything`"
            problems.append(node.problem("PK112", "`applies_to` names no labels and no stages", hint=hint))
        return AppliesTo()
    before = len(problems)
    labels: dict[str, tuple[str, ...]] = {}
    stages: tuple[str, ...] = ()
    for key, value in node.pairs:
        values = texts(value, problems)
        if key.text == "stage":
            stages = _stages(value, values or (), problems)
        elif IDENTIFIER.fullmatch(key.text) is None:
            problems.append(
                key.problem("PK103", f"`{shown(key.text)}` is not a label", hint="write for example `use_case`")
            )
        elif values is not None:
            labels[key.text] = values
        problems.extend(reach.label(key, value, vocabulary))
    found = AppliesTo(labels, stages)
    if len(problems) == before:
        problems.extend(reach.nothing(node, found))
    return found


def _stages(node: Node, names: tuple[str, ...], problems: Problems) -> tuple[str, ...]:
    for item in node.items or (node,):
        if item.text.strip() in names and not is_stage(item.text.strip()):
            hint = "lower-case letters, digits and `-`"
            problems.append(item.problem("PK125", f"`{shown(item.text)}` is not a stage", hint=hint))
    return names


def _must_cover(node: Node, problems: Problems) -> tuple[Node | None, tuple[str, ...]]:
    found = fields(node, "`must_cover`", problems, known=tuple(MUST_COVER), needed=tuple(MUST_COVER))
    listed = found.get("protected_attributes")
    return (None, ()) if listed is None else (listed, texts(listed, problems) or ())


def _attributes(node: Node, problems: Problems) -> dict[str, Bands]:
    if not is_map(node, problems):
        return {}
    found: dict[str, Bands] = {}
    for name, body in node.pairs:
        if IDENTIFIER.fullmatch(name.text) is None:
            problems.append(
                name.problem("PK103", f"`{shown(name.text)}` is not an id", hint="letters, digits, `.`, `-`, `_`")
            )
        entry = fields(body, "an attribute", problems, known=tuple(BANDS), needed=tuple(BANDS))
        of = text(entry["from"], problems) if "from" in entry else None
        edges = _edges(entry["cut"], problems) if "cut" in entry else None
        if of == name.text:
            problems.append(
                entry["from"].problem("PK122", f"`{shown(of)}` is cut from itself", hint="give the bands a new name")
            )
        if of is not None and edges is not None:
            found[name.text] = Bands(of, edges)
    return found


def _edges(node: Node, problems: Problems) -> tuple[float, ...] | None:
    if not is_list(node, problems):
        return None
    before = len(problems)
    edges = [decimal(item, problems) for item in node.items]
    whole = tuple(edge for edge in edges if edge is not None)
    if not node.items:
        problems.append(node.problem("PK021", "the list is empty", hint="write for example `cut: [25, 40, 62]`"))
    if len(problems) > before:
        return None
    for item, low, high in zip(node.items[1:], whole, whole[1:], strict=False):
        if high <= low:
            problems.append(
                item.problem("PK122", f"`{item.text}` is not above `{low:g}`", hint="edges rise from left to right")
            )
            return None
    return whole

"""One rule of a policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from policykit import checks
from policykit.load.clause_document import read_clause
from policykit.load.evidence_document import read_evidence
from policykit.load.fields import fields
from policykit.load.lint import advice, controls, scope
from policykit.load.node import Node
from policykit.load.parameters import Parameters
from policykit.load.scalars import Problems, choice, day, identifier, is_list, text, texts
from policykit.load.where_document import read_where
from policykit.load.words import CLAUSE, CONTROL, IGNORED, LIMIT, LIMIT_LATER, RULE, SETS
from policykit.terms.check import Check
from policykit.terms.policy import Clause, Control, Enforcement, Evidence, Ignored, Rule, Severity
from policykit.terms.quantity import Unit

_KNOWN = (*RULE, *CLAUSE, *LIMIT)
_PART = (*CLAUSE, *LIMIT)
_RESOLVED = ("with", "evidence", "where", *LIMIT)  # where `$name` stands for a parameter


def read_rule(
    node: Node, parameters: Parameters, own_controls: tuple[str, ...] | None, used: set[str], problems: Problems
) -> Rule | None:
    """Return one rule; None where it cannot be read far enough to say what it asks."""
    written = fields(node, "a rule", problems, known=_KNOWN, needed=("id", "title"), later=LIMIT_LATER)
    if not written:
        return None
    was_set = _was_set(written, parameters)
    written = _resolved(written, parameters, used, problems)
    name = identifier(written["id"], problems) if "id" in written else None
    title = text(written["title"], problems) if "title" in written else None
    combine, clauses, asked = _clauses(written, node, parameters, used, problems, was_set=was_set)
    problems.extend(scope.rows(written, asked))
    problems.extend(scope.evidence(written, asked))
    given = _rest(written, own_controls, problems)
    if name is None or title is None or not clauses:
        return None
    rule = Rule(id=name, title=title, clauses=clauses, combine=combine, place=written["id"].place, **given)
    problems.extend(advice.rule(written, rule))
    return rule


def _resolved(written: dict[str, Node], parameters: Parameters, used: set[str], problems: Problems) -> dict[str, Node]:
    if "$" not in parameters.body:
        return written
    return {
        key: parameters.resolve(node, problems, used, quoted=_only_numbers(key, written)) if key in _RESOLVED else node
        for key, node in written.items()
    }


def _only_numbers(key: str, written: Mapping[str, Node]) -> bool:
    """Say whether no text can be meant under `key`, so that a parameter's name in quotes is still a parameter."""
    if key != "equals":
        return key not in ("with", "where", "is", *SETS)
    check = checks.find(written["check"].text) if "check" in written else None
    return check is not None and check.unit is not Unit.PRESENCE


def _was_set(written: Mapping[str, Node], parameters: Parameters) -> bool:
    """Say whether one of the limits is a parameter that the gate file has set."""
    return any(f"${name}" == node.text for name in parameters.settings for key, node in written.items() if key in LIMIT)


def _clauses(
    written: Mapping[str, Node],
    node: Node,
    parameters: Parameters,
    used: set[str],
    problems: Problems,
    *,
    was_set: bool,
) -> tuple[Literal["one", "all_of", "any_of"], tuple[Clause, ...], list[type[Check]]]:
    joins: list[Literal["all_of", "any_of"]] = [key for key in ("all_of", "any_of") if key in written]
    if not joins:
        if "check" not in written:
            problems.append(
                node.problem("PK102", "a rule needs `check`", hint="add `check:`, or `all_of:` with several")
            )
            return "one", (), []
        one = read_clause(written, written["check"], problems, was_set=was_set)
        return "one", () if one is None else (one[0],), [] if one is None else [one[1]]
    join = joins[0]
    for key in (*joins[1:], *(key for key in written if key in _PART)):
        message = f"`{key}` cannot stand beside `{join}`"
        problems.append(written[key].problem("PK123", message, hint=f"put it into the parts of `{join}`"))
    found: list[tuple[Clause, type[Check]]] = []
    if not is_list(written[join], problems):
        return join, (), []
    if not written[join].items:
        problems.append(written[join].problem("PK201", f"`{join}` holds no check", hint="name at least two"))
    for item in written[join].items:
        part = fields(item, f"a part of `{join}`", problems, known=_PART, needed=("check",), later=LIMIT_LATER)
        part_was_set = _was_set(part, parameters)
        part = _resolved(part, parameters, used, problems)
        clause = read_clause(part, part.get("check", item), problems, was_set=part_was_set)
        if clause is not None:
            found.append(clause)
    if len(written[join].items) == 1:
        problems.append(written[join].warning("PK508", f"`{join}` holds one check only", hint="write it without"))
    return join, tuple(clause for clause, _ in found), [check for _, check in found]


def _rest(written: Mapping[str, Node], own_controls: tuple[str, ...] | None, problems: Problems) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for key in ("why", "fix", "owner"):
        if key in written:
            given[key] = text(written[key], problems) or ""
    if "for_each" in written:
        given["for_each"] = _for_each(written["for_each"], problems)
    if "across" in written:
        given["across"] = _across(written["across"], problems)
    if "where" in written:
        given["where"] = read_where(written["where"], problems)
    given["evidence"] = read_evidence(written["evidence"], problems) if "evidence" in written else Evidence()
    for key, words in (("enforcement", Enforcement), ("severity", Severity)):
        if key in written and (word := choice(written[key], [each.value for each in words], problems)) is not None:
            given[key] = words(word)
    if "block_from" in written:
        given["block_from"] = day(written["block_from"], problems)
    if "if_other_task" in written:
        given["if_other_task"] = (
            choice(written["if_other_task"], ("undecided", "not_applicable"), problems) or "undecided"
        )
    if "ignore_groups" in written:
        given["ignore_groups"] = _ignored(written["ignore_groups"], problems)
    if "controls" in written:
        given["controls"] = _controls(written["controls"], own_controls, problems)
    return given


def _for_each(node: Node, problems: Problems) -> tuple[str, ...] | Literal["protected_attributes"] | None:
    if node.kind == "scalar" and node.text == "protected_attributes":
        return "protected_attributes"
    return texts(node, problems)


def _across(node: Node, problems: Problems) -> tuple[tuple[str, ...], ...]:
    if not is_list(node, problems):
        return ()
    found = []
    for item in node.items:
        names = texts(item, problems) if is_list(item, problems) else None
        if names is not None and len(names) < 2:
            hint = "write `across: [[sex, age_band]]`"
            problems.append(item.problem("PK020", "an intersection needs two attributes or more", hint=hint))
        elif names is not None:
            found.append(names)
    if not node.items:
        problems.append(node.problem("PK021", "the list is empty", hint="write `across: [[sex, age_band]]`"))
    return tuple(found)


def _ignored(node: Node, problems: Problems) -> Ignored | None:
    found = fields(node, "`ignore_groups`", problems, known=tuple(IGNORED), needed=tuple(IGNORED))
    values = texts(found["values"], problems) if "values" in found else None
    why = text(found["why"], problems) if "why" in found else None
    return None if values is None or why is None else Ignored(values, why)


def _controls(node: Node, own: tuple[str, ...] | None, problems: Problems) -> tuple[Control, ...]:
    found: list[Control] = []
    if not is_list(node, problems):
        return ()
    for item in node.items:
        entry = (
            {"id": item}
            if item.kind == "scalar"
            else fields(item, "a control", problems, known=tuple(CONTROL), needed=("id",))
        )
        name = text(entry["id"], problems) if "id" in entry else None
        how = text(entry["how"], problems) if "how" in entry else "contributes"
        if name is not None:
            problems.extend(controls.problems(entry["id"], own) if own is not None else ())
            found.append(Control(name, how or "contributes"))
    return tuple(found)

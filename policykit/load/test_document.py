"""Tests of policies: what is given, and what must come of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from policykit.load import test_words as words
from policykit.load.bundle_words import KINDS as TASKS
from policykit.load.fields import fields
from policykit.load.free import free
from policykit.load.gate_sources import read_settings
from policykit.load.given_estimate import read_estimate
from policykit.load.node import Node
from policykit.load.scalars import (
    IDENTIFIER,
    Problems,
    choice,
    day,
    is_list,
    is_map,
    is_stage,
    shown,
    text,
    texts,
)
from policykit.terms.decision import Decision
from policykit.terms.nearest import nearest
from policykit.terms.place import NOWHERE
from policykit.terms.policy_test import Case, Expected, Given, GivenEstimate, PolicyTest
from policykit.terms.verdict import Cause, Status

_POLICY = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}@[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}")
_OUTCOME = re.compile(r"([a-z_]+)(?:\(([a-z_]+)\))?")
_OUTCOMES = "`pass`, `fail`, `undecided`, `undecided(cause)`, `not_applicable`"


def read_test_document(root: Node, problems: Problems) -> PolicyTest:
    """Return the test that the document `root` states, as far as it can be read; what is wrong is added to `problems`."""
    written = fields(root, "a test", problems, known=tuple(words.TEST), needed=words.TEST_NEEDED)
    policy = _policy(written["policy"], problems) if "policy" in written else None
    cases = _cases(written["cases"], problems) if "cases" in written else ()
    return PolicyTest(policy or "", cases, root.source.path, root.source.lines)


def _policy(node: Node, problems: Problems) -> str | None:
    word = text(node, problems)
    if word is not None and _POLICY.fullmatch(word) is None:
        hint = "write for example `acme.credit@3`, or `acme.credit@3.2.0`"
        problems.append(node.problem("PK103", f"`{shown(word)}` does not name a policy with its version", hint=hint))
        return None
    return word


def _cases(node: Node, problems: Problems) -> tuple[Case, ...]:
    if node.empty or (node.kind == "list" and not node.items):
        problems.append(node.problem("PK021", "the test has no cases", hint="a test of nothing proves nothing"))
        return ()
    if not is_list(node, problems):
        return ()
    first: dict[str, int] = {}
    found = []
    for item in node.items:
        case = _case(item, problems)
        if case is None:
            continue
        earlier = first.setdefault(case.name, item.line)
        if case.name and earlier != item.line:
            at = item.get("name") or item
            problems.append(
                at.problem("PK025", f"two cases are called `{shown(case.name)}`; the first is on line {earlier}")
            )
        found.append(case)
    return tuple(found)


def _case(node: Node, problems: Problems) -> Case | None:
    written = fields(node, "a case", problems, known=tuple(words.CASE), needed=words.CASE_NEEDED)
    if not written:
        return None
    name = text(written["name"], problems) if "name" in written else None
    given = _given(written["given"], problems) if "given" in written else Given()
    rules, decision = _expect(written["expect"], problems) if "expect" in written else ({}, None)
    drafted = "drafted" in written and choice(written["drafted"], ("true",), problems) is not None
    return Case(name or "", given, rules, decision, node.place, drafted)


def _given(node: Node, problems: Problems) -> Given:
    written = fields(node, "`given`", problems, known=tuple(words.GIVEN))
    stage = text(written["stage"], problems) if "stage" in written else None
    if stage is not None and not is_stage(stage):
        hint = "lower-case letters, digits and `-`"
        problems.append(written["stage"].problem("PK125", f"`{shown(stage)}` is not a stage", hint=hint))
    facts = written.get("facts")
    name = text(written["bundle"], problems) if "bundle" in written else None
    return Given(
        bundle=name or "given",
        labels=_labels(written["labels"], problems) if "labels" in written else {},
        stage=stage,
        task=_task(written["task"], problems) if "task" in written else None,
        as_of=day(written["as_of"], problems) if "as_of" in written else None,
        collected=day(written["collected"], problems) if "collected" in written else None,
        protected_attributes=_protected(written.get("protected_attributes"), problems),
        facts=_facts(facts, problems) if facts is not None else {},
        estimates=_estimates(written["estimates"], problems) if "estimates" in written else (),
        settings=read_settings(written["set"], problems) if "set" in written else {},
        settings_at=written["set"].place if "set" in written else NOWHERE,
    )


def _labels(node: Node, problems: Problems) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, value in node.pairs if is_map(node, problems) else ():
        if IDENTIFIER.fullmatch(key.text) is None:
            hint = "write for example `use_case`"
            problems.append(key.problem("PK103", f"`{shown(key.text)}` is not a label", hint=hint))
        found[key.text] = texts(value, problems) or ()
    return found


def _task(node: Node, problems: Problems) -> str | None:
    written = fields(node, "`task`", problems, known=tuple(words.TASK), needed=tuple(words.TASK))
    return choice(written["kind"], TASKS, problems) if "kind" in written else None


def _protected(node: Node | None, problems: Problems) -> tuple[str, ...] | None:
    """Return the attributes; an empty list says that the team declares none."""
    if node is None:
        return None
    return () if node.kind == "list" and not node.items else texts(node, problems) or ()


def _facts(node: Node, problems: Problems) -> Mapping[str, Any]:
    found = free(node) if is_map(node, problems) else {}
    return found if isinstance(found, dict) else {}


def _estimates(node: Node, problems: Problems) -> tuple[GivenEstimate, ...]:
    if not is_list(node, problems):
        return ()
    read = (read_estimate(item, problems) for item in node.items)
    return tuple(estimate for estimate in read if estimate is not None)


def _expect(node: Node, problems: Problems) -> tuple[dict[str, Expected], Decision | None]:
    rules: dict[str, Expected] = {}
    decision: Decision | None = None
    if not is_map(node, problems):
        return rules, decision
    if not node.pairs:
        hint = "write for example `{FAIR-01: undecided(missing), decision: HELD}`"
        problems.append(node.problem("PK021", "the case expects nothing", hint=hint))
    for key, value in node.pairs:
        if key.text == "decision":
            word = choice(value, tuple(Decision), problems)
            decision = None if word is None else Decision(word)
        else:
            outcome = _outcome(value, problems)
            if outcome is not None:
                rules[key.text] = outcome
    return rules, decision


def _outcome(node: Node, problems: Problems) -> Expected | None:
    word = text(node, problems)
    if word is None:
        return None
    found = _OUTCOME.fullmatch(word.replace(" ", ""))
    statuses, causes = {each.value: each for each in Status}, {each.value: each for each in Cause}
    status = statuses.get(found[1]) if found is not None else None
    if found is None or status is None or (found[2] and status is not Status.UNDECIDED):
        near = nearest(word.partition("(")[0], statuses)
        problems.append(node.problem("PK026", f"`{shown(word)}` is none of {_OUTCOMES}", suggestion=near))
        return None
    if found[2] and found[2] not in causes:
        near = nearest(found[2], causes)
        hint = "" if near else f"the causes are {', '.join(causes)}"
        problems.append(
            node.problem(
                "PK026",
                f"`{shown(found[2])}` is no cause of being undecided",
                suggestion=f"undecided({near})" if near else "",
                hint=hint,
            )
        )
        return None
    return Expected(status, causes[found[2]] if found[2] else None)

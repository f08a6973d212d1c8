"""What each stage of a trust file asks: of reports, policies, approvals, permits and waivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from policykit.load import trust_words as words
from policykit.load.exact import count, days, rule_id, sha256, version
from policykit.load.fields import fields
from policykit.load.node import Node
from policykit.load.scalars import Problems, choice, is_list, is_map, is_stage, shown, text, texts
from policykit.load.trust_keys import known
from policykit.terms.source import Source
from policykit.terms.trust import PolicyPin, Quorum, StageTrust, WaiverTerms
from policykit.terms.verdict import Cause

People = Mapping[str, int | None]

EVALUATOR = "evaluator"
WIDEST: tuple[Literal["build", "version", "model"], ...] = ("build", "version", "model")


@dataclass(frozen=True, slots=True)
class Names:
    """What the rest of the trust file names; `people` is how many distinct people or keys each role can give, None: unreadable."""

    people: People
    ledgers: Mapping[str, object]
    authorities: Mapping[str, object]


def read_stages(node: Node, names: Names, problems: Problems) -> dict[str, StageTrust]:
    """Return what each stage asks; a stage that asks nothing is refused."""
    if not is_map(node, problems):
        return {}
    if not node.pairs:
        problems.append(node.problem("PK613", "there is no stage here", hint="add one, or delete the line"))
    found: dict[str, StageTrust] = {}
    for name, value in node.pairs:
        if not is_stage(name.text):
            hint = "a stage is lower-case letters, digits and dashes, such as `production`"
            problems.append(name.problem("PK125", f"`{shown(name.text)}` is not a stage", hint=hint))
        if value.empty or (value.kind == "map" and not value.pairs):
            hint = "say who signs reports for it: `report: {signed_by: evaluator, max_age: 7 days}`"
            problems.append(name.problem("PK613", f"the stage `{shown(name.text)}` asks nothing", hint=hint))
            continue
        found[name.text] = _stage(name, value, names, problems)
    return found


def read_quorum(node: Node, people: People, problems: Problems) -> Quorum:
    """Return a role and how many of it, which may not be more than the role can give."""
    written = fields(node, "a role with its count", problems, known=tuple(words.QUORUM), needed=("role",))
    role = known(written["role"], people, "a role", problems) if "role" in written else None
    number = count(written["count"], problems) if "count" in written else 1
    if role is not None and number is not None:
        _enough(written.get("count") or written["role"], role, number, people, problems)
    return Quorum(role or "", number or 1)


def _stage(name: Node, node: Node, names: Names, problems: Problems) -> StageTrust:
    written = fields(node, "a stage", problems, known=tuple(words.STAGE))
    report = _inner(written, "report", words.REPORT, problems)
    permit = _inner(written, "permit", words.PERMIT, problems, needed=("signed_by",))
    attempts = _inner(written, "attempts", words.ATTEMPTS, problems, needed=("at_most",))
    rollback = _inner(written, "rollback", words.ROLLBACK, problems, needed=("within",))
    people = names.people
    role = known(report["signed_by"], people, "a role", problems) if "signed_by" in report else EVALUATOR
    if "signed_by" not in report and EVALUATOR not in people and node.kind == "map":
        hint = f"write `report: {{signed_by: ROLE}}`, or add the role `{EVALUATOR}`"
        problems.append(name.problem("PK604", f"the stage `{name.text}` does not say who signs reports", hint=hint))
    evaluations = count(report["evaluations"], problems) if "evaluations" in report else 1
    if role is not None and evaluations is not None:
        _enough(report.get("evaluations") or name, role, evaluations, people, problems)
    evidence = choice(written["evidence"], tuple(Source), problems) if "evidence" in written else None
    ledger, timestamp = written.get("ledger"), written.get("timestamp")
    return StageTrust(
        name.text,
        report_signed_by=role or EVALUATOR,
        report_max_age=days(report["max_age"], problems) if "max_age" in report else None,
        evaluations=evaluations or 1,
        engine_at_least=version(report["engine_at_least"], problems) if "engine_at_least" in report else None,
        policies=_pins(written["policies"], problems) if "policies" in written else (),
        evidence=None if evidence is None else Source(evidence),
        approvals=_approvals(written["approvals"], people, problems) if "approvals" in written else (),
        permit_signed_by=known(permit["signed_by"], people, "a role", problems) if "signed_by" in permit else None,
        permit_max_age=days(permit["max_age"], problems) if "max_age" in permit else None,
        waivers=_waivers(written["waivers"], people, problems) if "waivers" in written else None,
        ledger=None if ledger is None else known(ledger, names.ledgers, "one of `ledgers`", problems),
        timestamp=None
        if timestamp is None
        else known(timestamp, names.authorities, "one of `timestamp_authorities`", problems),
        attempts_at_most=count(attempts["at_most"], problems) if "at_most" in attempts else None,
        rollback_within=days(rollback["within"], problems) if "within" in rollback else None,
        break_glass=read_quorum(written["break_glass"], people, problems) if "break_glass" in written else None,
    )


def _inner(
    written: Mapping[str, Node],
    key: str,
    known_keys: Mapping[str, str],
    problems: Problems,
    needed: tuple[str, ...] = (),
) -> dict[str, Node]:
    if key not in written:
        return {}
    node = written[key]
    found = fields(node, f"`{key}` of a stage", problems, known=tuple(known_keys), needed=needed)
    if node.kind == "map" and not node.pairs and not needed:
        problems.append(node.problem("PK613", f"`{key}` asks nothing", hint="say what it asks, or delete it"))
    return found


def _enough(node: Node, role: str, number: int, people: People, problems: Problems) -> None:
    there = people.get(role)
    if there is not None and number > there:
        message = f"`{role}` can give {there} of the {number} that are asked for"
        hint = "add members to the role, or ask for fewer; two keys of one person count once"
        problems.append(node.problem("PK605", message, hint=hint))


def _pins(node: Node, problems: Problems) -> tuple[PolicyPin, ...]:
    found: dict[str, PolicyPin] = {}
    for item in _items(node, problems):
        written = fields(item, "an entry of `policies`", problems, known=tuple(words.PIN), needed=("id",))
        name = text(written["id"], problems) if "id" in written else None
        lowest = version(written["at_least"], problems) if "at_least" in written else None
        exact = sha256(written["digest"], problems) if "digest" in written else None
        if item.kind == "map" and not written.keys() & {"at_least", "digest"}:
            hint = "add `at_least: 3.2.0`, or `digest:` for exactly one text of it"
            problems.append(item.problem("PK102", "an entry of `policies` needs `at_least` or `digest`", hint=hint))
        if name is not None and name in found:
            problems.append(written["id"].problem("PK025", f"`{shown(name)}` is listed twice"))
        elif name is not None:
            found[name] = PolicyPin(name, exact, lowest)
    return tuple(found.values())


def _approvals(node: Node, people: People, problems: Problems) -> tuple[Quorum, ...]:
    found: list[Quorum] = []
    for item in _items(node, problems):
        quorum = read_quorum(item, people, problems)
        if quorum.role and quorum.role in {each.role for each in found}:
            hint = "one entry for each role, with its `count`"
            problems.append(item.problem("PK025", f"`{quorum.role}` is listed twice", hint=hint))
        found.append(quorum)
    return tuple(found)


def _items(node: Node, problems: Problems) -> tuple[Node, ...]:
    if not is_list(node, problems):
        return ()
    if not node.items:
        problems.append(node.problem("PK021", "the list is empty", hint="add an entry, or delete the line"))
    return node.items


def _waivers(node: Node, people: People, problems: Problems) -> WaiverTerms:
    written = fields(node, "`waivers` of a stage", problems, known=tuple(words.WAIVERS), needed=("signed_by",))
    signed_by = read_quorum(written["signed_by"], people, problems) if "signed_by" in written else Quorum("")
    plain = WaiverTerms(signed_by)
    longest = days(written["longest"], problems) if "longest" in written else plain.longest
    widest = choice(written["widest"], WIDEST, problems) if "widest" in written else plain.widest
    never = _rules(written["never"], problems) if "never" in written else ()
    doubts = _doubts(written["doubts"], problems) if "doubts" in written else plain.doubts
    return WaiverTerms(
        signed_by,
        longest or plain.longest,
        next((each for each in WIDEST if each == widest), plain.widest),
        never,
        doubts,
        count(written["at_most"], problems) if "at_most" in written else None,
    )


def _rules(node: Node, problems: Problems) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for item in _items(node, problems):
        rule = rule_id(item, problems)
        if rule is not None and rule in found:
            problems.append(item.problem("PK025", f"`{shown(rule)}` is listed twice"))
        elif rule is not None:
            found[rule] = None
    return tuple(found)


def _doubts(node: Node, problems: Problems) -> tuple[str, ...]:
    """Return the doubts that may be excused; an empty list says that none may."""
    if node.kind == "list" and not node.items:
        return ()
    at = {item.text.strip(): item for item in (node.items or (node,))}
    read = [choice(at[word], tuple(Cause), problems) for word in texts(node, problems) or ()]
    return tuple(word for word in read if word is not None)

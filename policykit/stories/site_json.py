"""Reports in short as compact JSON and back: what a site keeps of each input between two runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from policykit.terms.site import Act, Head, Number, RuleSaid, Stop, WaiverSaid

T = TypeVar("T")


def head_to_json(head: Head) -> str:
    """Return a report in short as one line."""
    return _written(
        [
            head.id, head.name, head.version, head.stage, head.decision, head.reason, head.mode, head.scope, head.time,
            head.as_of, head.subject, head.verdict, head.signed, head.copied, [list(rule) for rule in head.rules],
            [[s.rule, s.title, s.standing, s.why, s.owner] for s in head.stops],
            [[w.id, w.rule, w.state, w.told, w.reason, w.requested_by, w.approved_by, w.expires] for w in head.waivers],
            head.doubt, head.gate, head.on_its_day,
        ]
    )  # fmt: skip


def head_from_json(text: str) -> Head:
    """Return a report in short."""
    *plain, rules, stops, waivers, doubt, gate, on_its_day = json.loads(text)
    rules = tuple((name, standing) for name, standing in rules)
    stops = tuple(Stop(*each) for each in stops)
    waivers = tuple(_made(WaiverSaid, [*each[:6], tuple(each[6]), each[7]]) for each in waivers)
    return _made(Head, [*plain, rules, stops, waivers, doubt, gate, on_its_day])


def rules_to_json(rules: Sequence[RuleSaid]) -> str:
    """Return the rules of a report with their measurements as one line."""
    return _written(
        [
            [r.name, r.policy, r.title, r.sentence, r.unit, r.owner, r.enforcement, r.severity, r.check,
             [[n.finding, n.status, n.limit, n.shown, n.value, n.low, n.high, n.check, n.unit, n.part, n.standing]
              for n in r.numbers]]
            for r in rules
        ]
    )  # fmt: skip


def rules_from_json(text: str) -> tuple[RuleSaid, ...]:
    """Return the rules of a report with their measurements."""
    found: list[list[Any]] = json.loads(text)
    return tuple(_made(RuleSaid, [*each[:9], tuple(Number(*number) for number in each[9])]) for each in found)


def act_to_json(act: Act) -> str:
    """Return what was signed about a report as one line."""
    return _written(
        [
            act.kind,
            act.id,
            act.name,
            act.version,
            act.stage,
            act.at,
            act.until,
            act.about,
            act.subject,
            act.text,
            act.of,
        ]
    )


def act_from_json(text: str) -> Act:
    """Return what was signed about a report."""
    return Act(*json.loads(text))


def _made(kind: Callable[..., T], values: Sequence[Any]) -> T:
    """Return what was written, its members in the order they are declared in."""
    return kind(*values)


def _written(value: object) -> str:
    """Write JSON on one line of plain signs: no line break and no tab can be in it."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))

"""Builders of what reports say, and a strategy of them for properties."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from policykit.terms.told import Told, ToldFinding, ToldPolicy, ToldRule, ToldWaiver


def finding(name: str = "", **given: Any) -> ToldFinding:
    said: dict[str, Any] = {
        "check": "fairness.demographic_parity_difference",
        "status": "pass",
        "cause": "",
        "reason": "",
        "limit": "at most 10 pp",
        "caution": False,
        "source": "recomputed",
        **given,
    }
    return ToldFinding(name, **said)


def at(value: float, spread: float = 0.0, name: str = "", **given: Any) -> ToldFinding:
    """Return a finding with a share of this value, its interval reaching as far to both sides."""
    return finding(
        name, value=value, low=value - spread, high=value + spread, shown=f"{value * 100:g} pp", n=2000, **given
    )


def rule(id: str = "FAIR-01", *findings: ToldFinding, status: str = "", **given: Any) -> ToldRule:
    worst = ("fail", "undecided", "pass")
    found = status or next((one for one in worst if any(f.status == one for f in findings)), "pass")
    first = next((f for f in findings if f.status == found), finding())
    said: dict[str, Any] = {
        "policy": "acme.credit@3.2.0",
        "title": f"Title of {id}",
        "sentence": "",
        "cause": first.cause,
        "reason": first.reason,
        "advisory": False,
        "enforcement": "waivable",
        "severity": "medium",
        "owner": "fair-lending@acme.example",
        "unit": "difference",
        **given,
    }
    return ToldRule(id=id, status=found, findings=findings, **said)


def policy(ref: str = "acme.credit@3.2.0", **given: Any) -> ToldPolicy:
    said: dict[str, Any] = {
        "title": "Credit",
        "owner": "compliance@acme.example",
        "path": "credit.yaml",
        "digest": "a" * 64,
        "applied": True,
        "why": "",
        **given,
    }
    return ToldPolicy(ref, **said)


def waiver(id: str = "W-1", **given: Any) -> ToldWaiver:
    said: dict[str, Any] = {
        "rule": "acme.credit/FAIR-01",
        "state": "used",
        "told": "",
        "reason": "",
        "requested_by": "",
        "approved_by": (),
        "expires": "2027-03-31",
        "days_left": 60,
        **given,
    }
    return ToldWaiver(id, **said)


def told(*rules: ToldRule, **given: Any) -> Told:
    stops = [one for one in rules if one.stops]
    decision = "BLOCKED" if any(r.status == "fail" for r in stops) else "HELD" if stops else "ALLOWED"
    said: dict[str, Any] = {
        "name": "loan-default",
        "version": "1.4.0",
        "subject": "b" * 64,
        "stage": "production",
        "decision": decision,
        "reason": f"it is {decision}",
        "mode": "enforce",
        "scope": "full",
        "as_of": "2027-01-20",
        "time_evaluated": "2027-01-20T09:00:00Z",
        "engine": "1.0.0",
        "verdict_digest": "c" * 64,
        "policies": (policy(),),
        **given,
    }
    return Told(rules=rules, **said)


_NUMBERS = st.one_of(st.none(), st.floats(-1, 1).map(lambda x: round(x, 4)), st.just(float("inf")))
_LIMITS = st.sampled_from(
    ["at most 10 pp", "at least 80 %", "above 50 %", "below 3", "at most 10 pp, and surely at most 15 pp", "present",
     "at most 0.005 worse than that of the champion", "between 1 % and 5 %", "at least 1, and at most 2", ""]
)  # fmt: skip


@st.composite
def findings(draw: st.DrawFn) -> ToldFinding:
    value, low, high = draw(_NUMBERS), draw(_NUMBERS), draw(_NUMBERS)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return finding(
        draw(st.sampled_from(["", "sex", "age"])),
        check=draw(st.sampled_from(["a.b", "a.c"])),
        status=draw(st.sampled_from(["pass", "fail", "undecided"])),
        limit=draw(_LIMITS),
        caution=draw(st.booleans()),
        value=value,
        low=low,
        high=high,
        shown="" if value is None else f"{value:.3g}",
    )


@st.composite
def rules(draw: st.DrawFn) -> ToldRule:
    return replace(
        rule(
            draw(st.sampled_from(["R-1", "R-2", "R-3"])),
            *draw(st.lists(findings(), max_size=3)),
            status=draw(st.sampled_from(["pass", "fail", "undecided", "not_applicable"])),
            advisory=draw(st.booleans()),
            unit=draw(st.sampled_from(["share", "number", "duration"])),
            enforcement=draw(st.sampled_from(["waivable", "absolute", "advisory"])),
        ),
        excused=draw(st.sampled_from([(), (("W-1", "2027-03-31"),), (("W-2", "2027-04-30"),)])),
    )


@st.composite
def tolds(draw: st.DrawFn) -> Told:
    return told(
        *draw(st.lists(rules(), max_size=4)),
        decision=draw(st.sampled_from(["ALLOWED", "BLOCKED", "HELD"])),
        mode=draw(st.sampled_from(["enforce", "audit"])),
        scope=draw(st.sampled_from(["full", "partial"])),
        described=draw(st.sampled_from([(), (("label risk", "high"),), (("label risk", "low"), ("task: kind", "x"))])),
        policies=tuple(
            policy(ref, applied=draw(st.booleans()), digest=draw(st.sampled_from(["a" * 64, "b" * 64])))
            for ref in draw(st.lists(st.sampled_from(["p@1", "p@2", "q@1"]), max_size=3, unique=True))
        ),
        waivers=tuple(
            waiver(name, days_left=draw(st.integers(-3, 40)), state=draw(st.sampled_from(["used", "unused"])))
            for name in draw(st.lists(st.sampled_from(["W-1", "W-2"]), max_size=2, unique=True))
        ),
    )

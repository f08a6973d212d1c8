"""Judge measurements that were taken before: without the data, without the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from policykit.canon import canonical
from policykit.errors import PolicykitError, VerificationError
from policykit.load.measurements import ReadMeasurements
from policykit.load.policies import read_policies
from policykit.plan.planner import make_plan, open_measures
from policykit.report.excused import history_from_json, signers_from_json, trust_from_json
from policykit.stories.champion import TOLD, champion_from_json
from policykit.stories.gate import Asked, Judged, judged
from policykit.strict_json import strict_json
from policykit.terms.bundle_json import bundle_from_json, schema_from_json
from policykit.terms.measure import Measure
from policykit.terms.plan import Measurement
from policykit.terms.policy import Policy
from policykit.terms.report import SEMANTICS, Notice
from policykit.terms.taken_json import taken_from_json
from policykit.terms.verdict import Cause, Unmeasured
from policykit.terms.waiver import SignedWaiver
from policykit.version import VERSION, sources

FREE = (("timeEvaluated",), ("gate", "id"), ("gate", "nonce"), ("engine", "version"), ("engine", "sources"))
"""What judging again cannot find out: when, in answer to what, by which version and code."""


def judge_measurements(read: ReadMeasurements, policies: Sequence[Policy], asked: Asked) -> Judged:
    """Return the decision on `read`; what was not measured there is missing."""
    plan = make_plan(
        policies,
        read.bundle,
        read.schemas,
        stage=asked.stage,
        as_of=asked.day,
        only=asked.only,
        champion=asked.champion,
    )
    taken: dict[Measure, Measurement | Unmeasured] = dict(read.taken)
    wanted, hopeless = open_measures(plan, taken)
    taken |= hopeless
    taken |= {m: Unmeasured(Cause.MISSING, "this was not measured: measure again with these policies") for m in wanted}
    return judged(plan, taken, asked)


def rejudge(said: Mapping[str, Any], *, now: datetime) -> Judged:
    """Judge a verified report's measurements again by its own policies; refuse it where anything in it comes out otherwise.

    Raises:
        VerificationError: reason `rejudge`, naming the first member that differs; `incomplete` (it cannot be judged again)
            or `newer`.
    """
    try:
        _expect_semantics(said["engine"]["semantics"])
        again = _again(said, now)
        stated, found = _fixed(said), _fixed(strict_json(canonical(again.predicate())))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, PolicykitError) as error:
        if isinstance(error, VerificationError):
            raise
        raise VerificationError(
            "incomplete", f"the report cannot be judged again: {error}", hint="it may have been made by another version"
        ) from error
    other = _first_difference(stated, found)
    if other is not None:
        raise VerificationError(
            "rejudge",
            f"judged again, `{other}` is not what the report says",
            hint=_why(said["engine"]),
        )
    return again


def _why(engine: Mapping[str, Any]) -> str:
    """Say why a report may not be found again: other code may say more of the same numbers, and only that is no accusation."""
    if (engine["version"], engine.get("sources")) != (VERSION, sources()):
        return (
            f"other code made it (policykit {str(engine['version'])[:40]}): judge it again with that one, or gate anew"
        )
    return "the report does not follow from its own measurements"


def _expect_semantics(semantics: object) -> None:
    if semantics != SEMANTICS:
        raise VerificationError(
            "newer",
            "the report was judged by other semantics than this version's",
            hint="judge it again with the version of policykit it names",
        )


def _again(said: Mapping[str, Any], now: datetime) -> Judged:
    gate = said["gate"]
    policies = read_policies([(p["path"], p["text"], p["settings"]) for p in said["policies"]])
    read = ReadMeasurements(
        bundle=bundle_from_json(said["bundle"]),
        schemas={role: schema_from_json(body) for role, body in said["schemas"].items()},
        taken=taken_from_json(said["measurements"]),
        stage=gate["stage"] or None,
        as_of=said["asOf"],
        engine="",
    )
    told = tuple(Notice(n["level"], n["code"], n["text"]) for n in said["notices"] if n["code"] in TOLD)
    asked = Asked(
        stage=read.stage,
        now=now,
        as_of=said["asOf"],
        only=tuple(gate["only"]),
        mode=gate["mode"],
        trial=gate["scope"] == "trial",
        measured=gate["measured"],
        notices=tuple(replace(notice, level="warning") for notice in told),
        champion=champion_from_json(said["champion"]) if said["champion"] != {} else None,
        waivers=tuple(_waiver(one) for one in said["waivers"]),
        trust=trust_from_json(said["trust"]),
        history=history_from_json(said["history"]),
    )
    return judge_measurements(read, policies, asked)


def _waiver(said: Mapping[str, Any]) -> SignedWaiver:
    """Return a waiver as its own text says; who approved it is what the report says, and is verified apart from this."""
    from policykit.load.waiver_document import read_waiver

    waiver = read_waiver(said["text"].encode(), f"waiver {said['id']}")
    return SignedWaiver(waiver, signers_from_json(said), tuple(said["claims"]), said["refused"])


def _fixed(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a predicate without what judging again cannot find out; refuse it where that is no text."""
    fixed = {name: dict(value) if isinstance(value, dict) else value for name, value in said.items()}
    fixed["engine"].setdefault("sources", "")  # an older report does not say by which code it was made
    for *path, last in FREE:
        inside = fixed[path[0]] if path else fixed
        if not isinstance(inside.pop(last), str):
            raise TypeError(f"`{'.'.join([*path, last])}` is no text")
    return fixed


def _first_difference(stated: Any, found: Any, place: str = "") -> str | None:
    """Return where two JSON values first differ, or None."""
    if type(stated) is not type(found):
        return place
    inside = f"{place}." if place else ""
    match stated:
        case dict():
            for name in sorted(stated.keys() | found.keys()):
                if name not in stated or name not in found:
                    return _shown(f"{inside}{name}")
                below = _first_difference(stated[name], found[name], _shown(f"{inside}{name}"))
                if below is not None:
                    return below
            return None
        case list():
            for index, (left, right) in enumerate(zip(stated, found, strict=False)):
                below = _first_difference(left, right, f"{inside}{index}")
                if below is not None:
                    return below
            return None if len(stated) == len(found) else place
        case _:
            return None if stated == found else place


def _shown(place: str) -> str:
    from policykit.render.visible import visible

    return visible(place, longest=200)

"""Judge measurements that were taken before: without the data, without the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from policykit.errors import PolicykitError, VerificationError
from policykit.load.measurements import ReadMeasurements
from policykit.load.policies import read_policies
from policykit.plan.planner import make_plan, open_measures
from policykit.stories.champion import champion_from_json
from policykit.stories.gate import Asked, Judged, judged
from policykit.terms.bundle_json import bundle_from_json, schema_from_json
from policykit.terms.measure import Measure
from policykit.terms.plan import Measurement
from policykit.terms.policy import Policy
from policykit.terms.report import SEMANTICS, Notice
from policykit.terms.taken_json import taken_from_json
from policykit.terms.verdict import Cause, Unmeasured


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


def rejudge(said: Mapping[str, Any], asked: Asked) -> Judged:
    """Judge a verified report's measurements again by its own policies; refuse it where the rules come out otherwise.

    Raises:
        VerificationError: reason `rejudge` (another verdict digest or decision) or `incomplete` (it cannot be judged again).
    """
    if said.get("engine", {}).get("semantics") != SEMANTICS:
        raise VerificationError(
            "newer",
            "the report was judged by other semantics than this version's",
            hint="judge it again with the version of policykit it names",
        )
    try:
        bundle = bundle_from_json(said["bundle"])
        schemas = {role: schema_from_json(body) for role, body in said["schemas"].items()}
        taken = taken_from_json(said["measurements"])
        policies = read_policies([(p["path"], p["text"], p["settings"]) for p in said["policies"]])
        read = ReadMeasurements(
            bundle=bundle,
            schemas=schemas,
            taken=taken,
            stage=said["gate"]["stage"] or None,
            as_of=said["asOf"],
            engine="",
        )
        champion = champion_from_json(said["champion"]) if said["champion"] else None
        told = tuple(Notice(entry["level"], entry["code"], entry["text"]) for entry in said["notices"])
        errors = tuple(notice for notice in told if notice.level == "error")
        again = judge_measurements(read, policies, replace(asked, champion=champion, notices=errors))
    except (KeyError, TypeError, ValueError, PolicykitError) as error:
        raise VerificationError(
            "incomplete", f"the report cannot be judged again: {error}", hint="it may have been made by another version"
        ) from error
    found = again.report
    if found.decision.value != said["decision"] or found.verdict_digest != said["verdictDigest"]:
        raise VerificationError(
            "rejudge",
            f"judged again, the decision is {found.decision.value} and the report says `{said['decision']}`",
            hint="the verdicts in the report do not follow from its measurements",
        )
    return again

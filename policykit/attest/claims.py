"""What a verified report claims, held against what was asked: one small refusal each."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from policykit.attest.quote import quoted
from policykit.errors import VerificationError
from policykit.terms.instant import CLOCKS_DIFFER, judged_on_its_day, rfc3339

if TYPE_CHECKING:
    from policykit.terms.trust import PolicyPin

Statement = Mapping[str, Any]

_FIRST_YEAR, _LAST_YEAR = 2000, 9999  # outside them no report was made, and no day can be counted from
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)", re.ASCII)
_VERSION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9}){0,5})(.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the one who verifies asks of a report. None asks nothing; audit mode, a part of the rules and a trial must be asked for."""

    stage: str | None = None
    nonce: str | None = None
    policy_digests: Collection[str] = ()
    pins: Collection[PolicyPin] = ()
    engine_at_least: str | None = None
    modes: tuple[Literal["enforce", "audit"], ...] = ("enforce",)
    scopes: tuple[Literal["full", "partial", "trial"], ...] = ("full",)
    oldest: timedelta | None = None
    any_day: bool = False  # accept a report that judges as of another day than the one it was made on


def check_claims(statement: Statement, asked: Asked, *, now: datetime) -> None:
    """Hold every claim against what was asked, in the verifier's order.

    The subject comes before (`check_subject`); whoever recomputes the decision does so before `check_age`, the last step here.

    Raises:
        VerificationError: reasons `time`, `as_of`, `stage`, `nonce`, `policy_digest`, `engine`, `mode`, `scope`, `age`, `incomplete`.
    """
    check_time(statement, now=now)
    if not asked.any_day:
        check_day(statement)
    if asked.stage is not None:
        check_stage(statement, asked.stage)
    if asked.nonce is not None:
        check_nonce(statement, asked.nonce)
    check_policies(statement, asked.policy_digests)
    check_pins(statement, asked.pins)
    if asked.engine_at_least is not None:
        check_engine(statement, asked.engine_at_least)
    check_mode(statement, asked.modes)
    check_scope(statement, asked.scopes)
    if asked.oldest is not None:
        check_age(statement, asked.oldest, now=now)


def check_subject(statement: Statement, manifest_digest: str) -> None:
    """Refuse a report about other files: its first subject must be the manifest recomputed from the very bytes at hand."""
    first = statement["subject"][0]
    stated = first.get("digest", {}).get("sha256")
    if stated != manifest_digest.removeprefix("sha256:"):
        raise VerificationError(
            "subject",
            f"the report is about the bundle {quoted(stated)}, and the bundle at hand is `{manifest_digest}`",
            hint="a file was added, removed or changed since the report was made: run the gate again on this bundle",
        )


def check_time(statement: Statement, *, now: datetime) -> None:
    """Refuse a report from the future; clocks may differ by five minutes."""
    evaluated = evaluated_at(statement)
    if evaluated > now + CLOCKS_DIFFER:
        raise VerificationError(
            "time",
            f"the report says it was made at {rfc3339(evaluated)}, and now is {rfc3339(now)}",
            hint="one of the two clocks is wrong",
        )


def check_day(statement: Statement) -> None:
    """Refuse a report that judges as of another day: an earlier one makes evidence look fresh and rules look advisory."""
    stated, made = said_of(statement, "asOf"), evaluated_at(statement)
    if not judged_on_its_day(stated, made):
        raise VerificationError(
            "as_of",
            f"the report judges as of {quoted(stated)}, and was made at {rfc3339(made)}",
            hint="run the gate without `--as-of`, or say `--accept-as-of`",
        )


def check_stage(statement: Statement, stage: str) -> None:
    """Refuse a report about another stage."""
    stated = _gate(statement, "stage")
    if stated != stage:
        raise VerificationError(
            "stage",
            f"the report is about the stage {quoted(stated)}, and `{stage}` was asked for",
            hint=f"run the gate with `--stage {stage}`",
        )


def check_nonce(statement: Statement, nonce: str) -> None:
    """Refuse the answer to another request."""
    stated = _gate(statement, "nonce")
    if not nonce or stated != nonce:
        raise VerificationError(
            "nonce",
            f"the report answers the request {quoted(stated)}, and `{nonce}` was asked",
            hint="run the gate with the nonce of this request",
        )


def check_policies(statement: Statement, digests: Collection[str]) -> None:
    """Refuse a report that was not made with every required policy; more policies never loosen a decision."""
    policies = said_of(statement, "policies") if digests else []
    if not isinstance(policies, list):
        raise _incomplete("policies")
    applied = {
        policy["digest"].removeprefix("sha256:")
        for policy in policies
        if isinstance(policy, dict) and isinstance(policy.get("digest"), str) and policy.get("applied") is True
    }
    for wanted in digests:
        if wanted.removeprefix("sha256:") not in applied:
            raise VerificationError(
                "policy_digest",
                f"the report was not made with the policy of digest `{wanted}`",
                hint="the policy was changed, left out, or did not apply to this bundle",
            )


def check_pins(statement: Statement, pins: Collection[PolicyPin]) -> None:
    """Refuse a report that was not made with every policy that is pinned, in that digest or at least that version."""
    policies = said_of(statement, "policies") if pins else []
    if not isinstance(policies, list):
        raise _incomplete("policies")
    applied = [policy for policy in policies if isinstance(policy, dict) and policy.get("applied") is True]
    for pin in pins:
        if any(_is_pinned(policy, pin) for policy in applied):
            continue
        wanted = f"of digest `{pin.digest}`" if pin.digest is not None else f"in version `{pin.at_least}` or newer"
        wanted = wanted if pin.digest or pin.at_least else "in any version"
        found = [policy.get("policy") for policy in applied if _id_of(policy) == pin.id]
        told = f"applied {quoted(found[0])}" if found else "applied no policy of that name"
        raise VerificationError(
            "policy_digest",
            f"the trust file asks for the policy `{pin.id}` {wanted}, and the report {told}",
            hint="the policy was changed, left out, or did not apply to this bundle",
        )


def check_engine(statement: Statement, at_least: str) -> None:
    """Refuse a report made by an older version."""
    engine = said_of(statement, "engine")
    stated = engine.get("version") if isinstance(engine, dict) else None
    if not isinstance(stated, str) or not _VERSION.fullmatch(stated):
        raise _incomplete("engine")
    if _release(stated) < _release(at_least):
        raise VerificationError(
            "engine",
            f"the report was made by policykit {quoted(stated)}, and `{at_least}` or newer was asked for",
            hint="run the gate again with the newer version",
        )


def check_mode(statement: Statement, modes: Collection[str] = ("enforce",)) -> None:
    """Refuse a report made in audit mode, unless it was asked for."""
    stated = _gate(statement, "mode")
    if stated not in modes:
        raise VerificationError(
            "mode",
            f"the report was made in the mode {quoted(stated)}, in which the gate does not decide",
            hint="run the gate with `--mode enforce`",
        )


def check_scope(statement: Statement, scopes: Collection[str] = ("full",)) -> None:
    """Refuse a report on a part of the rules, and a trial, unless it was asked for."""
    stated = _gate(statement, "scope")
    if stated not in scopes:
        raise VerificationError(
            "scope",
            f"the report has the scope {quoted(stated)}, so it does not answer for every rule",
            hint="run the gate on a bundle, with policies, and without `--only`",
        )


def check_age(statement: Statement, oldest: timedelta, *, now: datetime) -> None:
    """Refuse a report that is older than accepted."""
    evaluated = evaluated_at(statement)
    if now - evaluated > oldest:
        raise VerificationError(
            "age",
            f"the report was made at {rfc3339(evaluated)}, longer ago than the {_span(oldest)} accepted",
            hint="run the gate again",
        )


def evaluated_at(statement: Statement) -> datetime:
    """Return when the report says it was made.

    Raises:
        VerificationError: reason `time`: it says none, or none that is a UTC time of RFC 3339.
    """
    stated = statement["predicate"].get("timeEvaluated")
    try:
        if isinstance(stated, str) and _INSTANT.fullmatch(stated):
            found = datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", stated)).astimezone(UTC)
            if _FIRST_YEAR <= found.year < _LAST_YEAR:
                return found
    except ValueError:
        pass  # the 30th of February
    raise VerificationError(
        "time",
        f"the report says it was made at {quoted(stated)}, which is not a time",
        hint="expected the form `2026-11-22T09:30:00Z`",
    )


def _gate(statement: Statement, name: str) -> object:
    gate = said_of(statement, "gate")
    if not isinstance(gate, dict):
        raise _incomplete("gate")
    return gate.get(name)


def said_of(statement: Statement, name: str) -> Any:
    """Return a member of the report; refuse a report without it."""
    if name not in statement["predicate"]:
        raise _incomplete(name)
    return statement["predicate"][name]


def _incomplete(name: str) -> VerificationError:
    return VerificationError(
        "incomplete", f"the report has no usable `{name}`", hint="it was not made by policykit: make it again"
    )


def _is_pinned(policy: Mapping[str, Any], pin: PolicyPin) -> bool:
    if _id_of(policy) != pin.id:
        return False
    stated = policy.get("digest")
    if pin.digest is not None and (
        not isinstance(stated, str) or stated.removeprefix("sha256:") != pin.digest.removeprefix("sha256:")
    ):
        return False
    version = str(policy.get("policy")).partition("@")[2]
    return pin.at_least is None or (
        _VERSION.fullmatch(version) is not None and _release(version) >= _release(pin.at_least)
    )


def _id_of(policy: Mapping[str, Any]) -> str:
    return str(policy.get("policy")).partition("@")[0]


def _release(version: str) -> tuple[tuple[int, ...], bool]:
    """Return a version as something to compare: anything after its numbers, as in `1.2rc1`, counts as before it."""
    parts = _VERSION.fullmatch(version)
    if parts is None:
        raise VerificationError("engine", f"{quoted(version)} is not a version", hint="expected the form `1.2.0`")
    numbers = [int(number) for number in parts.group(1).split(".")]
    return tuple(numbers + [0] * (6 - len(numbers))), not parts.group(2)


def _span(span: timedelta) -> str:
    hours, rest = divmod(int(span.total_seconds()), 3600)
    if hours and not rest:
        return f"{hours // 24} days" if hours % 24 == 0 else f"{hours} hours"
    return f"{int(span.total_seconds())} seconds"

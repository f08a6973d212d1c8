"""Apply waivers to verdicts: which rules they excuse, what became of each waiver, and what has to be said. Pure.

A waiver never changes a verdict, and what it cannot excuse stands as if it were not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from policykit.errors import Diagnostic, WaiverError
from policykit.judge.judgement import fold_rule
from policykit.judge.loosened import Loosened, Unfit, within
from policykit.judge.parts import limits_for
from policykit.terms.check import Check
from policykit.terms.plan import Plan
from policykit.terms.policy import Enforcement, Place, Rule
from policykit.terms.report import Notice, Waived
from policykit.terms.sentence import list_words
from policykit.terms.verdict import Cause, Finding, Status, Unmeasured, Verdict
from policykit.terms.waiver import Allows, Excuse, SignedWaiver, State, Waiver, WaiverLine, binds

_LEVELS: Mapping[str, Notice] = {
    "unused": Notice("warning", "waiver_unused", ""),
    "expired": Notice("warning", "waiver_expired", ""),
    "not_yet": Notice("note", "waiver_not_yet", ""),
    "beyond": Notice("warning", "waiver_beyond", ""),
    "refused": Notice("error", "waiver_refused", ""),
}


def waive(plan: Plan, verdicts: Sequence[Verdict], signed: Sequence[SignedWaiver]) -> Waived:
    """Return what `signed` do to `verdicts`; those that bind another bundle are left out. Order never matters.

    Raises:
        WaiverError: a waiver does not fit the rule it names (its direction, its unit, a doubt without a bound), with its
            place; or two different waivers have the same id.
    """
    asked = tuple(_asked(plan, verdicts))
    binding = _distinct([one for one in signed if binds(one.waiver, plan.bundle)])
    tried = [(one, _tried(one, asked, plan)) for one in binding]
    cover: dict[tuple[str, str], set[int]] = {}
    for _, result in tried:
        for key, excuse in result.covers:
            cover.setdefault(key, set()).update(excuse.findings)
    excused = {rule.key for rule in asked if rule.key in cover and _passes(rule, cover[rule.key])}
    excuses: dict[tuple[str, str], list[Excuse]] = {}
    lines = []
    for one, result in tried:
        held = tuple((key, excuse) for key, excuse in result.covers if key in excused)
        for key, excuse in held:
            excuses.setdefault(key, []).append(excuse)
        left = (date.fromisoformat(one.waiver.expires) - date.fromisoformat(plan.as_of)).days
        state, told = _state(one.waiver, result, used=bool(held))
        lines.append(WaiverLine(one, state, told, left, tuple(excuse for _, excuse in held)))
    said = (_notice(line, result) for line, (_, result) in zip(lines, tried, strict=True) if line.state != "used")
    return Waived({key: tuple(found) for key, found in excuses.items()}, tuple(lines), tuple(said))


def _state(waiver: Waiver, result: _Result, *, used: bool) -> tuple[State, str]:
    if used:
        return "used", result.told
    if result.state == "used":
        return "unused", f"{result.told}, and `{waiver.rule}` still stands for another reason"
    return result.state, result.otherwise or result.told


def _notice(line: WaiverLine, result: _Result) -> Notice:
    usual = _LEVELS[line.state]
    told = f"the waiver `{line.signed.waiver.id}` {line.told}"
    return Notice(result.level or usual.level, result.code or usual.code, told)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One rule that was judged, and the checks that its parts ask."""

    policy: str  # id, without version
    rule: Rule
    verdict: Verdict
    checks: Mapping[int, Check]

    @property
    def key(self) -> tuple[str, str]:
        return self.verdict.policy, self.verdict.rule

    @property
    def name(self) -> str:
        return f"{self.policy}/{self.rule.id}"


@dataclass(frozen=True, slots=True)
class _Result:
    """What one waiver alone comes to; `otherwise` is said where it excuses nothing after all."""

    state: State
    told: str
    covers: tuple[tuple[tuple[str, str], Excuse], ...] = ()
    otherwise: str = ""
    code: str = ""
    level: Literal["", "note"] = ""


def _asked(plan: Plan, verdicts: Sequence[Verdict]) -> Iterator[_Asked]:
    rules = {(m.policy.ref, rule.id): (m.policy.id, rule) for m in plan.matches for rule in m.policy.rules}
    checks: dict[tuple[str, str], dict[int, Check]] = {}
    for question in plan.questions:
        index = next(i for i, clause in enumerate(question.rule.clauses) if clause is question.clause)
        checks.setdefault((question.policy.ref, question.rule.id), {})[index] = question.check
    for verdict in verdicts:
        key = (verdict.policy, verdict.rule)
        policy, rule = rules[key]
        yield _Asked(policy, rule, verdict, checks.get(key, {}))


def _distinct(signed: Sequence[SignedWaiver]) -> list[SignedWaiver]:
    """Return each waiver once, by id; two that are called the same and say different things cannot be told apart."""
    found: dict[str, SignedWaiver] = {}
    for one in sorted(signed, key=lambda one: (one.waiver.id, one.waiver.digest)):
        first = found.setdefault(one.waiver.id, one)
        if first.waiver.digest != one.waiver.digest:
            raise _wrong(
                one.waiver,
                f"two different waivers are called `{one.waiver.id}`",
                "give each its own id",
                one.waiver.place,
            )
    return list(found.values())


def _tried(one: SignedWaiver, asked: Sequence[_Asked], plan: Plan) -> _Result:
    waiver = one.waiver
    if waiver.expires < plan.as_of:
        return _Result("expired", f"expired on {waiver.expires}: `{waiver.rule}` stands as if it were not there")
    if waiver.valid_from > plan.as_of:
        return _Result("not_yet", f"is valid from {waiver.valid_from}: until then `{waiver.rule}` stands")
    if not one.approvers:
        return _Result("refused", "does not count: no signature of it was verified")
    if one.refused:
        return _Result("refused", f"does not count: {one.refused}")
    named = [rule for rule in asked if rule.name == waiver.rule]
    if not named:
        return _not_asked(waiver, plan)
    results = [_on(waiver, rule) for rule in named]
    order: tuple[State, ...] = ("refused", "used", "beyond")
    for state in order:
        hits = [result for result in results if result.state == state]
        if hits:
            return replace(hits[0], covers=tuple(cover for hit in hits for cover in hit.covers))
    return results[0]


def _not_asked(waiver: Waiver, plan: Plan) -> _Result:
    """A rule that is not asked here (another stage, a partial run) is a note; one that is in no policy is a finding."""
    known = any(f"{m.policy.id}/{rule.id}" == waiver.rule for m in plan.matches for rule in m.policy.rules)
    if known:
        return _Result("unused", f"excuses nothing here: `{waiver.rule}` was not asked", level="note")
    return _Result("unused", f"excuses nothing: no policy that was read has a rule `{waiver.rule}`")


def _on(waiver: Waiver, asked: _Asked) -> _Result:
    if asked.rule.enforcement is Enforcement.ABSOLUTE:
        return _Result("refused", f"does not count: nobody may waive `{waiver.rule}`", code="waiver_absolute")
    other = _another(waiver, asked.rule)
    if other:
        return _Result(
            "refused", f"does not count: it was given for `{waiver.check}`, and `{waiver.rule}` asks {other}"
        )
    limits = _limits(waiver, asked)
    if asked.verdict.advisory:
        return _Result("unused", f"excuses nothing: `{waiver.rule}` only advises, and needs no waiver")
    if asked.verdict.status in (Status.PASS, Status.NOT_APPLICABLE):
        what = "passed" if asked.verdict.status is Status.PASS else "does not apply"
        return _Result("unused", f"excuses nothing: `{waiver.rule}` {what} without it")
    spoken = [
        (place, finding)
        for place, finding in enumerate(asked.verdict.findings)
        if finding.part in limits and _speaks_of(waiver, finding)
    ]
    for _, finding in spoken:
        _expect_bound(waiver, finding, limits[finding.part])
    sure = asked.rule.evidence.confidence is not None
    sound = [(place, finding) for place, finding in spoken if _otherwise(waiver, finding) is None]
    covered = [(place, finding) for place, finding in sound if within(finding, limits[finding.part], sure=sure)]
    far = _far(waiver.allows)
    left = [finding for place, finding in sound if (place, finding) not in covered]
    if not covered:
        if left:
            return _Result("beyond", _beyond(waiver, left, far))
        return _Result("unused", f"excuses nothing: {_nothing(waiver, [finding for _, finding in spoken])}")
    kind: Literal["fail", "doubt"] = "fail" if waiver.allows.undecided is None else "doubt"
    what = "excuses the fail of" if kind == "fail" else "accepts the doubt of"
    slices = tuple(dict.fromkeys(finding.name for _, finding in covered))
    named = ", ".join(f"`{name}`" for name in slices if name)
    told = f"{what} `{waiver.rule}`" + (f" for {named}" if named else "") + (f", within {far}" if far else "")
    excuse = Excuse(waiver.id, waiver.rule, kind, slices, waiver.expires, tuple(place for place, _ in covered))
    otherwise = _beyond(waiver, left, far) if left else ""
    return _Result("beyond" if left else "used", told, ((asked.key, excuse),), otherwise)


def _another(waiver: Waiver, rule: Rule) -> str:
    """Return what a rule asks, where that is no longer what the waiver was given for; empty where it is."""
    asks = dict.fromkeys(clause.check for clause in rule.clauses)
    return "" if waiver.check in ("", *asks) else list_words(f"`{check}`" for check in asks)


def _limits(waiver: Waiver, asked: _Asked) -> Mapping[int, Loosened]:
    """Return the parts of a rule that the waiver can speak of; what cannot be applied is wrong, whatever was measured."""
    found = limits_for(waiver, asked.rule, asked.verdict.findings, asked.checks)
    if isinstance(found, Unfit):
        raise _wrong(waiver, f"`{asked.name}`: {found.message}", found.hint, found.place)
    return found


def _speaks_of(waiver: Waiver, finding: Finding) -> bool:
    if not set(waiver.only_for) <= set(finding.slice):
        return False
    if waiver.allows.undecided is None:
        return finding.status is Status.FAIL
    return finding.status is Status.UNDECIDED and finding.cause is waiver.allows.undecided


def _otherwise(waiver: Waiver, finding: Finding) -> Unmeasured | None:
    """Return what is wrong with the evidence of a number beside what the waiver names: a bound on it would mean nothing.

    Rows of one person counted as many make every interval too short: that is no doubt that a bound could contain.
    """
    if finding.observed is None:
        return None
    named = waiver.allows.undecided
    others = (one for one in finding.weak if one.cause is not named or one.cause is Cause.TOO_FEW)
    return next(others, None)


def _expect_bound(waiver: Waiver, finding: Finding, limit: Loosened) -> None:
    if waiver.allows.undecided is not None and finding.observed is not None and limit.numeric and not limit.bounds:
        what = f"`{waiver.rule}` is undecided({waiver.allows.undecided}) with a number, and the waiver sets no bound for it"
        raise _wrong(waiver, what, "write `surely_at_most` or `surely_at_least` beside `undecided`", waiver.place)


def _passes(asked: _Asked, covered: set[int]) -> bool:
    """Return whether the rule would pass with what is excused taken as passed."""
    findings = [
        replace(finding, status=Status.PASS, cause=None) if place in covered else finding
        for place, finding in enumerate(asked.verdict.findings)
    ]
    return fold_rule(asked.rule, findings)[0] is Status.PASS


def _nothing(waiver: Waiver, spoken: Sequence[Finding]) -> str:
    """Say why a waiver excuses nothing of a rule that does not pass."""
    for finding in spoken:
        trouble = _otherwise(waiver, finding)
        if trouble is not None:
            where = f" of `{finding.name}`" if finding.name else ""
            return f"the evidence{where} has another fault, {trouble.detail}"
    cause = waiver.allows.undecided
    what = "failed" if cause is None else f"is undecided({cause})"
    where = " with " + ", ".join(f"{name} `{value}`" for name, value in waiver.only_for) if waiver.only_for else ""
    return f"nothing of `{waiver.rule}`{where} {what}"


def _beyond(waiver: Waiver, left: Sequence[Finding], far: str) -> str:
    return f"goes as far as {far}: {_where(left)} lies beyond it, and `{waiver.rule}` stands"


def _far(allows: Allows) -> str:
    said = [
        f"{name.replace('_', ' ')} {amount.text}"
        for name in ("at_most", "at_least", "surely_at_most", "surely_at_least")
        if (amount := getattr(allows, name)) is not None
    ]
    return ", and ".join(said)


def _where(left: Sequence[Finding]) -> str:
    named = [f"`{finding.name}`" for finding in left if finding.name]
    return (
        ", ".join(named[:4]) + (f" and {len(named) - 4} more" if len(named) > 4 else "") if named else "what was found"
    )


def _wrong(waiver: Waiver, message: str, hint: str, place: Place) -> WaiverError:
    place = place if place.line else waiver.place
    path = place.path or waiver.path or waiver.id
    lines = waiver.text.decode("utf-8", errors="replace").splitlines()
    excerpt = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    told = f"the waiver `{waiver.id}` cannot be applied: {message}"
    problem = Diagnostic("PK710", told, path, place.line, place.column, hint=hint, excerpt=excerpt)
    return WaiverError(told, problems=[problem], hint=hint, where=problem.where)

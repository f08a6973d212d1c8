"""How far a waiver would have to go to excuse what stops a rule: no number further than it must, rounded outward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from math import isfinite

from policykit.checks import find
from policykit.errors import UsageError
from policykit.judge.bounds import Bound, Side
from policykit.judge.compare import limits_of, unit_of
from policykit.terms.check import Check
from policykit.terms.policy import Constraint, Rule
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Cause, Finding
from policykit.terms.waiver import Allows, Amount

SIGNIFICANT = 3


@dataclass(frozen=True, slots=True)
class _Far:
    """How far findings lie on one side: the furthest point and the furthest end of an interval, by the text's own direction."""

    side: Side
    point: Fraction
    end: Fraction


def proposed(rule: Rule, findings: Sequence[Finding], cause: Cause | None) -> Allows:
    """Return what excuses all of `findings`: fails where `cause` is None, else that doubt.

    Raises:
        UsageError: nothing that a waiver may say would excuse them.
    """
    asked = [(rule.clauses[finding.part].constraint, check_of(finding), finding) for finding in findings]
    numeric = [bool(limits_of(constraint, check)) for constraint, check, _ in asked]
    if not any(numeric):
        return Allows(undecided=cause, fail_any=cause is None)
    measured = [(constraint, check, f) for constraint, check, f in asked if f.observed is not None]
    if cause is not None and not measured:
        return Allows(undecided=cause)
    if len(measured) < len(asked) or not all(numeric) or len(_kinds(asked)) > 1:
        raise UsageError(
            "what stops this rule is of several kinds, which one waiver cannot bound",
            hint="write one waiver for each, with `--only-for`",
        )
    sides = {bound.side: None for c, k, f in measured for bound in _open(c, k, f, fail=cause is None)}
    if len(sides) != 1:
        raise UsageError(
            "what stops this rule lies on both sides of its limits, which one waiver cannot bound",
            hint="write one waiver for each, with `--only-for`",
        )
    side = next(iter(sides))
    furthest = _furthest([_far(c, f, rule, side) for c, _, f in measured])
    relative = measured[0][0].relative
    of_its_value = relative is not None and relative.relative
    return _allows(furthest, unit_of(*measured[0][:2]), cause, word=" relative" if of_its_value else "")


def _kinds(asked: Sequence[tuple[Constraint, Check, Finding]]) -> set[tuple[Unit, bool]]:
    """Return in which units the limits are written, and whether against another model or not."""
    return {
        (unit_of(limit, check), limit.relative is not None and limit.relative.relative) for limit, check, _ in asked
    }


def check_of(finding: Finding) -> Check:
    """Return the check that a finding answers.

    Raises:
        UsageError: it is not here.
    """
    kind = find(finding.check)
    if kind is None:
        raise UsageError(f"there is no check `{finding.check}` here", hint="install what the report was made with")
    return kind.model_construct()  # which way is better, and the unit, are the same whatever its parameters


def _open(constraint: Constraint, check: Check, finding: Finding, *, fail: bool) -> list[Bound]:
    """Return the limits that the finding does not keep: beyond which its interval lies, or which it straddles."""
    estimate = finding.observed
    assert estimate is not None, "measured findings only"
    found = []
    for bound in limits_of(constraint, check):
        limit = float(bound.limit)
        ends = (estimate.low, estimate.high) if bound.side == "lower" else (-estimate.high, -estimate.low)
        edge = limit if bound.side == "lower" else -limit
        near, far = ends
        if (far if fail else near) < edge or (near == far == edge and bound.strict):
            found.append(bound)
    return found or list(limits_of(constraint, check))[:1]


def _far(constraint: Constraint, finding: Finding, rule: Rule, side: Side) -> _Far:
    """Return how far one finding lies; a limit against another model is written as a distance from it."""
    estimate = finding.observed
    assert estimate is not None, "measured findings only"
    judged_by_point = rule.evidence.confidence is None or estimate.low == estimate.high
    end = estimate.high if side == "upper" else estimate.low
    end = estimate.value if judged_by_point else end
    if not isfinite(estimate.value) or not isfinite(end):
        raise UsageError(
            f"nothing bounds {finding.name or 'what was measured'}: the interval has no end on that side",
            hint="a waiver has to say how far it goes: measure more rows first",
        )
    point = estimate.exact if estimate.exact is not None else Fraction(estimate.value)
    last = point if judged_by_point else Fraction(end)
    relative = constraint.relative
    if relative is None:
        return _Far(side, point, last)
    worse = relative.way == "worse_by_at_most"
    turned = worse == (side == "lower")
    written: Side = "upper" if worse else "lower"
    return _Far(written, -point if turned else point, -last if turned else last)


def _furthest(found: Sequence[_Far]) -> _Far:
    written = found[0].side
    pick = max if written == "upper" else min
    return _Far(written, pick(far.point for far in found), pick(far.end for far in found))


def _allows(far: _Far, unit: Unit, cause: Cause | None, *, word: str) -> Allows:
    up = far.side == "upper"
    point, end = (Amount(outward(_reached(value, unit), unit, up=up) + word) for value in (far.point, far.end))
    if cause is not None:
        return Allows(undecided=cause, surely_at_most=end) if up else Allows(undecided=cause, surely_at_least=end)
    if point == end:
        return Allows(at_most=point) if up else Allows(at_least=point)
    return Allows(at_most=point, surely_at_most=end) if up else Allows(at_least=point, surely_at_least=end)


def _reached(value: Fraction, unit: Unit) -> Fraction:
    """Return a share that is past one by the rounding of floats alone as one: no waiver may say more."""
    noise = unit in (Unit.SHARE, Unit.DIFFERENCE) and 1 < abs(value) <= 1 + Fraction(1, 10**9)
    return Fraction(1 if value > 0 else -1) if noise else value


_SCALES: dict[Unit, tuple[tuple[Fraction, Fraction, str], ...]] = {
    Unit.SHARE: ((Fraction(0), Fraction(1, 100), " %"),),
    Unit.DIFFERENCE: ((Fraction(0), Fraction(1, 100), " pp"),),
    Unit.DURATION: (
        (Fraction(2 * 86400), Fraction(86400), " days"),
        (Fraction(7200), Fraction(3600), " hours"),
        (Fraction(120), Fraction(60), " minutes"),
        (Fraction(1), Fraction(1), " s"),
        (Fraction(0), Fraction(1, 1000), " ms"),
    ),
    Unit.SIZE: (
        (Fraction(10**9), Fraction(10**9), " GB"),
        (Fraction(10**6), Fraction(10**6), " MB"),
        (Fraction(0), Fraction(1000), " KB"),
    ),
}


def outward(value: Fraction, unit: Unit, *, up: bool) -> str:
    """Write `value` (in the canonical unit) as a policy writes it, to three digits, rounded away from the rule's limit."""
    each, word = Fraction(1), ""
    for least, size, name in _SCALES.get(unit, ()):
        if abs(value) >= least:
            each, word = size, name
            break
    scaled = value / each
    exact = Decimal(scaled.numerator) / Decimal(scaled.denominator)
    whole = unit is Unit.COUNT
    digits = 0 if whole or not exact else max(0, SIGNIFICANT - 1 - exact.adjusted())
    step = Decimal(1).scaleb(-digits)
    rounded = exact.quantize(step, rounding=ROUND_CEILING if up else ROUND_FLOOR)
    text = f"{rounded:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{'0' if text in ('-0', '') else text}{word}"

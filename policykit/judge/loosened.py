"""How far a waiver lets one limit of a rule go: read as the rule's own limits are, and in their direction alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from policykit.judge.bounds import Bound, Side, finite, holds
from policykit.judge.compare import limits_of, unit_of
from policykit.judge.sets import in_set
from policykit.terms.check import Check
from policykit.terms.policy import NOWHERE, Constraint, Place
from policykit.terms.quantity import Quantity, Unit, UnitError, parse, reach, show
from policykit.terms.verdict import Finding
from policykit.terms.waiver import Allows, Amount


@dataclass(frozen=True, slots=True)
class Loosened:
    """One limit of a rule as a waiver leaves it; no bounds: the limit is no number, or the doubt comes without one."""

    constraint: Constraint
    bounds: tuple[Bound, ...]
    numeric: bool


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a waiver does not fit a limit, where it says so, and how to mend it."""

    message: str
    hint: str
    place: Place = NOWHERE


def loosened(allows: Allows, constraint: Constraint, check: Check) -> Loosened | Unfit:
    """Return one limit of a rule as the waiver leaves it, or why the waiver cannot speak of that limit."""
    limits = limits_of(constraint, check)
    amounts = tuple(_amounts(allows))
    if not limits:
        if amounts:
            hint = "write `fail: any`" if allows.undecided is None else "leave the bound out"
            return Unfit("the rule's limit is no number, and the waiver gives one", hint, amounts[0][1].place)
        return Loosened(constraint, (), numeric=False)
    if allows.fail_any:
        return Unfit("the rule's limit is a number, so the waiver has to say how far it goes", _HOW_FAR)
    if not amounts:
        return Loosened(constraint, (), numeric=True)
    sides = {bound.side for bound in limits} if constraint.relative is None else {_way(constraint)}
    read: dict[str, Fraction] = {}
    for name, amount in amounts:
        if _SIDES[name] not in sides:
            return Unfit(f"`{name}` does not loosen the rule's limit", _turned(name), amount.place)
        found = _read(amount, constraint, check)
        if isinstance(found, Unfit):
            return found
        read[name] = found
    return Loosened(constraint, tuple(_bounds(limits, read, constraint, check)), numeric=True)


def within(finding: Finding, limit: Loosened, *, sure: bool) -> bool:
    """Return whether a finding lies within what the waiver allows; `sure` says whether its rule judges the interval.

    What cannot be compared is never within: no number where the limit is one, or a number that is not finite.
    """
    estimate = finding.observed
    if not limit.numeric:
        return True
    if estimate is None:
        return not limit.bounds
    if not limit.bounds or not finite(estimate) or in_set(estimate.value, limit.constraint) is False:
        return False
    judged = estimate if sure else replace(estimate, low=estimate.value, high=estimate.value)
    return all(holds(judged, bound) for bound in limit.bounds)


_SIDES: dict[str, Side] = {
    "at_most": "upper", "at_least": "lower", "surely_at_most": "upper", "surely_at_least": "lower",
}  # fmt: skip
_ABSOLUTE = "write it without `relative`, in the unit of the rule's own limit"
_HOW_FAR = "write `at_most` or `at_least`, in the direction of the rule's own limit"


def _amounts(allows: Allows) -> Iterator[tuple[str, Amount]]:
    for name in _SIDES:
        amount = getattr(allows, name)
        if amount is not None:
            yield name, amount


def _read(amount: Amount, constraint: Constraint, check: Check) -> Fraction | Unfit:
    """Return an amount in the rule's own unit; `5 % relative` is one of its own, and no other stands for it."""
    relative = constraint.relative
    of_its_value = relative is not None and relative.relative
    text = amount.text.strip()
    share = text.removesuffix("relative").strip()
    if of_its_value and share == text:
        message = f"`{text}` does not say of what it is a share: the rule's limit is `{_written(constraint)}`"
        return Unfit(message, "write it as the rule does, such as `8 % relative`", amount.place)
    if not of_its_value and share != text:
        return Unfit(
            f"`{text}` is a share of the champion's value, and the rule's limit is none", _ABSOLUTE, amount.place
        )
    try:
        value = parse(share, unit_of(constraint, check)).value
    except UnitError as error:
        return Unfit(str(error), error.hint, amount.place)
    furthest = _furthest(constraint, check)
    if furthest is not None and abs(value) > furthest:
        most = show(furthest, unit_of(constraint, check))
        return Unfit(f"`{text}` lies past every number there can be", f"no number is beyond {most}", amount.place)
    return value


def _furthest(constraint: Constraint, check: Check) -> Fraction | None:
    """Return how far shares and differences of them can go; of a share of another model's value nobody can say."""
    of_its_value = constraint.relative is not None and constraint.relative.relative
    if of_its_value or check.unit not in (Unit.SHARE, Unit.DIFFERENCE):
        return None
    return reach(check.unit, ratio=check.id.endswith("_ratio"))[1]


def _written(constraint: Constraint) -> str:
    """Return a limit against another model as the rule writes it."""
    assert constraint.relative is not None, "asked for relative limits only"
    return str(constraint.relative.amount)


def _way(constraint: Constraint) -> Side:
    """A limit against another model is written as a distance: worse by at most, better by at least."""
    assert constraint.relative is not None, "asked for relative limits only"
    return "upper" if constraint.relative.way == "worse_by_at_most" else "lower"


def _turned(name: str) -> str:
    other = name.replace("at_most", "at_LEAST").replace("at_least", "at_most").replace("at_LEAST", "at_least")
    return f"the rule asks for the other direction: write `{other}`"


def _bounds(
    limits: tuple[Bound, ...], read: dict[str, Fraction], constraint: Constraint, check: Check
) -> Iterator[Bound]:
    """Yield every limit of the rule, those of the waiver's direction as the waiver leaves them."""
    relative = constraint.relative
    if relative is not None:

        def against(value: Fraction) -> Bound:
            amount = Quantity(value, relative.amount.unit)
            return limits_of(replace(constraint, relative=replace(relative, amount=amount)), check)[0]

        first, second = _pair(read, _way(constraint))
        yield replace(against(first), surely=against(second).limit if second is not None else None)
        return
    for bound in limits:
        if any(_SIDES[name] == bound.side for name in read):
            first, second = _pair(read, bound.side)
            yield Bound(bound.side, first, surely=second)
        else:
            yield bound


def _pair(read: dict[str, Fraction], side: Side) -> tuple[Fraction, Fraction | None]:
    """Return the first limit and the second; a second alone is the only one."""
    point, surely = ("at_most", "surely_at_most") if side == "upper" else ("at_least", "surely_at_least")
    return (read[point], read.get(surely)) if point in read else (read[surely], None)

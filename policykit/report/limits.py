"""The limit a finding was judged against, as lines on an axis and stretches that are allowed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from policykit import checks
from policykit.terms.policy import Clause, Constraint, Relative
from policykit.terms.quantity import Quantity, Unit
from policykit.terms.report import RuleLine
from policykit.terms.verdict import Finding

Kind = Literal["limit", "surely", "caution"]


@dataclass(frozen=True, slots=True)
class Lines:
    """Marks as (kind, value in the canonical unit, text), and the stretches that the limit allows."""

    marks: tuple[tuple[Kind, float, str], ...]
    good: tuple[tuple[float, float], ...]


NO_LINES = Lines((), ())


def clause(line: RuleLine, finding: Finding) -> Clause | None:
    """Return the clause that `finding` answers; None where it cannot be told."""
    asked = [part for part in line.rule.clauses if not finding.check or part.check == finding.check]
    if len(asked) > 1:
        said = [part for part in asked if any(text in finding.limit for text in _texts(part.constraint))]
        asked = said if len(said) == 1 else []
    return asked[0] if asked else None


def lines(part: Clause) -> Lines:
    """Return where the limits of `part` lie; empty for limits that are no numbers."""
    limit = part.constraint
    marks: list[tuple[Kind, float, str]] = []
    good: tuple[tuple[float, float], ...] = ()
    inf = math.inf
    if limit.between is not None:
        low, high = limit.between
        marks += [("limit", float(end.value), str(end)) for end in (low, high)]
        good = ((float(low.value), float(high.value)),)
    elif isinstance(limit.equals, Quantity):
        marks.append(("limit", float(limit.equals.value), str(limit.equals)))
        good = ((float(limit.equals.value), float(limit.equals.value)),)
    elif limit.relative is not None:
        found = _against(part.check, limit.relative)
        if found is not None:
            marks.append(("limit", found[0], limit.relative.way.replace("_", " ") + f" {limit.relative.amount}"))
            good = (found[1],)
    else:
        floor = limit.at_least or limit.above
        ceiling = limit.at_most or limit.below
        marks += [("limit", float(end.value), str(end)) for end in (floor, ceiling) if end is not None]
        if marks:
            good = ((float(floor.value) if floor else -inf, float(ceiling.value) if ceiling else inf),)
    marks += [("surely", float(q.value), str(q)) for q in (limit.surely_at_least, limit.surely_at_most) if q]
    marks += [("caution", float(q.value), str(q)) for q in (limit.caution_below, limit.caution_above) if q]
    return Lines(tuple(marks), good)


def unit(part: Clause, otherwise: Unit) -> Unit:
    """Return the unit that the limits of `part` are written in."""
    return next((quantity.unit for quantity in _quantities(part.constraint)), otherwise)


def _against(check_id: str, relative: Relative) -> tuple[float, tuple[float, float]] | None:
    """Return the limit on candidate minus champion, and what it allows; a share of the champion's value is not drawn."""
    check = checks.find(check_id)
    if relative.relative or check is None or check.better == "neither":
        return None
    amount = float(relative.amount.value)
    higher = check.better == "higher"
    at = amount if relative.way == "better_by_at_least" else -amount
    return (at, (at, math.inf)) if higher else (-at, (-math.inf, -at))


def _quantities(limit: Constraint) -> Iterator[Quantity]:
    for found in (
        limit.at_least,
        limit.at_most,
        limit.above,
        limit.below,
        *(limit.between or ()),
        limit.equals,
        limit.relative.amount if limit.relative and not limit.relative.relative else None,
    ):
        if isinstance(found, Quantity):
            yield found


def _texts(limit: Constraint) -> tuple[str, ...]:
    return tuple(str(quantity) for quantity in _quantities(limit))

"""The limit a finding was judged against, as lines on an axis and stretches that are allowed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from policykit import checks
from policykit.terms.policy import Clause
from policykit.terms.quantity import Quantity
from policykit.terms.report import RuleLine
from policykit.terms.verdict import Finding

Kind = Literal["limit", "surely", "caution"]
Way = Literal["worse", "better"]


@dataclass(frozen=True, slots=True)
class Lines:
    """Marks as (kind, value in the canonical unit, text), and the stretches that the limit allows."""

    marks: tuple[tuple[Kind, float, str], ...]
    good: tuple[tuple[float, float], ...]


NO_LINES = Lines((), ())


def clause(line: RuleLine, finding: Finding) -> Clause | None:
    """Return the clause that `finding` answers; None where its rule has no such part."""
    clauses = line.rule.clauses
    return clauses[finding.part] if 0 <= finding.part < len(clauses) else None


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
        amount = limit.relative.amount
        way: Way = "worse" if limit.relative.way == "worse_by_at_most" else "better"
        found = against(part.check, way, float(amount.value), str(amount).removesuffix("relative").strip())
        marks, good = [*found.marks], found.good
    else:
        floor = limit.at_least or limit.above
        ceiling = limit.at_most or limit.below
        marks += [("limit", float(end.value), str(end)) for end in (floor, ceiling) if end is not None]
        if marks:
            good = ((float(floor.value) if floor else -inf, float(ceiling.value) if ceiling else inf),)
    marks += [("surely", float(q.value), str(q)) for q in (limit.surely_at_least, limit.surely_at_most) if q]
    marks += [("caution", float(q.value), str(q)) for q in (limit.caution_below, limit.caution_above) if q]
    return Lines(tuple(marks), good)


def against(check_id: str, way: Way, amount: float, text: str) -> Lines:
    """Return the limit on candidate minus champion: by how much worse it may be, or better it must be; `text` is that amount."""
    check = checks.find(check_id)
    if check is None or check.better == "neither":
        return NO_LINES
    higher = check.better == "higher"
    at = amount if (way == "better") is higher else -amount
    mark: tuple[Kind, float, str] = ("limit", at, f"{text} {way}" if amount else "no worse")
    return Lines((mark,), ((at, math.inf) if higher else (-math.inf, at),))

"""Resolve the attributes policies speak of to expressions over this bundle's columns."""

from __future__ import annotations

from itertools import pairwise

from policykit.terms.bundle import Bundle, Schema
from policykit.terms.expr import Band, Col, Cross, Expr, Recode, columns
from policykit.terms.policy import Bands, Policy
from policykit.terms.verdict import Cause, Unmeasured


def attribute(name: str, policy: Policy, bundle: Bundle, schema: Schema | None) -> Expr | Unmeasured:
    """Return the expression for attribute `name`: the policy's bands, else the bundle's mapping, else a column."""
    bands = policy.attributes.get(name)
    if bands is None:
        return _column(name, bundle, schema)
    base = _column(bands.of, bundle, schema)
    if isinstance(base, Unmeasured):
        return base
    return Band(base.of if isinstance(base, Recode) else base, bands.edges, _labels(bands))


def intersection(names: tuple[str, ...], policy: Policy, bundle: Bundle, schema: Schema | None) -> Expr | Unmeasured:
    """Return the expression for the intersection of several attributes."""
    parts: list[Expr] = []
    for name in names:
        found = attribute(name, policy, bundle, schema)
        if isinstance(found, Unmeasured):
            return found
        parts.append(found)
    return Cross(tuple(parts))


def _column(name: str, bundle: Bundle, schema: Schema | None) -> Expr | Unmeasured:
    mapped = bundle.attributes.get(name)
    column = mapped.column if mapped is not None else name
    expr: Expr = Recode(Col(column), mapped.values) if mapped is not None and mapped.values else Col(column)
    if schema is not None and not all(schema.kind(read) for read in columns(expr)):
        what = f"attribute `{name}` is column `{column}`" if mapped is not None else f"no attribute is called `{name}`"
        return Unmeasured(Cause.MISSING, f"{what}, and the data has no column of that name")
    return expr


def _labels(bands: Bands) -> tuple[str, ...]:
    edges = [str(int(edge)) if edge.is_integer() else repr(edge) for edge in map(float, bands.edges)]
    between = [f"{low} to under {high}" for low, high in pairwise(edges)]
    return (f"under {edges[0]}", *between, f"{edges[-1]} and over")

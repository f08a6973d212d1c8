"""Declared evidence: what the manifest and its documents say, by path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policykit.terms.bundle import Bundle, Schema
from policykit.terms.measure import Fact
from policykit.terms.plan import Measurement
from policykit.terms.policy import Source
from policykit.terms.state import Stated
from policykit.terms.verdict import Cause, Unmeasured


def stated(bundle: Bundle, schemas: Mapping[str, Schema | Unmeasured], fact: Fact) -> Measurement | Unmeasured:
    """Return what the bundle declares at the path of `fact`: missing where it says nothing, crashed where it is broken."""
    root, *rest = fact.path
    match root, rest:
        case "facts", _:
            return _within(bundle.facts, rest, fact)
        case "bundle", ["name"]:
            return _declared(bundle.name)
        case "bundle", ["version"]:
            return _declared(bundle.version)
        case "documents", [name, *inner]:
            if name in bundle.broken:
                return Unmeasured(Cause.CRASHED, f"the document `{name}` cannot be read: {bundle.broken[name]}")
            if name not in bundle.contents:
                return Unmeasured(Cause.MISSING, f"the bundle has no document `{name}`")
            return _within(bundle.contents[name], inner, fact)
        case "datasets", [role, what]:
            return _of_dataset(bundle, schemas, role, what)
        case _:
            return _absent(fact)


def _of_dataset(
    bundle: Bundle, schemas: Mapping[str, Schema | Unmeasured], role: str, what: str
) -> Measurement | Unmeasured:
    if role not in bundle.datasets:
        return Unmeasured(Cause.MISSING, f"the bundle has no data set `{role}`")
    if what == "collected":
        day = bundle.datasets[role].collected
        missing = Unmeasured(Cause.MISSING, f"the data set `{role}` does not say when it was collected")
        return missing if day is None else _declared(day)
    schema = schemas.get(role)
    if schema is None or isinstance(schema, Unmeasured):
        return schema or Unmeasured(Cause.MISSING, f"the data set `{role}` was not described")
    match what:
        case "columns":
            return _recomputed([[column.name, column.kind] for column in schema.columns])
        case "rows" if schema.rows is not None:
            return _recomputed(schema.rows)
        case _:
            return _absent(Fact(("datasets", role, what)))


def _within(value: Any, path: Sequence[str], fact: Fact) -> Measurement | Unmeasured:
    for name in path:
        match value:
            case Mapping() if name in value:
                value = value[name]
            case list() | tuple() if name.isdecimal() and int(name) < len(value):
                value = value[int(name)]
            case _:
                return _absent(fact)
    return _absent(fact) if value is None else _declared(value)


def _absent(fact: Fact) -> Unmeasured:
    return Unmeasured(Cause.MISSING, f"the bundle does not say `{'.'.join(fact.path)}`")


def _declared(value: Any) -> Measurement:
    return Measurement(Stated(value), Source.DECLARED, "bundle")


def _recomputed(value: Any) -> Measurement:
    return Measurement(Stated(value), Source.RECOMPUTED, "bundle")

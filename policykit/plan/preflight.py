"""What can be seen to be impossible before anything is scanned: a missing column, no rows, a wrong type."""

from __future__ import annotations

from collections.abc import Mapping

from policykit.terms.bundle import Schema
from policykit.terms.kinds import lacking, refusal
from policykit.terms.measure import Fact, Measure, Overlap, Sample, datasets, read
from policykit.terms.nearest import nearest
from policykit.terms.verdict import Cause, Unmeasured


def preflight(measure: Measure, schemas: Mapping[str, Schema | Unmeasured]) -> Unmeasured | None:
    """Return why `measure` cannot be taken of these data sets; None where nothing speaks against it.

    A missing data set or column comes first, then a data set without rows, then types: an empty table has no types to judge.
    """
    found: dict[str, Schema] = {}
    for role in datasets(measure):
        schema = schemas.get(role)
        if schema is None:
            return Unmeasured(Cause.MISSING, f"the bundle has no data set `{role}`{_meant(role, schemas)}")
        if isinstance(schema, Unmeasured):
            return schema
        found[role] = schema
    for role, name in sorted(read(measure)):
        if found[role].kind(name) is None:
            return lacking(name, [column.name for column in found[role].columns], role)
    for role, schema in found.items():
        if schema.rows == 0:
            return Unmeasured(Cause.EMPTY, f"the data set `{role}` has no rows")
    return _wrong_type(measure, found)


def _wrong_type(measure: Measure, schemas: Mapping[str, Schema]) -> Unmeasured | None:
    match measure:
        case Fact() | Sample():
            return None
        case Overlap(left, right, keys):
            for key in keys:
                kinds = {schemas[left].kind(key), schemas[right].kind(key)} - {"null"}
                if "other" in kinds or (len(kinds) > 1 and not kinds <= {"integer", "decimal"}):
                    detail = f"the column `{key}` holds {schemas[left].kind(key)} in `{left}`"
                    return Unmeasured(Cause.WRONG_TYPE, f"{detail} and {schemas[right].kind(key)} in `{right}`")
            return None
        case _:
            return refusal(measure, {column.name: column.kind for column in schemas[measure.dataset].columns})


def _meant(role: str, schemas: Mapping[str, Schema | Unmeasured]) -> str:
    near = nearest(role, schemas)
    return f"; did you mean `{near}`?" if near else ""

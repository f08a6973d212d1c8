"""Tables as the engine scans them: plain column names, NaN told apart from values, odd types made plain.

Column names are foreign text (`^.*$` selects every column in Polars, dots and backticks mean something in Spark), so they
never reach an engine: column 3 of the data is `r3` as it lies there, and `c3` with NaN made NULL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policykit.measure.compile import Placed
from policykit.terms.bundle import Column

if TYPE_CHECKING:
    import polars as pl

_KINDS = {
    "String": "text",
    "Categorical": "text",
    "Enum": "text",
    "Float32": "decimal",
    "Float64": "decimal",
    "Float16": "decimal",
    "Decimal": "decimal",
    "Boolean": "boolean",
    "Date": "date",
    "Datetime": "datetime",
    "Null": "null",
}


@dataclass(frozen=True, slots=True)
class Scanned:
    """A table ready to be scanned: a lazy frame whose columns are `r0`, `r1`, …, and what they are called and hold."""

    frame: pl.LazyFrame
    columns: tuple[Column, ...]

    def placed(self) -> Mapping[str, Placed]:
        """Return where each column lies, by its name in the data."""
        return {
            column.name: Placed(f"c{place}" if column.kind == "decimal" else f"r{place}", f"r{place}", column.kind)
            for place, column in enumerate(self.columns)
        }


def scanned(frame: pl.LazyFrame, *, missing: Sequence[str] | None = None) -> Scanned:
    """Return `frame` ready to be scanned; `missing` lists texts that stand for nothing, beside NULL and NaN."""
    import polars as pl

    schema = frame.collect_schema()
    plain = frame.rename({name: f"r{place}" for place, name in enumerate(schema)})
    made = [_made(f"r{place}", dtype, missing) for place, dtype in enumerate(schema.values())]
    changed = [expr for expr in made if expr is not None]
    if changed:
        plain = plain.with_columns(changed)
    kinds = [kind(dtype) for dtype in schema.values()]
    whole = [pl.col(f"r{place}") for place, found in enumerate(kinds) if found == "decimal"]
    if whole:
        plain = plain.with_columns(pl.when(~x.is_nan()).then(x).alias("c" + x.meta.output_name()[1:]) for x in whole)
    columns = tuple(Column(name, found) for name, found in zip(schema, kinds, strict=True))
    return Scanned(plain, columns)


def kind(dtype: pl.DataType) -> str:
    """Return the kind of a column by its Polars type."""
    if dtype.is_integer():
        return "integer"
    return _KINDS.get(str(dtype.base_type()), "other")


def _made(name: str, dtype: pl.DataType, missing: Sequence[str] | None) -> pl.Expr | None:
    """Return the column in a plain type and without stand-ins for nothing; None where it is so already."""
    import polars as pl

    found, column = kind(dtype), pl.col(name)
    changed = column
    match found:
        case "text" if dtype != pl.String:
            changed = column.cast(pl.String)
        case "decimal" if dtype != pl.Float64:
            changed = column.cast(pl.Float64)
        case "datetime" if isinstance(dtype, pl.Datetime):
            if dtype.time_zone is not None:
                changed = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
            if dtype.time_unit != "us":
                changed = changed.dt.cast_time_unit("us")
    if missing:
        stand_ins: list[str] | list[float] = []
        if found == "text":
            stand_ins = list(missing)
        elif found in {"integer", "decimal"}:
            stand_ins = _numbers(missing)
        if stand_ins:
            changed = pl.when(~pl.any_horizontal(changed == stand_in for stand_in in stand_ins)).then(changed)
    return None if changed is column else changed.alias(name)


def _numbers(texts: Sequence[str]) -> list[float]:
    found = []
    for text in texts:
        try:
            found.append(float(text))
        except ValueError:
            continue
    return [number for number in found if number == number]

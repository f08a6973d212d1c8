"""Predictions in a file of their own, joined to their data set by key: every row once, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit.measure.scanned import Scanned
from policykit.measure.source import opened_file
from policykit.terms.bundle import Bundle, Dataset, Predictions
from policykit.terms.kinds import lacking
from policykit.terms.verdict import Cause, Unmeasured

if TYPE_CHECKING:
    import polars as pl


def joined(bundle: Bundle, dataset: Dataset, table: Scanned, *, proven: bool) -> Scanned | Unmeasured:
    """Return the table with its predictions beside it; where not `proven` before, look whether each row has exactly one."""
    import polars as pl

    predictions = dataset.predictions
    if predictions is None:
        return table
    right = opened_file(bundle, predictions.path, dataset)
    if isinstance(right, Unmeasured):
        return right
    unfit = _unfit(dataset, predictions, table, right)
    if unfit is not None:
        return unfit
    keys = [f"key{place}" for place in range(len(predictions.key))]
    left_frame = table.frame.with_columns(_keys(table, predictions.key, keys))
    width = len(table.columns)
    moved = {f"{letter}{place}": f"{letter}{place + width}" for place in range(len(right.columns)) for letter in "rc"}
    held = right.frame.collect_schema().names()
    right_frame = right.frame.with_columns(_keys(right, predictions.key, keys)).rename(
        {old: new for old, new in moved.items() if old in held}
    )
    if not proven:
        trouble = _every_row_once(left_frame.select(keys), right_frame.select(keys), predictions.path, dataset.role)
        if trouble is not None:
            return trouble
    added = [place for place, column in enumerate(right.columns) if column.name not in predictions.key]
    whole = left_frame.join(right_frame, on=keys, how="left", nulls_equal=False)
    order = [*table.columns, *(right.columns[place] for place in added)]
    renamed = {f"{letter}{place + width}": f"{letter}{width + n}" for n, place in enumerate(added) for letter in "rc"}
    kept = [f"{letter}{place}" for place in range(width) for letter in "rc"] + list(renamed)
    there = set(whole.collect_schema().names())
    chosen = [pl.col(name).alias(renamed.get(name, name)) for name in kept if name in there]
    return Scanned(whole.select(chosen), tuple(order))


def _keys(table: Scanned, key: tuple[str, ...], names: list[str]) -> list[pl.Expr]:
    import polars as pl

    placed = table.placed()
    made = []
    for name, alias in zip(key, names, strict=True):
        column = pl.col(placed[name].clean)
        made.append((column.cast(pl.Float64) if placed[name].kind == "decimal" else column).alias(alias))
    return made


def _unfit(dataset: Dataset, predictions: Predictions, left: Scanned, right: Scanned) -> Unmeasured | None:
    lefts, rights = left.placed(), right.placed()
    for name in predictions.key:
        if name not in lefts:
            return lacking(name, lefts, dataset.role)
        if name not in rights:
            why = lacking(name, rights)
            return Unmeasured(why.cause, f"{why.detail} in `{predictions.path}`")
        kinds = {lefts[name].kind, rights[name].kind}
        if len(kinds) > 1:
            detail = f"the key `{name}` holds {lefts[name].kind} in `{dataset.role}` and {rights[name].kind} in its predictions"
            return Unmeasured(Cause.WRONG_TYPE, detail)
    twice = sorted((set(lefts) & set(rights)) - set(predictions.key))
    if twice:
        detail = (
            f"the column `{twice[0]}` is in `{dataset.role}` and in `{predictions.path}`: which one counts is not said"
        )
        return Unmeasured(Cause.UNDEFINED, detail)
    return None


def _every_row_once(left: pl.LazyFrame, right: pl.LazyFrame, path: str, role: str) -> Unmeasured | None:
    import polars as pl

    keys = left.collect_schema().names()
    repeated = right.group_by(keys).len().filter(pl.col("len") > 1).select(pl.len()).collect(engine="streaming").item()
    if repeated:
        return Unmeasured(
            Cause.UNDEFINED, f"`{path}` has {_keys_said(repeated)} more than once: which prediction counts is not said"
        )
    alone = left.join(right, on=keys, how="anti", nulls_equal=False).select(pl.len()).collect(engine="streaming").item()
    if alone:
        rows = "1 row" if alone == 1 else f"{alone:,} rows"
        return Unmeasured(Cause.MISSING, f"{rows} of `{role}` without a prediction in `{path}`")
    return None


def _keys_said(count: int) -> str:
    return "1 key" if count == 1 else f"{count:,} keys"

"""The first rung: one table of predictions, and no file written for it."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from policykit.errors import UsageError
from policykit.load.resolve import FORMATS
from policykit.load.table import Seen, Table, as_kind, open_table
from policykit.load.tree import Tree
from policykit.load.write import read_error
from policykit.terms.bundle import Bundle, Dataset, File, Task
from policykit.terms.expr import Lit, Scalar
from policykit.terms.nearest import nearest

_ROLE: Final = "evaluation"
_MOST_CLASSES: Final = 50
_SHOWN: Final = 10


def bundle_from_table(
    table: Path | str | Any,
    *,
    target: str | None = None,
    prediction: str | None = None,
    score: str | None = None,
    protected: Sequence[str] = (),
    favourable: Any = None,
    positive: Any = None,
    name: str | None = None,
) -> Bundle:
    """Return a bundle that is one table: a CSV or Parquet file, or a pandas, Polars or Arrow table in memory.

    `favourable` and `positive` given as text take the type of the column they are values of; where only one of the two
    is given, it serves as the positive class too.

    Raises:
        UsageError: a column that the table does not have, or a value that never occurs.
        BundleError: a file that cannot be read as a table.
    """
    path = Path(table) if isinstance(table, str | Path) else None
    kind = "memory" if path is None else _format(path)
    opened = open_table(table if path is None else path)
    for option, column in (("target", target), ("prediction", prediction), ("score", score)):
        _expect_column(opened, option, column)
    for column in protected:
        _expect_column(opened, "protected", column)
    for what, column in (("prediction", prediction), ("score", score)):
        if target is not None and target == column:
            hint = "`--target` is what really happened, `--prediction` and `--score` what the model said"
            raise UsageError(f"`{target}` cannot be both the target and the {what}", hint=hint)
    outcomes = [opened.seen(column) for column in (target, prediction) if column is not None]
    wanted = _value("favourable", favourable, outcomes)
    detected = _value("positive", positive, outcomes)
    task = Task(
        kind=_kind(outcomes),
        target=target,
        prediction=prediction,
        score=score,
        positive=detected or wanted,
        favourable=wanted,
    )
    title = name or (path.stem if path is not None else "") or "table"
    if path is None:
        dataset = Dataset(_ROLE, format=kind, table=table)
        return Bundle(title, "trial", {_ROLE: dataset}, task=task, protected_attributes=tuple(protected))
    file = _file(path)
    return Bundle(
        name=title,
        version="trial",
        datasets={_ROLE: Dataset(_ROLE, files=(file.path,), format=kind)},
        task=task,
        protected_attributes=tuple(protected),
        files=(file,),
        root=path.resolve().parent,
    )


def _format(path: Path) -> str:
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise UsageError(f"`{path}` is neither CSV nor Parquet", hint="save the table as `.csv` or `.parquet`")
    try:
        found = stat.S_IFMT(path.stat().st_mode)
    except OSError as error:
        raise UsageError(f"there is no table at `{path}`", hint="check the path") from error
    if found != stat.S_IFREG:
        raise UsageError(f"`{path}` is not a file", hint="name one CSV or Parquet file")
    return kind


def _file(path: Path) -> File:
    real = path.resolve()
    try:
        size = real.stat().st_size
    except OSError as error:
        raise read_error(f"cannot read `{path}`", error, path) from error
    sha256, size = Tree(real.parent, {real.name: size}).hashed(real.name)
    return File(real.name, f"dataset:{_ROLE}", sha256, size)


def _expect_column(table: Table, option: str, column: str | None) -> None:
    if column is None or column in table.columns:
        return
    near = nearest(column, table.columns)
    hint = f"did you mean `{near}`? " if near else ""
    listed = ", ".join(f"`{each}`" for each in table.columns[:50])
    more = f" and {len(table.columns) - 50} more" if len(table.columns) > 50 else ""
    raise UsageError(
        f"the table has no column `{column}`, named as {option}", hint=f"{hint}its columns are {listed}{more}"
    )


def _value(option: str, given: Any, outcomes: list[Seen]) -> Lit | None:
    """Return the value in the type of its column: of the target, or else of the prediction."""
    if given is None:
        return None
    if not outcomes:
        hint = "name the columns with `--target` and `--prediction`"
        raise UsageError(f"`{option}` is a value of the target and the prediction, and neither is named", hint=hint)
    plain = given.item() if hasattr(given, "item") else given
    for seen in outcomes:
        value = as_kind(plain, seen.kind) if isinstance(plain, str) else plain
        if isinstance(value, Scalar) and _among(value, seen):
            return Lit(_same_type(value, seen))
    found = list(dict.fromkeys(_show(value) for seen in outcomes for value in seen.values))
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    hint = f"the values found are {', '.join(found[:_SHOWN])}{more}" if found else "the columns hold no value at all"
    raise UsageError(f"{_show(plain)}, given as {option}, never occurs", hint=hint)


def _among(value: Scalar, seen: Seen) -> bool:
    """Return whether the value occurs, true not being 1."""
    return any(isinstance(found, bool) == isinstance(value, bool) and found == value for found in seen.values)


def _same_type(value: Scalar, seen: Seen) -> Scalar:
    if isinstance(value, bool | str):
        return value
    return float(value) if seen.kind == "decimal" else int(value) if seen.kind == "integer" else value


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _kind(outcomes: list[Seen]) -> str | None:
    """Return the kind of task that the values of target and prediction show; None where they show none."""
    values = {(isinstance(value, bool), value) for seen in outcomes for value in seen.values if _hashable(value)}
    if not values:
        return None
    whole = all(float(value).is_integer() for _, value in values if isinstance(value, float))
    if len(values) <= 2 and whole:
        return "binary-classification"
    numeric = all(seen.kind in ("integer", "decimal") for seen in outcomes)
    if numeric and (not whole or len(values) > _MOST_CLASSES):
        return "regression"
    return "multiclass-classification" if len(values) <= _MOST_CLASSES else None


def _hashable(value: Any) -> bool:
    return isinstance(value, bool | int | float | str)

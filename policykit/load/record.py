"""Write a bundle folder from inside a training script."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from policykit.errors import BundleError, UsageError
from policykit.load.bundle_words import MANIFEST
from policykit.load.manifest_document import read_manifest
from policykit.load.manifest_text import manifest_text
from policykit.load.resolve import FORMATS
from policykit.load.write import replace_file, storage_error
from policykit.terms.bundle import Attribute, Bundle, Cut, Dataset, Model, Task
from policykit.terms.expr import Lit, Scalar

_CARD: Final = "MODEL_CARD.md"


def record(
    folder: str | Path,
    *,
    name: str,
    version: str,
    train: Any = None,
    evaluation: Any = None,
    datasets: Mapping[str, Any] | None = None,
    kind: str | None = None,
    target: str | None = None,
    prediction: str | None = None,
    score: str | None = None,
    cut: float | None = None,
    positive: Scalar | None = None,
    favourable: Scalar | None = None,
    protected: Sequence[str] = (),
    attributes: Mapping[str, str | Mapping[Any, str]] | None = None,
    columns: Mapping[str, str] | None = None,
    labels: Mapping[str, str | Sequence[str]] | None = None,
    key: str | Sequence[str] = (),
    collected: str | Mapping[str, str] | None = None,
    model: str | Path | None = None,
    model_format: str | None = None,
    features: Sequence[str] = (),
    documents: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Path:
    """Write a bundle folder that the gate can judge, and return its path.

    `train`, `evaluation` and the others in `datasets` (role → table) are pandas, Polars or Arrow tables, or CSV or Parquet
    files; `model` is a file or folder; a document is a file, a JSON value, or (`card`) Markdown text. `attributes` names an
    attribute's column, or renames the values of the column of that name. `prediction` may be left out where `cut` says from
    which score on it is positive. Everything appears at once, or nothing does.

    Raises:
        UsageError: a folder that is not empty, a thing that is no table, or nothing to judge.
        BundleError: what was said would not make a valid manifest.
        StorageError: a file that cannot be written.
    """
    goal = Path(folder)
    tables = {"train": train, "evaluation": evaluation, **(datasets or {})}
    tables = {role: table for role, table in tables.items() if table is not None}
    if not tables:
        raise UsageError("a bundle needs data to judge", hint="give `evaluation=`, a table or a file")
    _expect_empty(goal)
    fresh = goal.resolve().parent / f".policykit-{secrets.token_hex(8)}.tmp"
    keys = (key,) if isinstance(key, str) else tuple(key)
    try:
        (fresh / "data").mkdir(parents=True)
        bundle = Bundle(
            name=name,
            version=version,
            labels={label: _several(values) for label, values in (labels or {}).items()},
            task=Task(
                kind, target, prediction, score, _lit(positive), _lit(favourable), None if cut is None else Cut(cut)
            ),
            attributes=_attributes(attributes or {}),
            protected_attributes=tuple(protected),
            model=None if model is None else Model(_put_model(fresh, Path(model)), model_format, tuple(features)),
            datasets={
                role: Dataset(
                    role,
                    files=(_put_table(fresh, role, table),),
                    key=keys if role != "train" else (),
                    collected=collected.get(role) if isinstance(collected, Mapping) else collected,
                    columns=columns or {},
                )
                for role, table in tables.items()
            },
            documents={title: _put_document(fresh, title, found) for title, found in (documents or {}).items()},
            facts=facts or {},
        )
        written = manifest_text(bundle).encode("utf-8")
        _expect_valid(written)
        replace_file(fresh / MANIFEST, written)
        fresh.rename(goal.resolve())
    except BaseException as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if isinstance(error, OSError):
            raise storage_error(f"cannot write the bundle `{folder}`", error, goal) from error
        raise
    return goal


def _expect_empty(goal: Path) -> None:
    if goal.is_dir() and not any(goal.iterdir()):
        return
    if goal.exists() or goal.is_symlink():
        hint = "choose a new folder for every version: a bundle that was judged never changes"
        raise UsageError(f"`{goal}` is there already", hint=hint)


def _expect_valid(written: bytes) -> None:
    _, problems = read_manifest(written, MANIFEST)
    if problems:
        raise BundleError(
            f"this would not make a valid bundle: {problems[0].message}", problems=problems, hint=problems[0].hint
        )


def _lit(given: Any) -> Lit | None:
    return None if given is None else Lit(given.item() if hasattr(given, "item") else given)


def _several(values: str | Sequence[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)


def _attributes(given: Mapping[str, str | Mapping[Any, str]]) -> dict[str, Attribute]:
    found = {}
    for name, said in given.items():
        if isinstance(said, str):
            found[name] = Attribute(said)
            continue
        pairs = [(_lit(old), new) for old, new in said.items()]
        found[name] = Attribute(name, tuple((old, new) for old, new in pairs if old is not None))
    return found


def _put_model(fresh: Path, model: Path) -> str:
    path = f"model/{model.name}"
    if model.is_dir():
        shutil.copytree(model, fresh / path)
    else:
        (fresh / "model").mkdir()
        shutil.copyfile(model, fresh / path)
    return path


def _put_table(fresh: Path, role: str, table: Any) -> str:
    if isinstance(table, str | Path):
        kind = FORMATS.get(Path(table).suffix.lower())
        if kind is None:
            raise UsageError(f"`{table}` is neither CSV nor Parquet", hint="save the table as `.csv` or `.parquet`")
        path = f"data/{role}.{kind}"
        shutil.copyfile(table, fresh / path)
        return path
    path = f"data/{role}.parquet"
    match type(table).__module__.split(".")[0], type(table).__name__:
        case "pandas", "DataFrame":
            table.to_parquet(fresh / path, index=False)
        case "polars", "DataFrame":
            table.write_parquet(fresh / path)
        case "polars", "LazyFrame":
            table.sink_parquet(fresh / path)
        case "pyarrow", "Table":
            from pyarrow.parquet import write_table

            write_table(table, fresh / path)
        case _:
            hint = "give a pandas, Polars or Arrow table, or the path of a CSV or Parquet file"
            raise UsageError(f"`{role}` is not a table that policykit can write", hint=hint)
    return path


def _put_document(fresh: Path, name: str, found: Any) -> str:
    if isinstance(found, Path) or (isinstance(found, str) and "\n" not in found):
        path = f"evidence/{name}{Path(found).suffix.lower()}"
        (fresh / "evidence").mkdir(exist_ok=True)
        shutil.copyfile(found, fresh / path)
        return path
    if isinstance(found, str):
        path = _CARD if name == "card" else f"evidence/{name}.md"
        data = found
    else:
        path = f"evidence/{name}.json"
        data = _json(name, found)
    (fresh / path).parent.mkdir(exist_ok=True)
    (fresh / path).write_text(data, encoding="utf-8")
    return path


def _json(name: str, found: Any) -> str:
    try:
        return json.dumps(found, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    except (TypeError, ValueError) as error:
        hint = "give texts, whole numbers, finite numbers, lists and maps of such, or a file"
        raise UsageError(f"the document `{name}` cannot be written as JSON: {error}", hint=hint) from error

"""The first rung: one table, on disk or in memory."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from policykit.errors import BundleError, UsageError
from policykit.load.bundle import load_bundle
from policykit.load.loose import bundle_from_table
from policykit.load.manifest_text import manifest_text
from policykit.terms.bundle import Bundle
from policykit.terms.expr import Lit

ROWS = {"y": [1, 0, 1, 0], "yhat": [1, 0, 0, 0], "pd": [0.9, 0.1, 0.4, 0.2], "sex": ["F", "M", "F", "M"]}
WORDS = {"y": ["yes", "no"], "yhat": ["yes", "yes"]}


def csv(tmp_path: Path, rows: dict[str, list[Any]]) -> Path:
    path = tmp_path / "predictions.csv"
    lines = [",".join(rows), *(",".join(map(str, row)) for row in zip(*rows.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n")
    return path


def parquet(tmp_path: Path, rows: dict[str, list[Any]]) -> Path:
    pl.DataFrame(rows).write_parquet(tmp_path / "predictions.parquet")
    return tmp_path / "predictions.parquet"


def pandas(tmp_path: Path, rows: dict[str, list[Any]]) -> Any:
    return pd.DataFrame(rows)


def polars(tmp_path: Path, rows: dict[str, list[Any]]) -> Any:
    return pl.DataFrame(rows)


def lazy(tmp_path: Path, rows: dict[str, list[Any]]) -> Any:
    return pl.LazyFrame(rows)


def arrow(tmp_path: Path, rows: dict[str, list[Any]]) -> Any:
    return pa.table(rows)


each_table = pytest.mark.parametrize("make", [csv, parquet, pandas, polars, lazy, arrow])


def refused(table: Any, **said: Any) -> UsageError:
    with pytest.raises(UsageError) as error:
        bundle_from_table(table, **said)
    return error.value


@each_table
def test_a_table_becomes_a_bundle(tmp_path: Path, make: Any) -> None:
    bundle = bundle_from_table(
        make(tmp_path, ROWS), target="y", prediction="yhat", score="pd", protected=["sex"], favourable="1"
    )
    task = bundle.task
    assert (task.kind, task.target, task.prediction, task.score) == ("binary-classification", "y", "yhat", "pd")
    assert (task.favourable, task.positive) == (Lit(1), Lit(1))
    assert bundle.protected_attributes == ("sex",)
    assert tuple(bundle.datasets) == ("evaluation",)


@each_table
def test_a_value_given_as_text_takes_the_type_of_its_column(tmp_path: Path, make: Any) -> None:
    words = bundle_from_table(make(tmp_path, WORDS), target="y", prediction="yhat", favourable="yes", positive="no")
    assert (words.task.favourable, words.task.positive) == (Lit("yes"), Lit("no"))
    rows = {"y": [1.0, 0.0], "yhat": [1.0, 0.5]}
    assert bundle_from_table(make(tmp_path, rows), target="y", favourable="1").task.favourable == Lit(1.0)
    rows = {"y": [True, False], "yhat": [True, True]}
    assert bundle_from_table(make(tmp_path, rows), target="y", favourable="true").task.favourable == Lit(True)


def test_a_number_in_a_column_of_text_stays_text(tmp_path: Path) -> None:
    table = pl.DataFrame({"y": ["1", "0"]})
    assert bundle_from_table(table, target="y", favourable="1").task.favourable == Lit("1")
    assert bundle_from_table(csv(tmp_path, {"y": ["1", "x"]}), target="y", favourable="1").task.favourable == Lit("1")


@each_table
def test_a_value_that_never_occurs_names_those_that_do(tmp_path: Path, make: Any) -> None:
    error = refused(make(tmp_path, WORDS), target="y", prediction="yhat", favourable="Yes")
    assert str(error) == '`"Yes"`, given as favourable, never occurs'
    assert error.hint == 'the values found are `"no"`, `"yes"`'


def test_true_is_not_one(tmp_path: Path) -> None:
    error = refused(pl.DataFrame({"y": [True, False]}), target="y", favourable=1)
    assert error.hint == "the values found are `false`, `true`"
    assert refused(pl.DataFrame({"y": [1, 0]}), target="y", favourable=True).hint == "the values found are `0`, `1`"


def test_many_values_are_not_all_listed() -> None:
    error = refused(pl.DataFrame({"y": list(range(30))}), target="y", positive="x")
    assert str(error) == '`"x"`, given as positive, never occurs'
    assert error.hint.endswith("`9` and 20 more")


def test_a_column_without_values_says_so() -> None:
    error = refused(pl.DataFrame({"y": [None, None]}, schema={"y": pl.Int64}), target="y", favourable="1")
    assert error.hint == "the columns hold no value at all"


def test_a_value_of_no_named_column_is_refused() -> None:
    error = refused(pl.DataFrame(ROWS), favourable="1")
    assert str(error) == "`favourable` is a value of the target and the prediction, and neither is named"


@each_table
@pytest.mark.parametrize("option", ["target", "prediction", "score", "protected"])
def test_a_wrong_column_names_the_one_meant_and_all_there_are(tmp_path: Path, make: Any, option: str) -> None:
    said: Any = {option: ["yhta"] if option == "protected" else "yhta"}
    error = refused(make(tmp_path, ROWS), **said)
    assert str(error) == f"the table has no column `yhta`, named as {option}"
    assert error.hint == "did you mean `yhat`? its columns are `y`, `yhat`, `pd`, `sex`"


def test_the_target_cannot_be_the_prediction() -> None:
    error = refused(pl.DataFrame(ROWS), target="y", prediction="y")
    assert str(error) == "`y` cannot be both the target and the prediction"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 1], "binary-classification"),
        ([1, 1], "binary-classification"),
        (["a", "b", "c"], "multiclass-classification"),
        ([1.5, 2.5, 3.0], "regression"),
        (list(range(60)), "regression"),
        ([str(number) for number in range(60)], None),
        ([None], None),
    ],
)
def test_the_values_tell_the_kind_of_task(values: list[Any], kind: str | None) -> None:
    assert bundle_from_table(pl.DataFrame({"y": values}), target="y").task.kind == kind


def test_a_file_is_hashed_and_lies_where_it_lies(tmp_path: Path) -> None:
    path = csv(tmp_path, ROWS)
    bundle = bundle_from_table(path)
    (file,) = bundle.files
    assert (file.path, file.role) == ("predictions.csv", "dataset:evaluation")
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert bundle.root == tmp_path
    assert (bundle.name, bundle.version) == ("predictions", "trial")


def test_a_table_in_memory_is_carried_along() -> None:
    table = pd.DataFrame(ROWS)
    bundle = bundle_from_table(table, name="mine")
    assert bundle.datasets["evaluation"].table is table
    assert (bundle.name, bundle.files, bundle.root) == ("mine", (), None)


def test_csv_with_a_mark_quotes_and_missing_values_is_read_as_the_measures_read_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes('\ufeff"y, really","multi\nline"\n1,"a\nb"\nNA,c\n"0",d\n,e\n'.encode())
    bundle = bundle_from_table(tmp_path / "a.csv", target="y, really", favourable="0")
    assert (bundle.task.favourable, bundle.task.kind) == (Lit(0), "binary-classification")


@pytest.mark.parametrize("text", ["007", "1_0", " 1", "1e3000"])
def test_what_is_no_number_stays_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(f"y\n{text}\nx\n")
    assert bundle_from_table(tmp_path / "a.csv", target="y", favourable=text).task.favourable == Lit(text)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "it is empty, not even a header"),
        ("a.csv", b"y,y\n1,1\n", "its header names `y` twice"),
        ("a.csv", b"y,caf\xe9\n1,1\n", "it is not UTF-8"),
        ("a.csv", b"y,z\n1,1\n1\n", "CSV parse error: Expected 2 columns, got 1: 1"),
        ("a.parquet", b"PAR1", "parquet file size is 4 bytes, smaller than the minimum file footer (8 bytes)"),
        ("a.parquet", b"", "parquet file size is 0 bytes"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BundleError) as error:
        bundle_from_table(tmp_path / name, target="y")
    assert str(error.value).startswith(f"`{tmp_path / name}` cannot be read as a table: {message}")
    assert error.value.problems[0].code == "PK321"


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    assert str(refused([1, 2])) == "this is not a table that policykit can read"
    assert str(refused(tmp_path / "none.csv")) == f"there is no table at `{tmp_path / 'none.csv'}`"
    assert str(refused(tmp_path / "x.xlsx")) == f"`{tmp_path / 'x.xlsx'}` is neither CSV nor Parquet"
    (tmp_path / "d.csv").mkdir()
    assert str(refused(tmp_path / "d.csv")) == f"`{tmp_path / 'd.csv'}` is not a file"


def test_the_manifest_saved_for_the_next_rung_says_the_same(tmp_path: Path) -> None:
    bundle = bundle_from_table(
        csv(tmp_path, ROWS), target="y", prediction="yhat", protected=["sex"], favourable="1", name="loans"
    )
    (tmp_path / "bundle.yaml").write_text(manifest_text(bundle))
    read: Bundle = load_bundle(tmp_path)
    assert (read.name, read.task, read.protected_attributes) == ("loans", bundle.task, ("sex",))
    assert read.datasets == bundle.datasets


def test_a_table_in_memory_has_no_manifest() -> None:
    with pytest.raises(UsageError, match="the data set `evaluation` is not one file, so no manifest can name it"):
        manifest_text(bundle_from_table(pl.DataFrame(ROWS)))

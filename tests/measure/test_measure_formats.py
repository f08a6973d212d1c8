"""The same rows give the same states, however they come: in memory, as CSV, as Parquet, in parts, in a zip."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from policykit.measure.describe import describe
from policykit.terms.bundle import Bundle, Column, Dataset, Predictions, Schema
from policykit.terms.expr import Band, Bin, Col, Compare, Cross, IsMissing, Lit, Recode
from policykit.terms.measure import Cells, Count, Distinct, Extreme, Fact, Histogram, Overlap, Quantile, Sample, Sum
from policykit.terms.state import Counted, Stated, Table
from policykit.terms.verdict import Cause, Unmeasured
from tests.measure_bundles import in_folder, in_memory, measured, write_csv
from tests.measure_bundles import zipped as zipped_as

ROLE = "evaluation"
HEADER = ["id", "sex", "score", "paid", "since", 'odd ".[0]\n😀', "^.*$"]
ROWS = [
    [1, "female", 0.25, True, date(2026, 1, 2), "a,b", 3],
    [2, "male", None, False, date(2026, 3, 4), 'say "no"', 3],
    [3, None, 0.75, None, None, None, 4],
    [4, "male", -1.5, True, date(2025, 12, 31), "two\nlines", 5],
    [5, "female", 1e-3, False, date(2026, 1, 2), "é😀", 3],
]
MEASURES = (
    Count(ROLE),
    Count(ROLE, Compare(">", Col("score"), Lit(0))),
    Count(ROLE, Compare("<", Col("since"), Lit("2026-01-02"))),
    Sum(ROLE, Col("score")),
    Sum(ROLE, Col("score"), by=(Col("sex"),)),
    Extreme(ROLE, Col("score")),
    Extreme(ROLE, Col("since")),
    Cells(ROLE, (Col("sex"), Col("paid"))),
    Cells(ROLE, (Col("since"), Col('odd ".[0]\n😀'), Col("^.*$"))),
    Cells(ROLE, (Cross((Col("sex"), Col("paid"))), Band(Col("score"), (0.0, 0.5), ("low", "middle", "high")))),
    Cells(ROLE, (Recode(Col("sex"), ((Lit("female"), "woman"),)), Bin(Col("score"), 0.0, 0.25, 4))),
    Histogram(ROLE, Col("score"), (0.0, 0.5, 1.0)),
    Distinct(ROLE, (Col("^.*$"),)),
    Quantile(ROLE, Col("score"), (0.5,)),
    Overlap(ROLE, ROLE, ("sex", "since")),
    Sample(ROLE, ("id", "sex"), 2),
    Fact(("datasets", ROLE, "columns")),
    Fact(("datasets", ROLE, "rows")),
)


def _polars() -> pl.DataFrame:
    return pl.DataFrame(ROWS, schema=HEADER, orient="row")


def _folder(path: Path, kind: str) -> Bundle:
    files: tuple[str, ...] = (f"data/rows.{kind}",)
    (path / "data").mkdir(parents=True)
    if kind == "csv":
        spelt = [["" if v is None else str(v).lower() if isinstance(v, bool) else v for v in row] for row in ROWS]
        write_csv(path / files[0], HEADER, spelt)
    elif kind == "parquet":
        _polars().write_parquet(path / files[0])
    else:
        files = ("data/a[1].parquet", "data/b.parquet")
        _polars().head(2).write_parquet(path / files[0])
        turned = [pl.Series(name, column) for name, column in reversed(list(_polars().tail(3).to_dict().items()))]
        pl.DataFrame(turned).write_parquet(path / files[1])
    form = "csv" if kind == "csv" else "parquet"
    return in_folder(path, {ROLE: Dataset(ROLE, files=files, format=form)})


@pytest.fixture(scope="module")
def expected() -> list[object]:
    return list(measured(in_memory(_polars()), *MEASURES))


@pytest.mark.parametrize("how", ["csv", "parquet", "parts"])
@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_files_give_the_states_of_the_table(how: str, zipped: bool, tmp_path: Path, expected: list[object]) -> None:
    bundle = _folder(tmp_path / "bundle", how)
    assert measured(zipped_as(bundle, tmp_path / "bundle.zip") if zipped else bundle, *MEASURES) == expected


def test_pandas_arrow_and_lazy_tables_give_the_states_of_the_table(expected: list[object]) -> None:
    polars = _polars()
    pandas = polars.to_pandas(use_pyarrow_extension_array=True)
    for table in (polars.lazy(), polars.to_arrow(), pandas):
        assert measured(in_memory(table), *MEASURES) == expected


def test_a_plain_pandas_table_has_its_nan_read_as_missing() -> None:
    table = pd.DataFrame({"score": [0.5, float("nan")], "sex": ["f", None], "kind": pd.Categorical(["a", "b"])})
    found = measured(in_memory(table), Count(ROLE, IsMissing(Col("score"))), Cells(ROLE, (Col("sex"), Col("kind"))))
    assert found == [Counted(1), Table((((None, "b"), 1), (("f", "a"), 1)))]


def test_a_pandas_column_of_mixed_values_is_counted_and_nothing_else() -> None:
    table = pd.DataFrame({"mixed": ["a", 1, None], "fine": [1, 2, 3]})
    missing, cells, fine = measured(
        in_memory(table), Count(ROLE, IsMissing(Col("mixed"))), Cells(ROLE, (Col("mixed"),)), Sum(ROLE, Col("fine"))
    )
    assert missing == Counted(1)
    detail = "the column `mixed` holds lists or other nested values, which cannot tell groups apart"
    assert cells == Unmeasured(Cause.WRONG_TYPE, detail)
    assert getattr(fine, "total", None) == 6 * 10**9


def test_something_that_is_no_table_is_said_to_be_none() -> None:
    found = describe(in_memory([1, 2, 3]))[ROLE]
    assert found == Unmeasured(Cause.CRASHED, "the table in memory is none of pandas, Polars or Arrow")


@pytest.mark.parametrize("table", [pd.DataFrame([[1, 2]], columns=["a", "a"]), pa.table([[1], [2]], names=["a", "a"])])
def test_a_table_in_memory_with_a_column_twice_is_refused(table: object) -> None:
    assert describe(in_memory(table))[ROLE] == Unmeasured(Cause.CRASHED, "the table has the column `a` twice")


def test_every_polars_type_has_a_kind() -> None:
    moment = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    table = pl.DataFrame(
        {
            "small": pl.Series([1], dtype=pl.Int8),
            "large": pl.Series([2**64 - 1], dtype=pl.UInt64),
            "single": pl.Series([0.5], dtype=pl.Float32),
            "money": pl.Series(["1.50"]).cast(pl.Decimal(10, 2)),
            "group": pl.Series(["a"], dtype=pl.Categorical),
            "moment": [moment],
            "nothing": [None],
            "several": [[1, 2]],
        }
    )
    kinds = ["integer", "integer", "decimal", "decimal", "text", "datetime", "null", "other"]
    assert describe(in_memory(table))[ROLE] == Schema(tuple(map(Column, table.columns, kinds)), 1)
    columns = ("large", "single", "money", "group", "moment", "nothing")
    assert measured(in_memory(table), Cells(ROLE, tuple(map(Col, columns)))) == [
        Table((((2**64 - 1, 0.5, 1.5, "a", "2026-01-02T03:04:00", None), 1),))
    ]


def test_values_that_stand_for_nothing_are_missing_in_parquet_too(tmp_path: Path) -> None:
    pl.DataFrame({"age": [30, -999], "sex": ["?", "f"]}).write_parquet(tmp_path / "a.parquet")
    dataset = Dataset(ROLE, files=("a.parquet",), missing_values=("?", "-999"))
    bundle = in_folder(tmp_path, {ROLE: dataset})
    wanted = [Count(ROLE, IsMissing(Col("age"))), Count(ROLE, IsMissing(Col("sex")))]
    assert measured(bundle, *wanted) == [Counted(1), Counted(1)]


def _with_predictions(tmp_path: Path, rows: list[list[object]], header: list[str] | None = None) -> Bundle:
    pl.DataFrame({"id": [1, 2, 3], "label": [1, 0, 1]}).write_parquet(tmp_path / "a.parquet")
    write_csv(tmp_path / "p.csv", header or ["id", "guess"], rows)
    dataset = Dataset(ROLE, files=("a.parquet",), predictions=Predictions("p.csv", ("id",)))
    return in_folder(tmp_path, {ROLE: dataset})


def test_predictions_are_joined_by_key_whatever_their_order(tmp_path: Path) -> None:
    bundle = _with_predictions(tmp_path, [[3, 0], [9, 9], [1, 1], [2, 0]])
    assert [column.name for column in describe(bundle)[ROLE].columns] == ["id", "label", "guess"]  # type: ignore[union-attr]
    expected = Table((((1, 1, 1), 1), ((2, 0, 0), 1), ((3, 1, 0), 1)))
    assert measured(bundle, Cells(ROLE, (Col("id"), Col("label"), Col("guess")))) == [expected]


@pytest.mark.parametrize(
    ("rows", "header", "expected"),
    [
        ([[1, 0], [2, 0]], None, Unmeasured(Cause.MISSING, "1 row of `evaluation` without a prediction in `p.csv`")),
        (
            [[1, 0], [1, 1], [2, 0], [3, 0]],
            None,
            Unmeasured(Cause.UNDEFINED, "`p.csv` has 1 key more than once: which prediction counts is not said"),
        ),
        (
            [[1, 0], [2, 0], [3, 0]],
            ["id", "label"],
            Unmeasured(
                Cause.UNDEFINED, "the column `label` is in `evaluation` and in `p.csv`: which one counts is not said"
            ),
        ),
        (
            [[1, 0]],
            ["ids", "guess"],
            Unmeasured(Cause.MISSING, "no column is called `id`; did you mean `ids`? in `p.csv`"),
        ),
        (
            [["a", 0], ["b", 0]],
            None,
            Unmeasured(Cause.WRONG_TYPE, "the key `id` holds integer in `evaluation` and text in its predictions"),
        ),
    ],
)
def test_predictions_that_do_not_fit_leave_the_data_set_unmeasured(
    rows: list[list[object]], header: list[str] | None, expected: Unmeasured, tmp_path: Path
) -> None:
    bundle = _with_predictions(tmp_path, rows, header)
    assert describe(bundle)[ROLE] == expected
    assert measured(bundle, Count(ROLE)) == [expected]


def test_the_digest_of_a_data_set_is_that_of_its_file_or_over_those_of_its_files(tmp_path: Path) -> None:
    bundle = _folder(tmp_path / "b", "parts")
    one = replace(bundle, datasets={ROLE: Dataset(ROLE, files=("data/b.parquet",))})
    sha = next(file.sha256 for file in bundle.files if file.path == "data/b.parquet")
    both, single = describe(bundle)[ROLE], describe(one)[ROLE]
    assert isinstance(both, Schema) and isinstance(single, Schema)
    assert single.digest == sha and len(both.digest) == 64 and both.digest != sha


def test_facts_about_columns_keep_their_order(tmp_path: Path) -> None:
    (found,) = measured(_folder(tmp_path / "b", "csv"), Fact(("datasets", ROLE, "columns")))
    kinds = ["integer", "text", "decimal", "boolean", "date", "text", "integer"]
    assert found == Stated([[name, kind] for name, kind in zip(HEADER, kinds, strict=True)])

"""Data that cannot be read, or not wholly: what is said, and that only what rests on it is lost."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from policykit.errors import BundleError, VerificationError
from policykit.measure import local
from policykit.measure.describe import describe
from policykit.measure.engine import take
from policykit.terms.bundle import Bundle, Dataset, Schema
from policykit.terms.expr import Band, Calc, Col, Compare, IsMissing, IsNaN, Lit, Matches
from policykit.terms.measure import MOST_CELLS, Cells, Count, Distinct, Extreme, Overlap, Quantile, Sample, Sum
from policykit.terms.state import Counted, Extremes, Repeats, Summed
from policykit.terms.verdict import Cause, Unmeasured
from tests.measure_bundles import in_folder, in_memory, measured, zipped

ROLE = "evaluation"


def _bundle(folder: Path, *files: str, **more: Any) -> Bundle:
    return in_folder(folder, {ROLE: Dataset(ROLE, files=files, **more)})


def _parquet(path: Path, **columns: Any) -> Path:
    pl.DataFrame(columns).write_parquet(path)
    return path


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: data[: len(data) // 2], "`a.parquet` cannot be read; write the file again: it is cut short"),
        (lambda data: data[:-1], "`a.parquet` cannot be read; write the file again: it is cut short"),
        (lambda data: data[:8], "`a.parquet` cannot be read; write the file again: it is cut short"),
        (lambda data: data[:4], "`a.parquet` cannot be read; write the file again: it is cut short"),
        (lambda data: b"", "`a.parquet` is empty: it has not one byte; write the file again"),
        (
            lambda data: b"a,b\n1,2\n" * 40,
            "`a.parquet` cannot be read: it is not Parquet, which begins with `PAR1`; write the file again as Parquet",
        ),
        (lambda data: data[:4] + bytes(len(data) - 8) + data[-4:], "`a.parquet` cannot be read: "),
    ],
    ids=["cut short", "one byte short", "two marks' length", "one mark", "empty", "not Parquet", "hollow"],
)
def test_a_parquet_file_that_cannot_be_read_is_said_by_name(
    damage: Any, said: str, packed: bool, tmp_path: Path
) -> None:
    path = _parquet(tmp_path / "a.parquet", x=list(range(100)))
    path.write_bytes(damage(path.read_bytes()))
    bundle = _bundle(tmp_path, "a.parquet")
    bundle = zipped(bundle, tmp_path / "b.zip") if packed else bundle
    found = describe(bundle)[ROLE]
    assert isinstance(found, Unmeasured) and found.cause is Cause.CRASHED and found.detail.startswith(said)
    assert measured(bundle, Count(ROLE), Sum(ROLE, Col("x"))) == [found, found]


def test_a_parquet_file_with_a_column_twice_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "a.parquet")
    found = describe(_bundle(tmp_path, "a.parquet"))[ROLE]
    assert isinstance(found, Unmeasured) and found.cause is Cause.CRASHED
    assert found.detail.startswith("`a.parquet` has a column twice: ") and "'a'" in found.detail


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    bundle = Bundle("m", "1", {ROLE: Dataset(ROLE, files=("a.parquet",))}, root=tmp_path)
    assert describe(bundle)[ROLE] == Unmeasured(Cause.MISSING, "`a.parquet` is not there")
    csv = Bundle("m", "1", {ROLE: Dataset(ROLE, files=("a.csv",), format="csv")}, root=tmp_path)
    assert describe(csv)[ROLE] == Unmeasured(Cause.MISSING, "`a.csv` is not there")


def test_a_bundle_read_back_without_its_folder_has_no_data() -> None:
    bundle = Bundle("m", "1", {ROLE: Dataset(ROLE, files=("a.parquet",))})
    assert describe(bundle)[ROLE] == Unmeasured(Cause.MISSING, "`a.parquet` is not at hand: this bundle has no folder")


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ({"x": ["a"]}, "the column `x` holds text in `b.parquet` and integer in `a.parquet`"),
        ({"y": [1]}, "`b.parquet` has a column `y` that `a.parquet` has not"),
        ({}, "`b.parquet` lacks the column `x` that `a.parquet` has"),
    ],
)
def test_parts_with_different_columns_are_not_one_data_set(second: Any, said: str, tmp_path: Path) -> None:
    _parquet(tmp_path / "a.parquet", x=[1])
    _parquet(tmp_path / "b.parquet", **second)
    assert describe(_bundle(tmp_path, "a.parquet", "b.parquet"))[ROLE] == Unmeasured(Cause.WRONG_TYPE, said)


def test_a_part_whose_column_is_all_missing_takes_the_type_of_the_others(tmp_path: Path) -> None:
    _parquet(tmp_path / "a.parquet", x=[None, None])
    _parquet(tmp_path / "b.parquet", x=[1, 2])
    assert measured(_bundle(tmp_path, "a.parquet", "b.parquet"), Sum(ROLE, Col("x"), scale=0)) == [Summed(3, 0, 2, 2)]


def test_a_ragged_csv_makes_the_bundle_invalid(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1\n")
    with pytest.raises(BundleError, match="1 field where the header has 2"):
        describe(_bundle(tmp_path, "a.csv", format="csv"))


def test_a_broken_page_leaves_only_the_measures_of_its_own_column_unmeasured(tmp_path: Path) -> None:
    table = pa.table({"fine": list(range(1000)), "broken": [f"text number {n * 7919 % 1000}" for n in range(1000)]})
    pq.write_table(table, tmp_path / "a.parquet", compression="zstd", use_dictionary=False)
    column = pq.read_metadata(tmp_path / "a.parquet").row_group(0).column(1)
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    middle = column.data_page_offset + column.total_compressed_size // 2
    data[middle : middle + 400] = b"\xff" * 400
    (tmp_path / "a.parquet").write_bytes(data)
    fine = [Count(ROLE), Sum(ROLE, Col("fine"), scale=0), Extreme(ROLE, Col("fine"))]
    broken = [Count(ROLE, IsMissing(Col("broken"))), Count(ROLE, Matches(Col("broken"), "7"))]
    *good, first, second = measured(_bundle(tmp_path, "a.parquet"), *fine, *broken)
    assert good == [Counted(1000), Summed(499_500, 0, 1000), Extremes(0, 999, 1000)]
    for found in (first, second):
        assert isinstance(found, Unmeasured) and found.cause is Cause.CRASHED and found.detail


def test_a_pattern_that_is_none_leaves_its_neighbours_measured() -> None:
    bundle = in_memory(pl.DataFrame({"t": ["a", "b"], "n": [1, 2]}))
    bad, good = measured(bundle, Count(ROLE, Matches(Col("t"), "[")), Count(ROLE, Matches(Col("t"), "a")))
    assert isinstance(bad, Unmeasured) and bad.cause is Cause.CRASHED and "regex" in bad.detail
    assert good == Counted(1)


def test_a_column_or_data_set_that_is_not_there_is_missing_and_guessed_at() -> None:
    bundle = in_memory(pl.DataFrame({"income": [1]}))
    column, role = measured(bundle, Sum(ROLE, Col("incme")), Count("evaluatoin"))
    detail = "no column is called `incme` in the data set `evaluation`; did you mean `income`?"
    assert column == Unmeasured(Cause.MISSING, detail)
    assert role == Unmeasured(Cause.MISSING, "the bundle has no data set `evaluatoin`")


def test_a_table_of_more_cells_than_fit_is_too_large() -> None:
    bundle = in_memory(pl.DataFrame({"id": range(MOST_CELLS + 1), "few": [0] * (MOST_CELLS + 1)}))
    wanted = (
        Cells(ROLE, (Col("id"),)),
        Count(ROLE, by=(Col("id"),)),
        Cells(ROLE, (Col("few"),)),
        Distinct(ROLE, (Col("id"),)),
    )
    cells, groups, few, distinct = measured(bundle, *wanted)
    assert cells == groups == Unmeasured(Cause.TOO_LARGE, "more than 100,000 different keys")
    assert getattr(few, "rows", None) == MOST_CELLS + 1
    assert distinct == Repeats(((1, MOST_CELLS + 1),))


@pytest.mark.parametrize(
    ("values", "detail"),
    [
        ([1.0, 2e19], "a value of 2e+19 is too large to be added exactly to 9 decimals"),
        ([1e300], "a value of 1e+300 is too large to be added exactly to 9 decimals"),
        ([1e-8, 5e-7], "no value is above 5e-07: too small to be added exactly to 9 decimals"),
    ],
)
def test_a_column_too_large_or_too_small_for_fixed_point_is_not_added(values: list[float], detail: str) -> None:
    found = measured(in_memory(pl.DataFrame({"x": values})), Sum(ROLE, Col("x")), Extreme(ROLE, Col("x")))
    assert found == [Unmeasured(Cause.TOO_LARGE, detail), Extremes(min(values), max(values), len(values))]


def test_whole_numbers_add_up_beyond_what_sixty_four_bits_hold() -> None:
    bundle = in_memory(pl.DataFrame({"x": [2**62] * 5}))
    assert measured(bundle, Sum(ROLE, Col("x"), scale=2)) == [Summed(5 * 2**62 * 100, 2, 5)]


def test_a_file_that_changes_while_it_is_scanned_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _parquet(tmp_path / "a.parquet", x=[1, 2, 3])
    bundle = _bundle(tmp_path, "a.parquet")
    schemas = describe(bundle)

    def touch(name: str, done: int, steps: int) -> None:
        os.utime(path, ns=(1, 1))

    with pytest.raises(VerificationError, match=r"`a\.parquet` changed while it was read") as refused:
        take(bundle, [Count(ROLE)], schemas, progress=touch)
    assert refused.value.reason == "changed_while_reading" and refused.value.hint


@pytest.mark.parametrize("stamp", [(1, 1), None])
def test_a_file_that_changed_since_it_was_hashed_is_not_believed(stamp: Any, tmp_path: Path) -> None:
    _parquet(tmp_path / "a.parquet", x=[1, 2, 3])
    bundle = _bundle(tmp_path, "a.parquet")
    (file,) = bundle.files
    changed = replace(bundle, files=(replace(file, stamp=stamp, size=file.size if stamp else 1),))
    with pytest.raises(VerificationError, match="changed while it was read"):
        measured(changed, Count(ROLE))


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_bytes_that_are_not_those_that_were_hashed_are_not_believed(packed: bool, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    bundle = _bundle(tmp_path, "a.csv", format="csv")
    bundle = zipped(bundle, tmp_path / "b.zip") if packed else bundle
    wrong = replace(bundle, files=(replace(bundle.files[0], sha256="0" * 64),))
    with pytest.raises(VerificationError, match="changed while it was read"):
        describe(wrong)


def test_progress_tells_each_pass_and_the_end() -> None:
    told: list[tuple[str, int, int]] = []
    bundle = in_memory(pl.DataFrame({"a": ["x"], "n": [1]}))
    wanted = [Count(ROLE), Cells(ROLE, (Col("a"),)), Quantile(ROLE, Col("n"), (0.5,))]
    take(bundle, wanted, describe(bundle), progress=lambda *step: told.append(step))
    assert told == [(f"measuring {ROLE}", done, 3) for done in range(4)]


def test_everything_without_keys_is_one_pass_and_key_sets_of_few_cells_are_one_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = 20_000
    table = pl.DataFrame({"a": ["x", "y"] * (rows // 2), "b": [True] * rows, "n": range(rows), "id": range(rows)})
    collects: list[object] = []
    real = local.collected
    monkeypatch.setattr(local, "collected", lambda frame: (collects.append(frame), real(frame))[1])
    a, b, n, ident = Col("a"), Col("b"), Col("n"), Col("id")
    wanted = [Count(ROLE), Sum(ROLE, n), Extreme(ROLE, n), Count(ROLE, IsMissing(a)), Sum(ROLE, Calc("*", n, n))]
    measured(in_memory(table), *wanted)
    assert len(collects) == 1
    collects.clear()
    measured(
        in_memory(table), *wanted, Cells(ROLE, (a,)), Cells(ROLE, (b, a)), Cells(ROLE, (a, b)), Sum(ROLE, n, by=(b,))
    )
    assert len(collects) == 3  # the fused pass, a look at the first rows, one cube
    collects.clear()
    measured(in_memory(table), *wanted, Cells(ROLE, (a,)), Cells(ROLE, (ident,)))
    assert len(collects) == 4  # the identifiers have a pass of their own


def test_conditions_on_what_a_cube_groups_by_are_looked_at_in_its_cells() -> None:
    table = pl.DataFrame({"a": ["x", "y", None, "x"], "n": [1.0, float("nan"), None, 2.0], "age": [20, 30, 40, 50]})
    a, n, age = Col("a"), Col("n"), Col("age")
    cells = (Cells(ROLE, (a,)), Cells(ROLE, (n,)), Cells(ROLE, (Band(age, (25.0,), ("young", "old")),)))
    counts = (
        Count(ROLE, Matches(a, "x")),
        Count(ROLE, IsMissing(a)),
        Count(ROLE, Matches(a, "[")),
        Count(ROLE, IsNaN(n)),
        Count(ROLE, Compare(">", age, Lit(20))),
    )
    *_, matches, missing, broken, nan, older = measured(in_memory(table), *cells, *counts)
    assert [matches, missing, nan, older] == [Counted(2), Counted(1), Counted(1), Counted(3)]
    assert isinstance(broken, Unmeasured) and broken.cause is Cause.CRASHED


def test_streams_and_tables_in_memory_give_the_same_states(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pl.DataFrame({"x": [n / 7 for n in range(5_000)], "g": [str(n % 9) for n in range(5_000)]})
    g, x = Col("g"), Col("x")
    wanted = [
        Sum(ROLE, x),
        Sum(ROLE, x, by=(g,)),
        Cells(ROLE, (g,)),
        Quantile(ROLE, x, (0.1, 0.9), by=(g,)),
        Distinct(ROLE, (g,)),
    ]
    streamed = measured(in_memory(table), *wanted)
    monkeypatch.setattr(local, "collected", lambda frame: frame.to_native().collect(engine="in-memory"))
    assert measured(in_memory(table), *wanted) == streamed


def test_a_sample_is_the_same_rows_in_any_order_and_says_that_it_is_one(tmp_path: Path) -> None:
    table = pl.DataFrame({"id": range(500), "x": [n * 3 for n in range(500)]})
    wanted = Sample(ROLE, ("id", "x"), 20)
    bundles = [in_memory(frame, key=("id",)) for frame in (table, table.reverse())]
    first, second = (take(bundle, [wanted], describe(bundle))[wanted] for bundle in bundles)
    assert first == second
    assert getattr(first, "sampled", None) is True and first.state.rows == 20  # type: ignore[union-attr]


def test_overlap_counts_a_missing_key_as_a_key() -> None:
    left, right = pl.DataFrame({"k": [1, 1, 2, None]}), pl.DataFrame({"k": [2.0, None, None, 5.0]})
    bundle = Bundle(
        "m", "1", {role: Dataset(role, format="memory", table=t) for role, t in (("l", left), ("r", right))}
    )
    (found,) = measured(bundle, Overlap("l", "r", ("k",)))
    assert (found.left, found.right, found.both) == (3, 3, 2)  # type: ignore[union-attr]


def test_a_data_set_without_rows_is_described_and_counted() -> None:
    bundle = in_memory(pl.DataFrame({"x": pl.Series([], dtype=pl.Float64)}))
    described = describe(bundle)[ROLE]
    assert isinstance(described, Schema) and described.rows == 0
    assert measured(bundle, Count(ROLE), Sum(ROLE, Col("x"))) == [Counted(0), Summed(0, 9, 0)]

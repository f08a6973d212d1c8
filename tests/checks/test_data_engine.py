"""The numbers of columns as the engine counts them, round by round: the same as pandas on every type of column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from policykit.checks.data.duplicate_rows import DuplicateRows
from policykit.checks.data.in_range import InRange
from policykit.checks.data.maximum import Maximum
from policykit.checks.data.mean import Mean
from policykit.checks.data.schema import Schema
from policykit.checks.data.standard_deviation import StandardDeviation
from policykit.checks.data.uniqueness import Uniqueness
from policykit.measure.describe import describe
from policykit.measure.engine import take
from policykit.terms.bundle import Bundle, Dataset
from policykit.terms.check import Answer, Check
from policykit.terms.estimate import Estimate
from policykit.terms.frame import Frame
from policykit.terms.plan import Measurement
from policykit.terms.state import State
from policykit.terms.verdict import Cause, Unmeasured


def answer(check: Check, table: pl.DataFrame) -> Answer:
    bundle = Bundle("b", "1", {"evaluation": Dataset("evaluation", format="memory", table=table)})
    schemas, frame = describe(bundle), Frame("evaluation", as_of="2026-11-22")
    got: dict[str, State] = {}
    for _ in range(3):
        wanted = {name: measure for name, measure in check.measures(frame, got).items() if name not in got}
        found = take(bundle, tuple(wanted.values()), schemas)
        for name, measure in wanted.items():
            taken = found[measure]
            if isinstance(taken, Unmeasured):
                return taken
            assert isinstance(taken, Measurement)
            got[name] = taken.state
    return check.estimate(frame, got, 0.9)


def value(check: Check, table: pl.DataFrame) -> float:
    found = answer(check, table)
    assert isinstance(found, Estimate), found
    return found.value


def column(name: str) -> tuple[pl.DataFrame, Any]:
    random = np.random.default_rng(11)
    drawn: dict[str, Any] = {
        "bytes": pl.Series("a", random.integers(-128, 128, 5000), dtype=pl.Int8),
        "counts": pl.Series("a", random.integers(0, 10**12, 5000)),
        "singles": pl.Series("a", random.normal(50, 3, 5000).astype("float32")),
        "around a billion": pl.Series("a", 1e9 + random.normal(0, 1e-3, 5000)),
        "large": pl.Series("a", random.lognormal(0, 2, 5000) * 1e15),
        "small": pl.Series("a", random.normal(0, 1, 5000) * 1e-4),
        "with gaps": pl.Series("a", [None, float("nan"), *random.normal(0, 1, 5000)]),
    }
    series = drawn[name]
    return pl.DataFrame({"a": series}), pd.Series(series.to_numpy()).dropna().astype("float64")


NAMES = ["bytes", "counts", "singles", "around a billion", "large", "small", "with gaps"]


@pytest.mark.parametrize("name", NAMES)
def test_the_spread_is_that_of_pandas(name: str) -> None:
    table, series = column(name)
    assert value(StandardDeviation(column="a"), table) == pytest.approx(float(series.std()), rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_average_is_that_of_pandas(name: str) -> None:
    table, series = column(name)
    assert value(Mean(column="a"), table) == pytest.approx(float(series.mean()), rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("name", NAMES)
def test_neither_changes_a_digit_when_the_rows_are_shuffled(name: str) -> None:
    table, _ = column(name)
    shuffled = table.sample(fraction=1.0, shuffle=True, seed=4)
    for check in (Mean(column="a"), StandardDeviation(column="a"), Maximum(column="a")):
        assert answer(check, table) == answer(check, shuffled)


def test_values_that_are_all_tiny_are_said_to_be() -> None:
    found = answer(Mean(column="a"), pl.DataFrame({"a": [1e-12, 3e-12]}))
    assert isinstance(found, Unmeasured)
    assert found.cause is Cause.TOO_LARGE
    assert "too small to be added exactly" in found.detail


def test_rows_and_keys_are_those_of_pandas() -> None:
    random = np.random.default_rng(2)
    frame = pd.DataFrame({"a": random.integers(0, 40, 500).astype("float64"), "b": random.choice(["x", "y"], 500)})
    frame.loc[::9, "a"] = np.nan
    table = pl.from_pandas(frame)
    assert value(DuplicateRows(), table) == frame.duplicated().mean()
    assert value(Uniqueness(columns=["a", "b"]), table) == (~frame.duplicated(keep=False)).mean()
    assert value(InRange(column="a", minimum=10), table) == pytest.approx(frame["a"].dropna().ge(10).mean(), rel=1e-12)


def test_columns_are_known_by_the_types_that_the_engine_tells() -> None:
    table = pl.DataFrame({"id": [1], "income": [1.5], "sex": ["F"], "ok": [True]}).with_columns(
        born=pl.date(1980, 1, 1), seen=pl.datetime(2026, 1, 1), note=pl.lit(None)
    )
    columns = {
        "id": "integer",
        "income": "decimal",
        "sex": "text",
        "ok": "boolean",
        "born": "date",
        "seen": "datetime",
        "note": "text",
    }
    assert value(Schema(columns=columns, order=True, extras="refused"), table) == 0

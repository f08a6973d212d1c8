"""Every expression and every measure means what plain Python says it means."""

from __future__ import annotations

import math

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.terms.expr import Calc, Col, Lit
from policykit.terms.measure import Cells, Scan, Sum
from policykit.terms.state import Summed, from_json, to_json
from policykit.terms.verdict import Unmeasured
from tests import measure_oracle as oracle
from tests.measure_bundles import frame, in_memory, measured
from tests.measure_oracle import ROLE

_settings = settings(max_examples=150, deadline=None)


@_settings
@given(oracle.tables, st.lists(oracle.measures, min_size=1, max_size=6, unique=True))
def test_states_are_those_that_plain_python_counts(rows: list[oracle.Row], measures: list[Scan]) -> None:
    for measure, found in zip(measures, measured(in_memory(frame(rows)), *measures), strict=True):
        expected = oracle.take(measure, rows)
        if isinstance(expected, Unmeasured):
            assert isinstance(found, Unmeasured) and found.cause is expected.cause, measure
        else:
            assert found == expected, measure


@_settings
@given(oracle.tables, st.one_of(oracle.numbers(), oracle.texts(), oracle.conditions()))
def test_expressions_yield_what_plain_python_yields(rows: list[oracle.Row], expr: object) -> None:
    measure = Cells(ROLE, (expr,))  # type: ignore[arg-type]
    assert measured(in_memory(frame(rows)), measure) == [oracle.take(measure, rows)]


@_settings
@given(oracle.tables, st.lists(oracle.measures, min_size=1, max_size=3, unique=True))
def test_states_survive_being_written_as_json(rows: list[oracle.Row], measures: list[Scan]) -> None:
    for found in measured(in_memory(frame(rows)), *measures):
        assert isinstance(found, Unmeasured) or from_json(to_json(found)) == found


_wide = st.floats(-1e18, 1e18) | st.floats(-1e6, 1e6) | st.integers(-(2**60), 2**60).map(float)


@_settings
@given(st.lists(_wide, min_size=1, max_size=40), st.sampled_from([1, 3_000]), st.sampled_from([0, 3, 9]))
def test_sums_are_exact_whatever_the_size_of_what_is_added(values: list[float], times: int, scale: int) -> None:
    column = pl.DataFrame({"x": values * times})
    wanted = (Sum(ROLE, Col("x"), scale=scale), Sum(ROLE, Calc("*", Col("x"), Lit(1)), scale=scale))
    exact = times * sum(math.floor(value * float(10**scale) + 0.5) for value in values)
    largest = max(map(abs, values))
    for found in measured(in_memory(column), *wanted):
        if largest * 10**scale > 1e28 or (0 < largest < 1 and largest * 10**scale < 1_000):
            assert isinstance(found, Unmeasured)
        else:
            assert found == Summed(exact, scale, len(values) * times)

"""States that can be merged add up: over any parts, in any order, to the state of the whole."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.terms.measure import Scan
from policykit.terms.merge import merge
from policykit.terms.state import Counted, Grouped, Overlapped, Ranked, Repeats, State, Summed, Table
from policykit.terms.verdict import Unmeasured
from tests import measure_oracle as oracle
from tests.measure_bundles import frame, in_memory, measured

_measures = st.lists(oracle.additive, min_size=1, max_size=5, unique=True)


@settings(max_examples=80, deadline=None)
@given(oracle.tables, oracle.tables, _measures)
def test_two_parts_measured_apart_add_up_to_the_whole(
    first: list[oracle.Row], second: list[oracle.Row], measures: list[Scan]
) -> None:
    parts = [measured(in_memory(frame(rows)), *measures) for rows in (first, second, first + second)]
    for measure, a, b, whole in zip(measures, *parts, strict=True):
        if not any(isinstance(state, Unmeasured) for state in (a, b, whole)):
            assert merge(a, b) == whole, measure


@settings(max_examples=200, deadline=None)
@given(st.lists(oracle.tables, min_size=1, max_size=4), oracle.additive, st.randoms(use_true_random=False))
def test_the_order_of_parts_never_matters(tables: list[list[oracle.Row]], measure: Scan, random: object) -> None:
    states = [oracle.take(measure, rows) for rows in tables]
    if any(isinstance(state, Unmeasured) for state in states):
        return
    shuffled = list(states)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert reduce(merge, shuffled) == reduce(merge, states)


@settings(max_examples=100, deadline=None)
@given(oracle.tables, oracle.additive)
def test_no_rows_change_nothing(rows: list[oracle.Row], measure: Scan) -> None:
    state, nothing = oracle.take(measure, rows), oracle.take(measure, [])
    if not isinstance(state, Unmeasured) and not isinstance(nothing, Unmeasured):
        assert merge(state, nothing) == merge(nothing, state) == state


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (Repeats(((1, 2),)), Repeats(((1, 2),))),
        (Ranked(((0.5, 1),), 1), Ranked(((0.5, 1),), 1)),
        (Overlapped(1, 1, 1), Overlapped(1, 1, 1)),
        (Summed(1, 9, 1), Summed(1, 3, 1)),
        (Counted(1), Table(())),
        (Grouped(()), Counted(1)),
    ],
)
def test_states_that_need_the_rows_themselves_refuse_to_be_merged(a: State, b: State) -> None:
    with pytest.raises(ValueError, match="do not add up"):
        merge(a, b)


def test_keys_beyond_the_exact_floats_stay_apart() -> None:
    left, right = Table((((2**53,), 1),)), Table((((2**53 + 1,), 1),))
    assert merge(right, left) == Table((((2**53,), 1), ((2**53 + 1,), 1)))


def test_one_and_true_are_two_keys_and_one_and_one_point_zero_are_one() -> None:
    assert merge(Table((((1,), 2),)), Table((((True,), 3),))) == Table((((True,), 3), ((1,), 2)))
    assert merge(Table((((1,), 2),)), Table((((1.0,), 3),))) == Table((((1,), 5),))

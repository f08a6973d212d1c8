"""Canonical bytes: ours are those of RFC 8785, however they were written."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.canon import canonical

NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1e-4, 9.999e-5, 1e-7, 1e15 + 0.5, 1e16, 1e21, 0.1, -0.5, 5.0, 1e-300, 4.35]),
)
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=20,
)


@settings(max_examples=400, deadline=None)
@given(VALUES)
def test_canonical_bytes_are_those_of_the_reference(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        {"b": 1, "a": [True, None, 0.25, '\u2028\x7f\x00\n"\\/é𝄞'], "A": {}},
        {"é": 1, "z": 2, "𝄞": 3, "\ufb33": 4},
        [5.0, 1e-5, 1e16, -0.0, 123456789.5, 2**53 - 1],
        ("a", ("b",)),
        {"\x7f": 1, "~": 2, "": 3},
    ],
)
def test_what_two_writers_are_known_to_write_differently_is_written_as_the_standard_says(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), float("nan"), float("inf"), {1: 2}, "\ud800", {"a": "\ud800"}, {"\ud800": 1}, object()]
)
def test_what_json_cannot_carry_is_refused_as_before(value: Any) -> None:
    with pytest.raises(ValueError, match=r".") as ours:
        canonical(value)
    with pytest.raises(type(ours.value)):
        rfc8785.dumps(value)

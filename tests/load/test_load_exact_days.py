"""Spans of days: the plain way to write them is read at once, and as every other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policykit.errors import Diagnostic
from policykit.load.exact import MOST_DAYS, days
from policykit.load.yaml import read
from policykit.terms.quantity import Unit, parse


@given(st.integers(1, MOST_DAYS), st.sampled_from(["{} days", "{} day", "{}days", "{}.0 days", "0{} days"]))
def test_days_are_read_as_quantities_are(number: int, form: str) -> None:
    problems: list[Diagnostic] = []
    word = form.format(number)
    assert days(read(f"- '{word}'\n".encode(), "t.yaml").items[0], problems) == number
    assert problems == []
    assert parse(word, Unit.DURATION).value == number * 86_400

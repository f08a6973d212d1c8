"""CSV: what is read, and what is refused at which line."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.errors import BundleError
from policykit.measure.csv_files import MISSING, read_csv


def _read(
    text: str | bytes, stated: dict[str, str] | None = None, missing: tuple[str, ...] = MISSING
) -> dict[str, list]:
    data = text.encode() if isinstance(text, str) else text
    return read_csv(data, "data/rows.csv", stated or {}, missing).to_dict(as_series=False)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("1 -2 0", [1, -2, 0]),
        ("1 2.5 1e3 -.5", [1.0, 2.5, 1000.0, -0.5]),
        ("1 inf -inf", [1.0, math.inf, -math.inf]),
        ("007 8", ["007", "8"]),
        ("+1 2", ["+1", "2"]),
        ("1.5.2 1", ["1.5.2", "1"]),
        ("9223372036854775808 1", ["9223372036854775808", "1"]),
        ("true false True FALSE", [True, False, True, False]),
        ("true 1", ["true", "1"]),
        ("2026-01-31 2026-02-28", ["2026-01-31", "2026-02-28"]),
        ("2026-02-30 2026-01-01", ["2026-02-30", "2026-01-01"]),
        ("NA 3 NaN null", [None, 3, None, None]),
        ("nan 3", ["nan", "3"]),
    ],
)
def test_types_come_from_all_rows(column: str, expected: list[object]) -> None:
    found = _read("a,b\n" + "".join(f"{value},x\n" for value in column.split()))["a"]
    assert [str(value) if hasattr(value, "year") else value for value in found] == expected


def test_one_odd_value_in_the_last_row_makes_a_column_text() -> None:
    assert _read("a\n" + "1\n" * 5_000 + "x\n")["a"][-2:] == ["1", "x"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_and_a_byte_order_mark_are_read(ending: str) -> None:
    text = ending.join(["a,b", "1,x", "2,y", ""])
    assert _read(b"\xef\xbb\xbf" + text.encode()) == {"a": [1, 2], "b": ["x", "y"]}


def test_quotes_hold_commas_line_breaks_and_quotes() -> None:
    assert _read('"a\nb",c\n"x,y","say ""hi""\nthere"\n') == {"a\nb": ["x,y"], "c": ['say "hi"\nthere']}


def test_a_column_of_nothing_and_a_table_without_rows_are_read() -> None:
    assert _read("a,b\n,1\nNA,2\n") == {"a": [None, None], "b": [1, 2]}
    assert _read("a,b\n") == _read("a,b") == {"a": [], "b": []}


def test_a_list_of_missing_values_replaces_the_usual_one() -> None:
    assert _read("a\n-\nNA\n", missing=("-",)) == {"a": [None, "NA"]}


def test_a_blank_line_is_a_missing_value_of_a_single_column() -> None:
    assert _read("a\n1\n\n2\n") == {"a": [1, None, 2]}


def test_stated_types_override_what_the_values_look_like() -> None:
    found = _read("zip,n\n01234,1\n56789,2\n", {"zip": "text", "n": "decimal"})
    assert found == {"zip": ["01234", "56789"], "n": [1.0, 2.0]}
    assert isinstance(found["n"][0], float)


@pytest.mark.parametrize(
    ("data", "stated", "where", "message", "hint"),
    [
        (b"a,b\n1,2\n3\n", {}, "data/rows.csv:3:1", "1 field where the header has 2", "quote a field"),
        (b'a,b\n1,"x\ny"\n3,4,5\n', {}, "data/rows.csv:4:1", "3 fields where the header has 2", "quote a field"),
        (b"a,b\n1,x\n2,\xe9\n", {}, "data/rows.csv:3:1", "not UTF-8: the byte 0xe9 begins no character", "UTF-8"),
        (b"a,b,a\n1,2,3\n", {}, "data/rows.csv:1:1", "the header names `a` twice", "its own name"),
        (b"", {}, "data/rows.csv", "the file is empty, not even a header", "first line"),
        (b'a,b\n1,"x\n2,y\n', {}, "data/rows.csv:3:1", "not CSV: unexpected end of data", "close every quote"),
        (b"a\n1\nx\n", {"a": "integer"}, "data/rows.csv:3:1", "`x` in the column `a` is not a whole number", "mend"),
        (b"a\n1.5\nx\n", {"a": "decimal"}, "data/rows.csv:3:1", "`x` in the column `a` is not a number", "mend"),
        (b"a\nyes\n", {"a": "boolean"}, "data/rows.csv:2:1", "`yes` in the column `a` is not true or false", "mend"),
        (b"a\n1/2/26\n", {"a": "date"}, "data/rows.csv:2:1", "is not a date such as 2026-11-22", "mend"),
        (b"a\n1\n", {"b": "text"}, "data/rows.csv:1:1", "states a type for `b`, and the file has no such column", ""),
        (b"a\n1\n", {"a": "money"}, "data/rows.csv:1:1", "`money` is not a type of column", "text, integer, decimal"),
        (b"a,b\r1,2\n3,4\n", {}, "data/rows.csv:1:1", "the header ends in another way", "end every line"),
    ],
)
def test_a_file_that_is_no_table_is_refused_at_its_line(
    data: bytes, stated: dict[str, str], where: str, message: str, hint: str
) -> None:
    with pytest.raises(BundleError) as refused:
        _read(data, stated)
    assert refused.value.where == where
    assert message in str(refused.value)
    assert hint in refused.value.hint
    assert [problem.code for problem in refused.value.problems] == ["PK350"]


_field = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=5).filter(
    lambda t: t not in MISSING
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_field, _field), max_size=8))
def test_text_that_a_csv_writer_wrote_is_read_back(rows: list[tuple[str, str]]) -> None:
    target = io.StringIO(newline="")
    csv.writer(target).writerows([("a", "b"), *rows])
    found = _read(target.getvalue(), {"a": "text", "b": "text"})
    assert list(zip(found["a"], found["b"], strict=True)) == rows

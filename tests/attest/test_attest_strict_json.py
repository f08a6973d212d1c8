from __future__ import annotations

import json
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.attest.strict_json import strict_json
from policykit.errors import VerificationError
from policykit.strict_json import DEEPEST

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=30,
)


def refusal(text: str | bytes) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        strict_json(text.encode() if isinstance(text, str) else text)
    return caught.value


@given(json_values, st.booleans())
def test_everything_json_can_carry_is_read_as_the_standard_library_reads_it(value: Any, ascii_only: bool) -> None:
    assert strict_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        strict_json(data)
    except VerificationError as error:
        assert error.reason in {"json", "duplicate_member"}


@pytest.mark.parametrize(
    "text",
    [
        '{"decision":"BLOCKED","decision":"ALLOWED"}',
        '{"a":{"b":[{"decision":1,"x":2,"decision":1}]}}',
        r'{"decision":1,"\u0064ecision":2}',
    ],
)
def test_a_member_said_twice_is_refused_at_every_depth_and_spelling(text: str) -> None:
    error = refusal(text)
    assert error.reason == "duplicate_member"
    assert str(error) == "the file says `decision` twice in one object"


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(word: str) -> None:
    assert str(refusal(f'{{"x":[{word}]}}')) == f"the file holds `{word}`, which is not a number that JSON knows"


@pytest.mark.parametrize(
    "digits", ["9007199254740992", "-9007199254740992", "9" * 100_000, "1e999", "-1e400", "1" + "0" * 400 + ".5"]
)
def test_a_number_that_would_change_on_the_way_is_refused(digits: str) -> None:
    error = refusal(f"[{digits}]")
    assert error.reason == "json"
    assert str(error).endswith("is too large to be carried exactly")
    assert len(str(error)) < 200


def test_the_largest_exact_integers_are_read() -> None:
    assert strict_json(b"[9007199254740991,-9007199254740991,0,-0.0]") == [2**53 - 1, 1 - 2**53, 0, 0.0]


def test_half_a_surrogate_pair_is_refused_and_a_whole_one_is_read() -> None:
    assert strict_json(rb'["\ud83d\ude00"]') == ["😀"]
    assert str(refusal(rb'["\ud83d"]')) == "the file holds half a surrogate pair, which is not text"
    assert str(refusal(rb'{"\ude00":1}')) == "the file holds half a surrogate pair, which is not text"


def test_bytes_that_are_not_text_are_refused_with_their_place() -> None:
    assert str(refusal(b'{"a":"\xff"}')) == "the file is not JSON: byte 6 is not UTF-8"


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"a":1,}', b"{'a':1}", b"[1] [2]", b"\xef\xbb\xbf{}", b'"\\', b"]", b"01"]
)
def test_text_that_is_not_json_is_refused_with_its_place(data: bytes) -> None:
    error = refusal(data)
    assert error.reason == "json"
    assert "not JSON at line 1, column" in str(error)
    assert "cut short" in error.hint


def test_depth_is_counted_exactly_and_brackets_in_text_do_not_count() -> None:
    assert strict_json(b"[" * DEEPEST + b"]" * DEEPEST)
    assert str(refusal("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))) == f"the file is nested more than {DEEPEST} deep"
    brackets = '["' + "[" * 1000 + r"\"[[[" + '"]'
    assert strict_json(brackets.encode()) == ["[" * 1000 + '"[[[']


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(json_values, st.integers(0, 4))
def test_what_is_refused_as_too_deep_is_exactly_what_is(value: Any, deepest: int) -> None:
    text = json.dumps(value).encode()
    if depth(value) <= deepest:
        assert strict_json(text, deepest=deepest) == value
    else:
        with pytest.raises(VerificationError, match=f"nested more than {deepest} deep"):
            strict_json(text, deepest=deepest)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000, "[]" * 100_000, "[]]" * 100_000]
)
def test_nesting_without_end_is_refused_by_counting_not_by_the_stack(text: str) -> None:
    before = sys.getrecursionlimit()
    assert refusal(text).reason == "json"
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize("text", ['"' + r"\"" * 2_000_000, '"\\' * 2_000_000, "[1," * 2_000_000, "{}," * 3_000_000])
def test_the_count_takes_linear_time_on_text_made_to_slow_it(text: str) -> None:
    started = time.process_time()
    assert refusal(text).reason == "json"
    assert time.process_time() - started < 5


def test_too_many_values_are_refused_before_any_is_built() -> None:
    with pytest.raises(VerificationError, match="holds more than 100 values"):
        strict_json(b"[" + b"0," * 100 + b"0]", most_values=100)


def test_a_hundred_thousand_members_and_one_twice_are_refused_quickly() -> None:
    members = ",".join(f'"{number}":0' for number in range(200_000))
    started = time.process_time()
    assert refusal(f'{{{members},"199999":1}}').reason == "duplicate_member"
    assert time.process_time() - started < 5

"""The documents of a bundle, as rules see them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.load.documents import Unreadable, read_document


def test_json_is_itself() -> None:
    assert read_document("a.json", b'\xef\xbb\xbf{"a": [1, 2.5, null, 123456789012345678901]}') == {
        "a": [1, 2.5, None, 123456789012345678901]
    }


def test_a_card_is_its_front_matter_its_sections_and_its_text() -> None:
    text = (
        "---\nlicense: mit\nversion: 1.10\naccuracy: 0.91\ndate: 2026-10-01\ntags: [a, 2]\n---\n"
        "before\n\n# Intended use\nFor *all*.\n\n## Limits ##\n```\n# not a heading\n```\nnone\n#nor this\n"
    )
    assert read_document("MODEL_CARD.md", text.encode()) == {
        "front": {"license": "mit", "version": "1.10", "accuracy": 0.91, "date": "2026-10-01", "tags": ["a", 2]},
        "sections": [
            {"title": "", "level": 0, "text": "before"},
            {"title": "Intended use", "level": 1, "text": "For *all*."},
            {"title": "Limits", "level": 2, "text": "```\n# not a heading\n```\nnone\n#nor this"},
        ],
        "text": text,
    }


@pytest.mark.parametrize("text", ["# Use\nall\n", "---\n---\n# Use\nall\n", "---\r\n---\r\n# Use\r\nall\r\n"])
def test_a_card_needs_no_front_matter(text: str) -> None:
    found = read_document("c.markdown", text.encode())
    assert found["front"] == {}
    assert found["sections"] == [{"title": "Use", "level": 1, "text": "all"}]


@pytest.mark.parametrize(
    ("text", "samples"),
    [
        ("ms\n1\n2.5\n", [1.0, 2.5]),
        ("latency_ms\n1e1\n\n", [10.0]),
        ("id,Latency (seconds)\na,0.5\nb,2\n", [500.0, 2000.0]),
        ("elapsed_us\n1500\n", [1.5]),
        ("ms\n", []),
    ],
)
def test_a_load_test_in_csv_is_samples_in_milliseconds(text: str, samples: list[float]) -> None:
    assert read_document("l.csv", text.encode()) == {"unit": "ms", "samples": samples}


def test_a_column_without_a_unit_is_not_taken_for_milliseconds() -> None:
    for text in ("latency\n0.2\n", "0.2\n0.3\n", "a_ms,b_ms\n1,2\n"):
        with pytest.raises(Unreadable, match="must have one column whose name ends in its unit"):
            read_document("l.csv", text.encode())


@given(st.sampled_from(["a.json", "a.md", "a.csv", "a.txt"]), st.one_of(st.binary(), st.text().map(str.encode)))
def test_any_bytes_are_read_or_said_to_be_unreadable(path: str, data: bytes) -> None:
    try:
        found: Any = read_document(path, data)
    except Unreadable as error:
        assert str(error)
    else:
        assert path != "a.txt" and found is not ...


@given(st.text(alphabet="-# \n`~a:[]{}&\t\"'\\"))
def test_any_text_is_a_card_or_unreadable(text: str) -> None:
    try:
        found = read_document("a.md", text.encode())
    except Unreadable as error:
        assert "front matter" in str(error)
    else:
        assert found["text"] == text

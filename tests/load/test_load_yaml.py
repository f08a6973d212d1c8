"""Strict YAML: what is read, where it was, and what is refused before it can do harm."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.errors import DocumentError
from policykit.load import scalars
from policykit.load.node import Node
from policykit.load.yaml import DEEPEST, LARGEST, parse, read, read_file
from policykit.terms.expr import Lit


def codes(data: bytes) -> list[tuple[str, int, int]]:
    return [(problem.code, problem.line, problem.column) for problem in parse(data, "f.yaml")[1]]


def test_every_value_knows_its_line_and_column() -> None:
    node = read(b"a: 1\nb:\n  - x\n  - {c: 'd e'}\n", "f.yaml")
    inner = node.get("b")
    assert inner is not None
    value = inner.items[1].get("c")
    assert value is not None
    assert (value.text, value.plain, value.line, value.column, value.length) == ("d e", False, 4, 9, 5)


def test_columns_count_characters_not_bytes() -> None:
    (problem,) = parse("é: [ß, &a x]".encode(), "f.yaml")[1]
    assert (problem.column, problem.excerpt) == (8, "é: [ß, &a x]")


def test_keys_keep_their_order() -> None:
    assert read(b"b: 1\na: 2\nc: 3\n", "f.yaml").keys() == ("b", "a", "c")


def test_a_mark_of_byte_order_is_no_problem() -> None:
    assert read(b"\xef\xbb\xbfa: 1", "f.yaml").get("a") is not None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(end: str) -> None:
    node = read(f"a: 1{end}b: 2{end}".encode(), "f.yaml").get("b")
    assert node is not None
    assert (node.line, node.column) == (2, 4)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("NO", "NO"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("1.10", 1.1),
        ("1e-5", 1e-5),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("0", 0),
        ("-3", -3),
        ("+4", 4),
        (".5", 0.5),
        (".inf", ".inf"),
        ("2027-06-30", "2027-06-30"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("9" * 30, 1e30),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_a_constant_is_what_it_looks_like_and_nothing_more(text: str, value: object) -> None:
    problems: scalars.Problems = []
    node = read(f"a: {text}".encode(), "f.yaml").get("a")
    assert node is not None
    found = scalars.literal(node, problems)
    assert problems == []
    if isinstance(value, float):
        assert found is not None and found.kind == "float" and found.value == pytest.approx(value)
    else:
        assert found == Lit(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "code"), [("1e999", "PK022"), ("", "PK021"), ("~", "PK021"), ("[]", "PK020")])
def test_what_is_no_constant_is_refused(text: str, code: str) -> None:
    problems: scalars.Problems = []
    node = read(f"a: {text}".encode(), "f.yaml").get("a")
    assert node is not None
    assert scalars.literal(node, problems) is None
    assert [problem.code for problem in problems] == [code]


def test_all_faults_of_a_file_are_told_at_once() -> None:
    assert codes(b"a: &x 1\na: *x\nb: !!str c\n<<: {}\n") == [
        ("PK007", 1, 4),
        ("PK012", 2, 1),
        ("PK008", 2, 4),
        ("PK009", 3, 4),
        ("PK010", 4, 1),
    ]


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    assert codes(b'"<<": 1') == []


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# only a comment\n", b"---\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    assert [code for code, _, _ in codes(data)] == ["PK003"]


def test_depth_is_counted_to_the_last_level() -> None:
    assert codes(b"[" * DEEPEST + b"]" * DEEPEST) == []
    assert codes(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1)) == [("PK005", 1, DEEPEST + 1)]


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 10_000,
        b"{a: " * 10_000,
        b"- " * 10_000,
        b"? " * 100_000,
        "".join(" " * depth + "a:\n" for depth in range(600)).encode(),
    ],
    ids=["lists", "maps", "blocks", "keys", "indent"],
)
def test_ten_thousand_levels_are_refused_at_the_thirty_third_and_at_once(data: bytes) -> None:
    began = time.process_time()
    assert [code for code, _, _ in codes(data)] == ["PK005"]
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b"*a," * 80_000,
        b"&a " * 80_000,
        b"a: |\n" + b" \n" * 120_000,
        b"'" * 250_000,
        b":" * 250_000,
        b"\n" * 250_000,
        b'"' + b"\\n" * 120_000 + b'"',
        b"!<" + b"a" * 250_000,
        b"[" + b"a," * 120_000,
        b"{" + b",".join(b"k%d: 1" % number for number in range(9_900)) + b"}",
    ],
)
def test_a_file_full_of_one_thing_is_read_or_refused_quickly(data: bytes) -> None:
    began = time.process_time()
    parse(data, "f.yaml")
    assert time.process_time() - began < 3


def test_billions_of_aliases_are_refused_before_any_is_followed() -> None:
    text = "a: &a [x, x]\n" + "".join(
        f"{this}: &{this} [*{last}, *{last}]\n" for last, this in zip("abcdef", "bcdefg", strict=True)
    )
    assert {code for code, _, _ in codes(text.encode())} == {"PK007", "PK008"}


def test_a_file_of_300_mb_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(300_000_000)
    began = time.process_time()
    with pytest.raises(DocumentError) as caught:
        read_file(path)
    assert time.process_time() - began < 0.5
    assert [problem.code for problem in caught.value.problems] == ["PK001"]


def test_the_largest_file_is_still_read() -> None:
    assert codes(b"a: " + b"x" * (LARGEST - 3)) == []
    assert [code for code, _, _ in codes(b"a: " + b"x" * (LARGEST - 2))] == ["PK001"]


@pytest.mark.parametrize("make", ["folder", "pipe", "missing", "locked"])
def test_what_is_not_a_readable_file_is_an_error(make: str, tmp_path: Path) -> None:
    import os

    path = tmp_path / "f.yaml"
    if make == "folder":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    elif make == "locked":
        path.symlink_to(path)
    with pytest.raises(DocumentError) as caught:
        read_file(path)
    assert [problem.code for problem in caught.value.problems] == ["PK016"]


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x85", "\u2028", "\u202e", "\u2066", "\ufeff", "\u200b"])
def test_what_cannot_be_seen_is_refused(character: str) -> None:
    assert codes(f"a: b{character}c".encode()) == [("PK015", 1, 5)]


@pytest.mark.parametrize(
    "escape",
    [
        r"\0",
        r"\e",
        r"\N",
        r"\L",
        r"\u200b",
        r"\u202e",
        r"\u061c",
        r"\u00ad",
        r"\u3164",
        r"\uffa0",
        r"\U000E0041",
        r"\x7f",
    ],
)
def test_what_cannot_be_seen_is_refused_as_an_escape_too(escape: str) -> None:
    text = f'a: b\nc: "d{escape}e"'.encode()
    assert codes(text) == [("PK015", 2, 4)]
    assert codes(f'"a{escape}": b'.encode()) == [("PK015", 1, 1)]
    node, problems = parse(text, "f.yaml", escapes=True)
    assert node is not None and not problems


def test_escapes_of_what_can_be_seen_are_text() -> None:
    node = read(rb'a: "\t\n\"\\ \u00e9 \u4e2d \U0001F642 \u200d"', "f.yaml").get("a")
    assert node is not None
    assert node.text == '\t\n"\\ é 中 🙂 \u200d'


def test_emoji_and_far_scripts_are_text_like_any_other() -> None:
    node = read("a: 👩‍🔬 審査 مراجعة".encode().replace("\u200d".encode(), b""), "f.yaml").get("a")
    assert node is not None
    assert node.text == "👩🔬 審査 مراجعة"


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_document_error_alone(data: bytes) -> None:
    try:
        assert isinstance(read(data, "f.yaml"), Node)
    except DocumentError as error:
        assert error.problems
        assert all(problem.message and problem.code.startswith("PK0") for problem in error.problems)


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(alphabet="abcdefg", min_size=1, max_size=5), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
def test_what_any_writer_quotes_is_read_back(value: object) -> None:
    text = yaml.safe_dump(value, default_style='"', allow_unicode=True, sort_keys=False)
    assert _plain(read(text.encode(), "f.yaml")) == value


def _plain(node: Node) -> object:
    if node.kind == "map":
        return {key: _plain(value) for key, value in node.entries()}
    return [_plain(item) for item in node.items] if node.kind == "list" else node.text

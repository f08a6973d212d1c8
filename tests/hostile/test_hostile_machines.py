"""Naughty names through what other programs read: no command, no link, no mention, no broken file."""

# ruff: noqa: E402 - the builders live with the tests of the room
from __future__ import annotations

import json
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / "render"), str(Path(__file__).parent)]

from naughty_names import names
from render_reports import crowd, named

from policykit.errors import Diagnostic, PolicyError, VerificationError
from policykit.stories.located import Around
from policykit.stories.pages import Page
from policykit.stories.refused import CARRYING, refused
from policykit.stories.screen import Screen
from policykit.terms.place import Place
from policykit.terms.report import Report

MORE = [
    "\n::set-output name=decision::ALLOWED",
    "\r::add-mask::x",
    "::stop-commands::x",
    "##[error]x",
    "${{ github.token }}",
    "`${{ secrets.KEY }}`",
    "\u202eDEWOLLA",
    "\x1b]0;pwned\x07",
    "<script>alert(1)</script>",
    "=HYPERLINK(\"https://evil.example\",\"x\")",
    "@octocat #1 GH-1 octo/repo#1 https://evil.example",
    "]]></error><error/>",
    "--><img src=x>",
    "| a | b |\n|---|---|",
    "[click](https://evil.example) {0}",
]  # fmt: skip
NAMES = [*names(), *MORE]
CROWDS = [NAMES[at : at + 60] for at in range(0, len(NAMES), 60)]
SCHEMA = json.loads((Path(__file__).parents[1] / "render" / "schemas" / "sarif-2.1.0.written.json").read_text())
COMMAND = re.compile(
    r"::(?:error|warning|notice) (?:file=[^:,\s][^:,]*,(?:line=\d+,(?:col=\d+,)?)?)?title=[^:,]*::[^\r\n]*"
)
HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def hostile(report: Report, name: str) -> Report:
    """Return the report with every place of a policy named as well."""
    return replace(
        report,
        rules=tuple(replace(one, rule=replace(one.rule, place=Place(name, 3, 4))) for one in report.rules),
    )


def hidden(text: str) -> list[str]:
    return [c for c in text if unicodedata.category(c) in HIDDEN and c not in "\n\u200d"]


def check_github(text: str) -> None:
    assert not hidden(text)
    assert "##[" not in text
    for line in text.removesuffix("\n").split("\n"):
        assert COMMAND.fullmatch(line), line
    assert len(text.splitlines()) <= 21


def check_junit(text: str) -> None:
    assert not hidden(text)
    root = ET.fromstring(text)
    assert {one.tag for one in root.iter()} <= {
        "testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped", "system-out",
    }  # fmt: skip


def check_sarif(text: str) -> None:
    assert text.isascii()
    made = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(made)
    for said in _messages(made):
        assert not hidden(said)
        assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]]", said)
        assert not re.search(r"(?<!\{)\{\d+\}(?!\})", said)


def _messages(value: Any) -> list[str]:
    match value:
        case {"text": str(text)}:
            return [text]
        case dict():
            return [one for each in value.values() for one in _messages(each)]
        case list():
            return [one for each in value for one in _messages(each)]
        case _:
            return []


CODE = re.compile(r"(?<!\\)`[A-Za-z0-9_.=/ -]+`")
"""Code as we write it: plain words between two backticks."""


def check_comment(text: str) -> None:
    from markdown_it import MarkdownIt

    assert not hidden(text)
    assert len(text.encode("utf-16-le")) // 2 < 65_000
    first, rest = text.split("\n", 1)
    assert re.fullmatch(r"<!-- policykit: [A-Za-z0-9._-]+(?: \([A-Za-z0-9._-]+\))? -->", first)
    assert not re.search(r"@\w|(?<!&)#\d|https?://|www\.|\bGH-\d", CODE.sub("", rest))  # in code, GitHub links nothing
    assert not re.search(r"(?m)^\s*::|##\[|\$\{\{", rest)
    blocks = [
        token.content.strip()
        for token in MarkdownIt("commonmark").enable(["table"]).parse(rest)
        if token.type == "html_block"
    ]
    assert all(re.fullmatch(r"(?:</?details>|<details><summary>[^<>]*</summary>|\s)+", block) for block in blocks)
    foreign = re.sub(r"(?m)^_Left out for want of room: [a-z, ]+\. The json report holds everything\._$", "", rest)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(foreign)
    kinds = {child.type for token in tokens for child in token.children or ()}
    assert not kinds & {"link_open", "image", "html_inline", "s_open", "em_open"}
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in rest.splitlines() if line.startswith("|")}
    assert widths <= {6}


@pytest.mark.parametrize("at", range(len(CROWDS)))
def test_naughty_names_are_only_text_to_other_programs(at: int) -> None:
    page = Page(hostile(crowd(CROWDS[at]), CROWDS[at][0]))
    check_github(page.shown("github", Screen()))
    check_junit(page.shown("junit", Screen()))
    check_sarif(page.shown("sarif", Screen()))
    check_comment(page.shown("comment", Screen()))


@pytest.mark.parametrize("name", [pytest.param(name, id=f"more{at}") for at, name in enumerate(MORE)])
def test_a_naughty_name_alone_is_only_text_to_other_programs(name: str) -> None:
    near = Around(Path("/repo"), Path("/repo"), name, name, name)
    page = Page(hostile(named(name), name), around=near)
    check_github(page.shown("github", Screen()))
    check_junit(page.shown("junit", Screen()))
    check_comment(page.shown("comment", Screen()))
    made = json.loads(page.shown("sarif", Screen()))
    assert all(not hidden(said) for said in _messages(made))


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(name, id=f"name{at}") for at, name in enumerate(NAMES)])
def test_each_naughty_name_alone_is_only_text_to_other_programs(name: str) -> None:
    page = Page(hostile(named(name), name))
    check_github(page.shown("github", Screen()))
    check_junit(page.shown("junit", Screen()))
    check_sarif(page.shown("sarif", Screen()))
    check_comment(page.shown("comment", Screen()))


@pytest.mark.parametrize("form", CARRYING)
def test_names_in_problems_are_only_text_as_well(form: str) -> None:
    near = Around(Path("/repo"), Path("/repo"))
    problems = [Diagnostic(name, name, name, 3, 4, hint=name, suggestion=name, excerpt=name) for name in NAMES]
    for error in (
        PolicyError(NAMES[0], problems=problems, hint=MORE[0]),
        VerificationError("x", MORE[0], hint=MORE[1]),
    ):
        text = refused(error, form, near)
        assert text is not None
        match form:
            case "github":
                check_github(text)
            case "junit":
                check_junit(text)
            case "sarif":
                check_sarif(text)
            case "comment":
                check_comment(text)
            case "markdown":
                check_comment(f"<!-- policykit: g -->\n{text}")
            case _:
                assert text.isascii()
                json.loads(text)

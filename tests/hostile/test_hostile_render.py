"""Naughty names through every renderer: nothing runs, nothing hides, nothing is taken for markup."""

# ruff: noqa: E402 - the builders live with the tests of the room
from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / "render"), str(Path(__file__).parent)]

from naughty_names import names
from render_reports import blocked, crowd, named

from policykit.errors import Diagnostic
from policykit.render.console import diagnostics, table, text
from policykit.render.html import html
from policykit.render.json_text import json_text
from policykit.render.markdown import markdown
from policykit.render.markup import escaped
from policykit.render.visible import visible
from policykit.report.layout import layout
from policykit.report.since import told
from policykit.terms.report import Report

NAMES = names()
ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "a", "header", "nav", "main", "section", "article", "footer", "div", "span",
    "p", "h1", "h2", "h3", "ol", "ul", "li", "dl", "dt", "dd", "b", "i", "strong", "code", "table", "thead", "tbody", "tr", "th",
    "td", "caption", "small", "bdi", "br", "details", "summary", "svg", "symbol", "use", "path", "line", "rect", "text", "circle",
    "fieldset", "legend", "label", "input", "select", "option",
}  # fmt: skip
CROWDS = [NAMES[at : at + 60] for at in range(0, len(NAMES), 60)]
PLACED = [pytest.param(name, id=f"name{at}") for at, name in enumerate(NAMES)]
RUNNER_COMMAND = re.compile(r"(?m)^(?:\s|\x1b\[[0-9;]*m)*::")
HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


class Page(HTMLParser):
    """Collects elements, attributes, and comments of a page."""

    def __init__(self, page: str) -> None:
        """Read `page`."""
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.comments: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(key, value or "") for key, value in attrs]

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def hidden(shown: str) -> list[str]:
    """Return the characters that cannot be seen, besides line ends and joiners inside an emoji."""
    return [c for c in shown if unicodedata.category(c) in HIDDEN and c not in "\n\u200d"]


def test_there_are_a_few_hundred_naughty_names() -> None:
    assert len(NAMES) > 300


def test_naughty_names_are_only_text_in_html() -> None:
    for group in CROWDS:
        report = crowd(group)
        check_page(html(report, layout(report, told(report))))


def test_naughty_names_are_only_text_in_a_terminal() -> None:
    for group in CROWDS:
        report = crowd(group)
        check_terminal(report)


def test_naughty_names_are_only_text_in_markdown() -> None:
    for group in CROWDS:
        report = crowd(group)
        check_markdown(markdown(report, layout(report)))


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACED)
def test_a_naughty_name_alone_is_only_text_everywhere(name: str) -> None:
    report = named(name)
    check_page(html(report, layout(report)))
    check_terminal(report)
    check_markdown(markdown(report, layout(report)))


def check_page(page: str) -> None:
    """Assert that a page holds our elements and no others, and nothing that runs, fetches or hides."""
    read = Page(page)
    assert {*read.elements} <= ELEMENTS
    assert not [key for key, _ in read.attributes if key.startswith("on") or key in ("src", "srcdoc", "formaction")]
    links = [value for key, value in read.attributes if key == "href"]
    assert all(re.fullmatch(r"#rules|#rule-\d+|#h-[a-z]+|#i-[a-z_]+", link) for link in links)
    styles = [value for key, value in read.attributes if key == "style"]
    assert all(re.fullmatch(r"width:[\d.]+%|--[a-z]:[\d.]+(;--[a-z]:[\d.]+)*", style) for style in styles)
    words = [word for key, value in read.attributes if key == "class" for word in value.split()]
    assert all(re.fullmatch(r"[a-z][a-z0-9_-]*", word) for word in words)
    ids = [value for key, value in read.attributes if key == "id"]
    assert len(ids) == len({*ids})
    assert not read.comments
    assert not hidden(page)
    page.encode("utf-8")


def check_terminal(report: Report) -> None:
    """Assert that no control code, no workflow command and nothing unwritable reaches a terminal."""
    plain = text(report, layout(report), width=80, color=False)
    assert not hidden(plain)
    assert not RUNNER_COMMAND.search(plain)
    assert "##[" not in plain
    colored = text(report, layout(report), width=120, color=True)
    assert not hidden(re.sub(r"\x1b\[[0-9;]*m", "", colored))
    assert not RUNNER_COMMAND.search(colored)
    text(report, layout(report), width=100, color=False, encoding="latin-1").encode("latin-1")


def check_markdown(made: str) -> None:
    """Assert that Markdown holds our headings, lists and tables, and no markup that a name brought."""
    from markdown_it import MarkdownIt

    assert not hidden(made)
    assert not RUNNER_COMMAND.search(made)
    plain = re.sub(r"(?<!\\)`[A-Za-z0-9_.=/ -]+`", "", made)  # in code, GitHub links nothing
    assert not re.search(r"@\w|(?<!&)#\d|https?://|www\.", plain)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(made)
    inline = [child for token in tokens for child in token.children or ()]
    kinds = {token.type for token in (*tokens, *inline)}
    ours = {
        "heading", "paragraph", "blockquote", "bullet_list", "ordered_list", "list_item", "table", "thead", "tbody", "tr", "th", "td",
        "strong",
    }  # fmt: skip
    opened = {kind.removesuffix("_open").removesuffix("_close") for kind in kinds}
    assert opened <= ours | {"text", "inline", "code_inline", "html_block", "softbreak", "text_special"}
    blocks = {token.content.strip() for token in tokens if token.type == "html_block"}
    assert all(re.fullmatch(r"<details><summary>[^<>]*</summary>|</details>", block) for block in blocks)
    headings = [token.tag for token in tokens if token.type == "heading_open"]
    assert headings.count("h2") == 1
    assert {*headings} == {"h2", "h3"}
    lines = [line for line in made.splitlines() if line.startswith("|")]
    rules = [line for line in lines if re.fullmatch(r"\|( --- \|)+", line)]
    assert len([token for token in tokens if token.type == "tr_open"]) == len(lines) - len(rules)


@pytest.mark.parametrize("name", PLACED)
def test_a_naughty_name_keeps_its_letters_in_markdown(name: str) -> None:
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parse(escaped(name))
    shown = "".join(child.content for token in tokens for child in token.children or ())
    assert shown.replace("\u200b", "").replace("`", "").split() == visible(name).replace("`", "").split()


@pytest.mark.parametrize("name", PLACED)
def test_a_naughty_name_breaks_no_diagnostic_and_no_table(name: str) -> None:
    problem = Diagnostic("PK104", name, name, 26, 12, 5, name, name, f"    check: {name}")
    shown = diagnostics([problem], color=False) + table([name, "b"], [[name, name]], width=80, color=False)
    assert not hidden(shown)
    assert not RUNNER_COMMAND.search(shown)
    assert "##[" not in shown


@pytest.mark.parametrize("name", PLACED)
def test_json_text_is_plain_ascii_and_reads_back(name: str) -> None:
    shown = json_text({"name": name, name: [name]})
    assert shown.isascii()
    assert not hidden(shown)
    assert json.loads(shown)["name"] == name or name == "name"


@pytest.mark.parametrize("name", PLACED)
def test_what_is_made_visible_stays_as_it_is(name: str) -> None:
    assert visible(visible(name, longest=10**6), longest=10**6) == visible(name, longest=10**6)


def test_direction_marks_and_line_ends_are_written_out() -> None:
    assert visible("a\u202eb\nc\x1b[0m") == "a⟪U+202E⟫b␤c␛[0m"


def test_letters_of_any_language_and_emoji_stay() -> None:
    kept = ("日本語", "العربية", "👩‍👩‍👧‍👦", "🏳️‍🌈", "e\u0301", "naïve")
    assert tuple(map(visible, kept)) == kept


LONG = (
    "W" * 1990, "ﷺ" * 400, "\u202e" * 40 + "abc", "\u2067" + "ا" * 1900 + "\u2069", "a\u0301\u0302" * 500, "😀" * 600, "<b>" * 600,
    "日本語" * 600, "a_b_c" * 390, "/etc/" * 390, "0123456789" * 190, "\u200b" * 600, "&nbsp;" * 330, "١٢٣" * 600,
    "\t" * 900, "–" * 1900,
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("group", [NAMES, LONG], ids=["naughty", "long"])
def test_in_a_browser_nothing_runs_nothing_is_fetched_and_the_layout_holds(
    group: Sequence[str], tmp_path: Path
) -> None:
    from tests.browser.chromium import DESK, PHONE, Asked, looks

    report = replace(crowd(group), name="</title><script>document.title='pwned'</script>")
    page = tmp_path / "page.html"
    page.write_text(html(report, layout(report, told(report))), encoding="utf-8")
    sent = Counter(Page(page.read_text(encoding="utf-8")).elements)
    shown = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
    wanted = [Asked(page, width=width, axe=False, ask=ask) for width in (PHONE, DESK) for ask in ({}, {"": shown})]
    wanted.append(Asked(page, axe=False, width=794, media="print"))
    for seen in looks(*wanted):
        assert (seen.console, seen.fetched, seen.ran, seen.handlers) == ((), (), (), ())
        assert seen.title.startswith("BLOCKED (as of another day): </title><script>")
        assert Counter(seen.elements) == sent, "a name made an element, or swallowed one"
        assert not {"script", "iframe", "img", "object", "embed", "form", "link", "base"} & {*seen.elements}
        assert (seen.overflow, seen.wide) == (0, ())


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG[:4])
def test_a_page_of_hostile_names_is_still_open_to_everybody(name: str, tmp_path: Path) -> None:
    from tests.browser.chromium import PHONE, look

    page = tmp_path / "page.html"
    page.write_text(html(named(name), layout(named(name))), encoding="utf-8")
    assert look(page, width=PHONE).grave == ()


def test_the_page_of_an_ordinary_report_holds_no_script_and_the_strictest_policy() -> None:
    report = blocked()
    page = html(report, layout(report))
    assert "<script" not in page.lower()
    assert """content="default-src 'none'; style-src 'unsafe-inline'; img-src data:\"""" in page
    assert not re.search(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", page)

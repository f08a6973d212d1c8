"""Names that tried to be something else, on every page of a site and in its lists for programs."""

from __future__ import annotations

import csv
import html
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.hostile.naughty_names import names
from tests.site.site_builder import WAIVER, build, said, tree, write

_PATH = re.compile(r"(?:(?:models|stages|reports)/(?:(?:\d{4}-\d\d|undated)/)?)?[a-z0-9.-]+")
_NAMES = [name for name in names() if name.encode("utf-8", "ignore").decode() == name]  # half a pair is no JSON
_LINK = re.compile(r"(?:\.\./)*(?:[a-z0-9./-]+)?(?:#[a-z0-9-]+)?")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site in which every name there can be is hostile."""
    made = tmp_path_factory.mktemp("hostile")
    for number, name in enumerate(_NAMES):
        statement = said(
            ("ALLOWED", "BLOCKED", "HELD")[number % 3], name=name, version=name, stage=name, day=1 + number % 70
        )
        predicate = statement["predicate"]
        predicate["reason"], predicate["bundle"]["labels"] = name, {name: [name]}
        for rule in predicate["rules"]:
            rule.update(title=name, sentence=name, owner=name, reason=name, controls=[{"id": name, "how": name}])
            for finding in rule["findings"]:
                finding.update(slice=[["attribute", name]], limit=name, reason=name, source=name)
                finding["groups"] = [{"name": name, "rows": 50, "value": 0.5, "low": 0.4, "high": 0.6}]
        predicate["rules"][0]["id"] = name
        predicate["waivers"] = [
            {**WAIVER, "state": "unused", "id": name, "rule": name, "reason": name, "told": name, "requestedBy": name}
        ]
        predicate["notices"] = [{"level": "warning", "code": name, "text": name}]
        for policy in predicate["policies"]:
            policy.update(title=name, owner=name, why=name)
        write(made / "reports", f"{number}.json", statement)
    (made / "reports" / "=cmd|' !A1.json").write_text("<script>alert(1)</script>")
    build(made / "reports", made / "site", title="</title><script>alert(1)</script>", with_reports=True)
    return made / "site"


class _Seen(HTMLParser):
    """What a page holds: elements, attributes, links."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.attributes, self.links = set[str](), set[str](), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "xlink:href", "action")]


def _pages(folder: Path) -> dict[str, _Seen]:
    found = {}
    for path in sorted(folder.rglob("*.html")):
        seen = _Seen()
        seen.feed(path.read_text())
        found[path.relative_to(folder).as_posix()] = seen
    return found


def test_no_page_holds_a_script_a_handler_or_anything_that_is_fetched(folder: Path) -> None:
    for path, seen in _pages(folder).items():
        assert not seen.tags & {
            "script",
            "img",
            "iframe",
            "object",
            "embed",
            "link",
            "base",
            "form",
            "video",
            "audio",
        }, path
        assert not {name for name in seen.attributes if name.startswith("on") or name == "style"}, path


def test_every_link_leads_to_a_file_of_the_site(folder: Path) -> None:
    for path, seen in _pages(folder).items():
        for link in seen.links:
            assert _LINK.fullmatch(link), (path, link)
            goal = link.partition("#")[0]
            assert not goal or ((folder / path).parent / goal).resolve().is_file(), (path, link)


def test_every_page_can_be_reached_from_the_first(folder: Path) -> None:
    pages = _pages(folder)
    reached, ahead = set[str](), ["index.html"]
    while ahead:
        path = ahead.pop()
        if path in reached:
            continue
        reached.add(path)
        for link in pages[path].links:
            goal = link.partition("#")[0]
            if goal.endswith(".html"):
                ahead.append(((folder / path).parent / goal).resolve().relative_to(folder.resolve()).as_posix())
    assert reached == set(pages)


def test_names_of_files_are_plain_and_differ_where_capitals_do_not_count(folder: Path) -> None:
    paths = list(tree(folder))
    assert all(_PATH.fullmatch(path) for path in paths)
    assert len({path.casefold() for path in paths}) == len(paths)


def test_every_page_demands_its_own_style_and_nothing_else(folder: Path) -> None:
    for path in folder.rglob("*.html"):
        head = html.unescape(path.read_text()[:700])
        assert re.search(
            r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; base-uri 'none'; form-action 'none'", head
        )


def test_no_page_is_larger_than_a_megabyte(folder: Path) -> None:
    assert max(path.stat().st_size for path in folder.rglob("*.html")) < 1_000_000


def test_no_hidden_sign_reaches_a_page_as_it_is(folder: Path) -> None:
    for path in folder.rglob("*.html"):
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00-\x08\x1b]", path.read_text()), path


def test_no_cell_of_the_table_is_a_formula(folder: Path) -> None:
    lines = list(csv.reader(io.StringIO((folder / "reports.csv").read_text(), newline="")))
    assert len(lines) == len(_NAMES) + 1
    assert {len(line) for line in lines} == {len(lines[0])}
    for cell in (cell for line in lines for cell in line):
        assert not cell.lstrip().startswith(("=", "+", "-", "@")), cell
        assert "\n" not in cell


def test_no_hidden_sign_reaches_the_table(folder: Path) -> None:
    said = (folder / "reports.csv").read_text(encoding="utf-8")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00-\x08\x0b-\x1f\x7f-\x9f]", said)


def test_a_model_called_as_another_but_for_capitals_has_a_page_of_its_own(tmp_path: Path) -> None:
    for number, name in enumerate(("Loans", "loans", "LOANS", "loans ", "lo/ans")):
        write(tmp_path / "reports", f"{number}.json", said(name=name))
    build(tmp_path / "reports", tmp_path / "site")
    assert len({path.name.lower() for path in (tmp_path / "site" / "models").iterdir()}) == 5

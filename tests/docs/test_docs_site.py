"""The documentation site: every page is in it, no link is broken, nothing is fetched from anywhere, and it can be read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from markdown_it import MarkdownIt

from tests.browser.chromium import Asked, looks
from tests.docs.pages import ROOT

DOCS = ROOT / "docs"
KEPT_OUT = {"README.md"}  # the table of contents for readers of the repository: the navigation takes its place
COUNTED = ("table", "tr", "li", "pre", "blockquote", "h1", "h2", "h3", "h4", "img", "hr")


class Config(yaml.SafeLoader):
    """The configuration of the site, without what only mkdocs can make."""


Config.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: None)


class Html(HTMLParser):
    """What a page links to, fetches, names, and how many of which element its article holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.names: set[str] = set()
        self.held: Counter[str] = Counter()
        self.article = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.names |= {said[name] for name in ("id", "name") if name in said}
        self.links += [said["href"]] if tag in ("a", "link") and "href" in said else []
        self.fetched += [said[name] for name in ("src", "srcset", "data", "poster") if name in said]
        self.fetched += [said["href"]] if tag == "link" and "href" in said else []
        self.article += tag == "article"
        self.held[tag] += self.article > 0

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.article -= tag == "article"


def named(entry: Any) -> set[str]:
    """Return the pages and folders that a part of the navigation names."""
    if isinstance(entry, str):
        return {entry}
    return {name for inner in (entry.values() if isinstance(entry, dict) else entry) for name in named(inner)}


def test_every_page_of_the_manual_is_in_the_navigation() -> None:
    nav = named(yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=Config)["nav"])
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - KEPT_OUT
    folders = tuple(name for name in nav if name.endswith("/"))
    assert {page for page in pages if page not in nav and not page.startswith(folders)} == set(), (
        "name it in mkdocs.yml"
    )
    assert {name for name in nav if not (DOCS / name).exists()} == set()


def test_the_site_is_built_by_the_actions_that_the_other_workflows_trust() -> None:
    workflows = {
        path.name: path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yaml")
    }
    used = {name: set(re.findall(r"uses: (\S+@\S+)", text)) for name, text in workflows.items()}
    others = {action for name, actions in used.items() if name != "docs.yaml" for action in actions}
    assert used["docs.yaml"] and used["docs.yaml"] <= others
    assert "run: make docs" in workflows["docs.yaml"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    words = [str(Path(sys.executable).parent / "mkdocs"), "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(
        words, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """Return the address of the site, as a browser asks for it."""
    handler = partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """A server that says nothing of what it is asked."""

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Html]:
    return {path.relative_to(site).as_posix(): Html(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


@pytest.mark.slow
def test_every_page_is_built(pages: dict[str, Html]) -> None:
    sources = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - KEPT_OUT
    wanted = {re.sub(r"README\.html$", "index.html", source.removesuffix(".md") + ".html") for source in sources}
    assert wanted - pages.keys() == set()


@pytest.mark.slow
def test_every_link_and_anchor_of_the_site_leads_somewhere(site: Path, pages: dict[str, Html]) -> None:
    broken = []
    for name, page in pages.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link) or link in ("", "#", "/"):
                continue
            path, _, anchor = link.partition("#")
            base = (
                site / name
                if not path
                else (site / path.lstrip("/") if path.startswith("/") else site / Path(name).parent / path)
            )
            there = Path(os.path.normpath(base / "index.html" if base.is_dir() else base))
            known = pages.get(there.relative_to(site).as_posix()) if there.is_relative_to(site) else None
            if not there.is_file() or (anchor and known is not None and unquote(anchor) not in known.names):
                broken.append(f"{name}: {link}")
    assert broken == []


@pytest.mark.slow
def test_a_link_out_of_the_manual_leads_into_the_repository(pages: dict[str, Html]) -> None:
    address = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=Config)["extra"]["repository"]
    ours = {link for page in pages.values() for link in page.links if link.startswith(address)}
    assert f"{address}/tree/main/policies" in ours
    paths = {re.sub(r"^/(?:tree|blob)/main/|#.*$", "", link.removeprefix(address)) for link in ours}
    assert {path for path in paths if path and not (ROOT / path).exists()} == set()


@pytest.mark.slow
def test_the_site_fetches_nothing_from_anywhere(site: Path, pages: dict[str, Html]) -> None:
    assert [(name, one) for name, page in pages.items() for one in page.fetched if re.match(r"(https?:)?//", one)] == []
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert [
        found for text in styles for found in re.findall(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')]+)", text)
    ] == []


@pytest.mark.slow
def test_the_site_shows_what_the_repository_shows(pages: dict[str, Html]) -> None:
    """The site's Markdown and that of the repository's host agree on every list, table, block and title of every page."""
    reader = MarkdownIt("commonmark").enable("table")
    different = {}
    for source in DOCS.rglob("*.md"):
        name = source.relative_to(DOCS).as_posix()
        if name in KEPT_OUT:
            continue
        built = pages[re.sub(r"README\.html$", "index.html", name.removesuffix(".md") + ".html")].held
        wanted = Html("<article>" + reader.render(source.read_text(encoding="utf-8")) + "</article>").held
        if wrong := {tag: (wanted[tag], built[tag]) for tag in COUNTED if wanted[tag] != built[tag]}:
            different[name] = wrong
    assert different == {}


NO_MOUSE = (
    "scrollable-region-focusable",
)  # the theme lets keys scroll blocks where there is a mouse; this browser has none
LOOKED_AT = ("index.html", "tutorial-team.html", "checks/fairness.four_fifths.html", "cli.html", "schemas.html")


@pytest.mark.slow
def test_the_site_is_seen_as_it_should_be_on_a_desk_and_on_a_phone_by_day_and_by_night(served: str) -> None:
    asked = [
        Asked(f"{served}/{name}", width=width, dark=dark)
        for name in LOOKED_AT
        for width, dark in ((1280, False), (360, True))
    ]
    for one, seen in zip(asked, looks(*asked), strict=True):
        assert seen.console == (), (one.page, seen.console)
        assert [url for url in seen.fetched if not url.startswith((served, "data:", "blob:"))] == []
        assert seen.overflow <= 0, (one.page, one.width, seen.wide)
        grave = [found for found in seen.grave if found.id not in NO_MOUSE]
        assert grave == [], (one.page, one.dark, grave)


@pytest.mark.slow
def test_a_word_is_found(served: str) -> None:
    found = "document.querySelector('.md-search-result__list').innerText"
    wait = f"new Promise(done => setTimeout(() => done({found}), 2000))"
    asked = Asked(
        f"{served}/index.html", axe=False, press=("input[name=query]",), keys=(*"straddles",), ask={"found": wait}
    )
    assert "straddles" in str(looks(asked)[0].asked["found"])

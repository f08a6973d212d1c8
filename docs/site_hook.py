"""What the documentation site does with the pages beyond rendering them; mkdocs calls these functions (`make docs`).

The pages are written for whoever reads them in the repository: links lead to files beside them. In the site a link out of
`docs/` leads to the repository instead, at the address that `mkdocs.yml` states. The schemas and the colours of the report are
taken from where they are.
"""

from __future__ import annotations

import logging
import os
import re
from itertools import groupby
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
LOG = logging.getLogger("mkdocs.hooks.site")
_FENCE = re.compile(r"(?ms)^( *)```.*?^\1```[^\n]*$")
_LINK = re.compile(r"(?<=\]\()(\.\.?/[^)\s]+)(?=\))")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages of a folder where the navigation names the folder."""
    config.nav = [_entry(entry) for entry in config.nav or []]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what lies outside `docs/`: the schemas, and the colours of the report."""
    for schema in sorted((ROOT / "schemas").glob("*.json")):
        files.append(File.generated(config, f"schemas/{schema.name}", abs_src_path=str(schema)))
    files.append(File.generated(config, "site/tokens.css", content=colours()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links out of `docs/` to the repository, and name the language of a block by its first word."""
    return "".join(
        re.sub(r"\A( *```\w+) [^\n]*", r"\1", part) if fenced else _linked(part, page, config, files)
        for fenced, part in _parts(markdown)
    )


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001 - mkdocs calls it so
    """Say to a screen reader what the theme does not: what the dialogue is for."""
    return output.replace('role="dialog">', 'role="dialog" aria-label="Search">')


def colours() -> str:
    """Return the colours of the report, in the words of the theme."""
    text = (ROOT / "policykit" / "render" / "templates" / "tokens.css.j2").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", text, re.DOTALL)[:2]
    return f':root, [data-md-color-scheme="default"] {{{light}}}\n[data-md-color-scheme="slate"] {{{dark}}}\n'


def _parts(markdown: str) -> list[tuple[bool, str]]:
    parts, end = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [(False, markdown[end : fence.start()]), (True, fence[0])]
        end = fence.end()
    return [*parts, (False, markdown[end:])]


def _linked(text: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    docs = Path(config.docs_dir)
    here = (docs / page.file.src_uri).parent

    def address(link: re.Match[str]) -> str:
        path, _, anchor = link[1].partition("#")
        there = (here / path).resolve()
        if there.is_relative_to(docs):
            return link[1]
        if not there.exists():
            LOG.warning("%s: `%s` leads nowhere", page.file.src_uri, link[1])
        at = there.relative_to(ROOT).as_posix()
        if files.get_file_from_path(at):  # such as a schema, which the site holds too
            return os.path.relpath(docs / at, here)
        kind = "tree" if there.is_dir() else "blob"
        return f"{config.extra['repository']}/{kind}/main/{at}" + (f"#{anchor}" if anchor else "")

    return _LINK.sub(address, text)


def _entry(entry: Any) -> Any:
    if isinstance(entry, str):
        return entry
    ((title, where),) = entry.items()
    if isinstance(where, list):
        return {title: [_entry(inner) for inner in where]}
    return {title: _folder(where)} if where.endswith("/") else entry


def _folder(name: str) -> list[Any]:
    """Return the pages of a folder: its README first, then the others, by family where the names have one."""
    pages = sorted(path.name for path in (ROOT / "docs" / name).glob("*.md") if path.name != "README.md")
    families: list[Any] = [f"{name}README.md"]
    for family, members in groupby(pages, key=lambda page: page.split(".")[0]):
        paths = [f"{name}{member}" for member in members]
        if paths == [f"{name}{family}.md"]:
            families += paths
        else:
            families.append(
                {family: [{path.removeprefix(f"{name}{family}.").removesuffix(".md"): path} for path in paths]}
            )
    return families

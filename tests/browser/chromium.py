"""Look at pages in a real browser: what runs, what is fetched, what sticks out, what a screen reader would stumble over."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools" / "node"
PHONE, DESK = 360, 1280


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule of axe that a page breaks: its id, how grave (minor, moderate, serious, critical), where."""

    id: str
    impact: str
    help: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one page; `overflow` are the pixels by which it is wider than its window, `wide` what sticks out."""

    title: str
    console: tuple[str, ...]
    fetched: tuple[str, ...]
    ran: tuple[str, ...]
    first_paint_ms: float | None
    violations: tuple[Violation, ...]
    elements: Mapping[str, int]
    handlers: tuple[str, ...]
    overflow: int
    wide: tuple[str, ...]
    height: int
    asked: Mapping[str, Any]

    @property
    def scripts(self) -> int:
        """Return how many script elements the page holds."""
        return self.elements.get("script", 0)

    @property
    def grave(self) -> tuple[Violation, ...]:
        """Return the violations that are serious or critical."""
        return tuple(one for one in self.violations if one.impact in ("serious", "critical"))


@dataclass(frozen=True, slots=True)
class Asked:
    """One page to look at. `press` are selectors to click and `keys` keys to press before anything is looked at; `ask` are
    expressions of JavaScript, by name, whose values come back in `Seen.asked`. `whole` shoots the page to its end."""

    page: Path | str
    width: int = DESK
    height: int = 900
    dark: bool = False
    shot: Path | None = None
    pdf: Path | None = None
    axe: bool = True
    media: Literal["screen", "print"] = "screen"
    press: Sequence[str] = ()
    keys: Sequence[str] = ()
    ask: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True
    scale: float = 1.0


def look(
    html: Path | str,
    *,
    width: int = DESK,
    height: int = 900,
    dark: bool = False,
    shot: Path | None = None,
    pdf: Path | None = None,
    axe: bool = True,
    **more: Any,
) -> Seen:
    """Return what is seen of one page, a file or an address."""
    return looks(Asked(html, width, height, dark, shot, pdf, axe, **more))[0]


def looks(*asked: Asked, seconds: int = 300) -> tuple[Seen, ...]:
    """Return what is seen of several pages, in one browser, one after another."""
    wanted = json.dumps({"tools": str(TOOLS), "chromium": _chromium(), "pages": [_request(one) for one in asked]})
    done = subprocess.run(
        ["node", str(Path(__file__).parent / "look.mjs")], input=wanted, capture_output=True, text=True, timeout=seconds
    )
    if done.returncode:
        raise RuntimeError(f"the browser did not answer: {done.stderr[-2000:]}")
    return tuple(_seen(one) for one in json.loads(done.stdout))


def pages_of(pdf: Path) -> int:
    """Return how many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))


def _request(one: Asked) -> dict[str, Any]:
    url = one.page if isinstance(one.page, str) else one.page.resolve().as_uri()
    return {
        "url": url, "width": one.width, "height": one.height, "scale": one.scale, "dark": one.dark, "media": one.media,
        "shot": str(one.shot) if one.shot else "", "pdf": str(one.pdf) if one.pdf else "", "axe": one.axe,
        "press": [*one.press], "keys": [*one.keys], "ask": {**one.ask}, "whole": one.whole,
    }  # fmt: skip


def _seen(said: Mapping[str, Any]) -> Seen:
    violations = tuple(Violation(v["id"], v["impact"], v["help"], tuple(v["nodes"])) for v in said["violations"])
    rest = {name: tuple(said[name]) for name in ("console", "fetched", "ran", "handlers", "wide")}
    plain = {name: said[name] for name in ("title", "first_paint_ms", "elements", "overflow", "height", "asked")}
    return Seen(**rest, **plain, violations=violations)


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None or not (TOOLS / "node_modules").is_dir():
        raise RuntimeError("there is no browser, or no node tools: run `make tools`")
    return found

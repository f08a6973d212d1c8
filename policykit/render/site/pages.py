"""Every page of a site as HTML: no script, nothing fetched, one style whose digest the page itself demands."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from policykit.render.page import environment

if TYPE_CHECKING:
    from markupsafe import Markup

    from policykit.terms.site_layout import Paged

_BLANKS: Final = re.compile(r"\n[ \t]*\n+")
LINKS: Final = (
    ("Overview", "index.html"),
    ("Models", "models.html"),
    ("Decisions", "reports.html"),
    ("Rules", "rules.html"),
    ("Waivers", "waivers.html"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """What every page of a site shares. `asked`: signatures were to be verified."""

    title: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What one page says around its contents: `root` leads from it to the top, `here` is its place in the navigation."""

    title: str
    asked: bool
    root: str
    here: str
    as_of: str
    style: Markup
    style_digest: str
    links: tuple[tuple[str, str], ...] = LINKS


def page(
    kind: str, path: str, site: Site, said: Any, *, paged: Paged | None = None, here: str = "", as_of: str = ""
) -> bytes:
    """Write the page at `path` of what was laid out: `kind` is the name of its template."""
    style, digest = _style()
    frame = Frame(site.title, site.asked, "../" * path.count("/"), here, as_of, style, digest)
    text = _template(kind).render(frame=frame, page=said, paged=paged)
    return (_BLANKS.sub("\n", text).strip() + "\n").encode("utf-8", "replace")


@cache
def _template(kind: str) -> Any:
    return environment().get_template(f"site/{kind}.html.j2")


@cache
def _style() -> tuple[Markup, str]:
    """Return the style, and the digest by which a page allows this one and no other."""
    from markupsafe import Markup

    text = environment().get_template("site/style.css.j2").render()
    style = "\n".join(line.strip() for line in text.splitlines() if line.strip())
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return Markup(style), f"sha256-{digest}"

"""Draw what is text where people meet it: the pull-request comment, by Markdown in GitHub's manner, and the terminal.

Both are the real output of `policykit gate` on an example; only the frame around it is ours. Writes comment.png and terminal.png.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

import markdown
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import Asked, looks  # noqa: E402

EXAMPLE = ROOT / "examples" / "health_visits"
GATE = ["gate", "bundle_one_cut", "--stage", "production"]
COLUMNS, LINES = 100, 44
DARK = TerminalTheme(
    (22, 24, 29), (222, 222, 218),
    [(0, 0, 0), (214, 72, 66), (70, 180, 110), (214, 160, 62), (86, 140, 220), (190, 110, 200), (70, 180, 190), (222, 222, 218)],
    [(110, 114, 122), (255, 110, 100), (98, 220, 140), (250, 210, 110), (130, 180, 255), (230, 150, 240),
     (110, 230, 240), (255, 255, 255)],
)  # fmt: skip
TERMINAL = (
    '<html lang="en"><body style="margin:0;padding:22px 26px;background:{background};color:{foreground}">'
    "<pre style=\"margin:0;font:14px/1.34 'DejaVu Sans Mono',monospace\">{code}</pre></body></html>"
)
COMMENT = """<html lang="en"><head><meta charset="utf-8"><style>
body { margin: 0; padding: 24px; background: #fff; color: #1f2328; font: 14px/1.5 "Noto Sans", "Liberation Sans", sans-serif; }
.box { border: 1px solid #d1d9e0; border-radius: 6px; max-width: 860px; }
.by { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; color: #59636e; border-radius: 6px 6px 0 0; }
.by b { color: #1f2328; } .said { padding: 16px; }
h2 { font-size: 21px; border-bottom: 1px solid #d1d9e0; padding-bottom: 6px; margin: 0 0 16px; }
h3 { font-size: 17px; margin: 22px 0 12px; }
code { background: #818b981f; border-radius: 6px; padding: .2em .4em; font: 85% "DejaVu Sans Mono", monospace; }
ul, ol { padding-left: 2em; } li { margin: .25em 0; } details { margin: 8px 0; }
table { border-collapse: collapse; } th, td { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left; }
</style></head><body><div class="box"><div class="by"><b>github-actions</b> bot commented</div>
<div class="said">{said}</div></div></body></html>
"""


def main() -> None:
    """Gate once, draw both, and photograph them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        said = folder / "comment.md"
        terminal = printed(said)
        (folder / "comment.html").write_text(COMMENT.replace("{said}", _markdown(said.read_text())), encoding="utf-8")
        (folder / "terminal.html").write_text(_screen(terminal), encoding="utf-8")
        looks(
            Asked(folder / "comment.html", 910, 690, shot=ROOT / "docs/images/comment.png", whole=False, axe=False),
            Asked(folder / "terminal.html", 910, 840, shot=ROOT / "docs/images/terminal.png", whole=False, axe=False),
        )


def printed(comment: Path) -> str:
    """Return what the terminal shows of a model that is blocked, in colour, and write the comment beside it.

    Raises:
        ValueError: it is not blocked, so there is nothing to draw.
    """
    command = [
        sys.executable,
        "-m",
        "policykit",
        *GATE,
        "--color",
        "always",
        "--output",
        "text",
        "--output",
        f"comment={comment}",
    ]
    environment = {**os.environ, "COLUMNS": str(COLUMNS)}
    done = subprocess.run(command, cwd=EXAMPLE, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 1 or "BLOCKED" not in done.stdout or "BLOCKED" not in comment.read_text(encoding="utf-8"):
        raise ValueError(f"the gate was to say BLOCKED, and ended with {done.returncode}: {done.stderr or done.stdout}")
    return done.stdout


def _markdown(text: str) -> str:
    """Write Markdown as GitHub does: it nests lists at three blanks, and brings pictures for signs that fonts may lack."""
    drawn = markdown.markdown(text.replace("\n   - ", "\n    - "), extensions=["tables", "md_in_html", "sane_lists"])
    for sign, plain, colour in (("❌", "✖", "#d1242f"), ("✅", "✔", "#1a7f37"), ("🌓", "◐", "#9a6700")):
        drawn = drawn.replace(sign, f'<span style="color: {colour}">{plain}</span>')
    return drawn


def _screen(text: str) -> str:
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text(f"$ policykit {' '.join(GATE)}"), soft_wrap=True)
    for line in text.split("\n")[:LINES]:
        console.print(Text.from_ansi(line), soft_wrap=True)
    return console.export_html(theme=DARK, inline_styles=True, code_format=TERMINAL)


if __name__ == "__main__":
    main()

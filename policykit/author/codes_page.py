"""The pages of all codes, as `policykit explain` and `docs/codes.md` show them."""

from __future__ import annotations

from policykit.load.lint.codes import CODES
from policykit.load.lint.page import CodePage

_SECTIONS = (
    ("PK0", "Reading files"),
    ("PK1", "Policies"),
    ("PK2", "Limits"),
    ("PK3", "Bundles and measurements"),
    ("PK4", "Gate files and inventories"),
    ("PK5", "Warnings"),
    ("PK6", "Trust files"),
    ("PK7", "Waivers"),
    ("PK8", "Tests of policies"),
)


def code_page(code: str) -> str | None:
    """Return the page of one code, or None where there is no such code."""
    page = CODES.get(code)
    return None if page is None else f"# {_entry(page)}"


def codes_page() -> str:
    """Return `docs/codes.md`: every code, in order."""
    lines = [
        "# Codes",
        "",
        "Each problem of a document has a stable code. `policykit explain PK104` prints its page.",
        "Codes that begin with PK5 are warnings: they never change an exit code (`lint --strict` counts them).",
    ]
    for begin, title in _SECTIONS:
        lines += ["", f"## {title}"]
        for code in sorted(CODES):
            if code.startswith(begin):
                lines += ["", f"### {_entry(CODES[code])}"]
    return "\n".join(lines) + "\n"


def _entry(page: CodePage) -> str:
    return "\n".join(
        [
            f"{page.code}: {page.title}",
            "",
            page.meaning,
            "",
            "Wrong:",
            "",
            _block(page.wrong),
            "",
            "Right:",
            "",
            _block(page.right),
        ]
    )


def _block(text: str) -> str:
    seen = "".join(each if each == "\n" or each.isprintable() else f"<U+{ord(each):04X}>" for each in text)
    return f"```text\n{seen}\n```"

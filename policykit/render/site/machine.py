"""The lists of a site for programs: a table with one line for each decision, and the same as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Final

from policykit.render.visible import visible
from policykit.terms.site import Filed
from policykit.terms.site_layout import Row, Standing

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BREAKS: Final = {ord(sign): " " for sign in "\r\n\t"}
_COLUMNS: Final = (
    "model", "version", "stage", "decision", "evaluated", "as_of", "mode", "scope", "reason", "stopped_by", "waivers",
    "signer", "marks", "ledger", "entry", "payload_sha256", "file_sha256", "bundle_sha256", "page",
)  # fmt: skip


def table(reports: Sequence[tuple[Filed, Row]]) -> bytes:
    """Write one line for each decision, in order; a text that a spreadsheet would run gets a quote before it."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow(_COLUMNS)
    for one, row in reports:
        write.writerow([_cell(text) for text in _line(one, row)])
    return out.getvalue().encode("utf-8", "replace")


def index(reports: Sequence[tuple[Filed, Row]], standings: Sequence[Standing], title: str, as_of: str) -> bytes:
    """Write every decision, and where each model stands in each stage."""
    said = {
        "policykit": "site-index/1",
        "title": title,
        "asOf": as_of,
        "standings": [
            {
                "model": one.name,
                "stage": one.stage,
                "gate": one.newest.gate,
                "page": one.model,
                "stopped": one.stopped,
                "newest": one.newest.path,
                "allowed": one.allowed.path if one.allowed is not None else "",
                "permit": one.permit,
            }
            for one in standings
        ],
        "reports": [dict(zip(_COLUMNS, _line(one, row), strict=True)) for one, row in reports],
    }
    return (json.dumps(said, ensure_ascii=True, separators=(",", ":")) + "\n").encode()


def _line(one: Filed, row: Row) -> tuple[str, ...]:
    head = one.head
    return (
        head.name, head.version, head.stage, head.decision, head.time, head.as_of, head.mode, head.scope, head.reason,
        " ".join(stop.rule for stop in head.stops), " ".join(waiver.id for waiver in head.waivers), one.vouched.signer,
        " ".join(row.marks), one.entry.origin if one.entry is not None else "",
        str(one.entry.index) if one.entry is not None else "", "" if head.copied else head.id, one.sha256, head.subject,
        row.path,
    )  # fmt: skip


def _cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula and no terminal for an order; blanks hide neither."""
    if text.isalnum() or not text:
        return text
    plain = visible(text.translate(_BREAKS), longest=len(text))
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else plain

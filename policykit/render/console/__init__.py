"""Text for terminals: the report, diagnostics, plain tables, and pages read aloud."""

from __future__ import annotations

from policykit.render.console.aloud import Spoken, aloud, page_aloud
from policykit.render.console.diagnostics import diagnostics
from policykit.render.console.table import table
from policykit.render.console.text import text

__all__ = ["Spoken", "aloud", "diagnostics", "page_aloud", "table", "text"]

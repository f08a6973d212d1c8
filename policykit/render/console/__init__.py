"""Text for terminals: the report, diagnostics, and plain tables."""

from __future__ import annotations

from policykit.render.console.diagnostics import diagnostics
from policykit.render.console.table import table
from policykit.render.console.text import text

__all__ = ["diagnostics", "table", "text"]

"""Which policykit this is: said here once, and nowhere else."""

from __future__ import annotations

VERSION = "0.3.0"

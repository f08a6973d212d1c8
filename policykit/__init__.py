"""policykit: may this model go to its next stage?

import policykit
report = policykit.gate("bundle/", policies="policies/", stage="production")
assert report.allowed, report.reason
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policykit.version import VERSION as __version__

if TYPE_CHECKING:
    from policykit.errors import PolicykitError
    from policykit.load.record import record
    from policykit.stories.api import gate
    from policykit.terms.bundle import Attribute, Bundle, Dataset, Task
    from policykit.terms.expr import Lit
    from policykit.terms.report import Decision, Report

_DOORS = {
    "gate": "policykit.stories.api",
    "record": "policykit.load.record",
    "Bundle": "policykit.terms.bundle",
    "Dataset": "policykit.terms.bundle",
    "Attribute": "policykit.terms.bundle",
    "Task": "policykit.terms.bundle",
    "Lit": "policykit.terms.expr",
    "Report": "policykit.terms.report",
    "Decision": "policykit.terms.report",
    "PolicykitError": "policykit.errors",
}

__all__ = [
    "Attribute",
    "Bundle",
    "Dataset",
    "Decision",
    "Lit",
    "PolicykitError",
    "Report",
    "Task",
    "__version__",
    "gate",
    "record",
]


def __getattr__(name: str) -> Any:
    """Import on use: `policykit --help` pays for nothing else."""
    if name not in _DOORS:
        raise AttributeError(f"module `policykit` has no `{name}`")
    from importlib import import_module

    return getattr(import_module(_DOORS[name]), name)

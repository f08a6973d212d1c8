"""What the checks that look at combinations of columns have in common."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.terms.check import Got
from policykit.terms.expr import Col, Expr
from policykit.terms.frame import Frame
from policykit.terms.measure import Distinct
from policykit.terms.state import Repeats


def combinations(frame: Frame, columns: Sequence[str], where: Expr | None) -> Distinct:
    """Return the measure of how often each combination of `columns` occurs; their order makes no difference."""
    return Distinct(frame.dataset, tuple(Col(name) for name in sorted(set(columns))), where)


def repeats(got: Got, name: str) -> Repeats:
    """Return what was counted under `name`."""
    state = got[name]
    assert isinstance(state, Repeats), f"`{name}` counts combinations"
    return state


def named(columns: Sequence[str]) -> str:
    """Return the columns as a person reads them: `a`, `b` and `c`."""
    quoted = [f"`{column}`" for column in columns]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"

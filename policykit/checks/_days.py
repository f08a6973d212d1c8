"""Ages in days, as the checks of several families need them: an ISO day in a fact, counted to the day of judging."""

from __future__ import annotations

import re
from datetime import date

from policykit.terms.check import Answer
from policykit.terms.estimate import exactly
from policykit.terms.state import State, Stated
from policykit.terms.verdict import Cause, Unmeasured

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY = 86_400


def age(state: State, as_of: str, what: str, done: str) -> Answer:
    """Return the seconds from the day stated in `state` to the day `as_of` (UTC days, exact).

    `what` begins the sentence where it cannot be told: "the day of the last review"; `done` is what happened on it. A day
    to come has no age.
    """
    stated = state.value if isinstance(state, Stated) else None
    then = _day(stated)
    if then is None:
        return Unmeasured(Cause.WRONG_TYPE, f"{what} is `{stated}`, not a day such as 2026-10-31")
    days = (date.fromisoformat(as_of) - then).days
    if days < 0:
        return Unmeasured(Cause.UNDEFINED, f"{what}, {stated}, lies after the day of judging, {as_of}")
    return exactly(days * _DAY, 1, detail=f"{done} on {stated}")


def _day(stated: object) -> date | None:
    if not isinstance(stated, str) or not _ISO.fullmatch(stated):
        return None
    try:
        return date.fromisoformat(stated)
    except ValueError:
        return None

"""What to do about what blocks a release without being a rule (a finding of level error), and who does it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from policykit.report.numbers import prose
from policykit.terms.layout import Step
from policykit.terms.measure import Fact
from policykit.terms.plan import Measurement
from policykit.terms.report import Notice, Report
from policykit.terms.state import Stated

WHOEVER_ASKED: Final = "whoever asked for the waiver"
_OWNER: Final = Fact(("facts", "owners", "model"))
_LONGEST: Final = 200
_BUNDLE: Final[Mapping[str, str]] = {
    "judged_on_train": "name rows that the model was not trained on, and gate again",
    "champion_is_candidate": "name the report of the model in use as the champion: it names the candidate itself",
    "champion_twice": "keep one champion: take the report out of the manifest, or the columns out of the data",
}


def mending(report: Report) -> Iterator[Step]:
    """Yield a step for each finding of level error: by who asked for the waiver, or who answers for the bundle."""
    requested = {line.signed.waiver.id: line.signed.waiver.requested_by for line in report.waivers}
    for notice in report.notices:
        if notice.level == "error":
            yield _step(notice, requested, owner_of(report))


def owner_of(report: Report) -> str:
    """Return who answers for the model, where a rule asked the bundle for it; empty where nobody is known."""
    for one in report.evidence:
        if one.measure == _OWNER and isinstance(one.taken, Measurement) and isinstance(one.taken.state, Stated):
            said = one.taken.state.value
            return prose(said)[:_LONGEST] if isinstance(said, str) else ""
    return ""


def waiver_of(text: str, known: Iterable[str]) -> str:
    """Return which of the waivers a notice speaks of; empty: none of them."""
    return next((name for name in known if text.startswith(f"the waiver `{name}` ")), "")


def _step(notice: Notice, requested: Mapping[str, str], owner: str) -> Step:
    said = prose(notice.text)
    if not notice.code.startswith("waiver_"):
        what = _BUNDLE.get(notice.code, "mend what this finding says, and gate again")
        return Step(owner, what, (said,), notice.code, "")
    name = waiver_of(notice.text, requested)
    waiver = f"the waiver `{name}`" if name else "the waiver"
    what = f"take {waiver} away" if notice.code == "waiver_absolute" else f"mend {waiver}, or take it away"
    return Step(requested.get(name, "") or WHOEVER_ASKED, what, (said,), notice.code, "")

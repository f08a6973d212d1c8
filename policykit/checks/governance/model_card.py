"""`governance.model_card`"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field

from policykit.checks._documents import problems
from policykit.checks.governance._card import front_matter, lacking, sections_of
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import exactly
from policykit.terms.frame import Frame
from policykit.terms.measure import Fact, Measure
from policykit.terms.policy import Source
from policykit.terms.quantity import Unit
from policykit.terms.state import Stated
from policykit.terms.verdict import Cause, Unmeasured

_SCHEMA = Path(__file__).with_name("_card.json")
_SECTIONS = (
    "Intended use",
    "Training data",
    "Evaluation data",
    "Metrics",
    "Ethical considerations",
    "Caveats and recommendations",
)


def _card(**changed: Any) -> Mapping[str, Any]:
    front = {
        "name": "example",
        "version": "1.0.0",
        "owners": {"model": "a.silva@acme.example"},
        "intended_use": "An example.",
    }
    said = [{"title": title, "level": 2, "text": f"What there is to say of {title.lower()}."} for title in _SECTIONS]
    return {"card": {"front": {**front, **changed}, "sections": said}}


class ModelCard(Check):
    """How many problems the model card has: front matter that is missing or malformed, sections that are missing or empty.

    The document `card` is Markdown with YAML front matter. The front matter is validated by a JSON Schema (name, version,
    owners and intended use are required) and must name this model in this version; a card of another version is a problem.
    Each section asked for must be a heading of the text with something beneath it; by default those of Mitchell and others
    (2019) that a reader needs first. `TODO`, `TBD` and the like are nothing. Upper and lower case make no difference.

    ## Why it matters

    The card is what people outside the team are told. A card copied from the last model, or filled in later, tells them
    about a model that does not exist.

    ## What it does not see

    Whether what the card says is true: its numbers are not compared with measured ones. Whether it can be understood.
    """

    question: ClassVar = "is the model card complete, and of this model?"
    unit: ClassVar = Unit.COUNT
    better: ClassVar = "lower"
    weakest: ClassVar = Source.DECLARED
    data: ClassVar = ""
    examples: ClassVar = (
        Example("a card with front matter and the sections asked for", "pass", {"at_most": 0}, documents=_card()),
        Example(
            "no owner, and blank about what it is for",
            "fail",
            {"at_most": 0},
            documents=_card(owners={}, intended_use=" "),
        ),
        Example(
            "a section that nobody wrote",
            "fail",
            {"at_most": 0},
            params={"sections": ["Intended use", "Human oversight"]},
            documents=_card(),
        ),
        Example("the card of another version", "fail", {"at_most": 0}, documents=_card(version="0.9.0")),
        Example("no card", "undecided(missing)", {"at_most": 0}),
    )

    sections: tuple[Annotated[str, Field(min_length=1, pattern=r"\w")], ...] = Field(
        default=_SECTIONS, description="headings that must be there, with something beneath them"
    )

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return {
            "card": Fact(("documents", "card")),
            "name": Fact(("bundle", "name")),
            "version": Fact(("bundle", "version")),
        }

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        card = _stated(got, "card")
        if not isinstance(card, Mapping) or "sections" not in card:
            return Unmeasured(Cause.WRONG_TYPE, "the document `card` is not Markdown with front matter")
        found = tuple(self._problems(card, _stated(got, "name"), _stated(got, "version")))
        return exactly(len(found), 1, detail="; ".join(found))

    def _problems(self, card: Any, name: Any, version: Any) -> Iterator[str]:
        front = front_matter(card)
        if not front:
            yield "there is no front matter"
        else:
            yield from problems(front, _SCHEMA)
            yield from _of_another(front, "name", name)
            yield from _of_another(front, "version", version)
        yield from lacking(self.sections, sections_of(card))


def _of_another(front: Any, key: str, judged: Any) -> Iterator[str]:
    """A card that names nothing is already told; one that names something else is told here."""
    said = front.get(key) if isinstance(front, Mapping) else None
    if said not in (None, "") and str(said).strip() != str(judged).strip():
        yield f"the card is of {key} `{said}`, and the bundle of `{judged}`"


def _stated(got: Got, name: str) -> Any:
    state = got[name]
    return state.value if isinstance(state, Stated) else None

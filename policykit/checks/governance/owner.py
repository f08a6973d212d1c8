"""`governance.owner`"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import Observed
from policykit.terms.frame import Frame
from policykit.terms.measure import Fact, Measure
from policykit.terms.policy import Source
from policykit.terms.quantity import Unit
from policykit.terms.state import State, Stated
from policykit.terms.verdict import Cause, Unmeasured

_NOBODY = frozenset(
    {"", "-", "?", "n/a", "na", "none", "nobody", "null", "tba", "tbc", "tbd", "to be decided", "todo", "unknown"}
)
_What = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]


class Owner(Check):
    """Whether a named person or office answers for the model, the data or the monitoring.

    Read from `facts.owners` of the bundle. An empty text, and one that stands for nobody (`TBD`, `n/a`, `unknown`), is absent.
    With `distinct_from: [data]` the owner must be somebody else than those; capital letters and blanks make no difference.

    ## Why it matters

    When a model goes wrong at three in the morning somebody has to be called, and somebody has to have the right to switch
    it off. A role that the same person holds twice is not watched by anybody.

    ## What it does not see

    Whether that person knows, still works here, or is awake: the bundle declares it. Ask for attested evidence where that
    is not enough.
    """

    question: ClassVar = "does somebody answer for this model, by name?"
    unit: ClassVar = Unit.PRESENCE
    better: ClassVar = "neither"
    weakest: ClassVar = Source.DECLARED
    data: ClassVar = ""
    examples: ClassVar = (
        Example(
            "a named person is an owner",
            "pass",
            {"is": "present"},
            params={"of": "model"},
            facts={"owners": {"model": "a.silva@acme.example"}},
        ),
        Example(
            "`TBD` is nobody", "fail", {"is": "present"}, params={"of": "model"}, facts={"owners": {"model": "TBD"}}
        ),
        Example(
            "one person in two roles is not two people",
            "fail",
            {"is": "present"},
            params={"of": "model", "distinct_from": ["monitoring"]},
            facts={"owners": {"model": "a.silva@acme.example", "monitoring": " A.Silva@acme.example"}},
        ),
        Example(
            "an owner that nobody states is not shown",
            "undecided(missing)",
            {"is": "present"},
            params={"of": "monitoring"},
            facts={"owners": {"model": "a.silva@acme.example"}},
        ),
    )

    of: _What = Field(default="model", description="what is owned: `model`, `data`, `monitoring`, …")
    distinct_from: tuple[_What, ...] = Field(default=(), description="other roles, which somebody else must hold")

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return {role: Fact(("facts", "owners", role)) for role in (self.of, *self.distinct_from)}

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        named = {role: _people(got[role]) for role in (self.of, *self.distinct_from)}
        for role, people in named.items():
            if people is None:
                return Unmeasured(Cause.WRONG_TYPE, f"the owner of `{role}` is neither a text nor a list of texts")
        own = named[self.of] or ()
        for role in self.distinct_from:
            others = {_folded(person) for person in named[role] or ()}
            shared = next((person for person in own if _folded(person) in others), None)
            if role != self.of and shared is not None:
                return Observed(None, f"an owner of `{self.of}` other than `{shared}`, who owns `{role}` too,")
        match own:
            case ():
                return Observed(None, f"an owner of `{self.of}`")
            case (person,):
                return Observed(person)
            case _:
                return Observed(own)


def _people(state: State) -> tuple[str, ...] | None:
    stated: Any = state.value if isinstance(state, Stated) else None
    entries = stated if isinstance(stated, list | tuple) else [stated]
    if not all(isinstance(entry, str) for entry in entries):
        return None
    return tuple(entry.strip() for entry in entries if _folded(entry) not in _NOBODY)


def _folded(person: str) -> str:
    return " ".join(person.split()).casefold()

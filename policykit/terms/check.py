"""Checks: the questions the catalogue knows how to ask. One check is one file under `policykit/checks/<family>/`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from policykit.terms.estimate import Estimate, Observed
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.policy import Source
from policykit.terms.quantity import Unit
from policykit.terms.state import State
from policykit.terms.verdict import Cause, Unmeasured

Answer = Estimate | Observed | Unmeasured
Got = Mapping[str, State]


@dataclass(frozen=True, slots=True)
class Example:
    """A tiny bundle and what a check must say about it: read as a test, as documentation, as a snippet.

    `rows` is a text table (columns separated by blanks; `-` is missing; `nan` is NaN; a last column `x` repeats the row);
    `task`, `attributes`, `facts`, `documents` as in a bundle manifest; `rule` as in a policy, without id, title, check, with.
    `expect` is `pass`, `fail`, `undecided(cause)` or `not_applicable`.
    """

    title: str
    expect: str
    rule: Mapping[str, Any]
    rows: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    task: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict)
    collected: str | None = None
    as_of: str = "2026-11-22"
    model: str = ""  # the bytes of its one file, each as the character of that number; empty: no model


class Check(BaseModel, ABC):
    """A question about a bundle. The fields of a subclass are its parameters, and its docstring is its page."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    id: ClassVar[str]
    since: ClassVar[str] = "0.1"
    question: ClassVar[str]  # plain words: "are approvals similar for men and women?"
    examples: ClassVar[tuple[Example, ...]]
    unit: ClassVar[Unit]
    bounds: ClassVar[tuple[float | None, float | None]] = (None, None)  # of a bare number: what it can be at all
    better: ClassVar[Literal["higher", "lower", "neither"]]
    about: ClassVar[Literal["rows", "population"]] = "rows"
    weakest: ClassVar[Source] = Source.RECOMPUTED
    data: ClassVar[str] = "evaluation"  # default dataset role; "" where no dataset is read
    asks_for: ClassVar[tuple[Literal["label", "prediction", "score", "positive", "favourable"], ...]] = ()
    tasks: ClassVar[tuple[str, ...]] = ()  # task kinds it is defined for; empty: any
    compares_groups: ClassVar[bool] = False
    each_column: ClassVar[bool] = False  # `columns: [a, b]` in a rule asks the question once for each `column`
    has_champion: ClassVar[bool] = False  # whether `contrast` is defined

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Name the check after its file: `checks/data/row_count.py` holds `data.row_count`."""
        super().__init_subclass__(**kwargs)
        cls.id = ".".join(cls.__module__.split(".")[-2:])

    @abstractmethod
    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        """Return what must be measured, by name; asked again with what was taken, at most three rounds."""

    @abstractmethod
    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the answer with its two-sided interval at `level`; `got` holds a state for every name asked for."""

    def contrast(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return candidate minus champion, paired on the same rows, with its two-sided interval at `level`."""
        return Unmeasured(Cause.UNDEFINED, f"`{self.id}` cannot be compared with a champion")

    def smallest_distance(self, rows: int, limit: float, groups: int) -> float | None:
        """Return the smallest distance from `limit` that `rows` rows (in `groups` equal groups) settle with 80 % power.

        One-sided at 95 %, in the canonical unit; 0.0 for exact questions; None where it cannot be said before measuring.
        """
        return 0.0 if self.about == "rows" else None

"""Trust files, waivers and tests that lie beside policies: `policykit lint` reads them along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from policykit.errors import Diagnostic
from policykit.load.lint import excused, tested, trusted
from policykit.load.node import Node
from policykit.load.scalars import Problems
from policykit.load.test_document import read_test_document
from policykit.load.trust_document import read_trust_document
from policykit.load.waiver_document import read_waiver_document, same_id
from policykit.terms.policy import Policy
from policykit.terms.policy_test import PolicyTest
from policykit.terms.waiver import Waiver

KINDS: Final = ("trust", "waiver", "test")


@dataclass(slots=True)
class Companions:
    """What was found beside policies so far: how many documents, and the waivers and tests among them."""

    count: int = 0
    waivers: list[tuple[Node, Waiver]] = field(default_factory=list)
    tests: list[tuple[Node, PolicyTest]] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)  # a document that is named twice is read once

    def read(self, kind: str, root: Node, path: Path, as_of: str | None, problems: Problems) -> None:
        """Read one document of `KINDS`, and add what is wrong with it to `problems`."""
        self.count += 1
        real = path.resolve()
        if real in self.seen:
            return
        self.seen.add(real)
        if kind == "trust":
            trust = read_trust_document(root, path, problems)
            if trust is not None:
                problems.extend(trusted.problems(root, trust, as_of))
            return
        if kind == "test":
            self.tests.append((root, read_test_document(root, problems)))
            return
        waiver = read_waiver_document(root, problems)
        if waiver is not None:
            self.waivers.append((root, waiver))
            problems.extend(excused.expired(root, waiver, as_of))

    def between(self, policies: Sequence[Policy]) -> Iterator[Diagnostic]:
        """Find what is wrong between documents: two waivers of one id, waivers that excuse nothing, tests of nothing."""
        yield from same_id([waiver for _, waiver in self.waivers])
        yield from excused.idle(self.waivers, policies)
        for root, test in self.tests if policies else ():  # a test that is looked at alone may be of a policy elsewhere
            yield from tested.problems(root, test, policies)

"""Tests of policies from files and folders, with the policies that lie beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policykit.errors import DocumentError, UsageError
from policykit.load import files
from policykit.load.header import read_header
from policykit.load.lint import tested
from policykit.load.node import Node
from policykit.load.policies import load_policies
from policykit.load.scalars import Problems
from policykit.load.test_document import read_test_document
from policykit.load.yaml import parse_file
from policykit.terms.policy import Policy
from policykit.terms.policy_test import PolicyTest


@dataclass(frozen=True, slots=True)
class Found:
    """The tests that were found, each with its policy, and every policy that lies where tests were asked for, or was named."""

    tests: tuple[tuple[PolicyTest, Policy], ...]
    policies: tuple[Policy, ...]


def load_tests(arguments: Sequence[str], policies: Sequence[str] = (), *, must: bool = True) -> Found:
    """Return the tests in files and folders; `policies` name more places where policies lie that have to be tested.

    Raises:
        DocumentError: with every problem of every test, or of the policies beside them.
        UsageError: there is no test at all, and there `must` be one.
    """
    problems: Problems = []
    written: list[tuple[Node, PolicyTest, Path]] = []
    headed: list[str] = []
    for argument in arguments:
        for file in files.find(argument, problems, hint="give a test, or a folder of policies and tests", whole=False):
            root, faults = parse_file(file.path, file.shown)
            if not must and [fault.code for fault in faults] == ["PK003"]:
                continue  # the shell has made it already, for what is about to be written
            here: Problems = list(faults)
            kind = None if root is None else read_header(root, here)
            if root is not None and kind == "test":
                written.append((root, read_test_document(root, here), file.path))
            elif kind == "policy":
                headed.append(str(file.path))
            elif root is not None and kind is not None and file.named:
                hint = "begin the file with `policykit: test/1`"
                here.append(root.problem("PK019", f"this is a {kind} document, not a test", hint=hint))
            problems.extend(sorted(here, key=lambda each: (each.line, each.column)))
    if problems:
        raise _wrong(problems)
    if not written and (must or not (headed or policies)):
        named = ", ".join(f"`{files.printable(each)}`" for each in arguments)
        raise UsageError(
            f"there is no test in {named}",
            hint="a test is a file that begins with `policykit: test/1`; see docs/testing.md",
        )
    known = _Known(policies)
    here_too = load_policies(headed) if headed else ()
    found = [(test, known.of(root, test, path, here_too, problems)) for root, test, path in written]
    if problems:
        raise _wrong(problems)
    return Found(tuple((test, policy) for test, policy in found if policy is not None), (*known.named, *here_too))


class _Known:
    """The policies of each folder, read once."""

    def __init__(self, named: Sequence[str]) -> None:
        self.named = load_policies(named) if named else ()
        self.folders: dict[tuple[Path, str], tuple[Policy, ...]] = {}

    def of(self, root: Node, test: PolicyTest, path: Path, here: Sequence[Policy], problems: Problems) -> Policy | None:
        """Return the policy of a test: among those named, those beside it, or those in the folder above."""
        folder, name = path.resolve().parent, test.policy.partition("@")[0]
        places = (self.named, here, self._in(folder, name), self._in(folder.parent, name))
        for place in places:
            named = tested.policies_named(test.policy, place)
            if named:
                problems.extend(tested.problems(root, test, place))
                return named[0]
        everywhere = {policy.ref: policy for place in places for policy in place}
        problems.extend(tested.problems(root, test, tuple(everywhere.values())))
        return None

    def _in(self, folder: Path, name: str) -> tuple[Policy, ...]:
        """Return the policies of one id in a folder: whatever else lies there is none of a test's business."""
        if (folder, name) not in self.folders:
            files = (path for ending in ("*.yaml", "*.yml") for path in sorted(folder.glob(ending)))
            own = [str(path) for path in files if _is_called(path, name)]
            self.folders[folder, name] = load_policies(own) if own else ()
        return self.folders[folder, name]


def _is_called(path: Path, name: str) -> bool:
    root, _ = parse_file(path, path.name)
    if root is None or read_header(root, []) != "policy":
        return False
    written = root.get("id")
    return written is not None and written.text == name


def _wrong(problems: Problems) -> DocumentError:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return DocumentError(f"the tests have {count}", problems=problems)

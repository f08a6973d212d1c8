"""Policies from files, folders and packs: every problem of every file at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from policykit.errors import Diagnostic, PolicyError
from policykit.load import files
from policykit.load.companions import KINDS, Companions
from policykit.load.fetched import Fetched
from policykit.load.git_address import origin
from policykit.load.header import read_header
from policykit.load.lint import cover, twice
from policykit.load.policy_document import Written, read_policy
from policykit.load.scalars import Problems, shown
from policykit.load.yaml import parse, parse_file
from policykit.terms.gate_file import PolicySource
from policykit.terms.nearest import nearest
from policykit.terms.policy import Policy

Vocabulary = Mapping[str, tuple[str, ...]]
Argument = str | Path | PolicySource | Fetched

MOST_PROBLEMS = 200  # of one file: past that, the list helps nobody
_SOURCES = ("PK008", "PK010", "PK013", "PK114", "PK125")  # what else is wrong at their place follows from them
_NONE = "a policy is a file that begins with `policykit: policy/1`; name what holds one, or take this out"
_NAMED = "only policies can be named here"
_LINTED = "policies, tests, trust files and waivers can be named here; a gate file is named with `--config`"


class _TooMany(Exception):
    """A file has more problems than anybody reads."""


class _Few(list[Diagnostic]):
    """The first problems of one file: one error too many ends the reading of it, one warning too many is left out.

    Only errors may end it: a file that is not read to its end must not be taken for one without faults.
    """

    def append(self, problem: Diagnostic) -> None:
        if sum(1 for each in self if each.level == problem.level) < MOST_PROBLEMS:
            super().append(problem)
        elif problem.level == "error":
            raise _TooMany

    def extend(self, problems: Iterable[Diagnostic]) -> None:
        for problem in problems:
            self.append(problem)


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found: policies, as far as they can be read, and all errors and warnings in order of file and place."""

    policies: tuple[Policy, ...]
    problems: tuple[Diagnostic, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Return the problems that make the documents invalid."""
        return _errors(self.problems)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Return the problems that never change an exit code."""
        return tuple(problem for problem in self.problems if problem.level == "warning")


def load_policies(
    arguments: Sequence[Argument], *, settings: Mapping[str, str] | None = None, vocabulary: Vocabulary | None = None
) -> tuple[Policy, ...]:
    """Return the policies in files, folders and packs, in the order found; documents of other kinds are skipped.

    `settings` set parameters of any of them, a `PolicySource` those of its own files. Raises `PolicyError` with every
    problem of every file; an argument that gives no policy is a problem too, whatever the others give.
    """
    return _sound(examine(arguments, settings=settings, vocabulary=vocabulary))


def read_policies(texts: Sequence[tuple[str, str, Mapping[str, str]]]) -> tuple[Policy, ...]:
    """Return the policies in texts given as (path, text, settings): what a report holds, read again as it was judged.

    The vocabulary of the gate file is not asked again: a report does not hold it.
    """
    problems: Problems = []
    found: list[Written] = []
    for path, text, settings in texts:
        here: Problems = _Few()
        with suppress(_TooMany):
            root, faults = parse(text.encode("utf-8", "surrogatepass"), path)
            here.extend(faults)
            if root is not None and read_header(root, here) == "policy":
                policy = read_policy(root, path, text, settings, None, None, here)
                found.extend([policy] if policy is not None else [])
                here.extend(_unknown_settings(settings, [policy] if policy is not None else [], path))
            elif root is not None and not here:
                here.append(root.problem("PK019", "this is not a policy"))
        problems.extend(in_order(here))
    if not texts:
        problems.append(_no_policy("the report"))
    return _sound(_whole(found, problems))


def lint(
    arguments: Sequence[Argument],
    *,
    settings: Mapping[str, str] | None = None,
    vocabulary: Vocabulary | None = None,
    as_of: str | None = None,
) -> tuple[Diagnostic, ...]:
    """Return every error and warning of the policies named, and of tests, trust files and waivers there, without raising.

    `as_of` is the day that reviews are due and days have passed against.
    """
    beside = Companions()
    return examine(arguments, settings=settings, vocabulary=vocabulary, as_of=as_of, beside=beside).problems


def examine(
    arguments: Sequence[Argument],
    *,
    settings: Mapping[str, str] | None = None,
    vocabulary: Vocabulary | None = None,
    as_of: str | None = None,
    beside: Companions | None = None,
) -> Examined:
    """Return the policies named, as far as they can be read, with every error and warning; `beside` reads other kinds.

    Every argument gives a policy. Where other kinds are read too, one of those will do, but for an entry of a gate file.
    """
    problems: Problems = []
    found: list[Written] = []
    if not arguments:
        problems.append(_no_policy("nothing"))
    for argument in arguments:
        source = _source(argument)
        assert not source.git or isinstance(argument, Fetched), (
            "what is in a repository is fetched, never looked for here"
        )
        given = {**(settings or {}), **source.settings}
        of_source: list[Written] = []
        problems_before, others_before = len(problems), beside.count if beside is not None else 0
        for file in argument.found if isinstance(argument, Fetched) else files.find(source.path, problems):
            here: Problems = _Few()
            with suppress(_TooMany):
                policy = _read(file, given, vocabulary or {}, as_of, here, beside)
                of_source.extend([policy] if policy is not None else [])
            problems.extend(in_order(here))
        others = beside is not None and beside.count > others_before and not source.place
        if not of_source and not others and not _errors(problems[problems_before:]):
            problems.append(_no_policy(f"`{shown(_name(source))}`", source))
        elif of_source:
            problems.extend(_unknown_settings(source.settings, of_source, source.place or source.path))
        found.extend(of_source)
    problems.extend(_unknown_settings(settings or {}, found, ""))
    return _whole(found, problems, beside)


def _read(
    file: files.Found,
    settings: Mapping[str, str],
    vocabulary: Vocabulary,
    as_of: str | None,
    here: Problems,
    beside: Companions | None,
) -> Written | None:
    root, faults = parse_file(file.path, file.shown) if file.data is None else parse(file.data, file.shown)
    here.extend(faults)
    if root is None:
        return None
    kind = read_header(root, here)
    if kind != "policy":
        if file.data is not None:
            return None  # what lies beside policies elsewhere is linted there
        if beside is not None and kind in KINDS:
            beside.read(kind, root, file.path, as_of, here)
        elif kind is not None and file.named:
            hint = _NAMED if beside is None else _LINTED
            here.append(root.problem("PK019", f"this is a {kind} document, not a policy", hint=hint))
        return None
    return read_policy(root, file.inside, "\n".join(root.source.lines), settings, vocabulary, as_of, here)


def _no_policy(named: str, source: PolicySource | None = None) -> Diagnostic:
    """Return that something gives no policy: whoever named it believes that it is judged by what is there."""
    place = (source.place, source.line, source.column) if source is not None and source.place else ("", 0, 0)
    return Diagnostic("PK019", f"there is no policy in {named}", *place, hint=_NONE)


def _whole(found: Sequence[Written], problems: Problems, beside: Companions | None = None) -> Examined:
    """Add the problems between policies; `problems` are in order of file and place already."""
    policies = tuple(written.policy for written in found)
    between: Problems = list(twice.policies((written.policy, written.id) for written in found))
    for written in found:
        if written.must_cover is not None:
            between.extend(cover.problems(written.policy, written.must_cover, policies))
    if beside is not None:
        between.extend(beside.between(policies))
    order = {path: number for number, path in enumerate(dict.fromkeys(each.path for each in (*problems, *between)))}
    everything = sorted((*problems, *between), key=lambda each: (order[each.path], each.line, each.column))
    return Examined(policies, tuple(everything))


def _errors(problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(problem for problem in problems if problem.level == "error")


def _sound(examined: Examined) -> tuple[Policy, ...]:
    errors = examined.errors
    if errors:
        count = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
        raise PolicyError(f"the policies have {count}", problems=errors)
    return examined.policies


def _unknown_settings(settings: Mapping[str, str], found: Sequence[Written], path: str) -> list[Diagnostic]:
    known = {name for written in found for name in written.policy.parameters}
    return [
        Diagnostic(
            "PK117",
            f"`{shown(name)}` is set, and no policy has such a parameter",
            path,
            suggestion=nearest(name, known),
            hint="" if nearest(name, known) else "delete the setting, or declare it under `parameters:` of the policy",
        )
        for name in settings
        if name not in known
    ]


def in_order(problems: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return the problems of one file in order of place, without those that only follow from another at the same place."""
    sources = {(each.line, each.column): each.code for each in reversed(problems) if each.code in _SOURCES}
    kept = [each for each in problems if sources.get((each.line, each.column), each.code) == each.code]
    return sorted(kept, key=lambda problem: (problem.line, problem.column))


def _source(argument: Argument) -> PolicySource:
    match argument:
        case PolicySource():
            return argument
        case Fetched():
            return argument.source
        case _:
            return PolicySource(str(argument))


def _name(source: PolicySource) -> str:
    inside = f"#{source.path}" if source.path else ""
    return files.printable(f"{origin(source.git, source.at, '')}{inside}" if source.git else source.path)

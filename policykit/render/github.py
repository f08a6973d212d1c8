"""The report as workflow commands: annotations on the policy's own lines, the worst first, within GitHub's limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policykit.errors import Diagnostic
from policykit.render.visible import visible
from policykit.terms.place import Place
from policykit.terms.result import Result, Results

MOST = 10
"""GitHub keeps 10 errors, 10 warnings and 10 notices of one step; what is more would be dropped without a word."""
LONGEST_TITLE = 200
LONGEST_MESSAGE = 4_000
_MARKS = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY_MARKS = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def github(results: Results) -> str:
    """Write the report as workflow commands, one a line: errors, warnings, and a last one with the decision and what is left out."""
    stops, watch = results.stops, results.watch
    lines = [*(_annotation("error", result) for result in stops[:MOST])]
    lines += [_annotation("warning", result) for result in watch[:MOST]]
    return "\n".join((*lines, _last(results, len(stops), len(watch)))) + "\n"


def github_problems(error: str, hint: str, problems: Sequence[Diagnostic]) -> str:
    """Write why nothing was judged as workflow commands: each problem at its line and column."""
    errors = [problem for problem in problems if problem.level == "error"]
    warnings = [problem for problem in problems if problem.level == "warning"]
    lines = [_problem("error", problem) for problem in errors[:MOST]]
    lines += [_problem("warning", problem) for problem in warnings[:MOST]]
    left = _left_out(len(errors), len(warnings), "the log")
    told = "; ".join(filter(None, (f"{error}{f': {hint}' if hint else ''}", left)))
    lines.append(command("notice" if errors else "error", "policykit: nothing was judged", told))
    return "\n".join(lines) + "\n"


def command(name: str, title: str, message: str, place: Place | None = None) -> str:
    """Return one workflow command; no text in it can end it, add to it, or begin another."""
    properties: list[tuple[str, str]] = []
    if place is not None and place.path.strip() and place.path == place.path.strip():  # else it is no file to find
        properties.append(("file", visible(place.path, longest=1_000)))
        if place.line:
            properties.append(("line", str(place.line)))
            properties += [("col", str(place.column))] if place.column else []
    properties.append(("title", _one_line(title, LONGEST_TITLE)))
    said = ",".join(f"{key}={value.translate(_PROPERTY_MARKS)}" for key, value in properties)
    shown = "\n".join(_one_line(line, LONGEST_MESSAGE) for line in message.split("\n"))
    return f"::{name} {said}::{shown.translate(_MARKS)}".replace("##[", "# #[")


def _annotation(name: str, result: Result) -> str:
    asking = result.asking
    what = f"{asking.id} {result.word}" + (f" ({result.quiet})" if result.quiet else "")
    return command(
        name, f"{what}: {asking.title}", "\n".join(_message(result)), asking.place if not result.part else result.place
    )


def _message(result: Result) -> Iterator[str]:
    """Return a line each: what was found, what would settle it, how to mend it, who acts; each made of one line of text."""
    about = f"{_flat(result.about)}: " if result.about else ""
    yield f"{about}{_flat(result.reason or result.because)}"
    yield from map(_flat, result.parts)
    if result.needed:
        yield _flat(result.needed)
    if result.asking.fix:
        yield f"fix: {_flat(result.asking.fix)}"
    if result.asking.owner:
        yield f"who: {_flat(result.asking.owner)}"


def _last(results: Results, stops: int, watch: int) -> str:
    left = _left_out(stops, watch, "the job summary and the report")
    stamps = " ".join(f"[{name}]" for name, _ in results.stamps)
    subject = " ".join(filter(None, (results.name, results.version, f"to {results.stage}" if results.stage else "")))
    told = "; ".join(filter(None, (f"{subject}: {results.reason}", left)))
    return command("notice", f"policykit {results.decision} {stamps}".strip(), _flat(told))


def _left_out(errors: int, warnings: int, where: str) -> str:
    """Say how many of each are not annotated; empty where all are."""
    counts = ((errors - MOST, "error"), (warnings - MOST, "warning"))
    more = [f"{count:,} more {word}{'' if count == 1 else 's'}" for count, word in counts if count > 0]
    if not more:
        return ""
    return (
        f"{' and '.join(more)} {'is' if more == ['1 more error'] or more == ['1 more warning'] else 'are'} in {where}"
    )


def _problem(name: str, problem: Diagnostic) -> str:
    place = Place(problem.path, problem.line, problem.column)
    mend = f"did you mean `{problem.suggestion}`?" if problem.suggestion else problem.hint
    told = _flat(problem.message) + (f"\n{_flat(mend)}" if mend else "")
    return command(name, f"{problem.code} {problem.message}", told, place)


def _one_line(text: str, longest: int) -> str:
    shown = visible(text, longest=longest)
    return shown if len(shown) <= longest + 40 else f"{shown[:longest]}…"


def _flat(text: str) -> str:
    """Return text of one line: a line end that a name brought is shown, and is none."""
    return visible(text)

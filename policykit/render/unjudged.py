"""Why nothing was judged, as Markdown for people: it takes the place of an earlier page, which must not be taken for this run's."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.errors import Diagnostic
from policykit.render.markup import escaped

MOST_PROBLEMS = 50
MOST_LETTERS = 25_000
"""Half of what a comment holds, since a letter may count twice there."""
LONGEST = 240
NOBODY = "Nothing was judged, so nothing was shown: the model stays where it is."


def unjudged(error: str, hint: str, problems: Sequence[Diagnostic], *, exit_code: int) -> str:
    """Write what is wrong, each problem at its place, short enough for a comment."""
    word = {2: "INVALID", 4: "UNTRUSTED"}.get(exit_code, "NOT JUDGED")
    wrong = [problem for problem in problems if problem.level == "error"]
    lines = [f"## {word}: exit code {exit_code}", "", NOBODY, "", f"- {_cut(error)}"]
    if hint:
        lines.append(f"  - {_cut(hint)}")
    told = [_line(problem) for problem in wrong[:MOST_PROBLEMS]]
    while told and sum(map(len, told)) > MOST_LETTERS:
        told.pop()
    more = [f"- and {len(wrong) - len(told):,} more"] if len(told) < len(wrong) else []
    return "\n".join([*lines, *told, *more]) + "\n"


def _line(problem: Diagnostic) -> str:
    said = f"- {_cut(problem.where)} {_cut(problem.code)} {_cut(problem.message)}"
    advice = f"did you mean {_cut(problem.suggestion)}?" if problem.suggestion else _cut(problem.hint)
    return f"{said}\n  - {advice}" if advice else said


def _cut(text: str) -> str:
    return escaped(text, longest=LONGEST)

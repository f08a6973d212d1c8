"""Why nothing was judged, in the formats for machines: a program that reads a report learns what is wrong, and where."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from policykit.decide.exit_code import of_error
from policykit.errors import Diagnostic, DocumentError, PolicykitError, VerificationError
from policykit.terms.place import Place

if TYPE_CHECKING:
    from policykit.stories.located import Around

CARRYING = ("json", "sarif", "junit", "github", "markdown", "comment")
"""Formats that carry the problems: for machines, and those that are put where an earlier page stands. The others are not written."""


def refused(error: PolicykitError, name: str, around: Around, *, gate: str = "", stage: str = "") -> str | None:
    """Return why nothing was judged in the format `name`; None where that format says nothing of it.

    `gate` and `stage` are what it is about: the comment takes the place of the one that stands there, and alerts close later.
    """
    problems = error.problems if isinstance(error, DocumentError) else ()
    match name:
        case "json":
            from policykit.render.json_text import json_text

            reason = {"reason": error.reason} if isinstance(error, VerificationError) else {}
            said = {"decision": None, "error": str(error), "hint": error.hint, **reason}
            return json_text({**said, "problems": [asdict(problem) for problem in problems]})
        case "sarif":
            from policykit.render.sarif import sarif_problems

            located, code = _located(problems, around), int(of_error(error))
            return sarif_problems(str(error), error.hint, located, exit_code=code, gate=gate, stage=stage)
        case "junit":
            from policykit.render.junit import junit_problems

            return junit_problems(str(error), error.hint, _located(problems, around))
        case "github":
            from policykit.render.github import github_problems

            return github_problems(str(error), error.hint, _located(problems, around))
        case "markdown" | "comment":
            from policykit.render.marks import marker
            from policykit.render.unjudged import unjudged

            page = unjudged(str(error), error.hint, _located(problems, around), exit_code=int(of_error(error)))
            return page if name == "markdown" else f"{marker(gate, stage)}\n{page}"
        case _:
            return None


def _located(problems: tuple[Diagnostic, ...], around: Around) -> tuple[Diagnostic, ...]:
    return tuple(replace(problem, path=around.place(Place(problem.path)).path) for problem in problems)

"""Problems as people read them: the place, the code, the line, and what was probably meant."""

from __future__ import annotations

import unicodedata

from policykit.errors import Diagnostic


def write(problem: Diagnostic) -> str:
    """Return a problem in the lines a terminal shows.

    policies/credit.yaml:26:12: PK104 no check is called `fairness.demographic_parity_diference`
      26 |     check: fairness.demographic_parity_diference
         |            ^ did you mean `fairness.demographic_parity_difference`?
    """
    level = "warning: " if problem.level == "warning" else ""
    head = f"{visible(problem.where)}: " if problem.where else ""
    lines = [f"{head}{problem.code} {level}{visible(problem.message)}"]
    advice = _advice(problem)
    if problem.line and problem.excerpt.strip() and problem.column <= len(problem.excerpt) + 1:
        number = str(problem.line)
        before = problem.excerpt[: problem.column - 1]
        pad = "".join(each if each == "\t" else " " * _width(each) for each in before)
        lines.append(f"  {number} | {visible(problem.excerpt)}")
        lines.append(f"  {' ' * len(number)} | {pad}^{' ' if advice else ''}{visible(advice)}".rstrip())
    elif advice:
        lines.append(f"  {visible(advice)}")
    return "\n".join(lines)


def visible(text: str) -> str:
    """Return `text` with every character that cannot be seen, or that turns text around, written as its code point."""
    return "".join(each if each == "\t" or not _hidden(each) else f"<U+{ord(each):04X}>" for each in text)


def _advice(problem: Diagnostic) -> str:
    if problem.suggestion:
        meant = f"did you mean `{problem.suggestion}`?"
        return f"{meant} ({problem.hint})" if problem.hint else meant
    return problem.hint


def _hidden(each: str) -> bool:
    return unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def _width(each: str) -> int:
    if _hidden(each):
        return len(f"<U+{ord(each):04X}>")
    if unicodedata.combining(each):
        return 0
    return 2 if unicodedata.east_asian_width(each) in ("W", "F") else 1

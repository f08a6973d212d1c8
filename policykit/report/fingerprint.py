"""Fingerprints of results: the same over runs, over lines that move, numbers that change, and parts that come and go."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Final

from policykit.canon import digest
from policykit.terms.policy import Clause, Constraint
from policykit.terms.report import RuleLine
from policykit.terms.result import Result
from policykit.terms.sentence import limit_text
from policykit.terms.verdict import Finding

_BESIDE: Final = ("surely_", "caution_")
"""How the names of limits begin that stand beside another one."""


def fingerprint(*parts: object) -> str:
    """Return the same 32 characters for the same words."""
    return digest(json.dumps(parts, separators=(",", ":")).encode("ascii"))[:32]


def asked_by(line: RuleLine, finding: Finding) -> tuple[object, ...]:
    """Return what tells a finding of a rule apart from its others: check, slice, and what kind of limit it is held to.

    Where several parts of a rule ask the same of the same, each also has its data, its parameters and its limit.
    """
    clauses = line.rule.clauses
    asked = clauses[finding.part] if finding.part < len(clauses) else clauses[0]
    check, slices = finding.check or asked.check, [list(one) for one in finding.slice]
    alike = [one for one in clauses if _question(one) == _question(asked)]
    return (check, slices, _kind(asked.constraint), *(_told(asked) if len(alike) > 1 else ()))


def told_apart(found: Iterable[Result]) -> tuple[Result, ...]:
    """Return the results, a second one of the same fingerprint counted: `…:2`."""
    seen: dict[str, int] = {}
    told = []
    for result in found:
        seen[result.fingerprint] = count = seen.get(result.fingerprint, 0) + 1
        told.append(replace(result, fingerprint=f"{result.fingerprint}:{count}"))
    return tuple(told)


def _question(clause: Clause) -> tuple[str, str]:
    return clause.check, _kind(clause.constraint)


def _told(clause: Clause) -> tuple[object, ...]:
    given = sorted((name, str(value)) for name, value in clause.params.items())
    return clause.data, [list(one) for one in given], limit_text(clause.constraint)


def _kind(constraint: Constraint) -> str:
    """Return which limits are set, whatever their numbers: `at_most`, `worse_by_at_most`."""
    if constraint.relative is not None:
        return f"{constraint.relative.way} {constraint.relative.to}"
    names = (field.name for field in fields(constraint) if getattr(constraint, field.name) is not None)
    return " ".join(name for name in names if not name.startswith(_BESIDE))

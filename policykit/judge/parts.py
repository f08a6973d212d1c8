"""Which parts of a rule a waiver speaks of: one number is for one kind of question, and never for whatever it fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policykit.judge.loosened import Loosened, Unfit, loosened
from policykit.terms.check import Check
from policykit.terms.policy import Clause, Rule
from policykit.terms.verdict import Finding
from policykit.terms.waiver import Waiver


def limits_for(waiver: Waiver, rule: Rule, findings: Sequence[Finding], checks: Mapping[int, Check]) -> Limits:
    """Return each part of a rule as the waiver leaves it; or, where it fits none or means several, why it cannot be applied.

    Parts that ask another check than the waiver names, or nothing of the slices it is for, are not meant.
    """
    found = {
        part: loosened(waiver.allows, rule.clauses[part].constraint, check)
        for part, check in sorted(checks.items())
        if waiver.check in ("", rule.clauses[part].check)
    }
    fits = {part: limit for part, limit in found.items() if isinstance(limit, Loosened)}
    if found and not fits:
        return next(limit for limit in found.values() if isinstance(limit, Unfit))
    wanted = set(waiver.only_for)
    meant = {finding.part for finding in findings if wanted <= set(finding.slice)}
    numbered = [rule.clauses[part] for part, limit in fits.items() if limit.bounds and part in meant]
    other = next((clause for clause in numbered if _asked(clause) != _asked(numbered[0])), None)
    if other is None:
        return fits
    told = f"one number cannot speak of {_name(numbered[0])} and {_name(other)}"
    return Unfit(told, _WHICH if numbered[0].check != other.check else _WHERE)


Limits = Mapping[int, Loosened] | Unfit
_WHICH = "say which is meant: `check:` with the check of that part"
_WHERE = "say which is meant with `only_for`; where the report does not tell them apart, make them rules of their own"


def _asked(clause: Clause) -> tuple[str, list[tuple[str, str]]]:
    """Return what a part asks, told apart also where Python takes `1` for `True`; the same of several data sets is alike."""
    return clause.check, sorted((name, repr(value)) for name, value in clause.params.items())


def _name(clause: Clause) -> str:
    columns = clause.params.get("columns", clause.params.get("column"))
    listed = columns if isinstance(columns, list | tuple) else [] if columns is None else [columns]
    return f"`{clause.check}`" + (f" of {', '.join(f'`{each}`' for each in listed[:4])}" if listed else "")

"""The compliance matrix: each control that rules answer to, and how it stands by them."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.report.numbers import several
from policykit.terms.layout import ControlRow, Framework, Look, RuleView
from policykit.terms.report import Report

_WORST: Sequence[Look] = ("fail", "undecided", "waived", "caution", "pass", "not_applicable")
_WORDS: dict[Look, str] = {
    "fail": "failed",
    "undecided": "not shown yet",
    "waived": "waived",
    "caution": "shown, with caution",
    "pass": "shown",
    "not_applicable": "not applicable",
}
_NONE = "other controls"


def frameworks(report: Report, rules: Sequence[RuleView], sources: Sequence[int]) -> tuple[Framework, ...]:
    """Return the controls by framework (what stands before the slash of their id), each as weak as the weakest of its rules."""
    found: dict[str, dict[str, list[tuple[RuleView, str]]]] = {}
    for rule, source in zip(rules, sources, strict=True):
        for control in report.rules[source].rule.controls:
            framework, slash, name = control.id.partition("/")
            within = found.setdefault(framework if slash else _NONE, {})
            within.setdefault(name if slash else control.id, []).append((rule, control.how))
    return tuple(_framework(name, found[name]) for name in sorted(found, key=lambda name: (name == _NONE, name)))


def _framework(name: str, controls: dict[str, list[tuple[RuleView, str]]]) -> Framework:
    rows = tuple(_control(control, controls[control]) for control in sorted(controls, key=_in_order))
    shown = sum(1 for row in rows if row.look in ("pass", "caution"))
    return Framework(name, f"{shown:,} of {several(len(rows), 'control')} shown", rows)


def _control(name: str, answers: Sequence[tuple[RuleView, str]]) -> ControlRow:
    look = min((rule.look for rule, _ in answers), key=_WORST.index)
    return ControlRow(
        name, look, _WORDS[look], tuple((rule.id, rule.anchor, rule.look, rule.word, how) for rule, how in answers)
    )


def _in_order(name: str) -> tuple[tuple[bool, int, str], ...]:
    """Sort `MEASURE-2.9` before `MEASURE-2.11`."""
    parts = name.replace("-", ".").split(".")
    return tuple((not p.isdecimal(), int(p) if p.isascii() and p.isdecimal() and len(p) < 9 else 0, p) for p in parts)

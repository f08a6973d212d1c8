"""The last release beside this one: what its report said of the same rule and finding, and what changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policykit.report.changes import changes
from policykit.report.excused import history_to_json, waiver_to_json
from policykit.report.numbers import prose
from policykit.report.predicate import material_to_json, rule_to_json
from policykit.report.told import told_as_said
from policykit.terms.layout import ChangeRow, Look, RuleView
from policykit.terms.report import Report, RuleLine
from policykit.terms.told import Change, Told, ToldFinding
from policykit.terms.verdict import Finding

Past = Mapping[tuple[str, int, str, str, str], ToldFinding]
"""What the last release showed, by rule (`policy-id/RULE`), and the finding's part of it, unit, check and name."""

_WORDS: Mapping[bool | None, tuple[str, Look]] = {
    True: ("better", "pass"),
    False: ("worse", "fail"),
    None: ("other", "not_applicable"),
}
LONGEST_NAME = 80
"""What the last release is called is cut here."""
_UNCHECKED = (
    "what changed is told by a report whose signature was not checked, so anybody may have written it: "
    "add `--key`, or `--trust` with its roots"
)
_TITLES = {
    "rule_added": "new rule",
    "rule_gone": "no longer asked",
    "finding_added": "newly asked",
    "finding_gone": "no longer asked",
}


def past(before: Told | None) -> Past:
    """Return the findings of the last release that have a number; nothing where there is none."""
    return {
        (rule.name, finding.part, finding.unit, finding.check, finding.name): finding
        for rule in (before.rules if before is not None else ())
        for finding in rule.findings
        if finding.value is not None
    }


def found(known: Past, line: RuleLine, finding: Finding) -> ToldFinding | None:
    """Return what the last release showed for the same finding of the same rule, in the same unit."""
    if not known:
        return None
    name = f"{line.policy.rpartition('@')[0]}/{line.rule.id}"
    return known.get((name, finding.part, (finding.unit or line.unit).value, finding.check, finding.name))


def since(report: Report, before: Told | None, rules: Sequence[RuleView]) -> tuple[ChangeRow, ...]:
    """Return what is otherwise than in the last release, the heaviest first."""
    if before is None:
        return ()
    anchors = {f"{rule.policy.rpartition('@')[0]}/{rule.id}": rule.anchor for rule in rules}
    return tuple(_row(change, anchors) for change in changes(before, told(report)))


def named(before: Told | None) -> str:
    """Return what the last release is called, and what its report is not; cut, so that no name pushes that out of sight."""
    if before is None:
        return ""
    name = f"{before.name} {before.version}".strip()
    name = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
    marks = [before.decision] if before.decision != "ALLOWED" else []
    marks += [*(["audit"] if before.mode == "audit" else []), *([before.scope] if before.scope != "full" else [])]
    marks += [] if before.signer else ["UNVERIFIED"]
    return f"{name} ({', '.join(marks)})".strip() if marks else name


def unchecked(before: Told | None) -> tuple[tuple[str, str, str], ...]:
    """Return the warning (level, code, text) that what changed is told by a report whose signature nobody checked."""
    return () if before is None or before.signer else (("warning", "since_unverified", _UNCHECKED),)


def told(report: Report) -> Told:
    """Return what `report` says, as the reader of its predicate would read it."""
    return told_as_said(
        {
            "bundle": {
                "name": report.name, "version": report.version, "labels": report.labels, "task": report.task,
                "protected_attributes": report.protected_attributes,
            },
            "materials": [material_to_json(material) for material in report.materials],
            "gate": {"stage": report.stage or "", "mode": report.mode, "scope": report.scope},
            "decision": report.decision.value,
            "reason": report.reason,
            "asOf": report.as_of,
            "timeEvaluated": report.time_evaluated,
            "engine": {"version": report.engine},
            "verdictDigest": report.verdict_digest,
            "policies": [
                {
                    "policy": line.ref, "title": line.title, "owner": line.owner, "path": line.path,
                    "digest": line.digest, "applied": line.matched, "why": line.why,
                }
                for line in report.policies
            ],
            "rules": [rule_to_json(line) for line in report.rules],
            "waivers": [waiver_to_json(line) for line in report.waivers],
            "notices": [{"level": n.level, "code": n.code, "text": n.text} for n in report.notices],
            "history": history_to_json(report.history),
        },
        subject=report.subject,
    )  # fmt: skip


def _row(change: Change, anchors: Mapping[str, str]) -> ChangeRow:
    word, look = _WORDS[change.better]
    title = prose(change.title)
    kind = _TITLES.get(change.kind, "")
    return ChangeRow(
        what=f"{kind}: {title}" if kind else title,
        about=change.about,
        before=prose(change.before) or "—",
        after=prose(change.after) or "—",
        word=word,
        look=look,
        rule=change.rule.rpartition("/")[2],
        anchor=anchors.get(change.rule, ""),
    )

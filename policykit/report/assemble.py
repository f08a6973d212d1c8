"""Verdicts to a report: everything a decision rests on, in one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from policykit.canon import canonical, digest
from policykit.checks import find
from policykit.report.decision import decide
from policykit.report.digests import policy_digest
from policykit.report.predicate import verdict_digest
from policykit.report.rollout import mode_of, reason_of, rollout_notices
from policykit.terms.bundle import Bundle, Schema
from policykit.terms.bundle_json import attributes_to_json, task_to_json
from policykit.terms.history import History
from policykit.terms.measure import Measure, Sample, identity
from policykit.terms.plan import Match, Plan, Taken
from policykit.terms.policy import Rule
from policykit.terms.quantity import Unit
from policykit.terms.report import Evidenced, Material, Notice, PolicyLine, Report, RuleLine, Waived
from policykit.terms.sentence import sentence
from policykit.terms.verdict import Unmeasured, Verdict


def assemble(
    plan: Plan,
    taken: Taken,
    verdicts: Sequence[Verdict],
    *,
    engine: str,
    sources: str = "",
    time_evaluated: str,
    mode: Literal["enforce", "audit"] = "enforce",
    trial: bool = False,
    gate_id: str = "",
    nonce: str = "",
    notices: Sequence[Notice] = (),
    waived: Waived | None = None,
    trust: tuple[str, int, str] | None = None,
    history: History | None = None,
) -> Report:
    """Return the report on one run, with its decision and its verdict digest.

    The mode is the one given, but `audit` where every policy is still being rolled out, and nothing else is wrong.
    """
    applied = waived or Waived()
    bundle, rules = plan.bundle, _rules(plan, verdicts, applied)
    told = (
        *notices,
        *applied.notices,
        *_reviews(plan),
        *_ignored(plan),
        *_twins(plan.bundle),
    )
    told = (*rollout_notices(plan, told), *told)
    decision, reason = decide(verdicts, plan.matches, told, partial=bool(plan.only), excuses=applied.excuses)
    report = Report(
        name=bundle.name,
        version=bundle.version,
        labels=bundle.labels,
        subject=bundle.manifest_digest if bundle.files else "",
        model_files=tuple((file.path, file.sha256) for file in bundle.files if file.role == "model"),
        stage=plan.stage,
        decision=decision,
        reason=reason_of(plan, told, decision, reason),
        rules=rules,
        policies=tuple(_policy(match) for match in plan.matches),
        materials=_materials(bundle, plan.schemas),
        evidence=_evidence(taken),
        notices=told,
        as_of=plan.as_of,
        time_evaluated=time_evaluated,
        mode=mode_of(plan, told, mode),
        scope="partial" if plan.only else "trial" if trial else "full",
        gate_id=gate_id,
        nonce=nonce,
        engine=engine,
        sources=sources,
        task=task_to_json(bundle.task),
        attributes=attributes_to_json(bundle.attributes),
        protected_attributes=bundle.protected_attributes,
        other_files=sum(1 for file in bundle.files if file.role == "other"),
        waivers=applied.lines,
        trust=trust,
        history=history,
    )
    return replace(report, verdict_digest=verdict_digest(report, plan))


def _rules(plan: Plan, verdicts: Sequence[Verdict], applied: Waived) -> tuple[RuleLine, ...]:
    by_key: Mapping[tuple[str, str], Rule] = {
        (match.policy.ref, rule.id): rule for match in plan.matches for rule in match.policy.rules
    }
    lines = (_rule(by_key[verdict.policy, verdict.rule], verdict) for verdict in verdicts)
    return tuple(replace(line, excuses=applied.excuses.get((line.policy, line.rule.id), ())) for line in lines)


def _rule(rule: Rule, verdict: Verdict) -> RuleLine:
    kinds = {clause.check: kind for clause in rule.clauses if (kind := find(clause.check)) is not None}
    first = kinds[rule.clauses[0].check]
    unit = first.unit
    relative = rule.clauses[0].constraint.relative
    if relative is not None:
        unit = Unit.SHARE if relative.relative else Unit.DIFFERENCE if unit is Unit.SHARE else unit
    return RuleLine(rule, verdict.policy, verdict, sentence(rule, kinds), unit, first.question)


def _policy(match: Match) -> PolicyLine:
    policy = match.policy
    return PolicyLine(
        ref=policy.ref,
        title=policy.title,
        owner=policy.owner,
        path=policy.path,
        digest=policy_digest(policy.text, policy.settings),
        text=policy.text,
        settings=policy.settings,
        matched=match.matched,
        why=match.why,
        held=match.held,
    )


def _materials(bundle: Bundle, schemas: Mapping[str, Schema | Unmeasured]) -> tuple[Material, ...]:
    found = []
    for role, dataset in sorted(bundle.datasets.items()):
        schema = schemas.get(role)
        known = schema if isinstance(schema, Schema) else None
        columns = tuple((column.name, column.kind) for column in known.columns) if known is not None else ()
        shape = digest(canonical([list(column) for column in columns])) if known is not None else ""
        rows = known.rows if known is not None else None
        found.append(Material(role, known.digest if known is not None else "", rows, shape, dataset.collected, columns))
    return tuple(found)


def _evidence(taken: Taken) -> tuple[Evidenced, ...]:
    published: Mapping[str, Measure] = {identity(m): m for m in taken if not isinstance(m, Sample)}
    return tuple(Evidenced(key, published[key], taken[published[key]]) for key in sorted(published))


def _ignored(plan: Plan) -> tuple[Notice, ...]:
    """Groups a rule leaves out are said, with the reason its policy gives."""
    found = {
        (q.policy.ref, q.rule.id): q.rule.ignore_groups for q in plan.questions if q.rule.ignore_groups is not None
    }
    return tuple(
        Notice(
            "note",
            "ignored_groups",
            f"{policy}/{rule} leaves out {', '.join(f'`{v}`' for v in left.values)}: {left.why}",
        )
        for (policy, rule), left in found.items()
    )


def _twins(bundle: Bundle) -> tuple[Notice, ...]:
    """A model judged on the rows it was trained on is judged on nothing."""
    rows = {role: _rows(bundle, role) for role in bundle.datasets}
    train = rows.get("train")
    same = [role for role, found in rows.items() if role != "train" and found and found == train]
    return tuple(Notice("error", "judged_on_train", f"`train` and `{role}` are the same rows") for role in same)


def _rows(bundle: Bundle, role: str) -> tuple[str, ...]:
    digests = {file.path: file.sha256 for file in bundle.files}
    return tuple(sorted(digests.get(path, "") for path in bundle.datasets[role].files))


def _reviews(plan: Plan) -> tuple[Notice, ...]:
    overdue = (match.policy for match in plan.matches if match.policy.review_by and match.policy.review_by < plan.as_of)
    return tuple(
        Notice("warning", "review_overdue", f"`{policy.ref}` was to be reviewed by {policy.review_by}")
        for policy in overdue
    )

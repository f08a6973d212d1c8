"""Every rule reads aloud as one English sentence, for a compliance officer who does not program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from policykit.terms.condition import condition
from policykit.terms.expr import Lit
from policykit.terms.policy import Clause, Constraint, Enforcement, Evidence, Relative, Rule
from policykit.terms.quantity import Quantity, show

if TYPE_CHECKING:
    from policykit.terms.check import Check


def sentence(rule: Rule, kinds: Mapping[str, type[Check]]) -> str:
    """Return what `rule` demands as one sentence; `kinds` holds the check of each clause by id.

    "For each protected attribute, the demographic parity difference on the evaluation data must be at most 10 pp, and
    surely at most 15 pp (95 % confidence); it must rest on at least 2,000 rows."
    """
    parts = [_clause(clause, rule, kinds.get(clause.check)) for clause in rule.clauses]
    join = "; and " if rule.combine == "all_of" else "; or "
    said = join.join(parts)
    scope = _scope(rule)
    said = f"{scope}, {said}" if scope else said
    tail = [*_evidence(rule.evidence), *_rest(rule)]
    return _capital(f"{said}; {'; '.join(tail)}" if tail else said) + "."


def limit_text(constraint: Constraint) -> str:
    """Return the limit as a person says it: "at most 10 pp", "between 1 % and 5 %", "present"."""
    return ", and ".join(_demands(constraint)) or "no limit"


def opposite_text(constraint: Constraint) -> str:
    """Return what is true of a number that breaks the limit: "above 10 pp" for "at most 10 pp"; empty where no few words say it."""
    if constraint.relative is not None:
        said = _relative(constraint.relative)
        return f"more than {said[8:]}" if said.startswith("at most ") else f"less than {said[9:]}"
    sides = [
        (word, quantity)
        for word, quantity in (
            ("below", constraint.at_least),
            ("above", constraint.at_most),
            ("at most", constraint.above),
            ("at least", constraint.below),
        )
        if quantity is not None
    ]
    return f"{sides[0][0]} {quantity_text(sides[0][1])}" if len(sides) == 1 else ""


def list_words(words: Iterable[str], last: str = "and") -> str:
    """Return words as a list is read: "a", "a and b", "a, b and c"."""
    each = list(words)
    return each[0] if len(each) == 1 else f"{', '.join(each[:-1])} {last} {each[-1]}" if each else ""


def subject(check_id: str, params: Mapping[str, Any]) -> str:
    """Return what a check measures as a noun: "the completeness of `income`", "the 99th percentile of latency"."""
    name = check_id.partition(".")[2]
    noun = _NOUNS.get(check_id) or f"the {' '.join(_WORDS.get(word, word) for word in name.split('_'))} {{of}}"
    key = next((key for key in ("column", "columns", "of") if key in params), "") if "{of}" in noun else ""
    named = params.get(key, ())
    names = list_words(f"`{each}`" for each in (named if isinstance(named, tuple | list) else (named,)))
    noun = noun.replace("{of}", f"of {names}" if names else "").strip()
    rest = [_param(each, value) for each, value in params.items() if each != key]
    return f"{noun} ({', '.join(rest)})" if rest else noun


def _clause(clause: Clause, rule: Rule, check: type[Check] | None) -> str:
    data = f" {_where(clause.check)} the {clause.data} data" if clause.data else ""
    many = check is not None and check.each_column and len(clause.params.get("columns", ())) > 1
    noun = f"{subject(clause.check, clause.params)}{' each' if many else ''}"
    limit = clause.constraint
    if limit.relative is not None:
        return f"{noun}{data} must be {_relative(limit.relative)}"
    sure = ""
    if check is not None and check.about == "population":
        level = rule.evidence.confidence
        sure = f" ({_percent(level)} confidence)" if level is not None else " (the point alone, whatever the doubt)"
    said = f"{noun}{data} must be {limit_text(limit)}{sure}"
    cautions = [
        f"{word} {limit}" for word, limit in (("above", limit.caution_above), ("below", limit.caution_below)) if limit
    ]
    return f"{said}, with a word of caution {list_words(cautions, 'or')}" if cautions else said


def _where(check_id: str) -> str:
    return "of" if check_id == "data.freshness" else "in" if check_id.startswith("data.") else "on"


def _demands(limit: Constraint) -> list[str]:
    said: list[str] = []
    for word, quantity in (
        ("at least", limit.at_least),
        ("at most", limit.at_most),
        ("above", limit.above),
        ("below", limit.below),
        ("surely at least", limit.surely_at_least),
        ("surely at most", limit.surely_at_most),
    ):
        if quantity is not None:
            said.append(f"{word} {quantity_text(quantity)}")
    if limit.between is not None:
        said.append(f"between {quantity_text(limit.between[0])} and {quantity_text(limit.between[1])}")
    if limit.equals is not None:
        value = limit.equals
        said.append(f"exactly {quantity_text(value)}" if isinstance(value, Quantity) else f"`{_constant(value)}`")
    for word, values in (
        ("one of", limit.is_one_of),
        ("none of", limit.none_of),
        ("all of", limit.superset_of),
        ("nothing but", limit.subset_of),
    ):
        if values is not None:
            said.append(f"{word} {list_words((f'`{_constant(value)}`' for value in values), 'and')}")
    if limit.presence is not None:
        said.append(limit.presence)
    if limit.relative is not None:
        said.append(_relative(limit.relative))
    return said


def quantity_text(quantity: Quantity) -> str:
    """Return a quantity as it was written, or as it is best read where it was not."""
    return quantity.text or show(quantity.value, quantity.unit)


def _relative(relative: Relative) -> str:
    amount = quantity_text(relative.amount).removesuffix("relative").strip()
    share = " of its value" if relative.relative else ""
    who = "the champion" if relative.to == "champion" else f"`{relative.to}`"
    if relative.way == "worse_by_at_most":
        said = f"at most {amount}{share} worse than that of {who}"
    else:
        said = f"at least {amount}{share} better than that of {who}"
    return f"{said} (advisory while there is none)" if relative.if_none == "advisory" else said


def _scope(rule: Rule) -> str:
    said = []
    if rule.for_each == "protected_attributes":
        said.append("for each protected attribute")
    elif rule.for_each is not None:
        said.append(
            f"for {list_words(f'`{name}`' for name in rule.for_each)}{' each' if len(rule.for_each) > 1 else ''}"
        )
    for names in rule.across:
        said.append(f"across {list_words(f'`{name}`' for name in names)}")
    scope = " and ".join(said)
    where = f"among rows where {condition(rule.where)}" if rule.where is not None else ""
    return ", ".join(part for part in (scope, where) if part)


def _evidence(evidence: Evidence) -> list[str]:
    rows = []
    if evidence.min_rows is not None:
        rows.append(f"at least {_rows(evidence.min_rows)}")
    if evidence.min_rows_per_group is not None:
        rows.append(f"at least {_rows(evidence.min_rows_per_group)} in each group")
    said = [f"it must rest on {list_words(rows)}"] if rows else []
    if evidence.max_age is not None:
        said.append(f"the data must be no older than {quantity_text(evidence.max_age)}")
    if evidence.source is not None:
        said.append(
            f"the evidence must be {evidence.source.value}" + ("" if evidence.source == "recomputed" else " or better")
        )
    if evidence.missing is not None:
        said.append(f"missing values {_MISSING[evidence.missing]}")
    return said


def _rest(rule: Rule) -> list[str]:
    said = []
    if rule.ignore_groups is not None:
        said.append(f"groups left out: {list_words(f'`{name}`' for name in rule.ignore_groups.values)}")
    if rule.if_other_task == "not_applicable":
        said.append("it does not apply to other kinds of task")
    match rule.enforcement:
        case Enforcement.ADVISORY:
            said.append("it advises, and never blocks")
        case Enforcement.ABSOLUTE:
            said.append("nobody may waive it")
        case Enforcement.WAIVABLE:
            pass
    if rule.block_from is not None:
        rollout = ", once its policy is rolled out" if rule.rolled_out else ""
        said.append(f"it blocks from {rule.block_from}{rollout}")
    return said


def _param(key: str, value: Any) -> str:
    plain = value.value if isinstance(value, Lit) else value
    if isinstance(plain, tuple | list):
        return f"{key.replace('_', ' ')} {list_words(f'`{_constant(each)}`' for each in plain)}"
    if isinstance(plain, Mapping):
        return f"{key.replace('_', ' ')} {list_words(f'`{name}`' for name in plain)}"
    return f"{key.replace('_', ' ')} `{_constant(plain)}`"


def _constant(value: Any) -> str:
    plain = value.value if isinstance(value, Lit) else value
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return f"{plain:g}" if isinstance(plain, float) else " ".join(str(plain).split())


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _percent(level: Fraction) -> str:
    return f"{float(level * 100):g} %"


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


_MISSING = {"exclude": "are left out", "pass": "pass", "fail": "fail"}
_NOUNS = {
    "data.row_count": "the number of rows",
    "data.in_range": "the share of values {of} in range",
    "data.allowed_values": "the share of values {of} that are allowed",
    "data.pattern": "the share of values {of} that match the pattern",
    "data.duplicate_rows": "the share of rows that repeat an earlier one",
    "data.uniqueness": "the share of values {of} that occur only once",
    "data.schema": "the number of differences from the stated schema",
    "data.freshness": "the age",
    "fairness.four_fifths": "the lowest rate of favourable outcomes as a share of the highest",
    "fairness.demographic_parity_difference": "the gap in rates of favourable outcomes",
    "fairness.demographic_parity_ratio": "the ratio of the lowest to the highest rate of favourable outcomes",
    "fairness.equal_opportunity_difference": "the gap in favourable outcomes among those who deserved one",
    "fairness.equalized_odds_difference": "the larger gap in right and in wrong favourable outcomes",
    "latency.p50": "the median of latency",
    "latency.p90": "the 90th percentile of latency",
    "latency.p95": "the 95th percentile of latency",
    "latency.p99": "the 99th percentile of latency",
    "privacy.dp_epsilon": "the privacy loss ε of the training",
    "privacy.dp_budget": "the privacy budget spent",
    "privacy.k_anonymity": "the size of the smallest group of rows alike (k)",
    "governance.model_card": "the number of missing parts of the model card",
    "governance.review_due": "the time since the last review",
}
_WORDS = {
    "auc": "AUC",
    "roc": "ROC",
    "pr": "precision–recall",
    "f1": "F1",
    "mcc": "MCC",
    "npv": "NPV",
    "rmse": "RMSE",
    "mae": "MAE",
    "mape": "MAPE",
    "r2": "R²",
    "dp": "DP",
    "brier": "Brier score",
}

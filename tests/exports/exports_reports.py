"""Reports to export: real ones out of the gate, and made-up ones of every standing a rule can have."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from policykit.attest.statement import DOMAIN, GATE_REPORT
from policykit.canon import canonical
from policykit.render.exports.reading import Source
from policykit.stories.consistent import subjects_of
from policykit.strict_json import strict_json
from tests.build import ACCURATE, ENOUGH, EQUAL, Columns, judged, people

PAYLOAD = "5a" * 32
CONTROLS = [{"id": "nist-ai-rmf@1.0/MEASURE-2.11", "how": "supports"}]
AGE = {"check": "fairness.demographic_parity_difference", "for_each": "protected_attributes", "at_most": "10 pp"}


def source(folder: Path, *rules: Mapping[str, Any], data: Columns | None = None, **manifest: Any) -> Source:
    """Return a report of the gate over a small bundle, as it is when it has been verified."""
    found = judged(folder, *(rules or (ACCURATE, EQUAL | {"controls": CONTROLS}, ENOUGH)), data=data, **manifest)
    said = strict_json(canonical(found.predicate()))
    return Source(said, tuple(subjects_of(found.plan.bundle)), PAYLOAD, "signed by key 12ab", DOMAIN, GATE_REPORT)


def changed(found: Source, **members: Any) -> Source:
    """Return the source with other members of the predicate."""
    return replace(found, said={**copy.deepcopy(dict(found.said)), **members})


def blocked(folder: Path) -> Source:
    return source(folder, data=people(women=(100, 1000)))


def held(folder: Path) -> Source:
    """One rule asks for a column that is not there."""
    missing = {"check": "data.completeness", "with": {"column": "income"}, "at_least": "99 %"}
    return source(folder, ACCURATE, missing)


def standing_rules() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return rules of every standing, as a predicate writes what matters of them."""
    one = st.fixed_dictionaries(
        {
            "status": st.sampled_from(["pass", "fail", "undecided", "not_applicable"]),
            "advisory": st.booleans(),
            "excused": st.sampled_from(
                [[], [{"waiver": "W-1", "kind": "fail", "slices": [""], "until": "2026-12-31"}]]
            ),
        }
    )
    return st.lists(one, max_size=6)


def with_rules(found: Source, rules: list[dict[str, Any]], *, decision: str, mode: str, scope: str) -> Source:
    """Return a report with these rules, each like the first real one; its decision need not follow from them."""
    made = []
    for index, rule in enumerate(rules):
        like = copy.deepcopy(found.said["rules"][0])
        cause = "too_few" if rule["status"] == "undecided" else ""
        made.append({**like, **rule, "id": f"R-{index}", "cause": cause})
    gate = {**found.said["gate"], "mode": mode, "scope": scope}
    return changed(found, rules=made, decision=decision, gate=gate)

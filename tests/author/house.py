"""A policy of five rules, and cases of its test."""

from __future__ import annotations

from policykit.load.policies import read_policies
from policykit.load.test_document import read_test_document
from policykit.load.yaml import read
from policykit.terms.policy import Policy
from policykit.terms.policy_test import Case, PolicyTest
from tests.load.policy_texts import policy

HOUSE = """
version: 3.2.0
applies_to: {use_case: [credit-scoring], stage: [production]}
must_cover: {protected_attributes: [sex, age_band]}
attributes: {age_band: {from: age, cut: [25, 40, 62]}}
rules:
  - id: FAIR-01
    title: Approval rates differ little
    check: fairness.demographic_parity_difference
    for_each: protected_attributes
    at_most: 10 pp
    surely_at_most: 15 pp
    evidence: {min_rows: 2000, min_rows_per_group: 100, max_age: 90 days}
    why: so
  - id: PERF-01
    title: Not worse
    check: performance.roc_auc
    compared_with: champion
    worse_by_at_most: 0.005
    if_no_champion: undecided
    why: so
  - {id: OWN-01, title: Owned, check: governance.owner, with: {of: model}, is: present, why: so}
  - {id: AGE-01, title: By band, check: performance.accuracy, for_each: [age_band], at_least: 80 %, enforcement: advisory}
  - {id: COLS-01, title: Complete, check: data.completeness, with: {columns: [income, age]}, at_least: 99 %, why: so}
""".strip()


def house(text: str = HOUSE) -> Policy:
    (found,) = read_policies([("p.yaml", policy(text), {})])
    return found


def case(estimates: str = "", expect: str = "{OWN-01: undecided}", more: str = "") -> tuple[Case, PolicyTest]:
    """Return the one case of a test with these estimates."""
    lines = "".join(f"\n        - {line.strip()}" for line in estimates.strip().splitlines()) or " []"
    text = (
        "policykit: test/1\npolicy: acme.credit@3\ncases:\n  - name: A case\n    given:\n"
        f"      labels: {{use_case: credit-scoring}}\n      stage: production\n{more}      estimates:{lines}\n    expect: {expect}\n"
    )
    problems: list[object] = []
    test = read_test_document(read(text.encode(), "t.yaml"), problems)  # type: ignore[arg-type] # only looked at
    assert problems == []
    return test.cases[0], test


GAP = "{{check: fairness.demographic_parity_difference, attribute: {}, value: {}, interval: [{}, {}], rows: {}}}"
SMALL = GAP.format("sex", "1 pp", "0 pp", "9 pp", 5000) + "\n" + GAP.format("age_band", "1 pp", "0 pp", "31 pp", 5000)

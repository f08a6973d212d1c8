"""Laws of the whole gate."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.judge.judgement import judge
from policykit.report.decision import decide
from policykit.stories.gate import Asked, Judged, gate, judged
from policykit.stories.open import Table, open_all
from policykit.terms.plan import Plan, Taken
from policykit.terms.report import Decision
from policykit.terms.taken_json import taken_from_json, taken_to_json
from policykit.terms.verdict import Cause, Status, Unmeasured
from tests.build import ACCURATE, ENOUGH, EQUAL, people, write_bundle, write_policy
from tests.build import judged as run
from tests.clock import NOW

RULES: tuple[dict[str, Any], ...] = (
    ENOUGH,
    ACCURATE,
    EQUAL,
    {"check": "performance.recall", "at_least": "80 %", "for_each": "protected_attributes"},
    {"check": "performance.f1", "at_least": 0.8},
    {"check": "data.completeness", "with": {"columns": ["sex", "y"]}, "at_least": "100 %"},
    {"check": "fairness.four_fifths", "for_each": "protected_attributes", "at_least": "80 %"},
    {"any_of": [{"check": "data.row_count", "at_least": 10}, {"check": "data.row_count", "at_least": 10_000_000}]},
    {"all_of": [{"check": "data.row_count", "at_least": 10}, {"check": "data.row_count", "at_most": 10_000_000}]},
    {"check": "governance.owner", "with": {"of": "model"}, "is": "present", "enforcement": "advisory"},
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return run(tmp_path_factory.mktemp("whole"), *RULES, facts={"owners": {"model": "a.silva@acme.example"}})


def decision(plan: Plan, taken: Taken) -> Decision:
    return decide(judge(plan, taken), plan.matches, [], partial=False)[0]


def test_the_bundle_of_these_laws_is_allowed(whole: Judged) -> None:
    assert whole.report.decision is Decision.ALLOWED, [line.verdict.reason for line in whole.report.rules]


def test_the_same_bundle_judged_twice_has_one_verdict_digest(tmp_path: Path, whole: Judged) -> None:
    again = run(tmp_path, *RULES, facts={"owners": {"model": "a.silva@acme.example"}})
    assert again.report.verdict_digest == whole.report.verdict_digest


def test_the_order_in_which_policies_are_named_does_not_change_the_verdict_digest(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "b")
    paths = [write_policy(tmp_path / f"{name}.yaml", rule, id=name) for name, rule in (("p", EQUAL), ("q", ENOUGH))]
    digests = set()
    for order in (paths, paths[::-1]):
        opened = open_all(bundle, order, None, Table())
        digests.add(gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW)).report.verdict_digest)
    assert len(digests) == 1


def test_parts_of_a_rule_are_shown_each_in_its_own_unit(tmp_path: Path) -> None:
    both = [{"check": "data.completeness", "with": {"column": "sex"}, "at_least": "99 %"}, ENOUGH]
    said = run(tmp_path, {"all_of": both}).predicate()
    assert [finding["observed"]["shown"] for finding in said["rules"][0]["findings"]] == ["100 %", "2,000"]


def test_time_and_nonce_are_not_in_the_verdict_digest_and_the_day_is(whole: Judged) -> None:
    def digest(**changes: Any) -> str:
        return judged(whole.plan, whole.taken, replace(Asked(stage=None, now=NOW), **changes)).report.verdict_digest

    assert digest() == digest(now=NOW + timedelta(hours=3), nonce="n-1", gate_id="g")
    day = replace(whole.plan, as_of="2026-12-24")
    assert judged(day, whole.taken, Asked(stage=None, now=NOW)).report.verdict_digest != digest()


def test_measurements_judge_alike_after_a_journey_as_json(whole: Judged) -> None:
    import json

    there = json.loads(json.dumps(taken_to_json(whole.taken)))
    assert judge(whole.plan, taken_from_json(there)) == judge(whole.plan, whole.taken)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_taking_measurements_away_never_opens_the_gate_and_never_makes_a_rule_pass(whole: Judged, seed: int) -> None:
    rng = random.Random(seed)
    causes = list(Cause)
    poorer: dict[Any, Any] = {}
    for measure, found in whole.taken.items():
        fate = rng.random()
        if fate > 0.3:
            poorer[measure] = found
        elif fate > 0.1:
            poorer[measure] = Unmeasured(rng.choice(causes), "taken away")
    before = {(v.rule, v.status) for v in judge(whole.plan, whole.taken)}
    after = judge(whole.plan, poorer)
    assert {v.rule for v in after if v.status is Status.PASS} <= {
        rule for rule, status in before if status is Status.PASS
    }
    assert not any(v.status is Status.FAIL for v in after)
    if len(poorer) < len(whole.taken):
        needed = [v for v in after if v.status is not Status.PASS and not v.advisory]
        assert (decision(whole.plan, poorer) is Decision.ALLOWED) == (not needed)


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(len(RULES))))
def test_the_order_of_questions_never_matters(whole: Judged, order: list[int]) -> None:
    ids = [f"R-{i + 1}" for i in order]
    shuffled = replace(whole.plan, questions=tuple(sorted(whole.plan.questions, key=lambda q: ids.index(q.rule.id))))
    found = {verdict.rule: verdict for verdict in judge(shuffled, whole.taken)}
    assert found == {verdict.rule: verdict for verdict in judge(whole.plan, whole.taken)}


@settings(max_examples=25, deadline=None)
@given(approved=st.integers(0, 400), other=st.integers(0, 400))
def test_whatever_the_numbers_a_tighter_limit_never_opens_the_gate(
    tmp_path_factory: pytest.TempPathFactory, approved: int, other: int
) -> None:
    folder = tmp_path_factory.mktemp("tight")
    data = people(men=(approved, 400), women=(other, 400))
    rank = {"pass": 2, "fail": 0}
    statuses = []
    for i, limit in enumerate(("20 pp", "10 pp", "2 pp")):
        found = run(folder / str(i), {**EQUAL, "at_most": limit}, data=data)
        statuses.append(rank.get(str(found.report.rules[0].verdict.status), 1))
    assert statuses == sorted(statuses, reverse=True)


def test_a_report_holds_no_row_and_no_path_of_the_machine(tmp_path: Path) -> None:
    import json

    secret = "Zaphod-Beeblebrox-7741"
    data = {**people(), "name": [secret, *["x"] * 1999]}
    found = run(
        tmp_path, *RULES[:3], {"check": "data.uniqueness", "with": {"column": "name"}, "at_least": 0}, data=data
    )
    text = json.dumps(found.predicate())
    assert secret not in text
    assert str(tmp_path) not in text

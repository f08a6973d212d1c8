"""The draft of a waiver excuses what stops a rule, and not a digit more than it must."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.attest.statement import WAIVER
from policykit.errors import UsageError
from policykit.load.waiver_document import load_waivers
from policykit.stories.proposal import outward
from policykit.stories.waive import Draft, Wish, draft, write_draft
from policykit.terms.quantity import Unit, parse
from policykit.terms.verdict import Cause
from policykit.terms.waiver import Allows
from tests.build import ACCURATE, EQUAL, people, rows, write_bundle, write_policy
from tests.trust_world import AUTHOR, FAIRNESS, World, add, document_claim, make_world

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def wish(rule: str = FAIRNESS, **changed: Any) -> Wish:
    said = {"reason": "the new sample is due", "requested_by": AUTHOR, "expires": "2027-02-28", **changed}
    return Wish(rule=rule, **said)


def drafted(world: World, asked: Wish | None = None, *, terms: Any = None) -> Draft:
    said = json.loads(world.payload())["predicate"]
    return draft(said, asked or wish(), world.waivers, now=world.now, terms=terms)


def words(allows: Allows) -> dict[str, str]:
    """Return what a waiver allows as its document says it."""
    names = ("at_most", "at_least", "surely_at_most", "surely_at_least")
    said = {name: limit.text for name in names if (limit := getattr(allows, name)) is not None}
    if allows.undecided is not None:
        said["undecided"] = allows.undecided.value
    return said | ({"fail": "any"} if allows.fail_any else {})


def world_of(tmp_path: Path, *rules: Mapping[str, Any], data: Any = None, **manifest: Any) -> World:
    """Make a world whose house has these rules, and one that always passes: a waiver alone lets nothing through."""
    terms = {"signed_by": {"role": "waiver-authority", "count": 1}, "longest": "120 days"}
    doubts = {"doubts": ["straddles", "too_few", "missing"]}
    world = make_world(tmp_path / "world", report=False, now=NOW, terms={"waivers": {**terms, **doubts}})
    facts = {"owners": {"model": AUTHOR}}
    write_bundle(world.bundle, data, **{"facts": facts, **manifest})
    write_policy(world.policy, *rules, {"check": "data.row_count", "at_least": 1})
    world.gate()
    return world


HALF = rows((700, {"sex": "m", "y": 1, "yhat": 1}), (300, {"sex": "f", "y": 1, "yhat": 0}))
CASES: tuple[tuple[str, dict[str, Any], Any, dict[str, str]], ...] = (
    ("a gap that is too wide", EQUAL, people(women=(300, 1000)), {"at_most": "20 pp", "surely_at_most": "23.5 pp"}),
    ("too few right answers", ACCURATE, HALF, {"at_least": "70 %", "surely_at_least": "67.5 %"}),
    (
        "the point alone is judged",
        {**ACCURATE, "evidence": {"confidence": "none"}},
        HALF,
        {"at_least": "70 %"},
    ),
    ("a number without doubt", {"check": "data.row_count", "at_least": 1500}, HALF, {"at_least": "1000"}),
    (
        "a number beyond a range",
        {"check": "data.row_count", "between": [5, 900]},
        HALF,
        {"at_most": "1000"},
    ),
    (
        "a number that may be too high",
        {"check": "performance.accuracy", "at_least": "71 %"},
        HALF,
        {"undecided": "straddles", "surely_at_least": "67.5 %"},
    ),
    (
        "worse than the champion",
        {
            "check": "performance.accuracy",
            "compared_with": "champion",
            "worse_by_at_most": "1 pp",
            "if_no_champion": "undecided",
        },
        {**HALF, "champion_prediction": [1] * 1000},
        {"at_most": "30 pp", "surely_at_most": "32.5 pp"},
    ),
    (
        "worse than the champion by a share of its value",
        {
            "check": "performance.accuracy",
            "compared_with": "champion",
            "worse_by_at_most": "1 % relative",
            "if_no_champion": "undecided",
        },
        {**HALF, "champion_prediction": [1] * 1000},
        {"at_most": "30 % relative", "surely_at_most": "32.5 % relative"},
    ),
    (
        "what is not there",
        {"check": "governance.owner", "with": {"of": "monitoring"}, "is": "present"},
        HALF,
        {"undecided": "missing"},
    ),
    (
        "what is there and should not be",
        {"check": "governance.owner", "with": {"of": "model"}, "is": "absent"},
        HALF,
        {"fail": "any"},
    ),
)


@pytest.mark.parametrize(("rule", "data", "allows"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_draft_says_how_far_and_excuses_the_rule_once_it_is_signed(
    tmp_path: Path, rule: dict[str, Any], data: Any, allows: dict[str, str]
) -> None:
    world = world_of(tmp_path, rule, data=data)
    before = json.loads(world.payload())["predicate"]
    assert before["rules"][0]["status"] in ("fail", "undecided"), before["rules"][0]["reason"]
    made = drafted(world, wish("house/R-1"))
    assert words(made.waiver.allows) == allows
    path = write_draft(made, world.waivers)
    claim = document_claim(path, "waiver", made.waiver.id, WAIVER, "okafor", "waiver-authority", world.now)
    add(world.waivers / "claims.jsonl", claim)
    after = json.loads(world.payload(world.gate(waived=True)))["predicate"]
    assert [waiver["state"] for waiver in after["waivers"]] == ["used"], after["waivers"][0]["told"]
    assert after["decision"] == "ALLOWED"


def test_the_draft_is_written_as_a_waiver_that_reads_back(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000), now=NOW)
    made = drafted(world, wish(ticket="RISK-1", only_for=(("attribute", "sex"),)))
    write_draft(made, world.waivers)
    (read,) = load_waivers(world.waivers)
    assert (read.id, read.rule, read.version, read.ticket) == ("W-2026-001", FAIRNESS, "1.4.0", "RISK-1")
    assert (read.valid_from, read.expires, read.only_for) == ("2026-11-22", "2027-02-28", (("attribute", "sex"),))
    assert words(read.allows) == words(made.waiver.allows)


@pytest.mark.parametrize(("binds", "bound"), [("build", "build"), ("version", "version"), ("model", "model")])
def test_a_draft_is_bound_as_it_was_asked_for(tmp_path: Path, binds: Any, bound: str) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000), now=NOW)
    assert drafted(world, wish(binds=binds)).waiver.binding == bound


def test_several_slices_are_excused_by_the_furthest_of_them(tmp_path: Path) -> None:
    rule = {"check": "data.completeness", "with": {"columns": ["a", "b"]}, "at_least": "99 %"}
    data = rows(
        (900, {"a": 1, "b": 1, **_right()}),
        (90, {"a": None, "b": 1, **_right()}),
        (10, {"a": 1, "b": None, **_right()}),
    )
    world = world_of(tmp_path, rule, data=data)
    both = drafted(world, wish("house/R-1"))
    (one,) = [drafted(world, wish("house/R-1", only_for=(("column", "a"),)))]
    assert words(both.waiver.allows) == words(one.waiver.allows) == {"at_least": "91 %"}
    assert [told.partition(":")[0] for told in one.excuses] == ["column=a"]


def _right() -> dict[str, Any]:
    return {"sex": "m", "y": 1, "yhat": 1}


def test_a_draft_says_which_check_it_is_for(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000), now=NOW)
    made = drafted(world)
    assert made.waiver.check == "fairness.demographic_parity_difference"
    write_draft(made, world.waivers)
    (read,) = load_waivers(world.waivers)
    assert read.check == made.waiver.check


def test_a_draft_for_one_part_of_a_rule_is_for_its_check_alone(tmp_path: Path) -> None:
    completeness = {"check": "data.completeness", "with": {"column": "x"}, "at_least": "99 %"}
    rule = {"all_of": [completeness, {"check": "performance.accuracy", "at_least": "50 %"}]}
    data = rows((100, {"x": 1, **_right()}), (900, {"x": None, **_right()}))
    made = drafted(world_of(tmp_path, rule, data=data), wish("house/R-1"))
    assert (made.waiver.check, words(made.waiver.allows)) == ("data.completeness", {"at_least": "10 %"})


def test_a_draft_whose_number_would_mean_two_things_is_not_written(tmp_path: Path) -> None:
    parts = [{"check": "data.maximum", "with": {"column": name}, "at_most": 55} for name in ("income", "age")]
    data = rows((100, {"income": 390.0, "age": 40.0, **_right()}))
    with pytest.raises(UsageError) as caught:
        drafted(world_of(tmp_path, {"all_of": parts}, data=data), wish("house/R-1"))
    told = "one number cannot speak of `data.maximum` of `income` and `data.maximum` of `age`"
    assert str(caught.value) == f"no waiver can say this: {told}"
    assert "make them rules of their own" in caught.value.hint


def test_what_another_waiver_would_have_to_excuse_is_said(tmp_path: Path) -> None:
    rule = {"check": "data.completeness", "with": {"columns": ["a", "none"]}, "at_least": "99 %"}
    data = rows((100, {"a": 1, **_right()}), (900, {"a": None, **_right()}))
    world = world_of(tmp_path, rule, data=data)
    failing = drafted(world, wish("house/R-1"))
    assert (len(failing.excuses), len(failing.leaves)) == (1, 1)
    doubt = drafted(world, wish("house/R-1", doubt=Cause.MISSING))
    assert words(doubt.waiver.allows) == {"undecided": "missing"}


@pytest.mark.parametrize(
    ("asked", "message", "hint"),
    [
        (wish("house/R-3"), "the report has no rule `house/R-3`", "did you mean `house/R-"),
        (wish("R-2"), "the report has no rule `R-2`", "did you mean `house/R-2`?"),
        (wish("house/R-1"), "`house/R-1` passed, so there is nothing to waive", "name a rule that stops the release"),
        (wish(only_for=(("attribute", "age"),)), "nothing in `house/R-2` is open for `attribute=age`", "attribute=sex"),
        (wish(doubt=Cause.STALE), "nothing in `house/R-2` is undecided for `stale`", "leave `--doubt` out"),
        (wish(expires="2026-11-21"), "a waiver that ends on 2026-11-21 excuses nothing", "name a later day"),
        (wish(expires="2026-12-01", valid_from="2026-12-02"), "a waiver that ends on 2026-12-01 excuses nothing", ""),
        (wish(expires="soon"), "`soon` is not a day", "write it as 2026-11-22"),
        (wish(reason=" "), "the reason is empty", "--reason"),
        (wish(requested_by=""), "the name is empty", "--requested-by"),
        (wish(id="../W"), "`../W` cannot name a waiver", "use letters"),
        (wish(id="2027-1"), "`2027-1` cannot name a waiver", "begin with a letter"),
    ],
)
def test_what_cannot_be_asked_for_is_said(tmp_path: Path, asked: Wish, message: str, hint: str) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000), now=NOW)
    with pytest.raises(UsageError) as caught:
        drafted(world, asked)
    assert str(caught.value) == message and hint in caught.value.hint


@pytest.mark.parametrize(
    ("enforcement", "message"),
    [
        ("absolute", "nobody can waive `house/R-1`: it is absolute"),
        ("advisory", "`house/R-1` only advises, so there is nothing to waive"),
    ],
)
def test_a_rule_that_nobody_may_or_needs_to_waive_is_refused(tmp_path: Path, enforcement: str, message: str) -> None:
    world = world_of(tmp_path, {**EQUAL, "enforcement": enforcement}, data=people(women=(300, 1000)))
    with pytest.raises(UsageError) as caught:
        drafted(world, wish("house/R-1"))
    assert str(caught.value) == message


def test_a_draft_is_never_written_over_another_file(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000), now=NOW)
    write_draft(drafted(world, wish(id="W-9")), world.waivers)
    with pytest.raises(UsageError, match="exists already, and is not overwritten"):
        write_draft(drafted(world, wish(id="W-9")), world.waivers)


def test_the_next_free_number_is_taken(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000), now=NOW)
    names = [write_draft(drafted(world), world.waivers).name for _ in range(3)]
    assert names == ["W-2026-001.yaml", "W-2026-002.yaml", "W-2026-003.yaml"]


def test_a_draft_that_the_trust_file_would_not_let_count_is_not_written(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000), now=NOW)
    terms = world.authority().stage("production").waivers
    drafted(world, wish(expires="2027-03-21"), terms=terms)
    with pytest.raises(UsageError, match="it holds for 121 days, and the trust file accepts at most 120"):
        drafted(world, wish(expires="2027-03-22"), terms=terms)


UNITS = (Unit.SHARE, Unit.DIFFERENCE, Unit.DURATION, Unit.SIZE, Unit.COUNT, Unit.NUMBER)
NUMBERS = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**9)


@given(value=NUMBERS, unit=st.sampled_from(UNITS), up=st.booleans())
def test_a_bound_holds_the_number_it_was_made_for_and_lies_within_a_hundredth(
    value: Fraction, unit: Unit, up: bool
) -> None:
    read = parse(outward(value, unit, up=up), unit).value
    assert read >= value if up else read <= value
    slack = Fraction(1) if unit is Unit.COUNT else abs(value) / 100
    assert abs(read - value) <= slack

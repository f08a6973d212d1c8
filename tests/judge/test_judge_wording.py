"""The sentence of a verdict: its three outcomes cannot be mistaken for one another."""

from __future__ import annotations

import math
from typing import get_args

import pytest

from policykit.judge.wording import Outcome, against_champion, interval_words
from policykit.terms.estimate import Estimate
from policykit.terms.policy import Constraint, Relative
from policykit.terms.quantity import Unit, parse

TEN = parse("10 pp", Unit.DIFFERENCE)
FIFTEEN = parse("15 pp", Unit.DIFFERENCE)
AROUND = Estimate(0.202, 0.121, 0.275, 500, "test")
EXACT = Estimate(0.202, 0.202, 0.202, 500, "test")


@pytest.mark.parametrize(
    ("limit", "outcome", "said"),
    [
        (Constraint(at_most=TEN), "met", "is surely at most 10 pp"),
        (Constraint(at_most=TEN), "broken", "is surely above 10 pp"),
        (Constraint(at_most=TEN), "open", "may or may not be at most 10 pp"),
        (Constraint(at_least=TEN), "broken", "is surely below 10 pp"),
        (Constraint(above=TEN), "broken", "is surely at most 10 pp"),
        (Constraint(below=TEN), "broken", "is surely at least 10 pp"),
        (Constraint(between=(TEN, FIFTEEN)), "broken", "is surely not between 10 pp and 15 pp"),
        (Constraint(above=TEN, below=FIFTEEN), "broken", "is surely not above 10 pp, and below 15 pp"),
        (Constraint(at_most=TEN, surely_at_most=FIFTEEN), "met", "is at most 10 pp, and surely at most 15 pp"),
        (Constraint(at_most=TEN, surely_at_most=FIFTEEN), "broken", "is surely above 10 pp"),
    ],
)
def test_an_interval_is_said_to_lie_within_beyond_or_across_its_limit(
    limit: Constraint, outcome: Outcome, said: str
) -> None:
    told = interval_words(AROUND, limit, Unit.DIFFERENCE, outcome, "95 %")
    assert told == f"20.2 pp (from 12.1 pp to 27.5 pp) {said}, at 95 %"


@pytest.mark.parametrize(
    ("limit", "outcome", "said"),
    [
        (Constraint(at_most=TEN), "met", "is at most 10 pp"),
        (Constraint(at_most=TEN), "broken", "is above 10 pp"),
        (Constraint(equals=TEN), "broken", "is not exactly 10 pp"),
    ],
)
def test_an_exact_number_is_said_without_doubt(limit: Constraint, outcome: Outcome, said: str) -> None:
    assert interval_words(EXACT, limit, Unit.DIFFERENCE, outcome, "95 %") == f"20.2 pp {said}"


@pytest.mark.parametrize(
    ("way", "outcome", "said"),
    [
        ("worse_by_at_most", "met", "is surely at most 10 pp worse than that of the champion"),
        ("worse_by_at_most", "broken", "is surely more than 10 pp worse than that of the champion"),
        ("worse_by_at_most", "open", "may or may not be at most 10 pp worse than that of the champion"),
        ("better_by_at_least", "broken", "is surely less than 10 pp better than that of the champion"),
    ],
)
def test_a_contrast_with_the_champion_is_said_with_its_sign(way: str, outcome: Outcome, said: str) -> None:
    contrast = Estimate(-0.05, -math.inf, 0.01, 500, "test")
    limit = Constraint(relative=Relative(way, TEN))  # type: ignore[arg-type]  # one of its two words
    told = against_champion(contrast, limit, Unit.DIFFERENCE, outcome, "95 %")
    assert told == f"−5 pp against the champion (from unknown to +1 pp) {said}, at 95 %"


def test_a_point_against_the_champion_is_said_without_interval_and_without_surely() -> None:
    point = Estimate(-0.058, -0.058, -0.058, 6, "test")
    limit = Constraint(relative=Relative("worse_by_at_most", parse("1 pp", Unit.DIFFERENCE)))
    told = against_champion(point, limit, Unit.DIFFERENCE, "broken", "no confidence")
    assert told == "−5.8 pp against the champion is more than 1 pp worse than that of the champion"


@pytest.mark.parametrize("limit", [Constraint(at_most=TEN), Constraint(between=(TEN, FIFTEEN)), Constraint(equals=TEN)])
def test_no_two_outcomes_read_alike(limit: Constraint) -> None:
    told = [interval_words(AROUND, limit, Unit.DIFFERENCE, outcome, "95 %") for outcome in get_args(Outcome)]
    assert len(set(told)) == 3
    assert sum("may or may not" in each for each in told) == 1

"""Model cards and reviews: what is said about a model, and when it was last looked at."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from counting_by_hand import ask
from pydantic import ValidationError

import policykit.checks.governance.model_card as module
from policykit.checks.governance.model_card import ModelCard
from policykit.checks.governance.review_due import ReviewDue
from policykit.terms.check import Answer
from policykit.terms.estimate import Estimate
from policykit.terms.verdict import Cause, Unmeasured

FRONT = {
    "name": "loan-default",
    "version": "1.4.0",
    "owners": {"model": "a.silva@acme.example"},
    "intended_use": "Price loans.",
}
TITLES = [
    "Intended use",
    "Training data",
    "Evaluation data",
    "Metrics",
    "Ethical considerations",
    "Caveats and recommendations",
]
SECTIONS = [{"title": title, "level": 2, "text": "Said."} for title in TITLES]


def card(front: Any = FRONT, sections: Any = SECTIONS, sections_wanted: Any = None) -> Answer:
    params = {} if sections_wanted is None else {"sections": sections_wanted}
    stated = {"front": front, "sections": sections, "text": ""}
    return ask(
        ModelCard(**params),
        facts={"documents": {"card": stated}, "bundle": {"name": "loan-default", "version": "1.4.0"}},
    )


def problems(front: Any = FRONT, sections: Any = SECTIONS, **params: Any) -> list[str]:
    answer = card(front, sections, **params)
    assert isinstance(answer, Estimate), answer
    told = answer.detail.split("; ") if answer.detail else []
    assert answer.exact == len(told)
    return told


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in FRONT.items() if name != key}


def test_a_complete_card_has_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize("key", ["name", "version", "owners", "intended_use"])
def test_front_matter_that_is_not_stated_is_a_problem(key: str) -> None:
    assert problems(without(key)) == [f"`{key}` is not stated"]


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("intended_use", "  ", "`intended_use` is blank"),
        ("owners", {}, "`owners` is blank"),
        ("owners", "", "`owners` is blank"),
        ("owners", [], "`owners` is blank"),
        ("owners", {"model": " "}, "`owners.model` is blank"),
        ("owners", {"model": 7}, "`owners.model` is not a text"),
        ("owners", ["a", None], "`owners[1]` is not a text"),
        ("owners", 7, "`owners` is not a text or a list or an object"),
        ("metrics", ["auc"], "`metrics` is not an object"),
        ("metrics", {"auc": None}, "`metrics.auc` is not a number or a text"),
        ("name", "loan-approval", "the card is of name `loan-approval`, and the bundle of `loan-default`"),
        ("version", "1.3.0", "the card is of version `1.3.0`, and the bundle of `1.4.0`"),
    ],
)
def test_malformed_front_matter_is_told(key: str, value: Any, told: str) -> None:
    assert problems({**FRONT, key: value}) == [told]


def test_all_problems_are_told_at_once() -> None:
    assert len(problems({"version": "0.1"}, [])) == 3 + 1 + len(TITLES)


@pytest.mark.parametrize("front", [{}, None])
def test_a_card_without_front_matter_is_told_once(front: Any) -> None:
    assert problems(front) == ["there is no front matter"]


def test_the_schema_is_a_schema_and_says_what_an_independent_validator_says() -> None:
    schema = json.loads(module._SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(FRONT, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(without("owners"), schema)


@pytest.mark.parametrize(
    "title", ["Intended Use", "2. Intended use", "INTENDED USE and users", "Primary intended use:"]
)
def test_a_heading_is_found_by_its_words(title: str) -> None:
    assert problems(sections=[{"title": title, "level": 3, "text": "Said."}], sections_wanted=["Intended use"]) == []


@pytest.mark.parametrize("title", ["Unintended use", "Use", "Intended", "Intended (non-)use", "Intended user"])
def test_a_heading_of_other_words_is_another(title: str) -> None:
    told = problems(sections=[{"title": title, "level": 2, "text": "Said."}], sections_wanted=["Intended use"])
    assert told == ["there is no section `Intended use`"]


@pytest.mark.parametrize(
    "nothing", ["", "  ", "TODO", "*TBD*", "_to be written_", "N/A", "[More Information Needed]", "-", "---"]
)
def test_a_section_that_says_nothing_is_a_problem(nothing: str) -> None:
    told = problems(sections=[{"title": "Metrics", "level": 2, "text": nothing}], sections_wanted=["Metrics"])
    assert told == ["the section `Metrics` says nothing"]


@pytest.mark.parametrize(("level", "told"), [(3, []), (2, ["the section `Metrics` says nothing"])])
def test_text_under_a_smaller_heading_belongs_to_the_larger_one(level: int, told: list[str]) -> None:
    found = [{"title": "Metrics", "level": 2, "text": ""}, {"title": "Recall", "level": level, "text": "0.5"}]
    assert problems(sections=found, sections_wanted=["Metrics"]) == told


def test_text_before_the_first_heading_is_no_section() -> None:
    found = [{"title": "", "level": 0, "text": "Metrics: all fine."}]
    assert problems(sections=found, sections_wanted=["Metrics"]) == ["there is no section `Metrics`"]


@pytest.mark.parametrize("odd", [None, [], "text", {"unit": "ms", "samples": [1]}])
def test_a_document_that_is_no_card_is_of_the_wrong_type(odd: Any) -> None:
    answer = ask(ModelCard(), facts={"documents": {"card": odd}, "bundle": {"name": "a", "version": "1"}})
    assert answer == Unmeasured(Cause.WRONG_TYPE, "the document `card` is not Markdown with front matter")


def test_no_card_is_missing() -> None:
    answer = ask(ModelCard(), facts={"bundle": {"name": "a", "version": "1"}})
    assert answer == Unmeasured(Cause.MISSING, "nothing is stated under `documents.card`")


@pytest.mark.parametrize("odd", [[""], ["--"], [7]])
def test_a_section_has_a_name_of_words(odd: Any) -> None:
    with pytest.raises(ValidationError):
        ModelCard(sections=odd)


def review(stated: dict[str, Any], **params: Any) -> Answer:
    return ask(ReviewDue(**params), facts={"facts": {"review": stated}})


def test_a_review_has_an_age_in_days() -> None:
    answer = review({"last": "2026-10-14"})
    assert isinstance(answer, Estimate)
    assert answer.exact == 39 * 86_400
    assert answer.detail == "reviewed on 2026-10-14"


def test_a_review_to_come_is_none() -> None:
    told = "the day of the last review, 2026-12-01, lies after the day of judging, 2026-11-22"
    assert review({"last": "2026-12-01"}) == Unmeasured(Cause.UNDEFINED, told)


def test_a_review_on_no_day_is_none() -> None:
    told = "the day of the last review is `last spring`, not a day such as 2026-10-31"
    assert review({"last": "last spring"}) == Unmeasured(Cause.WRONG_TYPE, told)


def test_no_review_is_missing() -> None:
    assert review({}) == Unmeasured(Cause.MISSING, "nothing is stated under `facts.review.last`")


def test_minutes_count_only_where_they_are_asked_for() -> None:
    assert isinstance(review({"last": "2026-10-14"}), Estimate)
    assert isinstance(review({"last": "2026-10-14", "minutes": "MRB-112"}, minutes=True), Estimate)
    told = "nothing is stated under `facts.review.minutes`"
    assert review({"last": "2026-10-14"}, minutes=True) == Unmeasured(Cause.MISSING, told)


@pytest.mark.parametrize("blank", ["", "  ", None, 7])
def test_minutes_that_say_nothing_are_missing(blank: Any) -> None:
    told = "`facts.review.minutes` does not say where the review is written down"
    assert review({"last": "2026-10-14", "minutes": blank}, minutes=True) == Unmeasured(Cause.MISSING, told)

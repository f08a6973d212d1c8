"""What people are told: the decision, three reasons, who acts, a link; and nothing in a name turns it into anything else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from policykit.render.message import message
from policykit.report.layout import layout
from tests.hostile.naughty_names import names
from tests.render.render_reports import allowed, blocked, held, many, named


def test_a_blocked_release_is_told_with_its_reasons_and_who_acts() -> None:
    said = message(layout(blocked()), link="https://ci.bank.example/runs/7")
    assert said.tone == "blocked"
    assert re.fullmatch(r"BLOCKED \S+ \S+ for production", said.title)
    lines = said.body.split("\n")
    assert lines[0] == layout(blocked()).reason
    assert lines[2].startswith("1. ")
    assert "Who acts next:" in lines
    assert lines[-1] == "https://ci.bank.example/runs/7"


def test_an_allowed_release_says_so_and_asks_nobody_for_anything() -> None:
    said = message(layout(allowed()))
    assert said.title.startswith("ALLOWED ")
    assert "Who acts next" not in said.body


def test_a_held_release_names_what_is_not_shown_yet() -> None:
    said = message(layout(held()))
    assert said.title.startswith("HELD ")
    assert "not shown yet" in said.body


def test_an_audit_and_a_trial_are_said_in_the_title() -> None:
    assert message(layout(replace(allowed(), mode="audit"))).title.endswith("(audit)")


def test_of_many_reasons_three_are_told_and_the_rest_counted() -> None:
    page = layout(many(40))
    body = message(page).body
    assert len(re.findall(r"(?m)^\d\. ", body)) <= 3
    assert f"and {len(page.deciding) - 3} more" in body if len(page.deciding) > 3 else True


@pytest.mark.parametrize("name", names())
def test_a_name_is_one_line_of_plain_text(name: str) -> None:
    said = message(layout(named(name)))
    assert "\n" not in said.title
    assert len(said.title) < 400
    assert said.body.count("\n") <= 14
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", said.title + said.body)


@pytest.mark.parametrize(
    "name",
    ["@everyone", "x @here y", "<!channel>", "<@U123>", "<#C1>", "<!here|x>", "[click](https://evil.example)", "<https://evil.example|ok>",
     "@channel", "<a href=x>", "[x][y]"],
)  # fmt: skip
def test_a_name_calls_nobody_and_links_nowhere(name: str) -> None:
    said = message(layout(named(name)))
    assert name not in said.title + said.body
    assert not re.search(r"@(everyone|here|channel|all)\b|<[!@#]|\]\(|<https?:", said.title + said.body)


def test_an_owner_keeps_the_address_that_people_write_to() -> None:
    assert "@" in message(layout(blocked())).body
    assert "@ " not in message(layout(blocked())).body

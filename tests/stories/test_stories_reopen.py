"""A stored report shown again says what it said: the same page, nothing judged, old and broken ones told apart."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from policykit.canon import canonical
from policykit.errors import VerificationError
from policykit.report.layout import layout
from policykit.stories.gate import Judged
from policykit.stories.pages import Page
from policykit.stories.reopen import NOBODY, UNSIGNED, lying_in, placed, reopened, stored
from policykit.stories.screen import Screen
from policykit.terms.decision import Decision
from tests.build import ACCURATE, ENOUGH, EQUAL, judged, people
from tests.clock import NOW

LATE = {"check": "latency.p99", "at_most": "200 ms", "owner": "platform@acme.example", "fix": "look at the slowest"}
EITHER = {
    "any_of": [
        {"check": "performance.accuracy", "at_least": "99 %"},
        {"check": "data.row_count", "at_least": 10},
    ]
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder = tmp_path_factory.mktemp("reopen")
    data = people(men=(900, 1000), women=(400, 1000))
    return judged(folder, ACCURATE, EQUAL, ENOUGH, LATE, EITHER, data=data)


@pytest.fixture
def said(run: Judged) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(canonical(run.predicate()))
    return made


@pytest.mark.parametrize("name", ["text", "markdown", "comment", "html", "sarif", "junit", "github"])
def test_a_report_shown_again_is_the_same_page(run: Judged, said: dict[str, Any], name: str) -> None:
    root = run.plan.bundle.root
    assert root is not None
    again = placed(reopened(said), lying_in(said, [str(root.parent / "policy.yaml")]))
    assert Page(again).shown(name, Screen()) == Page(run.report).shown(name, Screen())


def test_without_the_policies_at_hand_a_place_is_the_path_that_the_report_knows(said: dict[str, Any]) -> None:
    assert {line.rule.place.path for line in reopened(said).rules} == {"policy.yaml"}
    assert lying_in(said, []) == {}


def test_nothing_is_judged_again(run: Judged, said: dict[str, Any]) -> None:
    for rule in said["rules"]:
        rule["status"] = "pass"
        for finding in rule["findings"]:
            finding["status"] = "pass"
    said["decision"] = "ALLOWED"
    again = reopened(said)
    assert run.report.decision is not Decision.ALLOWED
    assert again.decision is Decision.ALLOWED
    assert {str(line.verdict.status) for line in again.rules} == {"pass"}


def test_a_report_whose_decision_does_not_follow_from_its_own_rules_is_not_shown(said: dict[str, Any]) -> None:
    said["decision"] = "ALLOWED"
    with pytest.raises(VerificationError, match=r"says ALLOWED, and (BLOCKED|HELD) follows from its rules") as caught:
        reopened(said)
    assert caught.value.reason == "decision"


def test_the_report_has_the_word_where_its_policy_says_otherwise(said: dict[str, Any]) -> None:
    said["rules"][0]["title"] = "another title"
    said["rules"][0]["owner"] = "somebody@else.example"
    first = reopened(said).rules[0].rule
    assert (first.title, first.owner) == ("another title", "somebody@else.example")


def test_a_policy_that_this_version_cannot_read_leaves_its_rules_as_the_report_says_them(said: dict[str, Any]) -> None:
    said["policies"][0]["text"] = "policykit: policy/1\nid: house\n"
    again = reopened(said)
    assert [line.rule.title for line in again.rules] == [f"Rule {at}" for at in range(1, 6)]
    shown = layout(again)
    assert all(finding.bar is None for rule in shown.rules for finding in rule.findings)
    assert all(Page(again).shown(name, Screen()) for name in ("text", "html", "sarif", "junit", "comment"))


def test_measurements_that_this_version_cannot_read_are_a_note(said: dict[str, Any]) -> None:
    said["measurements"] = [{"id": "m-1", "measure": {"kind": "of tomorrow"}}]
    again = reopened(said)
    assert again.evidence == ()
    assert [notice.code for notice in again.notices if notice.level == "note"] == ["evidence_unread"]


def test_a_report_of_an_older_version_is_shown(said: dict[str, Any]) -> None:
    for name in ("waivers", "history", "trust", "champion", "isolation", "inputsDigest"):
        said.pop(name, None)
    for rule in said["rules"]:
        rule.pop("excused")
    assert reopened(said).waivers == ()


@pytest.mark.parametrize(
    "day", ["9\x1b[2J|<img src=x onerror=alert(1)> @everyone", "tomorrow", "20261201", "2026-13-01"]
)
def test_a_day_that_is_none_is_refused_and_not_shown(said: dict[str, Any], day: str) -> None:
    said["rules"][0].update(advisory=True, blockFrom=day)
    if day != "20261201":
        with pytest.raises(VerificationError) as caught:
            reopened(said)
        assert caught.value.reason == "incomplete" and day not in str(caught.value)
    else:
        assert reopened(said).rules[0].rule.block_from == "2026-12-01"


def test_a_rule_that_is_rolled_out_is_told_alike_from_its_stored_report(said: dict[str, Any]) -> None:
    said["rules"][0].update(advisory=True, blockFrom="2026-12-11", rolledOut=True)
    told = [rule.advisory for rule in layout(reopened(said)).rules if rule.advisory]
    assert "advisory until 2026-12-10, blocks from 2026-12-11: the policy is being rolled out" in told


def test_a_version_of_five_thousand_digits_is_no_crash(said: dict[str, Any]) -> None:
    said["engine"]["semantics"] = "9" * 5000
    assert reopened(said).decision is not Decision.ALLOWED


@pytest.mark.parametrize("semantics", ["2", "999999999"])
def test_a_report_by_a_newer_version_is_refused_by_its_own_reason(said: dict[str, Any], semantics: str) -> None:
    said["engine"]["semantics"] = semantics
    with pytest.raises(VerificationError, match="newer version") as caught:
        reopened(said)
    assert caught.value.reason == "newer"


def test_a_statement_of_a_newer_form_is_refused_by_its_own_reason(said: dict[str, Any]) -> None:
    later = {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://policykit.dev/gate-report/v2",
        "subject": [],
        "predicate": said,
    }
    with pytest.raises(VerificationError) as caught:
        stored(json.dumps(later).encode(), None, now=NOW)
    assert caught.value.reason == "newer"


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b'{"decision": "ALLOWED"}',
        b'{"decision": null, "error": "x", "hint": "", "problems": []}',
        b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}',
        b'{"a": 1, "a": 2}',
        b"policykit: policy/1",
    ],
)
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(VerificationError):
        reopened(stored(data, None, now=NOW).said)


def test_any_part_that_is_missing_or_of_another_kind_is_refused_or_shown_never_a_crash(said: dict[str, Any]) -> None:
    def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        found = [path] if path else []
        match value:
            case dict():
                for name in value:
                    found += places(value[name], (*path, name))
            case list() if value:
                found += places(value[0], (*path, 0))
        return found

    shown = refused = 0
    for path in places({name: value for name, value in said.items() if name != "measurements"}):
        for wrong in (None, 7, "x", [], {}):
            broken = copy.deepcopy(said)
            inside = broken
            for name in path[:-1]:
                inside = inside[name]
            inside[path[-1]] = wrong
            try:
                made = Page(reopened(broken))
                made.shown("github", Screen())
                shown += 1
            except VerificationError:
                refused += 1
    assert shown and refused


def test_a_plain_report_is_always_unverified(said: dict[str, Any]) -> None:
    found = stored(json.dumps(said).encode(), None, now=NOW)
    assert found.stamps == (("unverified", UNSIGNED),)
    assert "UNVERIFIED" in Page(reopened(found.said), stamps=found.stamps).shown("markdown", Screen())
    assert NOBODY != UNSIGNED


def test_reopening_needs_no_file_of_the_bundle(run: Judged, said: dict[str, Any], tmp_path: Path) -> None:
    root = run.plan.bundle.root
    assert root is not None
    hidden = root.rename(tmp_path / "gone")
    try:
        assert reopened(said).subject == run.report.subject
    finally:
        hidden.rename(root)

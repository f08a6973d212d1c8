"""`policykit approve`: what is signed was verified first, and a signature that would not count is not made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.claims_file import read_claims
from policykit.attest.statement import APPROVAL
from policykit.canon import digest
from policykit.errors import UsageError
from policykit.stories.review import read_review
from tests.attest.timestamp_authority import make_authority, serving
from tests.clock import NOW
from tests.stories.approving import Captured, approve, counted, last, refused
from tests.trust_world import AUTHOR, ROLES, World, make_world, rfc3339, trust_document

REVIEW = {
    "platform": "github",
    "url": "https://github.com/acme/models/pull/7#pullrequestreview-1",
    "login": "asilva",
    "commit": "ab" * 20,
    "at": "2026-11-22T09:30:00Z",
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "w")


# reports


def test_an_approval_says_which_report_for_which_stage_as_whom_and_why(world: World, capsys: Captured) -> None:
    assert approve(world, world.report, "keller", "-s", "production", "--comment", "seen on Friday") == 0
    said, report = last(world.claims), json.loads(world.payload())
    assert said["predicateType"] == APPROVAL
    assert said["subject"] == report["subject"]
    assert said["predicate"] == {
        "report": {
            "payload": f"sha256:{digest(world.payload())}",
            "verdictDigest": report["predicate"]["verdictDigest"],
            "decision": "ALLOWED",
        },
        "stage": "production",
        "role": "release-manager",
        "time": said["predicate"]["time"],
        "comment": "seen on Friday",
        "review": {},
    }
    assert capsys.readouterr().out == (
        f"approved the report on `loans` 1.4.0 for `production`, sha256 {digest(world.payload())}: "
        f"signed by keller (m.keller@bank.example) as release-manager, added to {world.claims}\n"
    )
    assert counted(world, world.claims, "release-manager", APPROVAL).by.who == "m.keller@bank.example"


def test_two_people_approve_in_two_lines(world: World) -> None:
    before = len(read_claims(world.claims))
    for by in ("keller", "silva"):
        assert approve(world, world.report, by, "-s", "production", "--bundle", world.bundle) == 0
    assert len(read_claims(world.claims)) == before + 2


def test_claims_may_lie_elsewhere(world: World, tmp_path: Path) -> None:
    before = world.claims.read_bytes()
    assert approve(world, world.report, "keller", "-s", "production", "--claims", tmp_path / "other.jsonl") == 0
    assert (len(read_claims(tmp_path / "other.jsonl")), world.claims.read_bytes()) == (1, before)


def test_with_a_key_alone_the_report_is_verified_and_the_rest_is_left_open(world: World, capsys: Captured) -> None:
    words = ["--key", world.public("gate"), "--role", "release-manager"]
    assert approve(world, world.report, "stranger", *words, trust=False) == 0
    key_id = world.signer("stranger").public.id
    assert f"signed by the key {key_id} as release-manager, added to" in (told := capsys.readouterr().out)
    assert told.endswith("; whether that counts is for a trust file to say\n")
    assert last(world.claims)["predicate"]["stage"] == "production"
    assert last(world.claims)["predicate"]["role"] == "release-manager"


def test_nobody_signs_as_nobody(world: World, capsys: Captured) -> None:
    before = world.claims.read_bytes()
    found = approve(world, world.report, "keller", "--key", world.public("gate"), trust=False)
    told = refused(2, "it is not said in which role this is signed", found, capsys)
    assert "name it with `--role`, or the trust file with `--trust`" in told
    found = approve(world, world.waiver(signed_by=()), "okafor", trust=False)
    refused(2, "it is not said in which role this is signed", found, capsys)
    assert world.claims.read_bytes() == before and not (world.waivers / "claims.jsonl").exists()


def test_nobody_approves_what_was_not_verified(world: World, capsys: Captured) -> None:
    before = world.claims.read_bytes()
    refused(4, "[no_key]", approve(world, world.report, "keller", trust=False), capsys)
    wrong = approve(world, world.report, "keller", "--key", world.public("gate-b"), trust=False)
    refused(4, "[wrong_key]", wrong, capsys)
    assert world.claims.read_bytes() == before


@pytest.mark.parametrize(
    ("by", "reason"), [("okafor", "[role]"), ("gate", "[role]"), ("stranger", "[unknown_signer]"), ("office", "[role]")]
)
def test_whose_approval_would_not_count_is_told_before_it_is_written(
    world: World, capsys: Captured, by: str, reason: str
) -> None:
    before = world.claims.read_bytes()
    refused(4, reason, approve(world, world.report, by, "-s", "production"), capsys)
    assert world.claims.read_bytes() == before


def test_a_report_that_does_not_allow_is_not_approved(tmp_path: Path, capsys: Captured) -> None:
    world = make_world(tmp_path / "w", women=(300, 1000))
    told = refused(4, "[not_allowed]", approve(world, world.report, "keller", "-s", "production"), capsys)
    assert "the report says BLOCKED: an approval of it would allow nothing" in told


def test_whoever_made_the_report_does_not_approve_it(tmp_path: Path, capsys: Captured) -> None:
    roles = {**ROLES, "release-manager": ["keller", "gate"]}
    keys = trust_document(datetime.now(UTC))["keys"]
    keys["gate"]["who"] = "g.gate@bank.example"
    world = make_world(tmp_path / "w", trust={"roles": roles, "keys": keys})
    told = refused(4, "[approvals]", approve(world, world.report, "gate", "-s", "production"), capsys)
    assert "it would not count: `g.gate@bank.example` made the report" in told
    assert "have somebody else approve it, who has seen the report" in told


def test_whoever_made_the_model_does_not_approve_it(tmp_path: Path, capsys: Captured) -> None:
    world = make_world(tmp_path / "w")
    keys = json.loads(world.trust.read_text())["keys"]
    keys["keller"]["who"] = AUTHOR.upper()
    world.write_trust(version=2, keys=keys)
    assert approve(world, world.report, "keller", "-s", "production") == 0
    capsys.readouterr()
    found = approve(world, world.report, "keller", "-s", "production", "--bundle", world.bundle)
    assert f"`{AUTHOR.upper()}` is the author of the model" in refused(4, "[approvals]", found, capsys)


def test_the_stage_has_to_be_said_where_there_are_several(world: World, capsys: Captured) -> None:
    told = refused(4, "[stage_unsaid]", approve(world, world.report, "keller"), capsys)
    assert "it speaks of `production`, `staging`" in told


def test_a_stage_that_asks_for_no_approval_is_said(world: World, capsys: Captured) -> None:
    staging = world.gate("staging.json", stage="staging")
    found = approve(world, staging, "keller", "-s", "staging")
    refused(2, "asks for no approval at the stage `staging`", found, capsys)


def test_a_stage_that_nobody_knows_is_refused(world: World, capsys: Captured) -> None:
    refused(4, "[trust_stage]", approve(world, world.report, "keller", "-s", "moon"), capsys)


def test_a_report_without_a_stage_is_approved_for_none(world: World, capsys: Captured) -> None:
    report = world.gate("free.json", stage=None)
    found = approve(world, report, "keller", "--key", world.public("gate"), trust=False)
    refused(2, "there is nothing to approve it for", found, capsys)


def test_of_several_roles_the_one_the_signer_has_is_signed_and_another_is_refused(
    tmp_path: Path, capsys: Captured
) -> None:
    asked = [{"role": "release-manager"}, {"role": "waiver-authority"}]
    world = make_world(tmp_path / "w", terms={"approvals": asked})
    assert approve(world, world.report, "okafor", "-s", "production") == 0
    assert last(world.claims)["predicate"]["role"] == "waiver-authority"
    assert approve(world, world.report, "keller", "-s", "production", "--role", "release-manager") == 0
    capsys.readouterr()
    refused(
        4, "[role]", approve(world, world.report, "keller", "-s", "production", "--role", "waiver-authority"), capsys
    )
    told = refused(
        2,
        "nobody is asked as `king` here",
        approve(world, world.report, "keller", "-s", "production", "--role", "king"),
        capsys,
    )
    assert "the trust file asks for `release-manager`, `waiver-authority`" in told


def test_a_comment_is_no_document(world: World, capsys: Captured) -> None:
    found = approve(world, world.report, "keller", "-s", "production", "--comment", "x" * 2001)
    refused(2, "a comment has at most 2,000 characters", found, capsys)


def test_an_approval_may_carry_a_time_stamp(tmp_path: Path) -> None:
    acme = make_authority(tmp_path / "tsa")
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "tsa.pem").write_bytes(acme.certificates)
    pinned = {"acme": {"path": "tsa.pem", "sha256": digest(acme.certificates)}}
    world = make_world(folder, trust={"timestamp_authorities": pinned})
    with serving(acme.reply) as url:
        assert approve(world, world.report, "keller", "-s", "production", "--timestamp", url) == 0
    signed = counted(world, world.claims, "release-manager", APPROVAL)
    assert set(signed.stamps) == {"acme"} and signed.by.at


def test_a_time_stamp_authority_that_is_not_there_leaves_nothing_written(world: World) -> None:
    before = world.claims.read_bytes()
    url = "http://127.0.0.1:9/"
    assert approve(world, world.report, "keller", "-s", "production", "--timestamp", url) == 74
    assert world.claims.read_bytes() == before


# reviews


@pytest.fixture
def reviewed(tmp_path: Path) -> World:
    """A world in which a workflow's key records the reviews of two people without keys."""
    accounts = {
        name: {"platform": "github", "login": name, "who": f"{name}@bank.example", "recorded_by": "office"}
        for name in ("asilva", "bjones")
    }
    roles = {**ROLES, "release-manager": ["keller", "asilva"]}
    return make_world(tmp_path / "w", trust={"accounts": accounts, "roles": roles})


def write_review(world: World, **changed: Any) -> Path:
    path = world.folder / "review.json"
    path.write_text(json.dumps({**REVIEW, **changed}))
    return path


def test_a_workflow_signs_for_a_reviewer_who_has_no_key(reviewed: World, capsys: Captured) -> None:
    seen = {**REVIEW, "at": rfc3339(reviewed.now)}
    review = write_review(reviewed, **seen)
    assert approve(reviewed, reviewed.report, "office", "-s", "production", "--review", review) == 0
    assert "signed by asilva (asilva@bank.example) as release-manager" in capsys.readouterr().out
    assert last(reviewed.claims)["predicate"]["review"] == seen
    by = counted(reviewed, reviewed.claims, "release-manager", APPROVAL).by
    assert (by.name, by.who) == ("asilva", "asilva@bank.example")


def test_a_review_by_somebody_without_the_role_is_not_signed(reviewed: World, capsys: Captured) -> None:
    review = write_review(reviewed, login="bjones")
    found = approve(reviewed, reviewed.report, "office", "-s", "production", "--review", review)
    assert "the review is by `bjones` on `github`" in refused(4, "[role]", found, capsys)


def test_a_person_with_a_key_does_not_sign_for_another(reviewed: World, capsys: Captured) -> None:
    review = write_review(reviewed)
    found = approve(reviewed, reviewed.report, "keller", "-s", "production", "--review", review)
    refused(4, "[role]", found, capsys)


def test_the_workflow_alone_approves_nothing(reviewed: World, capsys: Captured) -> None:
    found = approve(reviewed, reviewed.report, "office", "-s", "production")
    assert "this names no review" in refused(4, "[role]", found, capsys)


def test_a_review_is_read_with_every_member_checked(tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    path.write_text(json.dumps(REVIEW))
    assert read_review(path, now=NOW) == REVIEW


WRONG: list[tuple[Mapping[str, Any], str]] = [
    ({"platform": ""}, "`platform` is not the name of a platform"),
    ({"platform": "git hub"}, "`platform` is not the name of a platform"),
    ({"url": "http://github.com/x"}, "`url` is not the https address"),
    ({"url": "https://a b"}, "`url` is not the https address"),
    ({"url": "javascript:alert(1)"}, "`url` is not the https address"),
    ({"login": "a\u202eb"}, "`login` is not the account"),
    ({"login": "a b"}, "`login` is not the account"),
    ({"login": None}, "`login` is not the account"),
    ({"commit": "abc"}, "`commit` is not the whole digest"),
    ({"commit": "AB" * 20}, "`commit` is not the whole digest"),
    ({"at": "yesterday"}, "`at` is not the time"),
    ({"at": "2026-02-30T00:00:00Z"}, "`at` is not the time"),
    ({"at": "2026-11-22T09:30:00"}, "`at` is not the time"),
    ({"at": "2027-01-01T00:00:00Z"}, "`at` has not come yet"),
    ({"more": 1}, "it has 1 members that do not belong there"),
]


@pytest.mark.parametrize(("change", "told"), WRONG)
def test_a_wrong_review_is_told_with_its_fault(tmp_path: Path, change: Mapping[str, Any], told: str) -> None:
    path = tmp_path / "review.json"
    path.write_text(json.dumps({**REVIEW, **change}))
    with pytest.raises(UsageError) as caught:
        read_review(path, now=NOW)
    assert told in str(caught.value)
    assert caught.value.hint == "expected exactly `platform`, `url`, `login`, `commit`, `at`"


def test_all_faults_of_a_review_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    path.write_text('{"platform": 1, "x": 2}')
    with pytest.raises(UsageError) as caught:
        read_review(path, now=NOW)
    assert str(caught.value).count(";") == 5
    assert "`url` is missing" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the review is not JSON"),
        ("[]", "the review is not a JSON object"),
        ('{"login":"a","login":"b"}', "the review says `login` twice"),
        (" " * 70_000, "the review is not a JSON object"),
    ],
)
def test_a_review_that_is_not_one_object_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "review.json"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_review(path, now=NOW)
    assert str(caught.value).startswith(told)


def test_a_review_that_is_not_there_is_said(world: World, capsys: Captured) -> None:
    found = approve(world, world.report, "keller", "-s", "production", "--review", "none.json")
    refused(74, "cannot read the review", found, capsys)

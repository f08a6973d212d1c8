"""`policykit approve`: what is signed was verified first, and a signature that would not count is not made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.authority import Authority, Signed
from policykit.attest.claims_file import read_claims
from policykit.attest.envelope import unseal
from policykit.attest.statement import APPROVAL, POLICY, TRUST, WAIVER
from policykit.canon import digest
from policykit.cli.start import run
from policykit.errors import UsageError, VerificationError
from policykit.stories.review import read_review
from policykit.stories.trusting import open_trust
from tests.attest.timestamp_authority import make_authority, serving
from tests.clock import NOW
from tests.trust_world import AUTHOR, ROLES, World, make_world, rfc3339, trust_document

Captured = pytest.CaptureFixture[str]
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


def approve(world: World, file: Path, by: str, *more: object, trust: bool = True) -> int:
    words = ["approve", str(file), "--sign", str(world.key(by)), *(world.trust_words if trust else ())]
    return run([*words, *(str(word) for word in more)])


def authority(world: World) -> Authority:
    return open_trust(world.trust, [str(world.public("root-a"))], state=None, now=world.now + timedelta(minutes=1))


def last(path: Path) -> dict[str, Any]:
    """The statement in the last line of a claims file."""
    said: dict[str, Any] = json.loads(unseal(read_claims(path)[-1]).payload)
    return said


def counted(world: World, path: Path, role: str, kind: str) -> Signed:
    return authority(world).open(read_claims(path)[-1], role=role, predicate_type=kind)


def refused(code: int, reason: str, found: int, capsys: Captured) -> str:
    told = capsys.readouterr()
    assert found == code, told.err
    assert reason in told.err
    assert told.out == ""
    return told.err


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


# documents


def test_a_waiver_is_signed_byte_for_byte(world: World, capsys: Captured) -> None:
    waiver = world.waiver(signed_by=())
    assert approve(world, waiver, "okafor", "--comment", "until March") == 0
    said = last(world.waivers / "claims.jsonl")
    sha256 = digest(waiver.read_bytes())
    assert said["subject"] == [{"name": "W-1.yaml", "digest": {"sha256": sha256}}]
    assert said["predicateType"] == WAIVER
    assert said["predicate"] == {
        "document": {"kind": "waiver", "id": "W-1", "digest": f"sha256:{sha256}", "text": waiver.read_text()},
        "role": "waiver-authority",
        "time": said["predicate"]["time"],
        "comment": "until March",
    }
    assert approve(world, waiver, "okafor", "-s", "production") == 0
    assert last(world.waivers / "claims.jsonl")["predicate"]["stage"] == "production"
    assert "approved the waiver `W-1`" in capsys.readouterr().out
    assert counted(world, world.waivers / "claims.jsonl", "waiver-authority", WAIVER).by.name == "okafor"


def test_nobody_excuses_themselves(world: World, capsys: Captured) -> None:
    waiver = world.waiver(signed_by=(), requested_by="N.Okafor@Bank.Example")
    told = refused(4, "[waiver_requester]", approve(world, waiver, "okafor"), capsys)
    assert "`okafor` asks for the waiver `W-1`" in told
    assert not (world.waivers / "claims.jsonl").exists()


def test_a_waiver_is_signed_by_who_may_excuse_at_the_stage(world: World, capsys: Captured) -> None:
    waiver = world.waiver(signed_by=())
    refused(4, "[role]", approve(world, waiver, "keller"), capsys)
    refused(4, "[waiver_terms]", approve(world, waiver, "okafor", "-s", "staging"), capsys)
    refused(4, "[trust_stage]", approve(world, waiver, "okafor", "-s", "moon"), capsys)
    refused(2, "nobody is asked as `king` here", approve(world, waiver, "okafor", "--role", "king"), capsys)
    assert approve(world, waiver, "okafor", "-s", "production", "--role", "waiver-authority") == 0


def test_a_wrong_waiver_is_not_signed_and_all_its_problems_are_told(world: World, capsys: Captured) -> None:
    waiver = world.waiver(signed_by=(), expires="soon", reson="x")
    told = refused(2, "expires", approve(world, waiver, "okafor"), capsys)
    assert "reson" in told and "2 problems" in told


def test_without_a_trust_file_a_waiver_is_signed_as_whoever_says(world: World) -> None:
    waiver = world.waiver(signed_by=())
    assert approve(world, waiver, "stranger", "--role", "king", trust=False) == 0
    assert last(world.waivers / "claims.jsonl")["predicate"]["role"] == "king"


def test_a_policy_is_signed_in_the_role_that_is_said(world: World, capsys: Captured) -> None:
    refused(2, "it is not said in which role the policy is signed", approve(world, world.policy, "okafor"), capsys)
    refused(4, "[role]", approve(world, world.policy, "okafor", "--role", "release-manager"), capsys)
    assert approve(world, world.policy, "okafor", "--role", "waiver-authority") == 0
    said = last(world.policy.parent / "claims.jsonl")
    assert (said["predicateType"], said["predicate"]["document"]["id"]) == (POLICY, "house")
    assert said["predicate"]["document"]["text"] == world.policy.read_text()
    assert "approved version 1 of the policy `house`" in capsys.readouterr().out


def test_a_wrong_policy_is_not_signed(world: World, capsys: Captured) -> None:
    world.policy.write_text(world.policy.read_text().replace("title", "titel"))
    assert "titel" in refused(2, "PK", approve(world, world.policy, "okafor", "--role", "waiver-authority"), capsys)


def test_a_trust_file_is_signed_by_those_it_names_until_it_counts(tmp_path: Path, capsys: Captured) -> None:
    world = make_world(tmp_path / "w", report=False)
    world.claims.unlink()
    assert approve(world, world.trust, "root-a", trust=False) == 0
    assert "approved version 1 of the trust file `bank.models`" in capsys.readouterr().out
    with pytest.raises(VerificationError, match="signed by 1 of the 2"):
        authority(world)
    assert approve(world, world.trust, "root-b", trust=False) == 0
    assert authority(world).trust.version == 1
    assert last(world.claims)["predicateType"] == TRUST
    assert last(world.claims)["predicate"]["document"]["kind"] == "trust"


def test_a_trust_file_is_not_signed_by_others(world: World, capsys: Captured) -> None:
    told = refused(4, "[role]", approve(world, world.trust, "keller", trust=False), capsys)
    assert "if you sign as one of the version before it, name that one with `--trust`" in told
    refused(4, "[role]", approve(world, world.trust, "keller"), capsys)
    refused(2, "nobody signs trust files as `king`", approve(world, world.trust, "root-a", "--role", "king"), capsys)


def test_those_who_leave_sign_the_version_that_lets_them_go(world: World) -> None:
    new = world.folder / "next" / "trust.yaml"
    new.parent.mkdir()
    said = json.loads(world.trust.read_text()) | {
        "version": 2,
        "roles": {**ROLES, "trust-authority": ["keller", "silva"]},
    }
    new.write_text(json.dumps(said))
    for by in ("keller", "silva"):
        assert approve(world, new, by, trust=False) == 0
    assert approve(world, new, "root-a", trust=False) == 4
    for by in ("root-a", "root-b"):
        assert approve(world, new, by) == 0
    assert (
        run(
            [
                "approve",
                str(world.report),
                "--sign",
                str(world.key("keller")),
                "--trust",
                str(new),
                "--state",
                str(world.state),
                "-s",
                "production",
            ]
        )
        == 0
    )


def renewed(world: World, version: int, **changed: Any) -> None:
    """Write another version in the place of the trust file, and nobody has signed it."""
    said = json.loads(world.trust.read_text()) | {"version": version, **changed}
    world.trust.write_text(json.dumps(said))


def test_those_who_leave_are_known_from_the_version_that_was_accepted_here(world: World) -> None:
    assert approve(world, world.report, "keller", "-s", "production") == 0
    renewed(world, 2, roles={**ROLES, "trust-authority": ["keller", "silva"]})
    for by in ("keller", "silva", "root-a", "root-b"):
        assert approve(world, world.trust, by, "--state", world.state, trust=False) == 0
    assert approve(world, world.trust, "okafor", "--state", world.state, trust=False) == 4
    assert approve(world, world.report, "keller", "-s", "production") == 0


def test_a_change_without_a_new_version_is_not_signed(world: World, capsys: Captured) -> None:
    assert approve(world, world.report, "keller", "-s", "production") == 0
    capsys.readouterr()
    renewed(world, 1, title="Another title")
    told = refused(
        4, "[trust_changed]", approve(world, world.trust, "root-a", "--state", world.state, trust=False), capsys
    )
    assert "a change needs a new version" in told


def test_a_version_that_goes_back_is_not_signed(world: World, capsys: Captured) -> None:
    world.write_trust(version=3)
    assert approve(world, world.report, "keller", "-s", "production") == 0
    capsys.readouterr()
    renewed(world, 2)
    refused(4, "[trust_rollback]", approve(world, world.trust, "root-a", "--state", world.state, trust=False), capsys)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("policykit: bundle/1\n", "is a bundle document, which nobody approves"),
        ("policykit: gate/1\n", "is a gate document, which nobody approves"),
        ("policykit: poem/1\n", "`poem/1` is no kind of document"),
        ("policykit: waiver/2\n", "`waiver/2` is not known here"),
        ("hello: world\n", "the document does not say what it is"),
        ("", "PK"),
        ("[1, 2", "PK"),
        ('{"a": 1, "a": 2}', "PK"),
    ],
)
def test_what_is_no_document_to_approve_is_2(world: World, capsys: Captured, text: str, told: str) -> None:
    path = world.folder / "document.yaml"
    path.write_text(text)
    refused(2, told, approve(world, path, "keller"), capsys)


def test_options_for_reports_are_not_for_documents(world: World, capsys: Captured) -> None:
    waiver = world.waiver(signed_by=())
    for option in ("--key", "--bundle"):
        found = approve(world, waiver, "okafor", option, world.bundle)
        refused(2, f"`{option}` is for a gate report, and this is a document", found, capsys)


def test_a_key_that_does_not_open_signs_nothing(world: World, capsys: Captured) -> None:
    words = ["approve", str(world.report), *world.trust_words, "-s", "production", "--sign"]
    refused(2, "cannot read the signing key", run([*words, "none.pem"]), capsys)
    refused(2, "this is the public half of a key", run([*words, str(_public(world))]), capsys)


def _public(world: World) -> Path:
    path = world.folder / "copied.pem"
    path.write_bytes(world.public("keller").read_bytes())
    path.chmod(0o600)
    return path


def test_a_file_that_is_not_there_is_74(world: World, capsys: Captured) -> None:
    refused(
        74,
        "cannot read the file to approve: No such file or directory",
        approve(world, world.folder / "none.json", "keller"),
        capsys,
    )


def test_claims_that_are_cut_short_take_no_more(world: World, capsys: Captured) -> None:
    claims = world.folder / "other.jsonl"
    claims.write_bytes(b'{"a":')
    found = approve(world, world.report, "keller", "-s", "production", "--claims", claims)
    refused(4, "[claims_file]", found, capsys)
    assert claims.read_bytes() == b'{"a":'


def test_nothing_is_taken_from_the_working_directory_unasked(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(world.folder)
    Path("policykit.yaml").write_text("policykit: gate/1\ntrust: trust.yaml\n")
    refused(4, "[no_key]", approve(world, world.report, "keller", "-s", "production", trust=False), capsys)

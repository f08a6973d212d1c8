"""A permit follows from a report that allows the release and from people who approved exactly that, and from nothing less."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.claims_file import read_claims
from policykit.attest.envelope import seal, unseal
from policykit.attest.statement import APPROVAL, REVOCATION, permit_type, statement
from policykit.canon import digest
from policykit.errors import VerificationError
from policykit.stories.permit import Issued, permit
from policykit.stories.verified_permit import AuthenticPermit, is_permit, verify_permit
from policykit.stories.verify import Under
from tests.build import ACCURATE, write_bundle
from tests.trust_world import AUTHOR, PEOPLE, ROLES, World, add, make_world, rfc3339, trust_document


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("permit") / "world")


@pytest.fixture
def world(made: World, tmp_path: Path) -> World:
    shutil.copytree(made.folder, tmp_path / "world")
    return World(tmp_path / "world", made.now)


@pytest.fixture
def approved(world: World) -> World:
    world.approve(by="keller")
    world.approve(by="silva")
    return world


def under(world: World, *, days: float = 0, stage: str = "production") -> Under:
    return Under(world.authority(world.now + timedelta(days=days)), stage, read_claims(world.claims))


def issued(world: World, report: Path | None = None, *, by: str = "office", **given: Any) -> Issued:
    terms = under(world, days=given.pop("days", 0), stage=given.pop("stage", "production"))
    bundle = given.pop("bundle", world.bundle)
    return permit(report or world.report, terms, world.signer(by), bundle=bundle, **given)


def refusal(world: World, report: Path | None = None, **given: Any) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        issued(world, report, **given)
    return caught.value


def reason(world: World, report: Path | None = None, **given: Any) -> str:
    return refusal(world, report, **given).reason


def test_a_permit_says_what_is_permitted_why_and_until_when(approved: World) -> None:
    made = issued(approved)
    said = json.loads(unseal(made.data).payload)
    report = json.loads(approved.payload())
    assert said["predicateType"] == permit_type("production")
    assert said["subject"] == report["subject"]
    predicate = said["predicate"]
    assert {name: predicate[name] for name in ("kind", "stage", "bundle", "evaluations", "waivers")} == {
        "kind": "promotion",
        "stage": "production",
        "bundle": {"name": "loans", "version": "1.4.0"},
        "evaluations": 1,
        "waivers": [],
    }
    assert predicate["report"] == {
        "payload": f"sha256:{digest(approved.payload())}",
        "verdictDigest": report["predicate"]["verdictDigest"],
    }
    assert sorted(one["who"] for one in predicate["approvals"]) == sorted([PEOPLE["keller"], PEOPLE["silva"]])
    assert (predicate["issued"], predicate["until"]) == (
        rfc3339(approved.now),
        rfc3339(approved.now + timedelta(days=2)),
    )
    assert predicate["trust"] == {"id": "bank.models", "version": 1, "digest": approved.authority().trust.digest}


def test_a_blocked_report_earns_no_permit(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000))
    for name in ("keller", "silva"):
        world.approve(by=name)
    error = refusal(world)
    assert (error.reason, str(error)) == ("not_allowed", "the report says BLOCKED: `1 rule failed`")


def test_a_held_report_earns_no_permit(tmp_path: Path) -> None:
    absent = {"check": "data.completeness", "with": {"columns": ["none"]}, "at_least": "1 %"}
    world = make_world(tmp_path / "world", rules=(ACCURATE, absent))
    assert reason(world) == "not_allowed"


def test_a_waived_report_earns_a_permit_that_names_the_waiver(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000), report=False)
    world.waiver()
    world.gate(waived=True)
    for name in ("keller", "silva"):
        world.approve(by=name)
    assert json.loads(unseal(issued(world).data).payload)["predicate"]["waivers"] == ["W-1"]


@pytest.mark.parametrize("asked", [{"mode": "audit"}, {"only": ("R-1",)}, {"trial": True}])
def test_audit_partial_and_trial_runs_earn_no_permit(approved: World, asked: dict[str, Any]) -> None:
    assert reason(approved, approved.gate("other.json", **asked)) in ("mode", "scope")


def test_a_stage_without_permits_issues_none(world: World) -> None:
    assert reason(world, world.gate(stage="staging"), stage="staging") == "permit_none"


def test_an_evaluators_key_issues_no_permit(approved: World) -> None:
    for name in ("gate", "keller", "stranger", "root-a"):
        assert reason(approved, by=name) == "signer"


def test_a_report_about_other_bytes_earns_no_permit(approved: World) -> None:
    (approved.bundle / "note.txt").write_text("added later")
    assert reason(approved) == "subject"


def test_a_report_that_does_not_follow_from_its_measurements_earns_no_permit(tmp_path: Path) -> None:
    from policykit.report.digests import inputs_digest_of, verdict_digest_of

    world = make_world(tmp_path / "world", women=(300, 1000))

    def forged(said: dict[str, Any]) -> None:
        for rule in said["rules"]:
            rule["status"] = "pass"
            for finding in rule["findings"]:
                finding["status"] = "pass"
        said["decision"], said["reason"] = "ALLOWED", "all 2 blocking rules passed"
        said["verdictDigest"], said["inputsDigest"] = verdict_digest_of(said), inputs_digest_of(said)

    report = world.resigned(forged)
    for name in ("keller", "silva"):
        world.approve(report, by=name)
    assert reason(world, report) == "rejudge"


# approvals


def test_one_approval_is_not_two(world: World) -> None:
    world.approve(by="keller")
    error = refusal(world)
    assert error.reason == "approvals"
    assert str(error) == "1 of the 2 approvals by `release-manager` are there"


def test_two_of_two_approvals_from_one_key_are_one(world: World) -> None:
    world.approve(by="keller")
    world.approve(by="keller", comment="again")
    assert reason(world) == "approvals"


def test_two_of_two_from_one_person_with_two_keys_is_one(tmp_path: Path) -> None:
    document = trust_document(make_world(tmp_path / "other", report=False).now)
    keys = document["keys"]
    keys["silva"]["who"] = PEOPLE["keller"].upper()
    roles = {**ROLES, "release-manager": ["keller", "silva", "lead"]}
    world = make_world(tmp_path / "world", trust={"keys": keys, "roles": roles})
    world.approve(by="keller")
    world.approve(by="silva")
    assert reason(world) == "approvals"
    world.approve(by="lead")
    assert len(issued(world).approvals) == 3


@pytest.mark.parametrize("by", ["okafor", "gate", "stranger", "office"])
def test_approvals_by_others_do_not_count(world: World, by: str) -> None:
    world.approve(by="keller")
    world.approve(by=by)
    error = refusal(world)
    assert error.reason == "approvals" and "1 of the 2" in str(error) and "not counted" in str(error)


@pytest.mark.parametrize(
    "changed",
    [
        {"stage": "staging"},
        {"report": {"payload": "sha256:" + "ab" * 32, "verdictDigest": "x", "decision": "ALLOWED"}},
    ],
)
def test_an_approval_of_another_report_or_stage_does_not_count(world: World, changed: dict[str, Any]) -> None:
    world.approve(by="keller")
    world.approve(by="silva", **changed)
    assert reason(world) == "approvals"


def test_an_approval_that_names_another_outcome_does_not_count(world: World) -> None:
    said = json.loads(world.payload())["predicate"]
    payload = f"sha256:{digest(world.payload())}"
    for verdict, decision in (("ab" * 32, "ALLOWED"), (said["verdictDigest"], "BLOCKED")):
        world.claims.unlink()
        world.write_trust(stages=_stages(world))
        world.approve(by="keller")
        world.approve(by="silva", report={"payload": payload, "verdictDigest": verdict, "decision": decision})
        error = refusal(world)
        assert error.reason == "approvals" and "names another outcome" in str(error)


def _stages(world: World) -> Any:
    return json.loads(world.trust.read_text())["stages"]


def test_the_approval_of_an_earlier_report_on_the_same_bundle_does_not_count(world: World) -> None:
    for name in ("keller", "silva"):
        world.approve(by=name)
    later = world.gate("later.json", nonce="n-2")
    assert reason(world, later) == "approvals"


def test_the_author_of_the_model_does_not_approve_it(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", report=False)
    write_bundle(world.bundle, facts={"owners": {"model": f"Anna Silva <{PEOPLE['silva']}>"}})
    world.gate()
    world.approve(by="keller")
    world.approve(by="silva")
    error = refusal(world)
    assert error.reason == "approvals" and "is the author of the model" in str(error)


def test_where_nobody_says_who_the_author_is_approvals_prove_nothing(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", report=False)
    write_bundle(world.bundle)
    world.gate()
    for name in ("keller", "silva"):
        world.approve(by=name)
    assert reason(world) == "author"
    assert reason(world, bundle=None) == "author"


def test_the_author_may_be_known_from_what_the_report_measured(tmp_path: Path) -> None:
    owner = {"check": "governance.owner", "with": {"of": "model"}, "is": "present"}
    world = make_world(tmp_path / "world", rules=(ACCURATE, owner), terms={"evidence": "declared"})
    for name in ("keller", "silva"):
        world.approve(by=name)
    assert len(issued(world, bundle=None).approvals) == 2


def test_the_evaluator_does_not_approve_its_own_report(tmp_path: Path) -> None:
    roles = {**ROLES, "release-manager": ["gate", "keller"]}
    keys = trust_document(datetime.now(UTC))["keys"]
    keys["gate"]["who"] = "g.gate@bank.example"
    world = make_world(tmp_path / "world", trust={"roles": roles, "keys": keys})
    world.approve(by="gate")
    world.approve(by="keller")
    error = refusal(world)
    assert error.reason == "approvals" and "`g.gate@bank.example` made the report" in str(error)


def test_an_approval_that_was_taken_back_does_not_count(world: World) -> None:
    world.approve(by="keller")
    approval = world.approval(by="silva")
    add(world.claims, approval)
    issued(world)
    take_back(world, digest(unseal(approval).payload), kind="approval", by="silva")
    assert reason(world) == "approvals"


def test_an_approval_under_another_type_does_not_count(world: World) -> None:
    world.approve(by="keller")
    subjects = [("bundle.manifest", "ab" * 32)]
    predicate = json.loads(unseal(world.approval(by="silva")).payload)["predicate"]
    payload = statement(subjects, predicate, predicate_type=f"{APPROVAL}x")
    add(world.claims, seal(payload, world.signer("silva")))
    assert reason(world) == "approvals"


# evaluations by several


@pytest.fixture
def twice(tmp_path: Path) -> World:
    terms = {"report": {"signed_by": "evaluator", "max_age": "7 days", "evaluations": 2}, "approvals": None}
    return make_world(tmp_path / "twice", terms=terms)


def test_two_evaluators_with_one_result_are_shown_by_equal_verdict_digests(twice: World) -> None:
    other = twice.gate("other.json", by="gate-b", nonce="their own")
    made = issued(twice, others=[other])
    assert {by.name for by in made.evaluators} == {"gate", "gate-b"}
    assert json.loads(unseal(made.data).payload)["predicate"]["evaluations"] == 2


def test_a_second_report_among_the_claims_counts_too(twice: World) -> None:
    add(twice.claims, twice.gate("other.json", by="gate-b").read_bytes())
    assert len(issued(twice).evaluators) == 2


def test_two_reports_by_one_evaluator_are_one(twice: World) -> None:
    assert reason(twice, others=[twice.gate("other.json", nonce="n-2")]) == "evaluations"


def test_a_report_by_a_stranger_or_with_another_result_is_no_second_evaluation(twice: World) -> None:
    assert reason(twice, others=[twice.gate("other.json", by="stranger")]) == "unknown_signer"
    another = write_bundle(twice.folder / "another", version="1.5.0")
    error = refusal(twice, others=[twice.gate("other.json", by="gate-b", bundle=another)])
    assert error.reason == "evaluations" and "another result" in str(error)
    add(twice.claims, twice.gate("third.json", by="stranger").read_bytes())
    assert reason(twice) == "evaluations"


# verifying a permit


def written(world: World, **given: Any) -> Path:
    path = world.folder / "permit.sigstore.json"
    path.write_bytes(issued(world, **given).data)
    return path


def verified(world: World, path: Path, **given: Any) -> AuthenticPermit:
    terms = under(world, days=given.pop("days", 0), stage=given.pop("stage", "production"))
    return verify_permit(path.read_bytes(), terms, **given)


def why(world: World, path: Path, **given: Any) -> str:
    with pytest.raises(VerificationError) as caught:
        verified(world, path, **given)
    return caught.value.reason


def test_a_permit_verifies_against_the_bytes_and_the_report(approved: World) -> None:
    path = written(approved)
    assert is_permit(path.read_bytes(), None) and not is_permit(approved.report.read_bytes(), None)
    found = verified(approved, path, bundle=approved.bundle, report=approved.report)
    assert (found.signed.by.name, found.said.bundle) == ("office", "loans@1.4.0")


def test_a_permit_for_other_bytes_another_stage_or_another_report_is_refused(approved: World) -> None:
    path = written(approved)
    other = write_bundle(approved.folder / "other", version="1.5.0")
    assert why(approved, path, bundle=other) == "subject"
    assert why(approved, path, report=approved.gate("later.json", nonce="n-2")) == "permit_report"
    assert why(approved, path, stage="staging") == "permit_none"


def test_a_permit_is_over_after_its_days(approved: World) -> None:
    path = written(approved)
    assert verified(approved, path, days=1.9).said.bundle == "loans@1.4.0"
    assert why(approved, path, days=2.1) == "permit_expired"


def test_a_permit_that_claims_longer_than_the_stage_allows_is_too_old(approved: World) -> None:
    said = json.loads(unseal(issued(approved).data).payload)
    said["predicate"]["until"] = rfc3339(approved.now + timedelta(days=300))
    subjects = [(entry["name"], entry["digest"]["sha256"]) for entry in said["subject"]]
    payload = statement(subjects, said["predicate"], predicate_type=permit_type("production"))
    path = approved.folder / "long.json"
    path.write_bytes(seal(payload, approved.signer("office")))
    assert why(approved, path, days=3) == "age"


def test_a_report_is_no_permit_and_a_permit_signed_by_the_gate_is_none(approved: World) -> None:
    assert why(approved, approved.report) == "role"
    payload = unseal(issued(approved).data).payload
    path = approved.folder / "forged.json"
    path.write_bytes(seal(payload, approved.signer("gate")))
    assert why(approved, path) == "role"
    approved.report.write_bytes(seal(approved.payload(), approved.signer("office")))
    assert why(approved, approved.report) == "predicate_type"


def take_back(world: World, thing: str, *, kind: str, by: str) -> None:
    predicate = {"revokes": f"sha256:{thing}", "kind": kind, "reason": "withdrawn", "time": rfc3339(world.now)}
    add(world.claims, seal(statement([("it", thing)], predicate, predicate_type=REVOCATION), world.signer(by)))


def test_a_permit_that_was_taken_back_or_whose_report_was_is_refused(approved: World) -> None:
    path = written(approved)
    take_back(approved, digest(approved.payload()), kind="report", by="stranger")
    verified(approved, path)
    take_back(approved, digest(approved.payload()), kind="report", by="gate")
    assert why(approved, path) == "revoked"
    assert reason(approved) == "revoked"


def test_the_owner_of_the_world_is_its_author(approved: World) -> None:
    assert json.loads((approved.bundle / "bundle.yaml").read_text())["facts"]["owners"]["model"] == AUTHOR

"""People are counted, each once, in the role they said; and a permit ends with whatever it rests on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.authority import Authority
from policykit.attest.claims_file import read_claims
from policykit.attest.envelope import seal, unseal
from policykit.attest.statement import REVOCATION, permit_type, statement
from policykit.canon import digest
from policykit.cli.start import run
from policykit.errors import VerificationError
from policykit.stories.permit import Issued, permit
from policykit.stories.permitted import Permitted, open_permit
from policykit.stories.verify import Under
from tests.trust_world import AUTHOR, PEOPLE, ROLES, World, add, make_world, rfc3339, trust_document

TWO_ROLES = [{"role": "release-manager", "count": 1}, {"role": "risk-officer", "count": 1}]


def issued(world: World, *, authority: Authority | None = None, report: Path | None = None) -> Issued:
    terms = Under(authority or world.authority(), "production", read_claims(world.claims))
    return permit(report or world.report, terms, world.signer("office"), bundle=world.bundle)


def refused(world: World, *, reason: str = "approvals", authority: Authority | None = None) -> str:
    with pytest.raises(VerificationError) as caught:
        issued(world, authority=authority)
    assert caught.value.reason == reason
    return str(caught.value)


def risky(folder: Path, officers: list[str], quorums: list[dict[str, Any]] | None = None) -> World:
    """A world in which release managers and risk officers have to approve."""
    roles = {**ROLES, "release-manager": ["keller", "silva"], "risk-officer": officers}
    return make_world(folder, terms={"approvals": quorums or TWO_ROLES}, trust={"roles": roles})


# the role that is said


def test_one_approval_does_not_count_in_two_roles(tmp_path: Path) -> None:
    world = risky(tmp_path / "w", ["keller"])
    world.approve(by="keller", role="release-manager")
    assert refused(world) == "0 of the 1 approvals by `risk-officer` are there"


def test_one_person_does_not_count_in_two_roles_either(tmp_path: Path) -> None:
    world = risky(tmp_path / "w", ["keller", "silva"])
    for role in ("release-manager", "risk-officer"):
        world.approve(by="keller", role=role)
    told = refused(world)
    assert told == (
        "0 of the 1 approvals by `risk-officer` are there; not counted: "
        "1 of somebody who counts for another quorum already"
    )
    world.approve(by="silva", role="risk-officer")
    assert {(one.by.name, one.by.role) for one in issued(world).approvals} == {
        ("keller", "release-manager"),
        ("silva", "risk-officer"),
    }


@pytest.mark.parametrize("both", ["keller", "silva"])
def test_whoever_has_both_roles_counts_where_nobody_else_does(tmp_path: Path, both: str) -> None:
    world = risky(tmp_path / "w", ["keller", "silva"])
    for role in ("release-manager", "risk-officer"):
        world.approve(by=both, role=role)
    other = {"keller": "silva", "silva": "keller"}[both]
    world.approve(by=other, role="release-manager")
    assert {(one.by.name, one.by.role) for one in issued(world).approvals} == {
        (both, "risk-officer"),
        (other, "release-manager"),
    }


def test_all_who_approved_are_named_each_once(tmp_path: Path) -> None:
    world = risky(tmp_path / "w", ["lead", "deputy"])
    for by, role in (("keller", "release-manager"), ("silva", "release-manager"), ("lead", "risk-officer")):
        world.approve(by=by, role=role)
    assert [one.by.name for one in issued(world).approvals] == ["keller", "silva", "lead"]


@pytest.mark.parametrize(("role", "told"), [("intern", "one is signed as `intern`"), ("", "one says no role")])
def test_a_role_that_nobody_asked_for_does_not_count(tmp_path: Path, role: str, told: str) -> None:
    world = make_world(tmp_path / "w")
    world.approve(by="keller")
    world.approve(by="silva", role=role)
    assert refused(world) == f"1 of the 2 approvals by `release-manager` are there; not counted: {told}"


def test_what_approve_writes_counts(tmp_path: Path) -> None:
    world = risky(tmp_path / "w", ["keller", "lead"])
    for by, role in (("silva", "release-manager"), ("keller", "risk-officer")):
        words = ["approve", str(world.report), *world.trust_words, "--sign", str(world.key(by)), "-s", "production"]
        assert run([*words, "--role", role]) == 0
    assert [one.by.role for one in issued(world).approvals] == ["release-manager", "risk-officer"]


# who is who


def people(world: World, **who: str) -> Authority:
    """The trust file with other words for people, as one might be that was read by other means."""
    found = world.authority()
    keys = {name: replace(key, who=who.get(name, key.who)) for name, key in found.trust.keys.items()}
    return Authority(replace(found.trust, keys=keys), world.now)


@pytest.fixture
def approved(tmp_path: Path) -> World:
    world = make_world(tmp_path / "w")
    for by in ("keller", "silva"):
        world.approve(by=by)
    return world


@pytest.mark.parametrize(
    "who",
    [
        f"{PEOPLE['keller']}\u200b",
        f"M. Keller <{PEOPLE['keller'].upper()}>",
        "m.keller+2@bank.example",
        "\u2066" + PEOPLE["keller"],
    ],
)
def test_one_person_in_two_spellings_is_one(approved: World, who: str) -> None:
    assert refused(approved, authority=people(approved, silva=who)).startswith("1 of the 2 approvals")


@pytest.mark.parametrize(
    "who", [f"B. Author <{AUTHOR}>", f"{AUTHOR}\u200b", f"{AUTHOR} (models)", "Author\u00ad <b.author@BANK.example>"]
)
def test_the_author_is_known_whatever_is_around_the_name(approved: World, who: str) -> None:
    assert "is the author of the model" in refused(approved, authority=people(approved, silva=who))


def test_a_name_of_letters_that_look_like_others_does_not_count(approved: World) -> None:
    told = refused(approved, authority=people(approved, silva="b.auth\u043er@bank.example"))
    assert told.endswith("is: one word mixes the letters of CYRILLIC and LATIN")


def test_a_key_that_names_nobody_does_not_count(approved: World) -> None:
    told = refused(approved, authority=people(approved, silva=""))
    assert told.endswith("not counted: `silva` is no person: the trust file does not say `who` it is")


def test_an_author_of_whom_nobody_can_tell_who_it_is_is_refused(approved: World) -> None:
    from tests.build import people as rows
    from tests.build import write_bundle

    write_bundle(
        approved.bundle,
        rows(men=(500, 1000), women=(500, 1000)),
        facts={"owners": {"model": "b.auth\u043er@bank.example"}},
    )
    approved.gate()
    for by in ("keller", "silva"):
        approved.approve(by=by)
    told = refused(approved, reason="author")
    assert told.endswith("the author of the model: one word mixes the letters of CYRILLIC and LATIN")


# reviews that somebody recorded


def recorded(folder: Path, by: str) -> World:
    """A world in which `by` records the reviews of two release managers."""
    names = ("anna", "bert")
    accounts = {n: {"platform": "github", "login": n, "who": f"{n}@bank.example", "recorded_by": by} for n in names}
    return make_world(folder, trust={"accounts": accounts, "roles": {**ROLES, "release-manager": [*names]}})


def reviewed(world: World, by: str, at: datetime) -> None:
    for login in ("anna", "bert"):
        review = {
            "platform": "github",
            "url": "https://x.example/1",
            "login": login,
            "commit": "ab" * 20,
            "at": rfc3339(at),
        }
        world.approve(by=by, review=review)


def test_what_made_the_report_records_no_reviews_of_it(tmp_path: Path) -> None:
    world = recorded(tmp_path / "w", "gate")
    reviewed(world, "gate", world.now)
    told = refused(world)
    assert "`gate` recorded the review by `anna@bank.example`, and made the report" in told
    assert told.startswith("0 of the 2")


def test_the_author_of_the_model_records_no_reviews_of_it(tmp_path: Path) -> None:
    world = recorded(tmp_path / "w", "office")
    reviewed(world, "office", world.now)
    assert len(issued(world).approvals) == 2
    told = refused(world, authority=people(world, office=AUTHOR))
    assert "`office` recorded the review by `anna@bank.example`, and is the author of the model" in told


def test_a_review_older_than_the_report_is_of_something_else(tmp_path: Path) -> None:
    world = recorded(tmp_path / "w", "office")
    reviewed(world, "office", world.now - timedelta(hours=1))
    assert "the review by `anna@bank.example` is older than the report" in refused(world)
    reviewed(world, "office", world.now - timedelta(minutes=4))
    assert len({one.by.name for one in issued(world).approvals}) == 2


@pytest.mark.parametrize("at", ["", "soon", "2099-01-01", None, 5])
def test_a_review_without_a_time_does_not_count(tmp_path: Path, at: object) -> None:
    world = recorded(tmp_path / "w", "office")
    world.approve(by="office", review={"platform": "github", "login": "anna", "at": at})
    assert "the review by `anna@bank.example` names no time" in refused(world)


def test_an_old_review_is_not_signed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = recorded(tmp_path / "w", "office")
    review = {"platform": "github", "url": "https://x.example/1", "login": "anna", "commit": "ab" * 20}
    path = world.folder / "review.json"
    path.write_text(json.dumps({**review, "at": "1999-01-01T00:00:00Z"}))
    words = ["approve", str(world.report), "--sign", str(world.key("office")), *world.trust_words, "-s", "production"]
    assert run([*words, "--review", str(path)]) == 4
    assert (
        "it would not count: the review by `anna@bank.example` is older than the report [approvals]"
        in capsys.readouterr().err
    )


# what a permit rests on


def opened(world: World, data: bytes) -> Permitted:
    return open_permit(data, world.authority(), "production", read_claims(world.claims))


def take_back(world: World, thing: str, *, kind: str, by: str) -> None:
    predicate = {"revokes": f"sha256:{thing}", "kind": kind, "reason": "withdrawn", "time": rfc3339(world.now)}
    add(world.claims, seal(statement([("it", thing)], predicate, predicate_type=REVOCATION), world.signer(by)))


def why(world: World, data: bytes) -> str:
    with pytest.raises(VerificationError) as caught:
        opened(world, data)
    return f"{caught.value} [{caught.value.reason}]"


@pytest.fixture
def waived(tmp_path: Path) -> World:
    """A world whose report is allowed by a waiver until tomorrow, and approved; its permits hold for twenty days."""
    long = {"permit": {"signed_by": "permit-office", "max_age": "20 days"}}
    world = make_world(tmp_path / "w", women=(300, 1000), terms=long)
    world.waiver(expires=(world.now.date() + timedelta(days=1)).isoformat())
    world.gate(waived=True)
    for by in ("keller", "silva"):
        world.approve(by=by)
    return world


def test_a_permit_ends_with_the_waiver_that_it_rests_on(waived: World) -> None:
    made = issued(waived)
    last = (waived.now.date() + timedelta(days=1)).isoformat()
    assert made.until == f"{last}T23:59:59Z"
    waiver = (waived.waivers / "W-1.yaml").read_bytes()
    said = json.loads(unseal(made.data).payload)["predicate"]
    assert said["until"] == made.until
    assert said["waivers"] == ["W-1"]
    assert said["waived"] == [{"id": "W-1", "digest": f"sha256:{digest(waiver)}", "until": last}]
    assert opened(waived, made.data).until == datetime.fromisoformat(made.until)


def test_a_permit_falls_with_the_waiver_that_it_rests_on(waived: World) -> None:
    made = issued(waived)
    thing = digest((waived.waivers / "W-1.yaml").read_bytes())
    take_back(waived, thing, kind="waiver", by="keller")
    opened(waived, made.data)
    take_back(waived, thing, kind="waiver", by="okafor")
    assert why(waived, made.data).startswith(
        "the waiver `W-1` behind the permit was taken back by `n.okafor@bank.example`"
    )


def test_a_permit_falls_with_an_approval_that_it_rests_on(approved: World) -> None:
    made = issued(approved)
    said = json.loads(unseal(made.data).payload)["predicate"]["approvals"]
    take_back(approved, said[0]["payload"].removeprefix("sha256:"), kind="approval", by="silva")
    told = why(approved, made.data)
    assert told.startswith("the approval by `m.keller@bank.example` behind the permit was taken back by")
    assert told.endswith("[revoked]")


@pytest.mark.parametrize(
    ("by", "kind"),
    [("okafor", "waiver"), ("keller", "approval"), ("gate", "report"), ("keller", "permit"), ("stranger", "permit")],
)
def test_nobody_takes_back_a_permit_by_calling_it_something_else(approved: World, by: str, kind: str) -> None:
    made = issued(approved)
    thing = digest(unseal(made.data).payload)
    take_back(approved, thing, kind=kind, by=by)
    opened(approved, made.data)
    take_back(approved, thing, kind="permit", by="office")
    take_back(approved, thing, kind=kind, by=by)  # and hides no word that counts
    assert why(approved, made.data).endswith("[revoked]")


@pytest.mark.parametrize(
    "changed",
    [
        {"approvals": None},
        {"approvals": 5},
        {"approvals": ["x"]},
        {"approvals": [{"who": {"a": 1}}]},
        {"approvals": [{"payload": 5}]},
        {"waived": 7},
        {"waived": [None]},
        {"waived": [{"id": "W-1"}]},
        {"until": "9999-12-31T23:59:59-10:00"},
        {"until": "2099-02-30"},
        {"issued": "0001-01-01T00:00:00+10:00"},
        {"issued": "2026-01-01T00:00:00"},
    ],
)
def test_a_permit_that_the_office_wrote_by_hand_is_refused_and_breaks_nothing(
    approved: World, changed: dict[str, Any]
) -> None:
    said = json.loads(unseal(issued(approved).data).payload)
    subjects = [(entry["name"], entry["digest"]["sha256"]) for entry in said["subject"]]
    odd = statement(subjects, {**said["predicate"], **changed}, predicate_type=permit_type("production"))
    (name,) = changed
    shown = {"approvals": ("approvals", "payload"), "waived": ("waived", "digest")}.get(name, (name,))
    assert why(approved, seal(odd, approved.signer("office"))) in [
        f"the permit has no usable `{word}` [incomplete]" for word in shown
    ]


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00Z", "0001-01-01T13:59:59Z", "1999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"]
)
def test_a_report_from_no_time_at_all_is_refused_and_breaks_nothing(
    approved: World, at: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = approved.resigned(lambda said: said.update(timeEvaluated=at))
    for more in (["--accept-as-of"], []):
        assert run(["verify", str(path), "--key", str(approved.public("gate")), *more]) == 4
        assert f"made at `{at}`, which is not a time" in capsys.readouterr().err


def test_a_permit_without_end_ends_with_the_calendar(approved: World) -> None:
    found = approved.authority()
    stages = {"production": replace(found.stage("production"), permit_max_age=4_000_000)}
    made = issued(approved, authority=Authority(replace(found.trust, stages=stages), approved.now))
    assert made.until.startswith("9999-12-3")


def test_the_trust_document_of_these_tests_names_a_person_behind_every_key_that_decides() -> None:
    keys = trust_document(datetime.now(UTC))["keys"]
    assert all(keys[name]["who"] for role in ("release-manager", "waiver-authority") for name in ROLES[role])

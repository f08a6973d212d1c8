"""A site under a trust file: nothing on it speaks for the better but what somebody signed who may, for its stage, of its day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import seal
from policykit.attest.statement import APPROVAL, BREAK_GLASS, REVOCATION, permit_type, statement
from policykit.canon import digest
from policykit.stories.site_vouch import Vouching
from tests.build import ACCURATE, write_policy
from tests.site.site_builder import DAY, build
from tests.trust_world import World, make_world, rfc3339


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a world with one ALLOWED report of three hours ago."""
    made = _world(tmp_path, men=(500, 1000))
    made.gate("reports/a.json", at=made.now - timedelta(hours=3))
    return made


def _world(folder: Path, **more: Any) -> World:
    made = make_world(folder / "world", report=False, **more)
    (made.folder / "reports").mkdir()
    return made


def _lax(world: World, name: str = "house") -> Path:
    return write_policy(world.folder / "lax" / f"{name}.yaml", ACCURATE, id=name)


def _said(world: World, report: str, kind: str, predicate: Mapping[str, Any], *, by: str, name: str) -> None:
    about = json.loads(world.payload(world.folder / report))
    subjects = [(entry["name"], entry["digest"]["sha256"]) for entry in about["subject"]]
    data = seal(statement(subjects, predicate, predicate_type=kind), world.signer(by))
    (world.folder / "reports" / name).write_bytes(data)


def _permit(world: World, *, by: str, name: str = "permit.json", **changed: Any) -> None:
    payload = digest(world.payload(world.folder / "reports" / "a.json"))
    predicate = {
        "kind": "promotion",
        "bundle": {"name": "loans", "version": "1.4.0"},
        "report": {"payload": f"sha256:{payload}"},
        "stage": "production",
        "issued": rfc3339(world.now - timedelta(hours=1)),
        "until": rfc3339(world.now + timedelta(days=300)),
        "approvals": [],
        "waived": [],
        **changed,
    }
    _said(world, "reports/a.json", permit_type("production"), predicate, by=by, name=name)


def _site(world: World, output: str = "site") -> tuple[list[dict[str, Any]], Path]:
    folder = world.folder / output
    vouching = Vouching(authority=world.authority())
    build(world.folder / "reports", folder, vouching=vouching, now=world.now, as_of=world.now.date())
    return json.loads((folder / "index.json").read_bytes())["standings"], folder


def _page(folder: Path) -> str:
    return next((folder / "models").glob("*.html")).read_text()


def test_a_permit_signed_by_somebody_without_the_role_of_its_stage_counts_for_nothing(world: World) -> None:
    _permit(world, by="silva")
    (standing,), folder = _site(world)
    assert standing["permit"] == ""
    assert "who does not have the role" in _page(folder)
    assert "permit for production" not in (folder / "index.html").read_text()


def test_a_permit_of_the_office_counts_until_its_stage_stops_accepting_it(world: World) -> None:
    _permit(world, by="office")
    (standing,), folder = _site(world)
    end = (world.now - timedelta(hours=1) + timedelta(days=2)).date().isoformat()  # production accepts two days
    assert standing["permit"] == f"permit until {end}"
    assert "permit for production" in (folder / "index.html").read_text()


def test_a_permit_from_the_future_and_one_for_other_files_count_for_nothing(world: World) -> None:
    _permit(world, by="office", issued=rfc3339(world.now + timedelta(days=3)))
    assert _site(world)[0][0]["permit"] == ""
    other = statement(
        [("bundle.manifest", "a" * 64)], json.loads(_payload_of(world)), predicate_type=permit_type("production")
    )
    (world.folder / "reports" / "permit.json").write_bytes(seal(other, world.signer("office")))
    assert _site(world)[0][0]["permit"] == ""


def _payload_of(world: World) -> str:
    _permit(world, by="office")
    return json.dumps(json.loads(world.payload(world.folder / "reports" / "permit.json"))["predicate"])


@pytest.mark.parametrize("role", ["release-manager", "permit-office"])
def test_an_approval_counts_in_the_role_that_its_stage_asks_for_alone(world: World, role: str) -> None:
    by = "keller" if role == "release-manager" else "office"
    payload = digest(world.payload(world.folder / "reports" / "a.json"))
    said = {"report": {"payload": f"sha256:{payload}"}, "stage": "production", "role": role, "comment": "seen"}
    _said(world, "reports/a.json", APPROVAL, said, by=by, name="approval.json")
    page = _page(_site(world)[1])
    assert ("m.keller@bank.example (keller, release-manager)" in page) is (by == "keller")
    assert ("counts only as" in page) is (by == "office")


def test_broken_glass_is_shown_and_unverified_where_somebody_else_signed_it(world: World) -> None:
    said = {
        "stage": "production",
        "bundle": {"name": "loans", "version": "1.4.0"},
        "reason": "no time",
        "role": "incident-lead",
    }
    _said(world, "reports/a.json", BREAK_GLASS, said, by="silva", name="glass.json")
    page = (_site(world)[1] / "index.html").read_text()
    assert "nobody that was verified" in page
    _said(world, "reports/a.json", BREAK_GLASS, said, by="lead", name="glass.json")
    assert "p.lead@bank.example (lead, incident-lead)" in (_site(world)[1] / "index.html").read_text()


@pytest.mark.parametrize(("by", "kind", "back"), [
    ("gate-b", "report", True), ("okafor", "report", False), ("stranger", "report", False), ("okafor", "waiver", False),
])  # fmt: skip
def test_only_somebody_who_may_takes_a_report_back(world: World, by: str, kind: str, back: bool) -> None:
    payload = digest(world.payload(world.folder / "reports" / "a.json"))
    predicate = {
        "revokes": f"sha256:{payload}",
        "kind": kind,
        "reason": "the data was wrong",
        "time": rfc3339(world.now),
    }
    data = seal(statement([("report", payload)], predicate, predicate_type=REVOCATION), world.signer(by))
    (world.folder / "reports" / "back.json").write_bytes(data)
    (standing,), _ = _site(world)
    assert (standing["allowed"] == "") is back


def test_a_report_as_of_another_day_lets_nothing_through_hides_nothing_and_is_marked(tmp_path: Path) -> None:
    world = _world(tmp_path, women=(300, 1000))
    world.gate("reports/a.json", at=world.now - timedelta(hours=3))
    world.gate("reports/b.json", at=world.now - timedelta(hours=2), policies=[_lax(world)], as_of="2026-01-01")
    (standing,), folder = _site(world)
    assert (standing["allowed"], standing["stopped"]) == ("", True)
    assert "BLOCKED" in next(part for part in _page(folder).split("<section") if "h-stages" in part)
    assert "as of 2026-01-01" in _page(folder)


def test_a_report_from_the_future_is_left_out_until_its_day_comes(tmp_path: Path) -> None:
    world = _world(tmp_path, women=(300, 1000))
    world.gate("reports/a.json", at=world.now)
    world.gate("reports/b.json", at=world.now + timedelta(days=4), policies=[_lax(world)])
    (standing,), folder = _site(world)
    assert (standing["allowed"], standing["stopped"]) == ("", True)
    assert "b.json" in (folder / "index.html").read_text()
    later = world.now + timedelta(days=5)
    found = build(
        world.folder / "reports", folder, vouching=Vouching(authority=world.authority(later)), now=later, as_of=DAY
    )
    assert (found.reports, found.unread) == (2, 0)


def test_a_signed_report_about_other_files_than_it_lists_lets_nothing_through(world: World) -> None:
    said = json.loads(world.payload(world.folder / "reports" / "a.json"))["predicate"]
    data = seal(statement([("bundle.manifest", "b" * 64)], said), world.signer("gate"))
    (world.folder / "reports" / "a.json").write_bytes(data)
    (standing,), folder = _site(world)
    assert standing["allowed"] == ""
    page = next((folder / "reports").glob("*/*.html")).read_text()
    assert "the report names other files as its subject than the ones it lists" in page


@pytest.mark.parametrize(
    ("asked", "mark"),
    [
        ({"gate_id": "quality"}, ""),
        ({"mode": "audit"}, "audit only"),
        ({"only": ("house/R-1",)}, "partial"),
        ({"policies": "own"}, "not accepted"),
    ],
)
def test_what_weighs_less_or_is_of_another_gate_never_replaces_a_blocked_report(
    tmp_path: Path, asked: dict[str, Any], mark: str
) -> None:
    world = _world(tmp_path, women=(300, 1000))
    world.gate("reports/a.json", at=world.now - timedelta(hours=30))
    named = asked.pop("policies", "house")
    world.gate("reports/b.json", at=world.now - timedelta(hours=1), policies=[_lax(world, named)], **asked)
    standings, folder = _site(world)
    mine = next(one for one in standings if one["gate"] == "")
    assert (mine["allowed"], mine["stopped"]) == ("", True)
    assert "0</b> of 1 models may run here; the newest report stops <b>1" in (folder / "index.html").read_text()
    assert mark in _page(folder)


def test_an_unsigned_report_speaks_for_nobody_in_any_list(tmp_path: Path) -> None:
    world = _world(tmp_path, women=(300, 1000))
    for number, hours in enumerate((5, 4)):
        world.gate(f"reports/{number}.json", at=world.now - timedelta(hours=hours))
    said = json.loads(world.payload(world.folder / "reports" / "1.json"))["predicate"]
    said["timeEvaluated"] = rfc3339(world.now - timedelta(hours=1))
    for rule in said["rules"]:
        rule.update(title="FORGED", sentence="FORGED", owner="FORGED")
        for finding in rule["findings"]:
            finding["limit"] = "FORGED"
    said["waivers"] = [{
        "id": "W-9", "rule": "house/R-2", "state": "unused", "told": "FORGED", "reason": "FORGED", "requestedBy": "x",
        "signers": [], "expires": (world.now + timedelta(days=9)).date().isoformat(), "daysLeft": 9, "refused": "", "excuses": [],
    }]  # fmt: skip
    (world.folder / "reports" / "z.json").write_text(json.dumps(said))
    folder = _site(world)[1]
    assert json.loads((folder / "index.json").read_bytes())["reports"][-1]["marks"] == "unverified"
    for page in ("rules.html", "waivers.html"):
        assert "FORGED" not in (folder / page).read_text()
    parts = [part for part in _page(folder).split("<section") if "FORGED" in part]
    assert all("unverified" in part for part in parts)
    assert not any(
        f'aria-labelledby="{name}"' in part for part in parts for name in ("h-changed", "h-trends", "h-waivers")
    )


def test_a_key_alone_vouches_for_reports_and_for_no_permit(world: World) -> None:
    _permit(world, by="gate")
    folder = world.folder / "keyed"
    build(world.folder / "reports", folder, vouching=Vouching(world.signer("gate").public), now=world.now)
    (standing,) = json.loads((folder / "index.json").read_bytes())["standings"]
    assert (standing["permit"], bool(standing["allowed"])) == ("", True)
    assert "a key alone does not say who may sign this" in _page(folder)


def test_a_permit_ahead_of_the_clock_counts_once_its_time_has_come(world: World) -> None:
    _permit(world, by="office", issued=rfc3339(world.now + timedelta(hours=1)))
    assert _site(world)[0][0]["permit"] == ""
    later = world.now + timedelta(hours=2)
    for output in ("site", "fresh"):
        folder = world.folder / output
        vouching = Vouching(authority=world.authority(later))
        build(world.folder / "reports", folder, vouching=vouching, now=later, as_of=later.date())
        (standing,) = json.loads((folder / "index.json").read_bytes())["standings"]
        assert standing["permit"].startswith("permit until 20"), output

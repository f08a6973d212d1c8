"""A site of a ledger: its order, its entries, what was signed about a report, and nothing that the tree does not hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import seal, unseal
from policykit.attest.ledger.objects import object_path
from policykit.attest.statement import APPROVAL, BREAK_GLASS, REVOCATION, permit_type, statement
from policykit.canon import canonical, digest
from policykit.errors import LedgerError
from policykit.stories.site_vouch import Vouching
from tests.ledger.ledger_builder import ORIGIN, Pair, log, make_ledger, pair
from tests.site.site_builder import build, page_of, real, said, tree, write


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Pair, Pair]:
    """Return the ledger's key and the gate's."""
    return pair(tmp_path / "keys", "ledger"), pair(tmp_path / "keys", "gate")


def _report(by: Pair, *args: Any, **more: Any) -> bytes:
    return seal(canonical(said(*args, **more)), by.signer)


def _about(by: Pair, kind: str, predicate: Mapping[str, Any], subject: str = "a" * 64) -> bytes:
    return seal(statement([("bundle.manifest", subject)], predicate, predicate_type=kind), by.signer)


def _payload(data: bytes) -> str:
    return digest(unseal(data).payload)


def _permit(by: Pair, report: bytes, until: str = "2026-12-05T00:00:00Z") -> bytes:
    return _about(
        by,
        permit_type("production"),
        {
            "kind": "promotion",
            "stage": "production",
            "bundle": {"name": "loans", "version": "1.0.0"},
            "report": {"payload": f"sha256:{_payload(report)}"},
            "issued": "2026-09-02T08:00:00Z",
            "until": until,
        },
    )


def _made(folder: Path, keys: tuple[Pair, Pair], *files: bytes) -> Path:
    ledger, by = keys
    make_ledger(folder / "ledger", ledger, by, origin=ORIGIN)
    for data in files:
        log(folder / "ledger", ledger, by, data)
    return folder / "ledger"


def test_reports_stand_in_the_order_of_the_ledger_whatever_time_they_say(
    tmp_path: Path, keys: tuple[Pair, Pair]
) -> None:
    late, early = _report(keys[1], day=30), _report(keys[1], "BLOCKED", version="1.1.0", day=2)
    build(_made(tmp_path, keys, late, early), tmp_path / "site")
    found = json.loads((tmp_path / "site" / "index.json").read_bytes())["reports"]
    assert [(one["version"], one["entry"]) for one in found] == [("1.0.0", "0"), ("1.1.0", "1")]


def test_the_page_of_a_logged_report_says_its_entry_and_how_to_check_it(
    tmp_path: Path, keys: tuple[Pair, Pair]
) -> None:
    data = _report(keys[1])
    build(_made(tmp_path, keys, data), tmp_path / "site")
    page = page_of(tmp_path / "site", "<h1>ALLOWED</h1>")
    assert f"entry 0 of {ORIGIN}" in page
    assert f"policykit verify {object_path(_payload(data))} --trust trust.yaml" in page


def test_a_ledger_shows_only_what_its_tree_holds(tmp_path: Path, keys: tuple[Pair, Pair]) -> None:
    folder = _made(tmp_path, keys, _report(keys[1]))
    stray = _report(keys[1], "BLOCKED", version="6.6.6")
    path = folder / object_path(_payload(stray))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(stray)
    assert build(folder, tmp_path / "site").reports == 1
    assert "no entry of the ledger stands for it" in (tmp_path / "site" / "index.html").read_text()


def test_a_kept_file_under_the_name_of_another_is_not_shown_and_the_missing_one_is_said(
    tmp_path: Path, keys: tuple[Pair, Pair]
) -> None:
    one, two = _report(keys[1]), _report(keys[1], "BLOCKED", version="2")
    folder = _made(tmp_path, keys, one, two)
    (folder / object_path(_payload(one))).write_bytes(two)
    build(folder, tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text()
    assert "its name is not the digest of what it holds" in page
    assert "the ledger keeps no file for 1 of its 2 entries" in page


def test_a_ledger_that_does_not_hold_together_makes_no_site(tmp_path: Path, keys: tuple[Pair, Pair]) -> None:
    folder = _made(tmp_path, keys, _report(keys[1]))
    note = (folder / "checkpoint").read_bytes()
    (folder / "checkpoint").write_bytes(note.replace(b"\n1\n", b"\n2\n"))
    with pytest.raises(LedgerError):
        build(folder, tmp_path / "site")


def test_a_permit_and_an_approval_stand_on_the_page_of_their_report(tmp_path: Path, keys: tuple[Pair, Pair]) -> None:
    report = _report(keys[1])
    approval = _about(
        keys[1],
        APPROVAL,
        {"report": {"payload": f"sha256:{_payload(report)}"}, "stage": "production", "role": "release-manager",
         "time": "2026-09-02T08:00:00Z", "comment": "seen by the board"},
    )  # fmt: skip
    build(_made(tmp_path, keys, report, approval, _permit(keys[1], report)), tmp_path / "site")
    page = page_of(tmp_path / "site", "<h1>ALLOWED</h1>")
    assert "seen by the board" in page
    assert "permit for production" in page


def test_a_permit_that_ends_within_a_month_is_on_the_overview(tmp_path: Path, keys: tuple[Pair, Pair]) -> None:
    report = _report(keys[1])
    build(_made(tmp_path, keys, report, _permit(keys[1], report)), tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text()
    assert "13 days left" in page.replace("\u00a0", " ")


def test_what_was_taken_back_lets_nothing_through(tmp_path: Path, keys: tuple[Pair, Pair]) -> None:
    report = _report(keys[1])
    back = _about(
        keys[1],
        REVOCATION,
        {"revokes": f"sha256:{_payload(report)}", "kind": "report", "reason": "the data was wrong",
         "time": "2026-09-03T08:00:00Z"},
    )  # fmt: skip
    build(_made(tmp_path, keys, report, back), tmp_path / "site")
    standing = json.loads((tmp_path / "site" / "index.json").read_bytes())["standings"][0]
    page = page_of(tmp_path / "site", "<h1>ALLOWED</h1>")
    assert (standing["allowed"], standing["stopped"]) == ("", True)
    assert "the data was wrong" in page


def test_a_permit_that_was_taken_back_is_said_on_the_page_of_its_report(
    tmp_path: Path, keys: tuple[Pair, Pair]
) -> None:
    report = _report(keys[1])
    permit = _permit(keys[1], report)
    back = _about(
        keys[1], REVOCATION, {"revokes": f"sha256:{_payload(permit)}", "kind": "permit", "reason": "too early"}
    )
    build(_made(tmp_path, keys, report, permit, back), tmp_path / "site")
    standing = json.loads((tmp_path / "site" / "index.json").read_bytes())["standings"][0]
    assert standing["permit"] == ""
    assert "too early" in page_of(tmp_path / "site", "<h1>ALLOWED</h1>")


def test_broken_glass_is_red_on_the_overview(tmp_path: Path, keys: tuple[Pair, Pair]) -> None:
    broken = _about(
        keys[1],
        BREAK_GLASS,
        {"stage": "production", "bundle": {"name": "loans", "version": "1.0.0"}, "reason": "the old one was down",
         "role": "incident-lead", "time": "2026-09-02T08:00:00Z", "until": "2026-09-30"},
    )  # fmt: skip
    build(_made(tmp_path, keys, _report(keys[1]), broken), tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text()
    assert "The glass was broken" in page
    assert "the old one was down" in page


def test_a_report_that_fits_the_key_names_it_and_another_is_unverified_and_lets_nothing_through(
    tmp_path: Path, keys: tuple[Pair, Pair]
) -> None:
    stranger = pair(tmp_path / "keys", "stranger")
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "a.json").write_bytes(seal(real("ALLOWED").encode(), keys[1].signer))
    (folder / "b.json").write_bytes(_report(stranger, version="6.6.6", day=80))
    write(folder, "c.json", said(version="7", day=81))
    build(folder, tmp_path / "site", vouching=Vouching(keys[1].public))
    standing = json.loads((tmp_path / "site" / "index.json").read_bytes())["standings"][0]
    assert "loans-1-4-0" in standing["allowed"]
    assert f"Signed by the key sha256:{keys[1].public.id[:16]}…" in page_of(
        tmp_path / "site", "><bdi>loans</bdi></a> <bdi>1.4.0</bdi>"
    )
    assert "the signature is not by the key" in page_of(tmp_path / "site", "><bdi>loans</bdi></a> <bdi>6.6.6</bdi>")
    assert "it is not signed: anybody could have written it" in page_of(
        tmp_path / "site", "><bdi>loans</bdi></a> <bdi>7</bdi>"
    )


def test_a_signed_decision_that_does_not_follow_from_its_rules_is_left_out_and_named(
    tmp_path: Path, keys: tuple[Pair, Pair]
) -> None:
    forged = json.loads(real("BLOCKED"))
    forged["predicate"]["decision"] = "ALLOWED"
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.json").write_bytes(seal(canonical(forged), keys[1].signer))
    build(tmp_path / "reports", tmp_path / "site", vouching=Vouching(keys[1].public), may_be_empty=True)
    assert json.loads((tmp_path / "site" / "index.json").read_bytes())["standings"] == []
    page = (tmp_path / "site" / "index.html").read_text().replace("\u00a0", " ")
    assert "the report says ALLOWED, and BLOCKED follows from its rules" in page


def test_the_plain_copy_of_a_signed_report_is_shown_once(tmp_path: Path, keys: tuple[Pair, Pair]) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "report.sigstore.json").write_bytes(_report(keys[1]))
    (folder / "report.json").write_text(json.dumps(said()["predicate"]))
    assert build(folder, tmp_path / "site").reports == 1
    assert json.loads((tmp_path / "site" / "index.json").read_bytes())["reports"][0]["payload_sha256"]


def test_a_ledger_that_grew_gives_the_site_that_is_made_at_once(tmp_path: Path, keys: tuple[Pair, Pair]) -> None:
    report = _report(keys[1])
    folder = _made(tmp_path, keys, report, _report(keys[1], "HELD", name="churn", day=2))
    build(folder, tmp_path / "site")
    log(folder, keys[0], keys[1], _permit(keys[1], report), _report(keys[1], "BLOCKED", version="1.1.0", day=4))
    grown = build(folder, tmp_path / "site")
    build(folder, tmp_path / "fresh", state=tmp_path / "site-state")
    assert grown.written < grown.pages
    assert tree(tmp_path / "site", state=True) == tree(tmp_path / "fresh", state=True)


def test_who_signed_is_remembered_by_the_same_key_and_looked_at_again_by_another(
    tmp_path: Path, keys: tuple[Pair, Pair]
) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.json").write_bytes(seal(real("ALLOWED").encode(), keys[1].signer))
    vouching = Vouching(keys[1].public)
    build(tmp_path / "reports", tmp_path / "site", vouching=vouching)
    assert build(tmp_path / "reports", tmp_path / "site", vouching=vouching).written == 0
    assert build(tmp_path / "reports", tmp_path / "site", vouching=Vouching(keys[0].public)).unverified == 1


def test_a_report_in_a_ledger_and_in_a_folder_is_shown_once_with_its_entry(
    tmp_path: Path, keys: tuple[Pair, Pair]
) -> None:
    data = _report(keys[1])
    ledger = _made(tmp_path, keys, data)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.json").write_bytes(data)
    for number, given in enumerate(([ledger, tmp_path / "reports"], [tmp_path / "reports", ledger])):
        build(given, tmp_path / f"site-{number}")
        found = json.loads((tmp_path / f"site-{number}" / "index.json").read_bytes())["reports"]
        assert [one["entry"] for one in found] == ["0"]


def test_two_approvals_of_one_payload_by_two_keys_are_both_shown(tmp_path: Path, keys: tuple[Pair, Pair]) -> None:
    other = pair(tmp_path / "keys", "other")
    report = _report(keys[1])
    said_of = {"report": {"payload": f"sha256:{_payload(report)}"}, "stage": "production", "comment": "seen"}
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "report.json").write_bytes(report)
    lines = [_about(by, APPROVAL, said_of) for by in (keys[1], other)]
    (tmp_path / "reports" / "claims.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    build(tmp_path / "reports", tmp_path / "site")
    assert page_of(tmp_path / "site", "<h1>ALLOWED</h1>").count("approval for production") == 2

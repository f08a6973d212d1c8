"""What was taken back is taken back for the inbox and for the site alike, wherever in what was given the word for it lies."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from policykit.attest.envelope import seal
from policykit.attest.statement import APPROVAL, REVOCATION, statement
from policykit.canon import digest
from policykit.stories.heard_among import takes_back
from policykit.stories.read_reports import Found, read_reports
from policykit.stories.site_vouch import Vouching
from tests.site.site_builder import build
from tests.trust_world import World, add, make_world, rfc3339

REPORT = "reports/team/a.json"


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = make_world(tmp_path / "world", report=False)
    (made.folder / "reports" / "team").mkdir(parents=True)
    (made.folder / "reports" / "other").mkdir()
    made.gate(REPORT, at=made.now - timedelta(hours=3))
    return made


def _word(world: World, *, by: str = "gate-b", kind: str = "report") -> bytes:
    payload = digest(world.payload(world.folder / REPORT))
    said = {"revokes": f"sha256:{payload}", "kind": kind, "reason": "the data was wrong", "time": rfc3339(world.now)}
    return seal(statement([("report", payload)], said, predicate_type=REVOCATION), world.signer(by))


def _line(path: str) -> Callable[[World, bytes], None]:
    return lambda world, word: add(world.folder / path, word)


def _file(path: str) -> Callable[[World, bytes], None]:
    def put(world: World, word: bytes) -> None:
        (world.folder / path).write_bytes(word)

    return put


def _waivers(world: World, word: bytes) -> None:
    (world.folder / "reports" / "waivers").mkdir()
    (world.folder / "reports" / "waivers" / "claims.jsonl").write_bytes(word + b"\n")


def _ledger(world: World, word: bytes) -> None:
    kept = world.folder / "reports" / "ledger" / "objects" / "ab"
    kept.mkdir(parents=True)
    (kept / f"{digest(word)}.sigstore.json").write_bytes(word)


PLACES = pytest.mark.parametrize(
    "put",
    [
        pytest.param(_line("reports/claims.jsonl"), id="above"),
        pytest.param(_line("reports/team/claims.jsonl"), id="beside"),
        pytest.param(_line("reports/other/claims.jsonl"), id="elsewhere"),
        pytest.param(_line("claims.jsonl"), id="beside the trust file"),
        pytest.param(_file("reports/team/back.json"), id="a file beside"),
        pytest.param(_file("reports/0.json"), id="a file above"),
        pytest.param(_waivers, id="beside waivers"),
        pytest.param(_ledger, id="kept by a ledger"),
    ],
)


def _inbox(world: World, *, trusted: bool = True) -> list[Found]:
    by = {"authority": world.authority()} if trusted else {}
    return [one for one in read_reports([world.folder / "reports"], now=world.now, **by) if not one.other]  # type: ignore[arg-type]


def _let_through(world: World, *, trusted: bool = True) -> bool:
    vouching = Vouching(authority=world.authority()) if trusted else Vouching()
    build(world.folder / "reports", world.folder / "site", vouching=vouching, now=world.now, as_of=world.now.date())
    standings = json.loads((world.folder / "site" / "index.json").read_bytes())["standings"]
    return any(one["allowed"] for one in standings)


@PLACES
def test_a_report_that_was_taken_back_anywhere_is_let_through_by_neither(
    world: World, put: Callable[[World, bytes], None]
) -> None:
    assert [one.told is not None for one in _inbox(world)] == [True]
    assert _let_through(world)
    put(world, _word(world))
    (found,) = _inbox(world)
    assert (found.path.name, found.told) == ("a.json", None)
    assert found.problem == "the report was taken back by `gate-b`: `the data was wrong`"
    assert not _let_through(world)


@PLACES
def test_the_word_of_somebody_who_may_not_takes_nothing_back(world: World, put: Callable[[World, bytes], None]) -> None:
    put(world, _word(world, by="okafor"))
    assert [one.problem for one in _inbox(world)] == [""]
    assert _let_through(world)


def test_without_a_trust_file_everybody_takes_back_for_both(world: World) -> None:
    (world.folder / "reports" / "back.json").write_bytes(_word(world, by="stranger"))
    (found,) = _inbox(world, trusted=False)
    assert found.problem.startswith("somebody took the report back, and without a trust file everybody may")
    assert not _let_through(world, trusted=False)


def test_a_site_says_that_what_was_let_through_was_taken_back_and_that_nothing_may_run(world: World) -> None:
    (world.folder / "reports" / "back.json").write_bytes(_word(world))
    assert not _let_through(world)
    site = world.folder / "site"
    for path in (site / "index.html", *(site / "models").glob("*.html"), *(site / "stages").glob("*.html")):
        stopped = path.read_text().split('<ol class="list">')[1].split("</ol>")[0]
        assert "taken back</span>" in stopped, path
        assert "The report was taken back. Nothing may run" in stopped, path
        assert "ALLOWED" not in stopped and "passed" not in stopped and "Never" not in stopped, path


def test_no_copy_of_what_was_taken_back_is_shown_in_its_place(world: World) -> None:
    payload = world.payload(world.folder / REPORT)
    (world.folder / "reports" / "a.json").write_bytes(payload)
    (world.folder / "reports" / "b.json").write_text(json.dumps(json.loads(payload)["predicate"]))
    (world.folder / "reports" / "claims.jsonl").write_bytes(_word(world) + b"\n")
    assert [one.told for one in _inbox(world)] == [None]


def test_claims_that_cannot_be_read_are_named_and_let_nothing_below_them_through(world: World) -> None:
    (world.folder / "reports" / "team" / "claims.jsonl").write_text("{")
    world.gate("reports/other/b.json", at=world.now - timedelta(hours=2))
    found = {one.path.name: one for one in _inbox(world)}
    assert found["b.json"].told is not None
    assert found["a.json"].problem == "nobody knows whether it still counts: line 1 is cut short"
    assert found["claims.jsonl"].problem == "line 1 is cut short"


def test_of_one_file_alone_what_lies_beside_it_is_heard(world: World) -> None:
    (world.folder / "reports" / "team" / "claims.jsonl").write_bytes(_word(world) + b"\n")
    (found,) = read_reports([world.folder / REPORT], now=world.now, authority=world.authority())
    assert "was taken back" in found.problem


@pytest.mark.parametrize("blanks", range(6))
def test_a_revocation_is_known_wherever_its_type_begins_and_however_it_is_escaped(world: World, blanks: int) -> None:
    said = {"a": "x" * blanks}
    word = seal(statement([("x", "0" * 64)], said, predicate_type=REVOCATION), world.signer("gate"))
    escaped = word.replace(b'"payload":"', b'"payload":"\\u0065', 1).replace(b"\\u0065e", b"\\u0065")
    assert takes_back(word)
    assert takes_back(escaped)


def test_what_is_no_revocation_takes_nothing_back(world: World) -> None:
    assert not takes_back(world.approval(world.folder / REPORT, by="keller"))
    assert not takes_back(
        seal(statement([("x", "0" * 64)], {"says": REVOCATION}, predicate_type=APPROVAL), world.signer("gate"))
    )
    assert not takes_back(b"\\ no envelope at all")


@pytest.mark.parametrize(("plain", "spelt"), [(b"/", rb"\/"), (b"r", rb"\u0072")])
def test_a_word_is_heard_however_its_signed_text_spells_it(world: World, plain: bytes, spelt: bytes) -> None:
    word = json.loads(_word(world))
    payload = base64.b64decode(word["dsseEnvelope"]["payload"])
    written = seal(
        payload.replace(REVOCATION.encode(), REVOCATION.encode().replace(plain, spelt)), world.signer("gate-b")
    )
    assert takes_back(_word(world)) and takes_back(written)
    add(world.folder / "reports/claims.jsonl", written)
    assert all(one.told is None for one in _inbox(world))

"""What the ledger tells a gate before it judges: attempts at one holdout, error spent, glass broken."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import seal
from policykit.attest.ledger.append import append
from policykit.attest.ledger.folder import create
from policykit.attest.statement import BREAK_GLASS, statement
from policykit.errors import LedgerError
from policykit.load.bundle import load_bundle
from policykit.stats.sequential import spent
from policykit.stories.gate import Asked, gate
from policykit.stories.history import history_of
from policykit.stories.open import Table, open_all
from policykit.stories.outputs import statement_bytes
from policykit.terms.bundle import Bundle
from policykit.terms.history import History
from tests.build import ACCURATE, ENOUGH, people, write_bundle, write_policy
from tests.ledger.ledger_builder import ORIGIN, Pair, signed_file

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class House:
    """A ledger, and models that are gated on data of our choosing."""

    def __init__(self, folder: Path, ledger: Pair, by: Pair) -> None:
        self.folder, self.ledger, self.by = folder, ledger, by
        self.led = folder / "led"
        create(self.led, ORIGIN, ledger.signer)
        write_policy(folder / "p.yaml", ACCURATE, ENOUGH)

    def bundle(self, name: str, *, model: str = "m", women: tuple[int, int] = (500, 1000), **manifest: Any) -> Path:
        folder = write_bundle(self.folder / name, people(women=women), **manifest)
        (folder / "model.bin").write_text(model)
        return folder

    def judged(self, bundle: Path, **asked: Any) -> bytes:
        opened = open_all(bundle, [self.folder / "p.yaml"], None, Table())
        found = gate(opened.bundle, opened.policies, Asked(**{"stage": None, "now": NOW, **asked}))
        return seal(statement_bytes(found), self.by.signer)

    def log(self, *files: bytes, **more: Any) -> None:
        append(self.led, files, self.ledger.signer, keys=[self.by.public], **more)

    def history(self, bundle: Path | Bundle, *, stage: str | None = None, now: datetime = NOW) -> History:
        found = bundle if isinstance(bundle, Bundle) else load_bundle(bundle)
        return history_of(self.led, found, stage=stage, now=now, key=self.ledger.public)


@pytest.fixture
def house(tmp_path: Path, ledger_key: Pair, other_key: Pair) -> House:
    return House(tmp_path, ledger_key, other_key)


def test_a_first_look_has_no_attempts_before_it(house: House) -> None:
    found = house.history(house.bundle("b"))
    assert (found.origin, found.size, found.attempts, found.looks, found.unread) == (ORIGIN, 0, (), 1, 0)
    assert found.spent == pytest.approx((0.05, 0.05))


def test_other_models_on_the_same_rows_are_attempts_whatever_was_decided(house: House) -> None:
    for number in range(4):
        house.log(house.judged(house.bundle(f"b{number}", model=f"m{number}")))
    found = house.history(house.bundle("next", model="next"))
    assert found.looks == 5
    assert found.spent == spent(0.95, 5)
    assert {attempt.bundle for attempt in found.attempts} == {"loans 1.4.0"}
    assert [attempt.at for attempt in found.attempts] == ["2026-11-22T10:00:00Z"] * 4
    assert all(len(attempt.payload) == 64 and attempt.decision == "ALLOWED" for attempt in found.attempts)


def test_other_rows_are_no_attempt_and_some_of_the_same_rows_are(house: House) -> None:
    house.log(house.judged(house.bundle("b", model="a")))
    assert house.history(house.bundle("other", women=(400, 1000))).looks == 1
    more = house.bundle("more", model="more", datasets={"evaluation": {"path": "*.parquet"}})
    write_bundle(house.folder / "extra", people(women=(300, 1000)))
    (more / "later.parquet").write_bytes((house.folder / "extra" / "rows.parquet").read_bytes())
    assert house.history(more).looks == 2


def test_the_same_rows_for_training_are_no_look(house: House) -> None:
    house.log(house.judged(house.bundle("b", model="a")))
    bundle = house.bundle("trains", women=(400, 1000))
    (bundle / "old.parquet").write_bytes((house.folder / "b" / "rows.parquet").read_bytes())
    manifest = json.loads((bundle / "bundle.yaml").read_text())
    manifest["datasets"]["train"] = {"path": "old.parquet"}
    (bundle / "bundle.yaml").write_text(json.dumps(manifest))
    assert house.history(bundle).looks == 1


def test_the_same_build_judged_again_with_the_same_verdict_counts_once(house: House) -> None:
    bundle = house.bundle("b")
    house.log(house.judged(bundle), house.judged(bundle, now=NOW + timedelta(hours=1), nonce="n-2"))
    assert house.history(house.bundle("next", model="next")).looks == 2


def test_an_audit_and_a_partial_run_are_no_look_in_earnest(house: House) -> None:
    house.log(house.judged(house.bundle("b"), mode="audit"), house.judged(house.bundle("c", model="c"), only=("R-1",)))
    assert house.history(house.bundle("next", model="next")).looks == 1


def test_entries_without_their_file_are_said_to_be_unread(house: House) -> None:
    house.log(house.judged(house.bundle("b")), keep=False)
    house.log(signed_file(house.by.signer, 1))
    found = house.history(house.bundle("next", model="next"))
    assert (found.looks, found.unread, found.size) == (1, 1, 2)


@pytest.mark.parametrize("damage", ["gone", "garbage", "read only"])
def test_the_index_is_made_again_where_it_is_missing_or_garbage(house: House, damage: str) -> None:
    house.log(house.judged(house.bundle("b")))
    index = house.led / "index.sqlite"
    index.unlink()
    if damage == "garbage":
        index.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    if damage == "read only":
        (house.led / "drafts").rmdir()
        (house.led / "drafts").write_text("no folder")
    assert house.history(house.bundle("next", model="next")).looks == 2


def test_a_kept_file_that_came_or_went_unseen_is_noticed(house: House) -> None:
    data = house.judged(house.bundle("b"))
    house.log(data)
    kept = next((house.led / "objects").glob("*/*"))
    kept.unlink()
    found = house.history(house.bundle("next", model="next"))
    assert (found.looks, found.unread) == (1, 1)
    kept.write_bytes(data)
    found = house.history(house.bundle("next", model="next"))
    assert (found.looks, found.unread) == (2, 0)


def test_a_lying_index_invents_no_attempt(house: House) -> None:
    house.log(house.judged(house.bundle("b")), signed_file(house.by.signer, 1))
    bundle = house.bundle("other", women=(400, 1000))
    digest = next(file.sha256 for file in load_bundle(bundle).files if file.path == "rows.parquet")
    with sqlite3.connect(house.led / "index.sqlite") as database:
        database.execute("INSERT INTO held_out VALUES (?, 0)", (digest,))
    assert house.history(bundle).looks == 1


def test_a_kept_report_that_was_exchanged_is_refused(house: House) -> None:
    house.log(house.judged(house.bundle("b")))
    path = next((house.led / "objects").glob("*/*"))
    path.write_bytes(house.judged(house.bundle("c", model="c")))
    with pytest.raises(LedgerError) as caught:
        house.history(house.bundle("next", model="next"))
    assert caught.value.reason == "ledger_object"


def test_a_ledger_that_does_not_hold_together_gives_no_history(house: House) -> None:
    house.log(house.judged(house.bundle("b")))
    (house.led / "tile" / "0" / "000.p" / "1").unlink()
    with pytest.raises(LedgerError) as caught:
        house.history(house.folder / "b")
    assert caught.value.reason == "ledger_missing_tile"


def broken(by: Pair, *, at: str = "2026-11-20T08:00:00Z", stage: str = "production", name: str = "loans") -> bytes:
    said = {
        "stage": stage,
        "bundle": {"name": name, "version": "1.3.9"},
        "reason": "fire in the branch",
        "role": "incident-lead",
        "time": at,
        "until": (datetime.fromisoformat(at) + timedelta(days=30)).date().isoformat(),
    }
    return seal(statement([("bundle.manifest", "ab" * 32)], said, predicate_type=BREAK_GLASS), by.signer)


def test_broken_glass_is_told_for_thirty_days_with_everybody_who_signed(
    house: House, gate_key: Pair, other_key: Pair
) -> None:
    append(
        house.led,
        [broken(gate_key), broken(other_key), broken(other_key, name="cards"), broken(other_key, stage="staging")],
        house.ledger.signer,
        keys=[gate_key.public, other_key.public],
    )
    bundle = house.bundle("b")
    (found,) = house.history(bundle, stage="production").break_glass
    assert (found.bundle, found.stage, found.reason, found.until) == (
        "loans 1.3.9",
        "production",
        "fire in the branch",
        "2026-12-20",
    )
    assert found.who == (f"key {gate_key.public.id[:12]}", f"key {other_key.public.id[:12]}")
    assert len(house.history(bundle).break_glass) == 2
    assert house.history(bundle, stage="production", now=datetime(2026, 12, 20, 23, tzinfo=UTC)).break_glass
    assert not house.history(bundle, stage="production", now=datetime(2026, 12, 21, tzinfo=UTC)).break_glass


def test_broken_glass_with_a_time_nobody_can_read_stays_red(house: House) -> None:
    said = {"stage": "production", "bundle": {"name": "loans", "version": "1"}, "reason": "x", "time": "soon"}
    data = seal(statement([("b", "ab" * 32)], said, predicate_type=BREAK_GLASS), house.by.signer)
    house.log(data)
    assert len(house.history(house.bundle("b")).break_glass) == 1

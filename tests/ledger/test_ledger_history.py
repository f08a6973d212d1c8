"""What the ledger tells a gate before it judges: attempts at one holdout, error spent, glass broken."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.authority import Authority
from policykit.attest.envelope import seal, unseal
from policykit.attest.ledger.append import append
from policykit.attest.ledger.folder import create, open_ledger
from policykit.attest.ledger.inclusion import Logged
from policykit.attest.state import State
from policykit.attest.statement import BREAK_GLASS, statement
from policykit.attest.strict_json import strict_json
from policykit.errors import LedgerError, VerificationError
from policykit.load.bundle import load_bundle
from policykit.measure.describe import describe
from policykit.stats.sequential import spent
from policykit.stories.called import called
from policykit.stories.gate import Asked, gate
from policykit.stories.history import history_of, looks_before, remembered
from policykit.stories.logged import check_looks
from policykit.stories.open import Table, open_all
from policykit.stories.outputs import statement_bytes
from policykit.terms.bundle import Bundle
from policykit.terms.history import History
from policykit.terms.trust import Quorum, Trust, TrustKey
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

    def history(self, bundle: Path | Bundle, *, stage: str | None = None, now: datetime = NOW, **more: Any) -> History:
        found = bundle if isinstance(bundle, Bundle) else load_bundle(bundle)
        return history_of(self.led, found, stage=stage, now=now, key=self.ledger.public, **more)


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
    assert house.history(house.bundle("other", women=(400, 900))).looks == 1
    more = house.bundle("more", model="more", datasets={"evaluation": {"path": "*.parquet"}})
    write_bundle(house.folder / "extra", people(women=(300, 1000)))
    (more / "later.parquet").write_bytes((house.folder / "extra" / "rows.parquet").read_bytes())
    assert house.history(more).looks == 2


def test_the_same_rows_for_training_are_no_look(house: House) -> None:
    house.log(house.judged(house.bundle("b", model="a")))
    bundle = house.bundle("trains", women=(400, 900))
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


def test_an_index_that_was_emptied_hides_no_attempt(house: House) -> None:
    for number in range(3):
        house.log(house.judged(house.bundle(f"b{number}", model=f"m{number}")))
    with sqlite3.connect(house.led / "index.sqlite") as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table != "state":
                database.execute(f"DELETE FROM {table}")
    found = house.history(house.bundle("next", model="next"))
    assert (found.looks, found.unread) == (4, 0)


def test_a_copy_of_a_kept_file_does_not_stand_for_one_that_was_taken_away(house: House) -> None:
    house.log(house.judged(house.bundle("b")), house.judged(house.bundle("c", model="c")))
    one, other = sorted((house.led / "objects").glob("*/*"))
    one.with_name(one.name.replace(".sigstore", "-copy.sigstore")).write_bytes(one.read_bytes())
    other.unlink()
    found = house.history(house.bundle("next", model="next"))
    assert (found.looks, found.unread) == (2, 1)


def test_a_copy_of_the_ledger_from_before_is_refused_by_who_saw_a_newer_one(house: House, tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    bundle = house.bundle("next", model="next")
    shutil.copytree(house.led, tmp_path / "old")
    house.log(house.judged(house.bundle("b")))
    assert house.history(bundle, state=state).looks == 2
    shutil.rmtree(house.led)
    shutil.copytree(tmp_path / "old", house.led)
    with pytest.raises(LedgerError) as caught:
        house.history(bundle, state=state)
    assert caught.value.reason == "ledger_rollback"


def test_a_model_trained_again_is_an_attempt_though_its_predictions_change_the_file(house: House) -> None:
    house.log(house.judged(house.bundle("b", women=(500, 1000))))
    retrained = house.bundle("again", model="again", women=(499, 1000))
    found = remembered(house.led, load_bundle(retrained), stage=None, now=NOW)
    assert (found.history.looks, found.alike) == (2, 1)
    assert house.history(house.bundle("same", model="same")).looks == 2


def renamed(house: House, name: str) -> Path:
    folder = house.bundle("other", women=(499, 1000))
    said = json.loads((folder / "bundle.yaml").read_text())
    (folder / "bundle.yaml").write_text(json.dumps({**said, "name": name}))
    return folder


def test_data_that_only_looks_the_same_is_an_attempt_of_a_bundle_of_that_name_alone(house: House) -> None:
    house.log(house.judged(house.bundle("b")))
    assert house.history(renamed(house, "cards")).looks == 1
    assert house.history(house.bundle("more", women=(499, 1001))).looks == 1


def test_where_predictions_lie_in_a_file_of_their_own_the_files_of_the_data_decide(house: House) -> None:
    def apart(name: str, women: tuple[int, int]) -> Path:
        rows = people(women=women)
        rows["id"] = list(range(len(rows["y"])))
        guesses = {"id": rows["id"], "yhat": rows.pop("yhat")}
        data = {"evaluation": {"path": "rows.parquet", "predictions": {"path": "guesses.parquet", "key": "id"}}}
        folder = write_bundle(house.folder / name, rows, datasets=data)
        write_bundle(house.folder / f"{name}-guesses", guesses)
        (folder / "guesses.parquet").write_bytes((house.folder / f"{name}-guesses" / "rows.parquet").read_bytes())
        return folder

    house.log(house.judged(apart("b", (500, 1000))))
    assert house.history(apart("other", (499, 1000))).looks == 1
    assert house.history(apart("same", (500, 1000))).looks == 2


def test_measurements_say_what_their_data_looked_like(house: House) -> None:
    house.log(house.judged(house.bundle("b", women=(500, 1000))))
    found = load_bundle(house.bundle("again", model="again", women=(499, 1000)))
    carried = replace(found, root=None)
    assert house.history(carried).looks == 1
    assert house.history(carried, schemas=describe(found)).looks == 2


def test_looks_are_counted_again_up_to_where_a_report_stands(house: House) -> None:
    reports = [house.judged(house.bundle(f"b{number}", model=f"m{number}")) for number in range(3)]
    house.log(*reports)
    said = [strict_json(unseal(data).payload) for data in reports]
    ledger = open_ledger(house.led)
    assert [looks_before(ledger, each, place) for place, each in enumerate(said)] == [0, 1, 2]


def test_a_report_made_on_an_old_copy_of_the_ledger_is_not_the_look_it_says(house: House) -> None:
    reports = [house.judged(house.bundle(f"b{number}", model=f"m{number}")) for number in range(3)]
    house.log(*reports)
    said, ledger = strict_json(unseal(reports[2]).payload), open_ledger(house.led)
    place = Logged(2, ledger.size, ledger.checkpoint.root.hex())
    check_looks(ledger, said, place, 3)
    with pytest.raises(
        VerificationError, match="by the ledger this was attempt 3 against the same held-out data"
    ) as caught:
        check_looks(ledger, said, place, 2)
    assert caught.value.reason == "attempts"


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


def test_who_broke_the_glass_is_called_as_the_trust_file_knows_them(
    house: House, gate_key: Pair, other_key: Pair
) -> None:
    trust = Trust(
        "acme",
        1,
        "t",
        "2030-01-01",
        Quorum("r"),
        {"silva": TrustKey("silva", gate_key.public_path.read_text(), gate_key.public.id, "a.silva@acme.example")},
    )
    keys = [gate_key.public, other_key.public]
    append(house.led, [broken(gate_key), broken(other_key)], house.ledger.signer, keys=keys)
    found = history_of(
        house.led,
        load_bundle(house.bundle("b")),
        stage="production",
        now=NOW,
        key=house.ledger.public,
        authority=Authority(trust, NOW),
    )
    assert [each.who for each in found.break_glass] == [("a.silva@acme.example", f"key {other_key.public.id[:12]}")]
    told = found.break_glass[0]
    assert (told.bundle, told.reason) == ("loans 1.3.9", "fire in the branch")


def test_a_machine_without_a_person_is_called_by_its_key_and_nobody_by_a_hint_alone(
    gate_key: Pair, other_key: Pair
) -> None:
    keys = {"night-shift": TrustKey("night-shift", gate_key.public_path.read_text(), gate_key.public.id)}
    by = Authority(Trust("acme", 1, "t", "2030-01-01", Quorum("r"), keys), NOW)
    mine, theirs = unseal(broken(gate_key)), unseal(broken(other_key))
    assert called(mine, by) == "night-shift"
    assert called(replace(theirs, hint=mine.hint), by) == f"key {gate_key.public.id[:12]}"
    assert called(replace(mine, hint=""), by) == "night-shift"
    assert called(replace(theirs, hint=""), by) == "somebody"
    assert called(mine, None) == f"key {gate_key.public.id[:12]}"
    assert called(replace(mine, certificate=b"x"), by) == "an identity"


def test_broken_glass_with_a_time_nobody_can_read_stays_red(house: House) -> None:
    said = {"stage": "production", "bundle": {"name": "loans", "version": "1"}, "reason": "x", "time": "soon"}
    data = seal(statement([("b", "ab" * 32)], said, predicate_type=BREAK_GLASS), house.by.signer)
    house.log(data)
    assert len(house.history(house.bundle("b")).break_glass) == 1

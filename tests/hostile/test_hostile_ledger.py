"""Ledger rewrite, fork, rollback: whoever holds the folder cannot change what it says without being seen."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from policykit.attest.ledger.folder import create, open_ledger
from policykit.attest.ledger.note import Checkpoint, sign_checkpoint
from policykit.attest.ledger.tree import leaf_hash
from policykit.attest.reasons import REASONS
from policykit.attest.state import State
from policykit.cli.start import run
from policykit.errors import LedgerError
from policykit.stories.ledger import Whose, prove_file, verify_ledger, witness_ledger
from tests.ledger.ledger_builder import ORIGIN, Pair, log, make_ledger, pair, signed_file

SIZE = 300


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of 300 entries, its keys, and what a verifier and a witness have seen of it."""
    folder = tmp_path_factory.mktemp("made")
    ledger, gate = pair(folder, "ledger"), pair(folder, "gate", "ecdsa-p256")
    files = make_ledger(folder / "led", ledger, gate, SIZE)
    (folder / "entry7.json").write_bytes(files[7])
    verify_ledger(folder / "led", Whose(ledger.public), state=State(folder / "state"))
    return folder


class World:
    """A copy of it to do harm to."""

    def __init__(self, folder: Path) -> None:
        from policykit.attest.keys import load_public_key, load_signer

        self.folder, self.led, self.state = folder, folder / "led", State(folder / "state")
        names = ("ledger", "gate")
        self.ledger, self.gate = (
            Pair(
                load_signer(str(folder / f"{name}.key.pem"), None),
                load_public_key(folder / f"{name}.pub.pem"),
                folder / f"{name}.key.pem",
                folder / f"{name}.pub.pem",
            )
            for name in names
        )

    def verify(self) -> None:
        verify_ledger(self.led, Whose(self.ledger.public), state=self.state)

    def refusal(self) -> str:
        with pytest.raises(LedgerError) as caught:
            self.verify()
        assert caught.value.reason in REASONS
        words = [
            "ledger",
            "verify",
            str(self.led),
            "--key",
            str(self.ledger.public_path),
            "--state",
            str(self.state.folder),
        ]
        assert run(words) == 4
        return caught.value.reason

    def rewritten(self, count: int, *, start: int = 0) -> None:
        """The operator writes the ledger anew, with its own key."""
        shutil.rmtree(self.led)
        create(self.led, ORIGIN, self.ledger.signer)
        files = [signed_file(self.gate.signer, number) for number in range(start, start + count)]
        log(self.led, self.ledger, self.gate, *files)


@pytest.fixture
def world(made: Path, tmp_path: Path) -> World:
    shutil.copytree(made, tmp_path / "world")
    return World(tmp_path / "world")


def test_an_honest_ledger_holds_together_and_goes_on(world: World) -> None:
    world.verify()
    log(world.led, world.ledger, world.gate, signed_file(world.gate.signer, 1000))
    world.verify()
    assert open_ledger(world.led, key=world.ledger.public).size == SIZE + 1


def test_a_ledger_cut_short_and_signed_again_is_a_rollback(world: World) -> None:
    tiles = open_ledger(world.led, key=world.ledger.public).tiles
    shorter = [tiles.entry(at) for at in range(SIZE - 1)]
    shutil.rmtree(world.led / "tile")
    note = rebuilt(world, shorter)
    assert note.size == SIZE - 1
    assert world.refusal() == "ledger_rollback"


def rebuilt(world: World, entries: list[bytes]) -> Checkpoint:
    """Write tiles of these entries and sign a checkpoint over them, as only the operator can."""
    from policykit.attest.ledger.disk import Disk, put
    from policykit.attest.ledger.folder import reader
    from policykit.attest.ledger.tiles import Tiles, grown

    files, tiles = grown(Tiles(reader(world.led), 0), reader(world.led), entries)
    put(Disk(), world.led, files)
    checkpoint = Checkpoint(ORIGIN, tiles.size, tiles.root())
    (world.led / "checkpoint").write_bytes(sign_checkpoint(checkpoint, world.ledger.signer))
    return checkpoint


def test_entries_taken_out_by_somebody_without_the_key_do_not_fit_the_checkpoint(world: World) -> None:
    signed = (world.led / "checkpoint").read_bytes()
    tiles = open_ledger(world.led, key=world.ledger.public).tiles
    entries = [tiles.entry(at) for at in range(SIZE)]
    rebuilt(world, [*entries[:5], *entries[6:], entries[5]])
    (world.led / "checkpoint").write_bytes(signed)
    assert world.refusal() == "ledger_root"


def test_an_entry_exchanged_together_with_its_hash_does_not_fit_the_tiles_above(world: World) -> None:
    from policykit.attest.ledger.tiles import Tiles, grown

    tiles = open_ledger(world.led, key=world.ledger.public).tiles
    entries = [tiles.entry(at) for at in range(256)]
    files, _ = grown(Tiles(lambda _: None, 0), lambda _: None, [entries[1], *entries[1:]])
    for path in ("tile/entries/000", "tile/0/000"):
        (world.led / path).write_bytes(files[path])
    with pytest.raises(LedgerError, match=r"the tile `tile/1/000.p/1` does not fit the tiles below it"):
        world.verify()
    assert world.refusal() == "ledger_root"


def test_two_entries_in_another_order_signed_again_are_a_fork(world: World) -> None:
    tiles = open_ledger(world.led, key=world.ledger.public).tiles
    entries = [tiles.entry(at) for at in range(SIZE)]
    rebuilt(world, [entries[1], entries[0], *entries[2:]])
    assert world.refusal() == "ledger_fork"


def test_an_old_checkpoint_shown_again_is_a_rollback(world: World) -> None:
    old = shutil.copytree(world.led, world.folder / "old")
    log(world.led, world.ledger, world.gate, signed_file(world.gate.signer, 1000))
    world.verify()
    shutil.rmtree(world.led)
    shutil.copytree(old, world.led)
    assert world.refusal() == "ledger_rollback"


def test_a_second_history_shown_to_one_of_two_is_a_fork(world: World) -> None:
    twin = shutil.copytree(world.led, world.folder / "twin")
    log(world.led, world.ledger, world.gate, signed_file(world.gate.signer, 1000))
    log(twin, world.ledger, world.gate, signed_file(world.gate.signer, 2000), signed_file(world.gate.signer, 2001))
    world.verify()
    shutil.rmtree(world.led)
    shutil.copytree(twin, world.led)
    assert world.refusal() == "ledger_fork"


def test_a_witness_that_saw_one_history_does_not_sign_another(world: World, tmp_path: Path) -> None:
    state, w1 = State(tmp_path / "witness"), pair(tmp_path, "w1")

    def look() -> None:
        witness_ledger(world.led, "w1", w1.signer, key=world.ledger.public, state=state, seconds=1_795_000_000)

    look()
    world.rewritten(SIZE, start=1)
    before = (world.led / "checkpoint").read_bytes()
    with pytest.raises(LedgerError) as caught:
        look()
    assert caught.value.reason == "ledger_fork"
    assert (world.led / "checkpoint").read_bytes() == before
    world.rewritten(3)
    with pytest.raises(LedgerError) as caught:
        look()
    assert caught.value.reason == "ledger_rollback"


def remove(path: str) -> Callable[[World], object]:
    return lambda world: (world.led / path).unlink()


def flip(path: str, at: int) -> Callable[[World], object]:
    def change(world: World) -> None:
        data = bytearray((world.led / path).read_bytes())
        data[at] ^= 1
        (world.led / path).write_bytes(bytes(data))

    return change


def cut(path: str) -> Callable[[World], object]:
    return lambda world: (world.led / path).write_bytes((world.led / path).read_bytes()[:-1])


def longer(path: str) -> Callable[[World], object]:
    return lambda world: (world.led / path).write_bytes((world.led / path).read_bytes() + b"\0" * 32)


def other_key(world: World) -> None:
    stranger = pair(world.folder, "stranger")
    found = open_ledger(world.led, key=world.ledger.public).checkpoint
    (world.led / "checkpoint").write_bytes(sign_checkpoint(found, stranger.signer))
    (world.led / "ledger.pub.pem").write_bytes(stranger.public.pem)


def other_text(world: World) -> None:
    note = (world.led / "checkpoint").read_text()
    (world.led / "checkpoint").write_text(note.replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n", 1))


def other_object(world: World) -> None:
    path = next((world.led / "objects").glob("*/*"))
    path.write_bytes(signed_file(world.gate.signer, 77_777))


HARM: dict[str, tuple[Callable[[World], object], str]] = {
    "a missing tile": (remove("tile/0/000"), "ledger_missing_tile"),
    "a missing partial tile": (remove("tile/0/001.p/44"), "ledger_missing_tile"),
    "a missing upper tile": (remove("tile/1/000.p/1"), "ledger_missing_tile"),
    "missing entries": (remove("tile/entries/000"), "ledger_missing_tile"),
    "a tile cut short": (cut("tile/0/001.p/44"), "ledger_damaged"),
    "entries cut short": (cut("tile/entries/000"), "ledger_damaged"),
    "a tile with more at its end": (longer("tile/0/001.p/44"), "ledger_damaged"),
    "a full tile with more at its end": (longer("tile/0/000"), "ledger_damaged"),
    "entries with more at their end": (longer("tile/entries/001.p/44"), "ledger_damaged"),
    "a damaged entry": (flip("tile/entries/000", 5000), "ledger_entry"),
    "a damaged hash": (flip("tile/0/000", 500), "ledger_entry"),
    "a damaged right edge": (flip("tile/0/001.p/44", 500), "ledger_root"),
    "a damaged upper tile": (flip("tile/1/000.p/1", 3), "ledger_root"),
    "a missing checkpoint": (remove("checkpoint"), "ledger_missing"),
    "a checkpoint cut short": (cut("checkpoint"), "ledger_checkpoint"),
    "a checkpoint of another key": (other_key, "ledger_key"),
    "a checkpoint that says another size": (other_text, "ledger_signature"),
    "another file in the place of a kept one": (other_object, "ledger_object"),
}


@pytest.mark.parametrize("what", HARM)
def test_every_harm_to_the_folder_is_seen_and_named(world: World, what: str) -> None:
    harm, reason = HARM[what]
    harm(world)
    assert world.refusal() == reason


def test_the_wrong_origin_is_refused(world: World) -> None:
    with pytest.raises(LedgerError) as caught:
        verify_ledger(world.led, Whose(world.ledger.public, "other.acme.example"))
    assert caught.value.reason == "ledger_origin"


def test_any_single_changed_byte_of_a_checkpoint_is_refused_or_changes_nothing(world: World) -> None:
    path = world.led / "checkpoint"
    data, honest = path.read_bytes(), open_ledger(world.led, key=world.ledger.public).checkpoint
    for at in range(len(data)):
        for bit in (1, 128):
            path.write_bytes(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])
            with pytest.raises(LedgerError):
                open_ledger(world.led, key=world.ledger.public, origin=ORIGIN)
    path.write_bytes(data)
    assert open_ledger(world.led, key=world.ledger.public).checkpoint == honest


@pytest.mark.parametrize("lie", ["another place", "no place", "no number", "no entries", "a question without end"])
def test_a_lying_index_misleads_nobody(world: World, lie: str) -> None:
    import sqlite3

    data = (world.folder / "entry7.json").read_bytes()
    ledger, honest = open_ledger(world.led, key=world.ledger.public), prove_file(world.led, data)
    with sqlite3.connect(world.led / "index.sqlite") as database:
        match lie:
            case "another place":
                database.execute("UPDATE entries SET leaf = ? WHERE idx = 7", (leaf_hash(b"x"),))
                database.execute("UPDATE entries SET leaf = ? WHERE idx = 8", (leaf_hash(ledger.entry(7)),))
            case "no place":
                database.execute("UPDATE entries SET leaf = ? WHERE idx = 7", (leaf_hash(b"x"),))
            case "no number":
                database.execute("UPDATE verifiers SET idx = 'zz'")
            case "no entries":
                database.execute("DELETE FROM entries")
            case "a question without end":
                database.execute("DROP TABLE verifiers")
                endless = (
                    "WITH RECURSIVE n(id, idx) AS (SELECT 'x', 0 UNION ALL SELECT id, idx + 1 FROM n) SELECT * FROM n"
                )
                database.execute(f"CREATE VIEW verifiers AS {endless}")
    assert prove_file(world.led, data) == honest
    again = log(world.led, world.ledger, world.gate, data, signed_file(world.gate.signer, 1000))
    assert (again.places[0], again.new) == (7, (False, True))

"""The ledger: appending to a long one, proving from ever longer ones, auditing a thousand reports.

Times beyond the disk's own: what fsync takes is measured and taken off.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from policykit.attest.envelope import seal
from policykit.attest.ledger.append import append
from policykit.attest.ledger.disk import Disk
from policykit.attest.ledger.folder import create
from policykit.attest.ledger.note import Checkpoint, sign_checkpoint
from policykit.attest.ledger.proofs import inclusion_proof
from policykit.attest.ledger.tiles import Tiles, grown
from policykit.attest.ledger.tree import leaf_hash, proves_inclusion
from policykit.canon import canonical
from policykit.stories.audit import audit_ledger
from policykit.stories.gate import Asked, gate
from policykit.stories.history import history_of
from policykit.stories.ledger import Whose
from policykit.stories.open import Table, open_all
from policykit.stories.outputs import statement_bytes
from policykit.terms.bundle import Bundle
from tests.build import ACCURATE, ENOUGH, EQUAL, write_bundle, write_policy
from tests.clock import NOW
from tests.ledger.ledger_builder import ORIGIN, Pair, pair, signed_file

LONG = 100_000
REPORTS = 1_000
ROUNDS = 21


class Timed(Disk):
    """A disk that knows how long it was waited for."""

    waited = 0.0

    def sync(self, path: Path) -> None:
        """Flush, and count the time."""
        started = time.perf_counter()
        super().sync(path)
        self.waited += time.perf_counter() - started


def main() -> None:
    """Print Markdown rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger, by = pair(folder, "ledger"), pair(folder, "gate")
        _append(folder / "long", ledger, by)
        _curve()
        _audit(folder, ledger, by)


def _append(folder: Path, ledger: Pair, by: Pair) -> None:
    create(folder, ORIGIN, ledger.signer)
    files, tiles = grown(Tiles(lambda _: None, 0), lambda _: None, [_entry(i) for i in range(LONG)])
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    note = sign_checkpoint(Checkpoint(ORIGIN, LONG, tiles.root()), ledger.signer)
    (folder / "checkpoint").write_bytes(note)
    append(folder, [signed_file(by.signer, 0)], ledger.signer, keys=[by.public])  # makes the index
    beyond, with_disk = [], []
    for number in range(1, ROUNDS + 1):
        disk, data = Timed(), signed_file(by.signer, number)
        started = time.perf_counter()
        append(folder, [data], ledger.signer, disk=disk)
        taken = time.perf_counter() - started
        with_disk.append(taken)
        beyond.append(taken - disk.waited)
    middle = ROUNDS // 2
    told = f"{sorted(with_disk)[middle] * 1000:.1f} ms with it"
    print(
        f"| append to {LONG:,} entries, beyond fsync | {sorted(beyond)[middle] * 1000:.1f} ms | {told} | 20 ms |",
        flush=True,
    )


def _curve() -> None:
    files, size = dict[str, bytes](), 0
    for goal in (1_000, 10_000, 100_000, 1_000_000):
        more, tiles = grown(Tiles(files.get, size), files.get, [b"%d" % i for i in range(size, goal)])
        files.update(more)
        size, root = goal, tiles.root()
        proving, checking, reads, longest = 0.0, 0.0, 0, 0
        picked = random.Random(3).sample(range(size), 50)
        for index in picked:
            asked = list[str]()
            fresh = Tiles(lambda path, asked=asked: asked.append(path) or files.get(path), size)
            started = time.perf_counter()
            proof = inclusion_proof(index, size, fresh.node)
            proving += time.perf_counter() - started
            started = time.perf_counter()
            assert proves_inclusion(index, size, leaf_hash(b"%d" % index), proof, root)
            checking += time.perf_counter() - started
            reads, longest = max(reads, len(asked)), max(longest, len(proof))
        cost = f"{proving / len(picked) * 1e6:.0f} µs + {checking / len(picked) * 1e6:.0f} µs"
        print(f"| prove and check one of {size:,} entries | {cost} | {reads} tiles, {longest} hashes | |", flush=True)


def _audit(folder: Path, ledger: Pair, by: Pair) -> None:
    write_policy(folder / "p.yaml", ACCURATE, EQUAL, ENOUGH)
    opened = open_all(write_bundle(folder / "b"), [folder / "p.yaml"], None, Table())
    said = json.loads(statement_bytes(gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW))))
    files = list[bytes]()
    for number in range(REPORTS):
        at = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=number)
        said["predicate"]["timeEvaluated"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        files.append(seal(canonical(said), by.signer))
    create(folder / "reports", ORIGIN, ledger.signer)
    append(folder / "reports", files, ledger.signer, keys=[by.public])
    best = min(_audited(folder / "reports", ledger) for _ in range(3))
    each = f"{len(canonical(said)) // 1024} KiB each"
    print(f"| audit a ledger of {REPORTS:,} reports | {best:.2f} s | {each} | 3 s |")
    counted = min(_counted(folder / "reports", opened.bundle) for _ in range(3))
    print(f"| count attempts among {REPORTS:,} reports, every file read | {counted:.2f} s | {each} | |")


def _audited(folder: Path, ledger: Pair) -> float:
    started = time.perf_counter()
    found = audit_ledger(folder, Whose(ledger.public))
    assert found.reports == REPORTS
    return time.perf_counter() - started


def _counted(folder: Path, bundle: Bundle) -> float:
    started = time.perf_counter()
    assert history_of(folder, bundle, stage=None, now=NOW).looks == 2
    return time.perf_counter() - started


def _entry(number: int) -> bytes:
    """Return something of the shape and size of an entry."""
    spec = {
        "hashedRekordV002": {
            "data": {"digest": f"{number:044d}"},
            "signature": {"content": f"{number:088d}", "verifier": {"publicKey": {"rawBytes": "A" * 120}}},
        }
    }
    return json.dumps({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": spec}).encode()


if __name__ == "__main__":
    main()

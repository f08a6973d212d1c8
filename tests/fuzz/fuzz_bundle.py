"""Throw bytes at the door of bundles: as a manifest, as a zip, as documents, as measurements. Only errors of ours come back.

python tests/fuzz/fuzz_bundle.py --seconds 600 [--seed N]
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import io
import random
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from policykit.errors import PolicykitError
from policykit.load.bundle import load_bundle
from policykit.load.documents import Unreadable, read_document
from policykit.load.measurements import dump_measurements, load_measurements
from policykit.terms.bundle import Bundle, Column, Dataset, File, Schema, Task
from policykit.terms.expr import Col, Lit
from policykit.terms.measure import Cells, Count
from policykit.terms.plan import Measurement
from policykit.terms.state import Counted, Table
from policykit.terms.verdict import Cause, Unmeasured

MANIFEST = b"""policykit: bundle/1
name: loan-default
version: 1.10
labels: {risk: high, jurisdiction: [EU, UK]}
task: {kind: binary-classification, target: y, score: pd, prediction: {from: score, at_least: 0.35}, positive: 1}
attributes: {sex: {column: G, values: {1: male, "2": female}}}
protected_attributes: [sex, age]
model: {path: m, format: skops, features: [a, b]}
datasets:
  evaluation: {path: e.csv, key: [id], collected: 2026-08-31, columns: {zip: text}, missing_values: ["", "-"]}
  train: {path: "d/*.csv", predictions: {path: p.csv, key: id}}
documents: {card: {path: c.md}, load_test: {path: l.json}}
facts: {owners: {model: a@x.example}, n: 1, x: [1.5, ~, true]}
champion: {report: r.json}
"""
OTHERS = {
    "e.csv": b"y,pd\n1,0.5\n",
    "d/a.csv": b"y\n1\n",
    "p.csv": b"id\n1\n",
    "m/w.bin": b"\0\1",
    "c.md": b"---\nlicense: mit\n---\n# Use\nall\n",
    "l.json": b'{"unit": "ms", "samples": [1, 2.5]}',
    "r.json": b"{}",
}


def one(data: bytes) -> None:
    """Try the bytes at every door; raise only what is a fault of ours."""
    for attempt in (_as_manifest, _as_zip, _as_document, _as_measurements):
        with contextlib.suppress(PolicykitError):
            attempt(data)


def _as_manifest(data: bytes) -> None:
    root = _folder()
    (root / "bundle.yaml").write_bytes(data)
    load_bundle(root)


def _as_zip(data: bytes) -> None:
    path = _folder().parent / "bundle.zip"
    path.write_bytes(data)
    bundle = load_bundle(path)
    if load_bundle(path).manifest_digest != bundle.manifest_digest:
        raise AssertionError("one zip, two digests")


def _as_document(data: bytes) -> None:
    for path in ("a.json", "a.md", "a.csv"):
        with contextlib.suppress(Unreadable):
            read_document(path, data)


def _as_measurements(data: bytes) -> None:
    read = load_measurements(data)
    dump_measurements(read.bundle, read.schemas, read.taken, stage=read.stage, as_of=read.as_of, engine=read.engine)


@cache
def _folder() -> Path:
    root = Path(tempfile.mkdtemp(prefix="policykit-fuzz-")) / "bundle"
    for path, data in OTHERS.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def seeds() -> list[bytes]:
    """Return a good manifest, good zips, good documents, and a good file of measurements."""
    zips = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", method) as archive:
            for path, data in {"bundle.yaml": MANIFEST, **OTHERS}.items():
                archive.writestr(path, data)
        zips.append(stream.getvalue())
    bundle = Bundle(
        "n",
        "1",
        {"evaluation": Dataset("evaluation", ("e.csv",), "csv")},
        task=Task("regression", "y", positive=Lit(0.5)),
        files=(File("bundle.yaml", "manifest", "0" * 64, 1),),
    )
    taken = {
        Cells("evaluation", (Col("y"),)): Measurement(Table((((1,), 2), ((None,), 3)))),
        Count("evaluation"): Unmeasured(Cause.EMPTY, "no rows"),
        Count("train"): Measurement(Counted(5)),
    }
    schemas = {"evaluation": Schema((Column("y", "integer"),), 5, "0" * 64)}
    measured = dump_measurements(bundle, schemas, taken, stage="production", as_of="2026-11-22", engine="polars")
    return [MANIFEST, *zips, OTHERS["c.md"], OTHERS["l.json"], OTHERS["e.csv"], measured]


PIECES = [
    b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"\xff\xff\xff\xff", b"\0", b"../", b"\\", b"/",
    b": ", b"- ", b"{", b"}", b"[", b"]", b"&a ", b"*a", b"!!x ", b"---\n", b"~", b"''", b'"', b"\n", b"  ", b"#", b"1e999",
    b"NaN", b"-1", b"9" * 30, b"\xef\xbb\xbf", b"\xe2\x80\xae", b"**/", b"[!", b"\\ud800", b'{"Lit":{}}', b'{"float":"x"}',
]  # fmt: skip


def mutated(data: bytes, chance: random.Random, corpus: list[bytes]) -> bytes:
    """Return the bytes with a few random changes."""
    changes: list[Callable[[bytes, int, int], bytes]] = [
        lambda d, i, j: d[:i] + d[j:],
        lambda d, i, j: d[:i] + d[i:j] * 2 + d[j:],
        lambda d, i, j: d[:i] + chance.choice(PIECES) + d[i:],
        lambda d, i, j: d[:i] + chance.choice(PIECES) + d[j:],
        lambda d, i, j: d[:i] + bytes([d[i] ^ 1 << chance.randrange(8)]) + d[i + 1 :] if i < len(d) else d,
        lambda d, i, j: d[:i] + chance.choice(corpus)[-chance.randrange(1, 200) :],
        lambda d, i, j: d[:i] + chance.randbytes(chance.randrange(1, 5)) + d[i + 2 :],
    ]
    for _ in range(chance.randrange(1, 4)):
        first = chance.randrange(len(data) + 1)
        last = min(len(data), first + chance.choice([1, 2, 8, 64]))
        data = chance.choice(changes)(data, first, last)
    return data


def run(seconds: float, seed: int) -> int:
    """Mutate the seeds for so many seconds, and return how many inputs were tried."""
    chance, corpus, tried = random.Random(seed), seeds(), 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = mutated(chance.choice(corpus), chance, corpus)
        try:
            one(data)
        except BaseException:
            print(f"seed {seed}, input {tried}: {base64.b64encode(data).decode()}", file=sys.stderr)
            raise
        tried += 1
        if chance.random() < 0.02 and len(data) < 20_000:
            corpus.append(data)
            del corpus[50:]
    return tried


def main() -> None:
    """Fuzz for the seconds asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if asked.seed is None else asked.seed
    print(f"{run(asked.seconds, seed):,} inputs, no exception but ours (seed {seed})")


if __name__ == "__main__":
    main()

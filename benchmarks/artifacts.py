"""Scanning weights: memory flat, time near reading them. Hashing is not in it: `load` has hashed every file before.

`make bench` makes a pickle and a torch-like zip of 2 GB each, measures each in a process of its own, and removes them. What is
compared with is reading every byte of the same file in pieces; what the scan skips, it does not read.
"""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

SIZE = 2 << 30
PARTS = 8

SCAN = """
import re, sys, time
from pathlib import Path
from policykit.measure.artifact.weigh import weigh
path = Path(sys.argv[1])
def read():
    with path.open("rb", buffering=0) as file:
        while file.read(1 << 20): pass
def scan():
    with path.open("rb") as file:
        found = weigh(file, path.stat().st_size, path.name)
    assert not found.refused and found.form in ("pickle", "torch", "compressed"), found
def held():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1)) / 1024
read()
before = held()
times = []
for act in (read, scan):
    begun = time.perf_counter(); act(); times.append(time.perf_counter() - begun)
print(times[0], times[1], before, held())
"""


def main() -> int:
    """Print one row for each file."""
    with tempfile.TemporaryDirectory(prefix="policykit-bench-") as folder:
        for name, path in _made(Path(folder)):
            words = [sys.executable, "-c", SCAN, str(path)]
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            reading, scanning, before, after = map(float, done.stdout.split())
            size = path.stat().st_size / 2**30
            row = (f"{name}, {size:.2f} GB", f"{scanning:.2f} s", f"{reading:.2f} s", f"{scanning / reading:.2f} ×")
            print(f"| {' | '.join(row)} | {after - before:.0f} MB more, {after:.0f} MB in all |", flush=True)
            path.unlink()
    return 0


def _made(folder: Path) -> Iterator[tuple[str, Path]]:
    block = bytes(1 << 20)
    path = folder / "arrays.pkl"
    with path.open("wb") as file:
        file.write(b"\x80\x04]")
        for _ in range(PARTS):
            file.write(b"\x8e" + struct.pack("<Q", SIZE // PARTS))
            for _ in range(SIZE // PARTS >> 20):
                file.write(block)
            file.write(b"a")
        file.write(b".")
    yield "a pickle of arrays", path
    path = folder / "model.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"layers": list(range(PARTS))}, 2))
        for part in range(PARTS):
            with archive.open(f"archive/data/{part}", "w") as member:
                for _ in range(SIZE // PARTS >> 20):
                    member.write(block)
    yield "a torch-like zip", path
    path = folder / "texts.pkl"
    with path.open("wb") as file:
        pickle.dump([f"word number {each}" for each in range(1_000_000)], file, 4)
    yield "a pickle of 1,000,000 texts", path


if __name__ == "__main__":
    raise SystemExit(main())

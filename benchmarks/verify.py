"""How long verifying takes: one report as a multiple of an empty interpreter, and a thousand in one process.

A small report, and the one of examples/health_visits.
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.startup import multiples
from policykit.attest.envelope import seal
from policykit.attest.keys import load_signer, new_key
from policykit.attest.verify import Asked
from policykit.stories.gate import Asked as AskedOfGate
from policykit.stories.gate import gate
from policykit.stories.open import Table, open_all
from policykit.stories.outputs import statement_bytes
from policykit.stories.verify import authentic
from tests.build import ACCURATE, ENOUGH, EQUAL, write_bundle, write_policy

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
REPORTS = 1_000


def main() -> None:
    """Print Markdown rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        private, public = new_key("gate", folder, None)
        write_bundle(folder / "b")
        write_policy(folder / "p.yaml", ACCURATE, EQUAL, ENOUGH)
        health = EXAMPLES / "health_visits"
        jobs = {
            "3 rules": (folder / "b", folder / "p.yaml", "3 s"),
            "22 rules": (health / "bundle_equal_chance", health / "policies", ""),
        }
        for what, (bundle, policies, limit) in jobs.items():
            opened = open_all(bundle, [policies], None, Table())
            judged = gate(opened.bundle, opened.policies, AskedOfGate(stage="production", now=datetime.now(UTC)))
            data = seal(statement_bytes(judged), load_signer(str(private), None))
            (folder / "r.json").write_bytes(data)
            size = f"{what}, {len(data) / 1000:.0f} kB"
            seconds, times = multiples(["verify", "r.json", "--key", str(public)], folder)
            most = "10 ×" if limit else ""
            print(f"| verify one report of {size} | {seconds:.3f} s | {times:.1f} × an empty interpreter | {most} |")
            started = time.perf_counter()
            for _ in range(REPORTS):
                authentic(data, public, Asked(stage="production"), now=datetime.now(UTC))
            taken = time.perf_counter() - started
            print(f"| verify {REPORTS:,} reports of {size}, one process | {taken:.2f} s | | {limit} |")


if __name__ == "__main__":
    main()

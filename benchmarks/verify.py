"""How long verifying takes: one report as a multiple of an empty interpreter, and a thousand in one process.

By a key, by a trust file, and a permit by its trust file.

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
from policykit.cli.start import run
from policykit.stories.gate import Asked as AskedOfGate
from policykit.stories.gate import gate
from policykit.stories.open import Table, open_all
from policykit.stories.outputs import statement_bytes
from policykit.stories.verify import authentic
from tests.build import ACCURATE, ENOUGH, EQUAL, write_bundle, write_policy
from tests.trust_world import make_world

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
        for what, words in trusted(folder / "world").items():
            seconds, times = multiples(words, folder)
            print(f"| verify {what} by a trust file | {seconds:.3f} s | {times:.1f} × an empty interpreter | |")


def trusted(folder: Path) -> dict[str, list[str]]:
    """Return how a small report, and the permit issued on it, are verified by a trust file that both hold under."""
    world = make_world(folder)
    for name in ("keller", "silva"):
        world.approve(by=name)
    stage = ["--stage", "production"]
    permit = folder / "permit.sigstore.json"
    issued = ["permit", str(world.report), "--sign", str(world.key("office")), *world.trust_words, *stage]
    issued += ["--bundle", str(world.bundle)]
    words = {
        "one report": world.verify_words(*stage),
        "one permit": ["verify", str(permit), "--as", "permit", *world.trust_words, *stage],
    }
    for each in ([*issued, "--output", str(permit)], *words.values()):
        if run(each) != 0:
            raise SystemExit(f"what is to be timed does not hold: policykit {' '.join(each)}")
    return words


if __name__ == "__main__":
    main()

"""How long verbs take, as multiples of an empty interpreter measured in the same run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.build import ACCURATE, ENOUGH, EQUAL, write_bundle, write_policy

ROUNDS = 9
LIMITS = {"policykit --help": "8 ×", "policykit verify (one report)": "10 ×"}


def main() -> None:
    """Print one Markdown row for each verb."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_bundle(folder / "b")
        write_policy(folder / "p.yaml", ACCURATE, EQUAL, ENOUGH)
        write_many(folder / "many")
        run = [sys.executable, "-m", "policykit"]
        _once([*run, "keys", "new", "k", "--unencrypted"], folder)
        _once([*run, "gate", "b", "-p", "p.yaml", "--sign", "k.key.pem", "-o", "attestation=r.json"], folder)
        commands = {
            "empty interpreter": [sys.executable, "-c", "pass"],
            "policykit --help": [*run, "--help"],
            "policykit verify (one report)": [*run, "verify", "r.json", "--key", "k.pub.pem"],
            "policykit lint (one policy)": [*run, "lint", "p.yaml"],
            "policykit lint (100 policies of 50 rules)": [*run, "lint", "many"],
            "policykit gate (a small bundle, 3 rules)": [*run, "gate", "b", "-p", "p.yaml", "-o", "json"],
            "policykit gate (the same, text)": [*run, "gate", "b", "-p", "p.yaml"],
        }
        seconds = {what: min(_once(command, folder) for _ in range(ROUNDS)) for what, command in commands.items()}
    empty = seconds["empty interpreter"]
    for what, taken in seconds.items():
        print(f"| {what} | {taken:.3f} s | {taken / empty:.1f} × | {LIMITS.get(what, '')} |")


def multiples(words: list[str], folder: Path) -> tuple[float, float]:
    """Return the seconds that `policykit WORDS` takes, and how often an empty interpreter fits into them."""
    commands = ([sys.executable, "-c", "pass"], [sys.executable, "-m", "policykit", *words])
    empty, taken = (min(_once(command, folder) for _ in range(ROUNDS)) for command in commands)
    return taken, taken / empty


def write_many(folder: Path, policies: int = 100, rules: int = 50) -> None:
    """Write many policies of many rules, of every kind."""
    kinds = (
        ACCURATE,
        EQUAL,
        {"check": "data.completeness", "with": {"column": "income"}, "at_least": "99 %"},
        {"check": "data.in_range", "with": {"column": "age", "minimum": 18, "maximum": 100}, "at_least": "99 %"},
        {"check": "latency.p95", "at_most": "200 ms"},
        {"check": "governance.owner", "with": {"of": "model"}, "is": "present"},
    )
    for i in range(policies):
        write_policy(folder / f"p{i:03}.yaml", *(kinds[j % len(kinds)] for j in range(rules)), id=f"policy-{i:03}")


def _once(command: list[str], folder: Path) -> float:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()

"""Fuzz the readers of policies, gate files, trust files and waivers: whatever the bytes, only policykit's own errors come out.

`python -m tests.fuzz.fuzz_load --seconds 600` mutates valid documents for ten minutes; `one` serves any other fuzzer.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from policykit.errors import PolicykitError
from policykit.load.diagnose import write
from policykit.load.gate_file import load_gate_file
from policykit.load.policies import lint, read_policies
from policykit.load.trust_document import read_trust
from policykit.load.waiver_document import read_waiver
from policykit.load.waiver_text import waiver_text
from policykit.load.yaml import read
from policykit.terms.waiver import Waiver
from tests.load.waiver_texts import trust_of, waiver

ROOT = Path(__file__).parents[2]
TRUST = trust_of(
    "identities: {w: {issuer: i, subject: s, root: public}}\n"
    f"roots: {{public: {{path: r.json, sha256: {'ab' * 32}}}}}\n"
    "ledgers: {main: {origin: l.example, key: gate, witnesses: [root-a], witnessed_by: 1}}\n"
    "accounts: {x: {platform: github, login: x, who: y, recorded_by: w}}\n"
    "stages: {production: {report: {max_age: 7 days}, waivers: {signed_by: {role: evaluator}, longest: 9 days}, ledger: main}}"
).encode()
WORDS = (
    *(
        b"- ",
        b": ",
        b"[",
        b"]",
        b"{",
        b"}",
        b"'",
        b'"',
        b"\n",
        b"  ",
        b"\t",
        b"#",
        b"&a ",
        b"*a",
        b"!!x ",
        b"<<: ",
        b"---\n",
        b"%",
    ),
    *(
        b"$slow",
        b"~",
        b"null",
        b"1e999",
        b"-0",
        b"4/0",
        b"10 pp",
        b"200 ms",
        b"5 % relative",
        b"champion",
        b"everything",
        b"\xff",
    ),
    *(
        b"all_of",
        b"any_of",
        b"not",
        b"between",
        b"equals",
        b"is",
        b"present",
        b"columns",
        b"matches",
        b"(?=a)",
        b"\xe2\x80\xae",
    ),
    *(b"policykit: gate/1\n", b"policykit: policy/1\n", b"rules:\n", b"with: {", b"where: {", b"9" * 400),
)


def one(data: bytes) -> None:
    """Read `data` as each kind of document; raise nothing but policykit's own errors."""
    try:
        read(data, "fuzz.yaml")
    except PolicykitError as error:
        _shown(error)
    try:
        read_policies([("fuzz.yaml", data.decode("utf-8", "replace"), {"slow": "1 s"})])
    except PolicykitError as error:
        _shown(error)
    for reader in (
        lambda: read_trust(data, Path("fuzz/trust.yaml")),
        lambda: _round_trip(read_waiver(data, "fuzz.yaml")),
    ):
        try:
            reader()
        except PolicykitError as error:
            _shown(error)
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(data)
        file.flush()
        try:
            load_gate_file(Path(file.name))
        except PolicykitError as error:
            _shown(error)
        for problem in lint([file.name], as_of="2027-01-01"):
            write(problem)


def mutated(seeds: list[bytes], chance: random.Random) -> bytes:
    """Return one of the seeds, damaged in a few places."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(data))
        match chance.randrange(5):
            case 0:
                data[at:at] = chance.choice(WORDS)
            case 1:
                del data[at : at + chance.randint(1, 40)]
            case 2:
                other = chance.choice(seeds)
                start = chance.randint(0, len(other))
                data[at:at] = other[start : start + chance.randint(1, 200)]
            case 3:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case _:
                lines = bytes(data).split(b"\n")
                first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
                lines[first], lines[second] = lines[second], lines[first]
                data = bytearray(b"\n".join(lines))
    return bytes(data)


def seeds() -> list[bytes]:
    """Return the documents that damage begins from: a gate file, every policy we ship, a trust file and a waiver."""
    gate = b"policykit: gate/1\npolicies: [{path: policies/, set: {slow: 1 s}}, pack:baseline]\nvocabulary: {stage: [a, b]}\n"
    policies = [path.read_bytes() for path in sorted((ROOT / "policies").rglob("policy.yaml"))]
    return [gate, *policies, TRUST, waiver(approved_by="[{who: a, role: b}]", ticket="T-1").encode()]


def tests_of_policies() -> list[bytes]:
    """Return the tests of the policies we ship, from which damage begins as well."""
    return [path.read_bytes() for path in sorted((ROOT / "policies").rglob("test.yaml"))]


def _round_trip(found: Waiver) -> None:
    again = read_waiver(waiver_text(found), "again.yaml")
    assert (again.id, again.rule, again.reason, again.expires) == (found.id, found.rule, found.reason, found.expires)


def _shown(error: PolicykitError) -> None:
    for problem in getattr(error, "problems", ()):
        assert write(problem).isprintable() or "\n" in write(problem)


def run(seconds: float, seed: int) -> int:
    """Fuzz for `seconds` and return how many documents were tried; what breaks is saved beside the caller."""
    chance, begun, tried = random.Random(seed), [*seeds(), *tests_of_policies()], 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutated(begun, chance)
        try:
            one(data)
        except BaseException:
            Path("fuzz_load.crash").write_bytes(data)
            print(f"broken after {tried} documents: see fuzz_load.crash", file=sys.stderr)
            raise
        tried += 1
    return tried


def main() -> None:
    """Fuzz for `--seconds` and print how much was tried."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    print(f"{run(asked.seconds, asked.seed)} documents read or refused")


if __name__ == "__main__":
    main()

"""Throw bytes at the verifier: whatever they are, it accepts them or refuses them with an error of ours, and never anything else.

    python tests/fuzz/fuzz_verify.py --seconds 600 [--seed N]

With atheris installed, `--atheris` lets it guide the search by coverage; without it, seeds made here are mutated at random.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from policykit.attest.claims import Asked, check_claims, check_subject
from policykit.attest.envelope import pae, seal
from policykit.attest.keys import load_signer
from policykit.attest.publickey import accepted, public_key
from policykit.attest.signer import KeySigner
from policykit.attest.statement import statement
from policykit.attest.verify import open_report
from policykit.errors import PolicykitError

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MANIFEST = "ab" * 32
ASKED = Asked("production", "n-1", ["ef" * 32], engine_at_least="0.1.0", oldest=timedelta(hours=1))


def one(data: bytes) -> None:
    """Try the bytes as a file, as a signed statement, and as a key; raise only what is a fault of ours."""
    for attempt in (_as_file, _as_statement, _as_key):
        with contextlib.suppress(PolicykitError):
            attempt(data)


def _as_file(data: bytes) -> None:
    verified = open_report(data, _signer().public)
    if not _signer().public.verifies(
        base64.b64decode(json.loads(data)["dsseEnvelope"]["signatures"][0]["sig"]), pae(verified.payload)
    ):
        raise AssertionError("opened without a signature that holds")


def _as_statement(data: bytes) -> None:
    verified = open_report(seal(data, _signer()), _signer().public)
    check_subject(verified.statement, MANIFEST)
    check_claims(verified.statement, ASKED, now=NOW)


def _as_key(data: bytes) -> None:
    with contextlib.suppress(PolicykitError):
        public_key(data)
    load_signer("env:KEY", b"password", {"KEY": data.decode("utf-8", "replace")})


@cache
def _signer() -> KeySigner:
    private = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
    return KeySigner(accepted(private.public_key()), private)


def seeds() -> list[bytes]:
    """Return a good file, a good statement, good keys, and pieces that JSON readers stumble over."""
    gate = {"stage": "production", "id": "g", "nonce": "n-1", "mode": "enforce", "scope": "full"}
    predicate: dict[str, Any] = {
        "gate": gate,
        "decision": "ALLOWED",
        "timeEvaluated": "2026-11-22T09:30:00Z",
        "asOf": "2026-11-22",
        "engine": {"version": "0.1.0"},
        "policies": [{"id": "a@1", "digest": "ef" * 32, "applied": True}],
        "rules": [{"status": "pass", "observed": {"value": "0.91", "low": 0.1}}],
    }
    payload = statement([("bundle.manifest.json", MANIFEST), ("model.skops", "12" * 32)], predicate)
    pem = _signer().public.pem
    private = b"MC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH"
    private = b"-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n" % private
    return [seal(payload, _signer()), payload, pem, private, b"{}", b'[1e999,-0,"\\ud83d\\ude00",NaN]']


PIECES = [
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"NaN", b"1e999", b"-", b"9" * 40, b"\\ud800", b"\xff", b"\x00",
    b'"decision":"ALLOWED",', b'"sig":"AA==",', b"[" * 100, b'{"a":' * 100, b"v2", b"==", b"\xef\xbb\xbf", b"\r\n",
    b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
]  # fmt: skip


def mutated(data: bytes, chance: random.Random, corpus: list[bytes]) -> bytes:
    """Return the bytes with a few random changes, or one of its JSON members replaced."""
    if chance.random() < 0.3:
        with contextlib.suppress(ValueError, RecursionError):
            return json.dumps(_member_replaced(json.loads(data), chance)).encode("utf-8", "surrogatepass")
    changes: list[Callable[[bytes, int, int], bytes]] = [
        lambda d, i, j: d[:i] + d[j:],
        lambda d, i, j: d[:i] + d[i:j] * 2 + d[j:],
        lambda d, i, j: d[:i] + chance.choice(PIECES) + d[i:],
        lambda d, i, j: d[:i] + chance.choice(PIECES) + d[j:],
        lambda d, i, j: d[:i] + bytes([d[i] ^ 1 << chance.randrange(8)]) + d[i + 1 :] if i < len(d) else d,
        lambda d, i, j: d[:i] + chance.choice(corpus)[-chance.randrange(1, 200) :],
        lambda d, i, j: d[:i] + chance.randbytes(chance.randrange(1, 9)) + d[i:],
    ]
    for _ in range(chance.randrange(1, 5)):
        first = chance.randrange(len(data) + 1)
        last = min(len(data), first + chance.choice([1, 2, 8, 64, 1024]))
        data = chance.choice(changes)(data, first, last)
    return data


def _member_replaced(value: Any, chance: random.Random) -> Any:
    other = [None, True, 0, -1, 2**53, 1e308, "", "x", "\ud800", [], {}, [[]], {"sha256": 1}, "v9", ["ef" * 32]]
    if not isinstance(value, dict | list) or not value or chance.random() < 0.2:
        return chance.choice(other)
    place = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
    copy = value.copy()
    if chance.random() < 0.15:
        del copy[place]
    else:
        copy[place] = _member_replaced(value[place], chance)
    return copy


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
            del corpus[200:]
    return tried


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--atheris", action="store_true", help="guide the search by coverage")
    asked = parser.parse_args()
    if asked.atheris:
        import atheris

        atheris.instrument_all()
        atheris.Setup([sys.argv[0], f"-max_total_time={int(asked.seconds)}"], one)
        atheris.Fuzz()
    seed = random.SystemRandom().randrange(2**32) if asked.seed is None else asked.seed
    print(f"seed {seed}: {run(asked.seconds, seed)} inputs, no exception but ours")


if __name__ == "__main__":
    main()

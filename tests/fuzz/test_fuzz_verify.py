"""The fuzz target works: its seeds reach the depths they were made for, and a few thousand mutations do no harm."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from policykit.attest.claims import check_claims, check_subject
from policykit.attest.envelope import seal
from policykit.attest.keys import load_signer
from policykit.attest.publickey import public_key
from policykit.attest.verify import open_report


@pytest.fixture(scope="module")
def target() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_verify", Path(__file__).with_name("fuzz_verify.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_seeds_are_accepted_to_the_last_step_so_that_mutations_start_there(target: ModuleType) -> None:
    report, payload, pem, private = target.seeds()[:4]
    signer = target._signer()
    assert open_report(report, signer.public).payload == payload
    verified = open_report(seal(payload, signer), signer.public)
    check_subject(verified.statement, target.MANIFEST)
    check_claims(verified.statement, target.ASKED, now=target.NOW)
    assert public_key(pem) == signer.public == load_signer("env:K", None, {"K": private.decode()}).public


def test_a_second_of_mutations_meets_no_exception_but_ours(target: ModuleType) -> None:
    assert target.run(seconds=1.0, seed=20261122) > 100

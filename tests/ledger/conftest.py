"""Keys of the ledger's tests, made once."""

from __future__ import annotations

import pytest

from tests.ledger.ledger_builder import Pair, pair


@pytest.fixture(scope="session")
def ledger_key(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return pair(tmp_path_factory.mktemp("ledger-key"), "ledger")


@pytest.fixture(scope="session")
def gate_key(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return pair(tmp_path_factory.mktemp("gate-key"), "gate", "ecdsa-p256")


@pytest.fixture(scope="session")
def other_key(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return pair(tmp_path_factory.mktemp("other-key"), "other")


@pytest.fixture(scope="session")
def witness_key(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return pair(tmp_path_factory.mktemp("witness-key"), "w1")

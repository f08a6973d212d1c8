"""Shared by all tests."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

import pytest

os.environ.setdefault("DO_NOT_TRACK", "1")
STATE = Path(tempfile.mkdtemp(prefix="policykit-state-"))
os.environ["XDG_STATE_HOME"] = str(STATE / "modules")


@pytest.fixture(autouse=True)
def _nothing_seen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test begin as a machine that has verified nothing yet, whatever this one has."""
    monkeypatch.setenv("XDG_STATE_HOME", str(STATE / secrets.token_hex(8)))
    for name in ("POLICYKIT_STATE", "POLICYKIT_TRUST_ROOT"):
        monkeypatch.delenv(name, raising=False)

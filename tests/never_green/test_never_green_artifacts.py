"""The gate cannot be green by accident: a model file that runs code when it is loaded, whatever that code is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.build import people, write_bundle, write_policy


@pytest.mark.parametrize("name", [b"cctypes\nCDLL", b"cnobody_has_heard_of_this\nrun"])
def test_code_in_a_model_is_found_without_a_list_of_bad_names(name: bytes, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "bundle", people(), model={"path": "model.pkl", "format": "pickle"})
    policy = write_policy(tmp_path / "policy.yaml", {"check": "artifact.no_code_in_weights", "at_most": 0})
    report = tmp_path / "report.json"
    words = ["gate", str(bundle), "--policies", str(policy), "--output", f"json={report}", "-q"]
    (bundle / "model.pkl").write_bytes(name + b"\n(X\x01\0\0\0xtR.")
    assert run(words) == 1
    assert name[1:].replace(b"\n", b".").decode() in report.read_text()
    (bundle / "model.pkl").write_bytes(b"\x80\x04]\x94(K\x01K\x02e.")
    assert run(words) == 0
    assert json.loads(report.read_text())["decision"] == "ALLOWED"

"""Text that means harm or must stay at home: patterns that take for ever elsewhere, secrets and people in a bundle."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.build import ACCURATE, TASK, judged, people, status, write_bundle, write_policy

SECRET = "hunter2-7f3a9c"
PERSON = "Wilhelmina Okonkwo-Lindqvist"


def test_a_pattern_that_backtracks_elsewhere_takes_no_time_on_a_long_text(tmp_path: Path) -> None:
    data = people() | {"text": ["a" * 100_000 + "!"] + ["aa"] * 1999}
    rule = {"check": "data.pattern", "with": {"column": "text", "matches": "^(a+)+$"}, "at_least": "90 %"}
    judged(tmp_path / "warm", rule, data=people() | {"text": ["aa"] * 2000})
    begun = time.process_time()
    found = judged(tmp_path / "long", rule, data=data)
    assert status(found) == "pass"
    assert time.process_time() - begun < 5  # elsewhere: longer than anybody waits


def test_a_planted_secret_and_planted_names_are_in_no_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", SECRET)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLICYKIT_KEY_PASSWORD", SECRET)
    data = people() | {"person": [PERSON, *(f"p{i}" for i in range(1999))]}
    bundle = write_bundle(tmp_path / f"home-of-{SECRET}" / "bundle", data, task=TASK)
    (bundle / "notes.txt").write_text(f"{PERSON} {SECRET}")
    unique = {"check": "data.uniqueness", "with": {"column": "person"}, "at_least": "100 %"}
    policy = write_policy(tmp_path / "policy.yaml", ACCURATE, unique)
    assert run(["keys", "new", "gate"]) == 0
    outputs = ["json", "html", "markdown", "text", "statement", "attestation"]
    words = [word for name in outputs for word in ("--output", f"{name}=out.{name}")]
    assert run(["gate", str(bundle), "--policies", str(policy), "--sign", "gate.key.pem", "-q", *words]) in (0, 1, 3)
    assert run(["verify", "out.attestation", "--key", "gate.pub.pem", "--bundle", str(bundle)]) in (0, 1, 3)
    shown = capfd.readouterr()
    written = [Path(f"out.{name}").read_bytes() for name in outputs]
    payload = base64.b64decode(json.loads(written[-1])["dsseEnvelope"]["payload"])
    for data_out in (*written, payload, shown.out.encode(), shown.err.encode()):
        assert SECRET.encode() not in data_out
        assert PERSON.encode() not in data_out

"""The commands in docs/verify.md, run as an auditor would type them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import seal
from policykit.attest.keys import load_signer, new_key
from policykit.attest.statement import statement
from policykit.canon import canonical, digest

ROOT = Path(__file__).parents[2]
COMMANDS = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs" / "verify.md").read_text(), re.DOTALL | re.MULTILINE)
ALONE = [block for block in COMMANDS if "cosign" not in block]
COSIGN = [block for block in COMMANDS if "cosign" in block]
FILES = {
    "bundle.yaml": b"policykit: bundle/1\n",
    "data/evaluation.csv": b"y,yhat\n1,1\n",
    "model/model.skops": b"weights",
}


@pytest.fixture
def desk(tmp_path: Path, predicate: dict[str, Any]) -> Path:
    """An auditor's folder: a report, a key, and the bundle the report is about."""
    listed = []
    for path, data in FILES.items():
        (tmp_path / "loan-default" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "loan-default" / path).write_bytes(data)
        listed.append({"path": path, "role": "other", "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)})
    private, _ = new_key("release", tmp_path, None)
    subjects = [
        ("bundle", digest(canonical({"files": listed}))),
        ("model/model.skops", hashlib.sha256(FILES["model/model.skops"]).hexdigest()),
    ]
    payload = statement(subjects, predicate | {"bundle": {"name": "loan-default", "files": listed}})
    (tmp_path / "report.json").write_bytes(seal(payload, load_signer(str(private), None)))
    return tmp_path


def type_in(desk: Path, blocks: list[str], *, path: str = "") -> subprocess.CompletedProcess[str]:
    script = "set -e -o pipefail\n" + "\n".join(blocks)
    environment = os.environ | {"PATH": f"{path}:{os.environ['PATH']}", "HOME": str(desk)}
    return subprocess.run(["bash", "-c", script], cwd=desk, env=environment, capture_output=True, text=True)


def test_the_manual_has_its_commands() -> None:
    assert (len(ALONE), len(COSIGN)) == (7, 1)


@pytest.mark.slow  # jq
def test_every_command_of_the_manual_holds_for_a_good_report(desk: Path) -> None:
    done = type_in(desk, ALONE)
    assert done.returncode == 0, done.stderr
    assert "Signature Verified Successfully" in done.stdout
    assert "https://policykit.dev/gate-report/v1\nALLOWED\n2026-11-22T09:30:00Z\nproduction\n" in done.stdout
    key, hint = re.findall(r"[0-9a-f]{64}", done.stdout)[:2]
    assert key == hint


@pytest.mark.slow  # jq
@pytest.mark.parametrize("change", ["payload", "file", "extra", "missing", "key"])
def test_the_commands_of_the_manual_fail_when_anything_was_changed(desk: Path, change: str) -> None:
    match change:
        case "payload":
            bundle = json.loads((desk / "report.json").read_bytes())
            body = bundle["dsseEnvelope"]["payload"]
            bundle["dsseEnvelope"]["payload"] = body[:100] + ("A" if body[100] != "A" else "B") + body[101:]
            (desk / "report.json").write_bytes(canonical(bundle))
        case "file":
            (desk / "loan-default" / "model" / "model.skops").write_bytes(b"other weights")
        case "extra":
            (desk / "loan-default" / "model" / "hook.py").write_text("import os")
        case "missing":
            (desk / "loan-default" / "data" / "evaluation.csv").unlink()
        case "key":
            (desk / "release.pub.pem").unlink()
            (desk / "release.key.pem").unlink()
            new_key("release", desk, None)
    assert type_in(desk, ALONE).returncode != 0


@pytest.mark.slow
def test_the_cosign_commands_of_the_manual_hold(desk: Path) -> None:
    script = ROOT / "tests" / "tools" / "get_cosign.sh"
    program = subprocess.run(["sh", script, ROOT / ".tools", "sid"], check=True, capture_output=True, text=True).stdout
    (desk / "bin").mkdir()
    (desk / "bin" / "cosign").symlink_to(program.strip())
    done = type_in(desk, ALONE + COSIGN, path=str(desk / "bin"))
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Verified OK") == 2


POLICY = """policykit: policy/1
id: acme.credit
version: 1.0.0
title: Models that decide on credit
owner: compliance@acme.example
applies_to: everything
rules:
  - {id: OWN-01, title: A named person answers for this model, check: governance.owner, with: {of: model}, is: present}
"""
MANIFEST = """policykit: bundle/1
name: loan-default
version: 1.4.0
task: {kind: binary-classification, target: y, prediction: yhat, positive: 1, favourable: 0}
model: {path: model/model.skops, format: skops}
datasets: {evaluation: {path: data/evaluation.csv}}
facts: {owners: {model: a.silva@acme.example}}
"""


@pytest.mark.slow  # jq
def test_every_command_of_the_manual_holds_for_a_report_that_the_gate_made(desk: Path) -> None:
    (desk / "loan-default" / "bundle.yaml").write_text(MANIFEST)
    (desk / "policy.yaml").write_text(POLICY)
    (desk / "report.json").unlink()
    (desk / "bin").mkdir()
    (desk / "bin" / "policykit").write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m policykit "$@"\n'
    )
    (desk / "bin" / "policykit").chmod(0o755)
    shown = re.findall(r"^\$ (policykit verify .*)$", (ROOT / "docs" / "verify.md").read_text(), re.MULTILINE)
    gate = "policykit gate loan-default --policies policy.yaml --stage production --sign release.key.pem"
    done = type_in(desk, [f"{gate} --output attestation=report.json", *ALONE, *shown], path=str(desk / "bin"))
    assert done.returncode == 0, done.stderr
    assert "Signature Verified Successfully" in done.stdout
    assert "ALLOWED: " in done.stdout

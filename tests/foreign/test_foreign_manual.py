"""The commands in docs/verify.md, run as an auditor would type them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from policykit.attest.envelope import seal, unseal, with_proofs
from policykit.attest.keys import load_signer, new_key
from policykit.canon import canonical
from policykit.cli.start import run
from tests.foreign.foreign_files import make_authority, permit, root_with_authority, stamped
from tests.trust_world import ROOTS, make_world

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "verify.md").read_text()
TOOLS = ROOT / ".tools"
BLOCKS = re.findall(r"^```(sh|py)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SHOWN = re.findall(r"^\$ (policykit verify .*)$", PAGE, re.MULTILINE)


def typed(kind: str, block: str) -> str:
    """Return a block as a shell runs it."""
    return block if kind == "sh" else f"python - <<'END'\n{block}END\n"


ALONE = [typed(kind, block) for kind, block in BLOCKS if not re.search(r"cosign |verify\.mjs|stamped", block)]
ALL = [typed(kind, block) for kind, block in BLOCKS]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An auditor's folder: the report, the permit, the claims, the bundle, and public keys."""
    world = make_world(tmp_path_factory.mktemp("desk") / "desk", report=False)
    desk = world.folder
    (world.bundle / "model").mkdir()
    (world.bundle / "model" / "model.skops").write_bytes(b"weights")
    manifest = json.loads((world.bundle / "bundle.yaml").read_text())
    (world.bundle / "bundle.yaml").write_text(json.dumps({**manifest, "model": {"path": "model/model.skops"}}))
    world.gate()
    for name in ("keller", "silva"):
        world.approve(by=name)
    words = ["permit", str(world.report), "--stage", "production", "--bundle", str(world.bundle), *world.trust_words]
    assert run([*words, "--sign", str(world.key("office")), "--output", str(desk / "permit.json")]) == 0
    world.bundle.rename(desk / "loan-default")
    world.report.rename(desk / "report.json")
    (desk / "staging.json").write_bytes(permit(world, "staging", report=desk / "report.json"))
    for name, public in (("gate", "release"), ("office", "office"), ("keller", "keller"), *((r, r) for r in ROOTS)):
        shutil.copy(world.public(name), desk / f"{public}.pub.pem")
    _prove(desk)
    shutil.copy(ROOT / "tests" / "tools" / "sigstore" / "verify.mjs", desk)
    shutil.rmtree(desk / "state")
    return desk


def _prove(desk: Path) -> None:
    """Add the report with a time stamp, and, signed by a P-256 key, with the proof of a ledger."""
    data = (desk / "report.json").read_bytes()
    authority = make_authority(desk / "tsa")
    (desk / "stamped.json").write_bytes(with_proofs(data, timestamps=[stamped(authority, unseal(data).signature)]))
    shutil.copy(authority / "ca.crt", desk / "stamps.pem")
    (desk / "stamps_root.json").write_text(json.dumps(root_with_authority(authority)))
    key, public = new_key("release-p256", desk, None, algorithm="ecdsa-p256")
    private, _ = new_key("ledger", desk, None)
    (desk / "proven.json").write_bytes(seal(unseal(data).payload, load_signer(str(key), None)))
    ledger, proven, sign = str(desk / "ledger"), str(desk / "proven.json"), ["--sign", str(private)]
    assert run(["ledger", "init", ledger, "--origin", "ledger.bank.example", *sign]) == 0
    remembered = ["--state", str(desk / "state")]
    assert run(["ledger", "append", ledger, proven, "--key", str(public), *sign, *remembered]) == 0
    assert run(["ledger", "prove", ledger, proven, "--key", str(public)]) == 0
    assert run(["ledger", "export-root", ledger, "--output", str(desk / "ledger_root.json")]) == 0


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "desk"))


def type_in(desk: Path, blocks: list[str]) -> subprocess.CompletedProcess[str]:
    script = "set -e -o pipefail\n" + "\n".join(blocks)
    bin_ = desk / "bin"
    bin_.mkdir()
    for name, words in (("policykit", "-m policykit"), ("python", "")):
        (bin_ / name).write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" {words} "$@"\n')
        (bin_ / name).chmod(0o755)
    (bin_ / "cosign").symlink_to(TOOLS / "cosign-sid")
    environment = {
        **os.environ,
        "PATH": f"{bin_}:{os.environ['PATH']}",
        "HOME": str(desk),
        "XDG_STATE_HOME": "",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "SIGSTORE_TOOLS": str(TOOLS / "sigstore-4"),
    }
    return subprocess.run(["bash", "-c", script], cwd=desk, env=environment, capture_output=True, text=True)


def test_the_manual_has_its_commands() -> None:
    kinds = [kind for kind, _ in BLOCKS]
    assert (kinds.count("sh"), kinds.count("py"), len(ALONE), len(SHOWN)) == (19, 1, 11, 3)


@pytest.mark.slow
def test_every_command_of_the_manual_holds_for_what_was_lawfully_made(desk: Path) -> None:
    done = type_in(desk, [*SHOWN, *ALL])
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert done.stdout.count("ALLOWED: ") == 2
    assert re.search(r"PERMITTED: loans.1\.4\.0 for production", done.stdout)
    assert done.stderr.count("Verified OK") == 7
    assert "https://policykit.dev/gate-report/v1\nALLOWED\n" in done.stdout
    assert "release-manager approved for production at " in done.stdout
    assert "permit.json https://policykit.dev/promotion-permit/production/v1" in done.stdout
    assert "Time stamp: " in done.stdout


@pytest.mark.slow
def test_the_key_s_id_and_the_hint_in_the_report_are_one(desk: Path) -> None:
    done = type_in(desk, ALONE[:2])
    key, hint = re.findall(r"[0-9a-f]{64}", done.stdout)
    assert key == hint


def changed_payload(desk: Path, name: str) -> None:
    bundle = json.loads((desk / name).read_bytes())
    body = bundle["dsseEnvelope"]["payload"]
    bundle["dsseEnvelope"]["payload"] = body[:100] + ("A" if body[100] != "A" else "B") + body[101:]
    (desk / name).write_bytes(canonical(bundle))


def another_key(desk: Path, name: str) -> None:
    (desk / f"{name}.pub.pem").unlink()
    new_key(name, desk, None)


CHANGES: dict[str, Callable[[Path], object]] = {
    "the report": lambda desk: changed_payload(desk, "report.json"),
    "the permit": lambda desk: changed_payload(desk, "permit.json"),
    "a file of the bundle": lambda desk: (desk / "loan-default/model/model.skops").write_bytes(b"other weights"),
    "a file more": lambda desk: (desk / "loan-default/model/hook.py").write_text("import os"),
    "a file less": lambda desk: (desk / "loan-default/rows.parquet").unlink(),
    "the signer": lambda desk: another_key(desk, "release"),
    "the permit's signer": lambda desk: another_key(desk, "office"),
    "the approver": lambda desk: another_key(desk, "keller"),
    "no approval": lambda desk: (desk / "claims.jsonl").write_text(""),
    "the permit of another stage": lambda desk: shutil.copy(desk / "staging.json", desk / "permit.json"),
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_the_commands_of_the_manual_that_need_no_verifier_fail_when_something_was_changed(
    desk: Path, change: str
) -> None:
    CHANGES[change](desk)
    assert type_in(desk, ALONE).returncode != 0


@pytest.mark.slow
@pytest.mark.parametrize(("file", "accepted"), [("permit.json", True), ("report.json", False), ("staging.json", False)])
def test_the_commands_for_each_verifier_refuse_a_report_and_another_stage_in_place_of_the_permit(
    desk: Path, file: str, accepted: bool
) -> None:
    if file == "report.json":
        shutil.copy(desk / "release.pub.pem", desk / "office.pub.pem")
    if file != "permit.json":
        shutil.copy(desk / file, desk / "permit.json")
    permits = [block for block in ALL if re.search(r"(--bundle|verify\.mjs) permit\.json", block)]
    opened = [block for block in ALL if "opened()" in block]
    stated = "opened report.json release.pub.pem\n" + next(block for block in ALL if "> stated" in block)
    assert (len(permits), len(opened)) == (3, 1)
    for number, block in enumerate(permits):
        one = Path(shutil.copytree(desk, desk.with_name(f"desk-{number}")))
        done = type_in(one, [*opened, stated, "echo before", block])
        assert "before" in done.stdout, done.stderr
        assert (done.returncode == 0) is accepted, block

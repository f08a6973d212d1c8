"""Other people's programs, and the files they are given."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from policykit.attest.envelope import unseal, with_proofs
from policykit.cli.start import run
from tests.foreign.foreign_files import ROOT, make_authority, permit, root_with_authority, stamped
from tests.trust_world import World, make_world

HERE = Path(__file__).parents[1]
TOOLS = HERE.parent / ".tools"

Cosign = Callable[..., subprocess.CompletedProcess[str]]
Verify = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A bundle with a model file that was allowed, its report, a permit, an approval, a root that trusts nobody."""
    world = make_world(tmp_path_factory.mktemp("foreign") / "world", report=False)
    (world.bundle / "model.skops").write_bytes(b"the bytes of a model\n")
    manifest = json.loads((world.bundle / "bundle.yaml").read_text())
    (world.bundle / "bundle.yaml").write_text(json.dumps({**manifest, "model": {"path": "model.skops"}}))
    world.gate()
    for name in ("keller", "silva"):
        world.approve(by=name)
    words = ["permit", str(world.report), "--stage", "production", "--bundle", str(world.bundle)]
    signed = ["--sign", str(world.key("office")), "--output", str(world.folder / "permit.json")]
    assert run([*words, *signed, *world.trust_words]) == 0
    (world.folder / "staging.json").write_bytes(permit(world, "staging"))
    (world.folder / "approval.json").write_bytes(world.approval(by="keller"))
    (world.folder / "nobody.json").write_text(json.dumps(ROOT))
    return world


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A time stamp authority, as a folder of openssl's."""
    return make_authority(tmp_path_factory.mktemp("stamps") / "tsa")


@pytest.fixture(scope="session")
def stamped_report(world: World, authority: Path) -> Path:
    """The report with a time stamp beside its signature, and the root that knows the authority."""
    data = world.report.read_bytes()
    path = world.folder / "stamped.json"
    path.write_bytes(with_proofs(data, timestamps=[stamped(authority, unseal(data).signature)]))
    (world.folder / "stamps_root.json").write_text(json.dumps(root_with_authority(authority)))
    return path


@pytest.fixture(scope="session", params=["sid", "trixie"])
def suite(request: pytest.FixtureRequest) -> str:
    """Which cosign: 3.x (sid) or 2.5 (trixie)."""
    return str(request.param)


@pytest.fixture(scope="session")
def cosign(suite: str, world: World) -> Cosign:
    """Ask a real cosign about a file and what it is about; keys only, no network."""
    script = HERE / "tools" / "get_cosign.sh"
    done = subprocess.run(["sh", script, TOOLS, suite], check=True, capture_output=True, text=True)
    program = done.stdout.strip()

    def public(by: str | Path) -> Path:
        return world.public(by) if isinstance(by, str) else by

    def ask(
        file: Path | str,
        kind: str,
        *more: str,
        by: str | Path,
        about: Sequence[str] = ("bundle/model.skops",),
        root: str = "nobody.json",
        log: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        keys = ["--key", str(public(by)), "--bundle", str(file), "--trusted-root", root, "--type", kind]
        offline = ["--new-bundle-format", f"--insecure-ignore-tlog={'false' if log else 'true'}"]
        command = [program, "verify-blob-attestation", *keys, *offline, *more, *about]
        environment = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "HOME": str(world.folder)}
        return subprocess.run(command, cwd=world.folder, env=environment, capture_output=True, text=True)

    return ask


@pytest.fixture(scope="session", params=["sigstore", "sigstore-4"])
def version(request: pytest.FixtureRequest) -> str:
    """Which @sigstore/verify: 3.1 or 4.1."""
    return str(request.param)


@pytest.fixture(scope="session")
def sigstore_js(version: str, world: World) -> Verify:
    """Ask the JavaScript of the Sigstore project about a file."""
    source, installed = HERE / "tools" / version, TOOLS / version
    lock = (source / "package-lock.json").read_bytes()
    if not (installed / "node_modules").is_dir() or (installed / "package-lock.json").read_bytes() != lock:
        installed.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, installed / name)
        words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(words, cwd=installed, check=True, capture_output=True)
    script = HERE / "tools" / "sigstore" / "verify.mjs"

    def public(by: str | Path) -> Path:
        return world.public(by) if isinstance(by, str) else by

    def ask(
        file: Path | str, *, by: str | Path, root: str = "nobody.json", logs: int = 0, stamps: int = 0
    ) -> subprocess.CompletedProcess[bytes]:
        words = ["node", script, file, public(by), root, str(logs), str(stamps)]
        environment = {**os.environ, "SIGSTORE_TOOLS": str(installed)}
        return subprocess.run(words, cwd=world.folder, env=environment, capture_output=True)

    return ask

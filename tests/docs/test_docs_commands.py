"""The commands of the pages on permits, registries, exports and exit codes do what the pages say."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.docs.pages import ROOT, blocks, surroundings
from tests.trust_world import ROOTS, World, make_world

KINDS = ("console", "sh")


def commands(page: str) -> list[list[str]]:
    """Return the commands of a page, as words without `policykit`; a line that ends in `\\` goes on in the next."""
    text = "".join(block.text for block in blocks(ROOT / "docs" / page) if block.kind in KINDS).replace("\\\n", " ")
    return [shlex.split(line.removeprefix("$ ").removeprefix("policykit ")) for line in text.splitlines()]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a small bank in the current folder, every key beside what it signs, and no state."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    made = make_world(tmp_path)
    for path in sorted((tmp_path / "keys").iterdir()):
        shutil.copy2(path, tmp_path / path.name)
    return made


def test_a_report_is_looked_at_approved_permitted_verified_and_taken_back_as_the_page_says(world: World) -> None:
    said = [(words[0], run(words)) for words in commands("permits.md")]
    assert said == [("verify", 0), ("approve", 0), ("approve", 0), ("permit", 0), ("verify", 0), ("revoke", 0)]


def test_a_bundle_is_promoted_shown_brought_back_and_forced_in_as_the_page_says(world: World) -> None:
    folder = world.folder
    for new, old in (("root", "root-a"), ("a", "lead"), ("b", "deputy")):
        for half in ("key", "pub"):
            shutil.copy2(folder / f"{old}.{half}.pem", folder / f"{new}.{half}.pem")
    assert run(["keys", "new", "ledger", "--unencrypted"]) == 0
    assert run(["ledger", "init", "ledger", "--origin", "ledger.bank.example", "--sign", "ledger.key.pem"]) == 0
    promote, status, rollback, force = (
        [str(folder / "models") if word == "/srv/models" else word for word in words]
        for words in commands("registries.md")
    )
    permitted(world)
    assert run(promote) == 0
    manifest = world.bundle / "bundle.yaml"
    manifest.write_text(manifest.read_text().replace("1.4.0", "1.5.0"))
    world.gate()
    (folder / "permit.sigstore.json").unlink()
    permitted(world)
    assert [run(words) for words in (promote, status, rollback, force)] == [0, 0, 0, 0]


def permitted(world: World) -> None:
    for name in ("keller", "silva"):
        world.approve(by=name)
    roots = [word for name in ROOTS for word in ("--trust-root", f"{name}.pub.pem")]
    words = [
        "permit",
        "report.sigstore.json",
        "--stage",
        "production",
        "--trust",
        "trust.yaml",
        *roots,
        "--bundle",
        "bundle",
    ]
    assert run([*words, "--sign", "office.key.pem"]) == 0


def test_a_report_is_exported_as_the_page_says(world: World) -> None:
    world.report.rename(world.folder / "report.json")
    shutil.copy2(world.public("gate"), world.folder / "release.pub.pem")
    assert [run(words) for words in commands("exports.md")] == [0]
    assert (world.folder / "report.vsa.json").is_file()


def test_a_pipeline_promotes_on_0_alone(world: World, tmp_path: Path) -> None:
    import subprocess

    script = tmp_path / "promote.sh"
    script.write_text("#!/bin/sh\ntouch promoted-$(basename $1)\n")
    script.chmod(0o755)
    (block,) = (block for block in blocks(ROOT / "docs" / "exit-codes.md") if block.kind == "sh")
    env = surroundings(tmp_path)
    assert subprocess.run(["bash", "-c", block.text], cwd=tmp_path, env=env, capture_output=True).returncode == 0
    assert (tmp_path / "promoted-bundle").exists()

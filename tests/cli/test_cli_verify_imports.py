"""Verifying a report imports what verifying needs: the words of planning, measuring and trust stay unread until they are used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.trust_world import make_world

UNREAD = ("policy", "plan", "expr", "measure", "state", "trust", "waiver", "report", "estimate", "quantity")
LIBRARIES = ("fractions", "shutil", "yaml", "pydantic", "rich", "cryptography.x509")


def test_verifying_by_a_key_imports_no_word_that_it_does_not_need(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w")
    words = ["verify", str(world.report), "--key", str(world.public("gate"))]
    program = f"import sys; from policykit.cli.start import run; code = run({words!r}); print(code, *sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    code, *modules = done.stdout.splitlines()[-1].split()
    assert code == "0"
    unwanted = {f"policykit.terms.{name}" for name in UNREAD} | set(LIBRARIES)
    assert sorted(unwanted.intersection(modules)) == []


def test_verifying_by_a_trust_file_imports_no_word_that_it_does_not_need(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w")
    words = world.verify_words("--stage", "production")
    program = f"import sys; from policykit.cli.start import run; code = run({words!r}); print(code, *sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    code, *modules = done.stdout.splitlines()[-1].split()
    assert code == "0"
    unwanted = {f"policykit.terms.{name}" for name in UNREAD if name != "trust"} | {*LIBRARIES, "difflib"} - {"yaml"}
    assert sorted(unwanted.intersection(modules)) == []

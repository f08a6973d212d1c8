"""The real way an action comes to its engine: a Python, a new environment, every dependency by its hash."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.actions.acting import ROOT, act
from tests.actions.conftest import UPLOADS, Repository

pytestmark = pytest.mark.slow

BASE = Path(sys.base_prefix) / "bin" / "python3"


def test_without_a_python_one_is_set_up_and_filled_by_hash(repository: Repository) -> None:
    stubs = {**UPLOADS, "actions/setup-python": {"outputs": {"python-path": str(BASE)}}}
    inputs = {"python": "", "bundle": "bundle", "policies": "policies"}
    ran = act("gate", repository.folder, inputs, stubs=stubs)
    assert ran.outputs["decision"] == "ALLOWED", ran.printed
    assert "installed what policykit needs" in ran.printed
    python = Path(ran.step("Gate")["environment"]["PYTHON"])
    assert python.is_relative_to(repository.folder.parent) and python.is_file()
    shutil.rmtree(python.parents[1])


def test_an_environment_that_cannot_be_made_judges_nothing_and_fails(repository: Repository) -> None:
    stubs = {"actions/setup-python": {"outputs": {"python-path": "/bin/false"}}}
    ran = act("gate", repository.folder, {"python": "", "bundle": "bundle", "policies": "policies"}, stubs=stubs)
    assert ran.failed and ran.outputs["decision"] == "" and ran.outputs["exit-code"] == ""
    assert ran.step("Gate")["outcome"] == "skipped"
    assert ran.step("End with the gate's exit code")["code"] == 70


def wheel(folder: Path, code: str) -> str:
    """Write the wheel of a package `demo` into a folder that stands for a registry, and return its SHA-256."""
    place = folder / "simple" / "demo"
    place.mkdir(parents=True, exist_ok=True)
    file = place / "demo-1.0-py3-none-any.whl"
    about = "demo-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("demo.py", code)
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", f"demo.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    (place / "index.html").write_text(f'<a href="{file.name}">{file.name}</a>')
    return hashlib.sha256(file.read_bytes()).hexdigest()


def install(folder: Path, digest: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a checkout that needs `demo` alone, in a working directory that is full of traps."""
    checkout, work = folder / "checkout", folder / "work"
    for each in (checkout / "actions", checkout / "requirements", work):
        each.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "actions" / "install.sh", checkout / "actions")
    for name in ("run", "notify", "verify"):
        needed = f"demo==1.0 --hash=sha256:{digest}\n" if name == more.get("NEEDS", "run") else "# nothing\n"
        (checkout / "requirements" / f"{name}.txt").write_text(needed)
    trap = f"open({str(folder / 'pwned')!r}, 'w')\n"
    for name in ("pip.py", "venv.py", "sitecustomize.py", "usercustomize.py", "ensurepip.py"):
        (work / name).write_text(trap)
    settings = f"[global]\ntarget = {folder / 'elsewhere'}\n[install]\nno-deps = false\n"
    for path in (work / "pip.conf", work / ".config" / "pip" / "pip.conf", work / ".pip" / "pip.conf"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(settings)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(work),
        "PYTHONPATH": str(work),
        "PIP_CONFIG_FILE": str(work / "pip.conf"),
        "PIP_TARGET": str(folder / "elsewhere"),
        "PIP_INDEX_URL": (folder / "registry" / "simple").as_uri(),
        "SET_UP_PYTHON": str(BASE),
        "VENV": str(folder / "venv"),
        **more,
    }
    script = str(checkout / "actions" / "install.sh")
    return subprocess.run(["bash", script], cwd=work, env=environment, capture_output=True, text=True, check=False)


def test_no_setting_of_a_user_or_a_folder_has_a_say_in_what_is_installed(tmp_path: Path) -> None:
    done = install(tmp_path, wheel(tmp_path / "registry", "NAME = 'demo'\n"))
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "pwned").exists() and not (tmp_path / "elsewhere").exists()
    said = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-I", "-c", "import demo; print(demo.NAME)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "demo\n"


def test_an_environment_that_was_there_is_not_used(tmp_path: Path) -> None:
    digest = wheel(tmp_path / "registry", "NAME = 'demo'\n")
    assert install(tmp_path, digest).returncode == 0
    [site] = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (site / "planted.pth").write_text(f"import pathlib; pathlib.Path({str(tmp_path / 'pwned')!r}).touch()\n")
    shutil.copy(tmp_path / "checkout" / "requirements" / "run.txt", tmp_path / "venv" / "installed.txt")
    assert install(tmp_path, digest).returncode == 0
    assert not (site / "planted.pth").exists() and not (tmp_path / "pwned").exists()


def test_a_file_that_is_not_the_one_of_the_hash_is_refused(tmp_path: Path) -> None:
    digest = wheel(tmp_path / "registry", "NAME = 'demo'\n")
    wheel(tmp_path / "registry", "NAME = 'somebody else'\n")
    done = install(tmp_path, digest)
    assert done.returncode != 0 and "DO NOT MATCH THE HASHES" in done.stderr
    assert not [*(tmp_path / "venv").rglob("demo.py")]


def test_verifying_installs_its_own_shorter_list(tmp_path: Path) -> None:
    done = install(tmp_path, wheel(tmp_path / "registry", "NAME = 'demo'\n"), NEEDS="verify")
    assert done.returncode == 0, done.stderr
    assert [*(tmp_path / "venv").rglob("demo.py")]


def test_a_list_that_is_none_of_the_two_is_refused(tmp_path: Path) -> None:
    done = install(tmp_path, wheel(tmp_path / "registry", "NAME = 'demo'\n"), NEEDS="../requirements/run")
    assert (done.returncode, done.stderr) == (2, "install.sh: NEEDS is run or verify\n")
    assert not (tmp_path / "venv").exists()

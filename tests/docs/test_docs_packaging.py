"""What is shipped: locks without addresses, one version, the wheel used without a checkout, and the demo."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import policykit

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_hashes_and_no_address_of_an_index_or_path_of_a_machine(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert re.findall(r"https?://|file:|(?m:^-)|--(?:index|extra|find)|(?:^|\s)/\w", text) == []
    pinned = re.findall(r"(?m)^[a-z0-9][^\s=]*==", text)
    assert len(pinned) > 10
    assert len(re.findall(r"(?m)^[a-z0-9].*\\$", text)) == len(pinned)
    assert text.count("--hash=sha256:") >= len(pinned)


def test_what_the_product_needs_is_locked_alike_for_running_and_for_testing() -> None:
    run, test = (
        dict(re.findall(r"(?m)^([^\s=]+)==(\S+)", (ROOT / "requirements" / f"{name}.txt").read_text()))
        for name in ("run", "test")
    )
    assert {name: test.get(name) for name in run} == run


def test_every_dependency_is_in_its_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = {"run": project["project"]["dependencies"], "test": project["dependency-groups"]["test"]}
    for lock, wanted in names.items():
        locked = set(
            re.findall(r"(?m)^([^\s=]+)==", (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8"))
        )
        asked = {re.split(r"[<>=\[~!; ]", name)[0].lower() for name in wanted}
        assert asked - locked == set()


def test_the_version_is_said_once() -> None:
    assert policykit.__version__ == version("policykit-gate")
    assert f"## {policykit.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_no_tracked_text_names_a_path_of_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    here, found = re.escape(str(ROOT)), []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.suffix in (".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".sh", ".json", ".j2") and path.is_file():
            found += [name] if re.search(rf"{here}/|/opt/pypi|/opt/wheels", path.read_text("utf-8", "replace")) else []
    assert [name for name in found if name != "tests/docs/test_docs_packaging.py"] == []


@pytest.mark.slow
def test_the_wheel_works_without_a_checkout() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    script = ROOT / "tests" / "tools" / "package.sh"
    done = subprocess.run(["sh", script, sys.executable], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"policykit {policykit.__version__}" in done.stdout
    assert "the wheel works without a checkout" in done.stdout


@pytest.mark.slow
def test_the_demo_gives_the_expected_answers() -> None:
    environment = os.environ | {"POLICYKIT": str(Path(sys.executable).parent / "policykit")}
    done = subprocess.run(["sh", "examples/demo.sh"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("as expected") == 6
    assert (ROOT / "out" / "report.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")


@pytest.mark.slow
def test_the_fuzz_runner_ends_with_a_plain_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.run", "--seconds", "4"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"\d+ passed, 0 failed", done.stdout.splitlines()[-1])

"""`examples/health_visits_broken` is the good bundle with the faults of `faults.toml`, and nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(scope="module")
def broken(examples) -> Path:
    return examples / "health_visits_broken"


@pytest.fixture(scope="module")
def faults(broken) -> dict:
    return tomllib.loads((broken / "faults.toml").read_text(encoding="utf-8"))


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_there_are_six_faults_and_each_names_the_rules_that_find_it(faults):
    assert len(faults) == 6
    assert all(fault["story"] and fault["rules"] for fault in faults.values())


def test_no_two_faults_are_found_by_the_same_rule(faults):
    found = [rule for fault in faults.values() for rule in fault["rules"]]
    assert len(found) == len(set(found))


def test_a_rebuild_gives_the_committed_bundle(run, broken, tmp_path):
    run("health_visits_broken", "build.py", str(tmp_path))
    again, before = _files(tmp_path / "bundle"), _files(broken / "bundle")
    parquet = "data/evaluation.parquet"
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "bundle" / parquet), pd.read_parquet(broken / "bundle" / parquet)
    )
    for files in (again, before):
        del files[parquet]
        files["bundle.yaml"] = b"\n".join(line for line in files["bundle.yaml"].splitlines() if b"sha256" not in line)
    assert again == before


def test_the_table_of_the_readme_is_that_of_the_faults(faults, between):
    table = between(
        "health_visits_broken", "<!-- faults: written by build.py from faults.toml -->", "<!-- end of faults -->"
    )
    for fault in faults.values():
        assert f"| {fault['story']} | {', '.join(f'`{rule}`' for rule in fault['rules'])} |" in table


def test_every_fault_has_a_function_of_its_name_that_tells_the_same_story(run, faults):
    printed = run("health_visits_broken", "-c", "from build import FAULTS; print(*FAULTS, sep='\\n')")
    assert printed.split() == list(faults)


def test_one_fault_alone_leaves_all_files_but_its_own_and_the_version_as_they_were(run, broken, tmp_path):
    run("health_visits_broken", "build.py", str(tmp_path), "review_forgotten")
    good = _files(broken.parent / "health_visits" / "bundle_equal_chance")
    alone = _files(tmp_path / "bundle")
    assert {path for path in good if alone[path] != good[path]} == {"bundle.yaml", "MODEL_CARD.md"}
    assert good.keys() == alone.keys()

"""`examples/diabetes` comes out of its script as it stands in the tree, and its two policies differ in one limit."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(scope="module")
def rebuilt(run, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("diabetes")
    run("diabetes", "build.py", str(target))
    return target / "bundle"


@pytest.fixture(scope="module")
def committed(examples) -> Path:
    return examples / "diabetes" / "bundle"


def test_a_rebuild_gives_the_same_patients_and_predictions(rebuilt, committed):
    again, before = (pd.read_csv(folder / "data" / "evaluation.csv") for folder in (rebuilt, committed))
    pd.testing.assert_frame_equal(again, before, atol=2e-6, rtol=0)
    assert len(again) == len(before) > 0


def test_a_rebuild_gives_the_same_manifest_and_card(rebuilt, committed):
    for name in ("bundle.yaml", "MODEL_CARD.md"):
        again, before = (re.sub(r'sha256: "\w+"', "", (folder / name).read_text()) for folder in (rebuilt, committed))
        assert again == before


def test_the_digest_in_the_manifest_is_that_of_the_file(committed):
    digest = hashlib.sha256((committed / "data" / "evaluation.csv").read_bytes()).hexdigest()
    assert f'sha256: "{digest}"' in (committed / "bundle.yaml").read_text()


def test_every_patient_is_there_once_with_what_scikit_learn_says(committed):
    from sklearn.datasets import load_diabetes

    source = load_diabetes(scaled=False, as_frame=True)
    rows = pd.read_csv(committed / "data" / "evaluation.csv")
    assert rows.patient.is_unique
    pd.testing.assert_frame_equal(rows[source.data.columns], source.data, check_dtype=False)
    assert (rows.fast == (source.target > 200)).all()


def test_the_figures_of_the_readme_are_those_of_the_rows(run, between):
    code = "import pandas as pd; from figures import figures; print(figures(pd.read_csv('bundle/data/evaluation.csv')))"
    printed = run("diabetes", "-c", code)
    assert between("diabetes", "<!-- figures: written by build.py -->", "<!-- end of figures -->") == printed.strip()


def test_the_policy_with_two_limits_differs_in_nothing_but_that_limit_and_its_reason(examples):
    one, two = (
        (examples / "diabetes" / folder / "early_appointment.yaml").read_text() for folder in ("policies", "two_limits")
    )
    without_reason = re.compile(r"    why: .*?\n(?=\n)", re.S)
    one, two = (without_reason.sub("", text, count=1).splitlines() for text in (one, two))
    assert [line for line in two if line not in one] == ["version: 1.1.0", "    surely_at_most: 20 pp"]
    assert [line for line in one if line not in two] == ["version: 1.0.0"]

"""`examples/health_visits` comes out of its script as it stands in the tree, and says nothing that its rows do not."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

BUNDLES = ("bundle_one_cut", "bundle_equal_chance")


@pytest.fixture(scope="module")
def rebuilt(run, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("health_visits")
    run("health_visits", "build.py", str(target))
    return target


@pytest.fixture(scope="module")
def committed(examples) -> Path:
    return examples / "health_visits"


def _rows(folder: Path, bundle: str, name: str = "evaluation") -> pd.DataFrame:
    return pd.read_parquet(folder / bundle / "data" / f"{name}.parquet")


def _json(folder: Path, *parts: str):
    return json.loads(folder.joinpath(*parts).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["train", "evaluation"])
@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_rebuild_gives_the_same_rows_and_the_same_predictions(rebuilt, committed, bundle, name):
    # scores are kept at six decimals, of which another linear algebra library may turn the last
    again, before = _rows(rebuilt, bundle, name), _rows(committed, bundle, name)
    pd.testing.assert_frame_equal(again, before, atol=2e-6, rtol=0)
    assert len(again) == len(before) > 0


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_rebuild_gives_the_same_manifest_but_for_digests(rebuilt, committed, bundle):
    def text(folder: Path) -> str:
        return re.sub(r'sha256: "\w+"', "", (folder / bundle / "bundle.yaml").read_text(encoding="utf-8"))

    assert text(rebuilt) == text(committed)


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_rebuild_writes_the_same_model_card(rebuilt, committed, bundle):
    assert (rebuilt / bundle / "MODEL_CARD.md").read_text() == (committed / bundle / "MODEL_CARD.md").read_text()


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_rebuild_saves_the_same_model_with_the_same_cuts(rebuilt, committed, bundle):
    import skops.io

    def coefficients(folder: Path) -> np.ndarray:
        path = folder / bundle / "model" / "model.skops"
        return skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path)).named_steps["model"].coef_

    assert np.allclose(coefficients(rebuilt), coefficients(committed), atol=1e-4)
    assert _json(rebuilt, bundle, "model", "cuts.json") == pytest.approx(_json(committed, bundle, "model", "cuts.json"))


@pytest.mark.parametrize("bundle", BUNDLES)
def test_the_saved_model_and_its_cuts_give_the_recorded_predictions(committed, bundle):
    import skops.io

    path = committed / bundle / "model" / "model.skops"
    assert skops.io.get_untrusted_types(file=path) in ([], ["numpy.dtype"])
    model = skops.io.load(path, trusted=["numpy.dtype"])
    rows = _rows(committed, bundle)
    scores = model.predict_proba(rows[list(model.feature_names_in_)])[:, 1]
    assert np.allclose(scores, rows.score, atol=2e-6)
    at_least = (rows.physical_limitation + "/" + rows.sex).map(_json(committed, bundle, "model", "cuts.json"))
    assert ((rows.score >= at_least).astype("int64") == rows.offered).all()


@pytest.mark.parametrize("bundle", BUNDLES)
def test_the_digests_in_the_manifest_are_those_of_the_files(committed, bundle):
    text = (committed / bundle / "bundle.yaml").read_text(encoding="utf-8")
    stated = re.findall(r'path: (data/\S+)\n    sha256: "(\w+)"', text)
    assert len(stated) == 2
    for path, digest in stated:
        assert hashlib.sha256((committed / bundle / path).read_bytes()).hexdigest() == digest


def test_no_household_and_no_person_was_trained_on_and_judged_on(committed):
    train, people = _rows(committed, BUNDLES[0], "train"), _rows(committed, BUNDLES[0])
    assert not set(train.household) & set(people.household)
    assert not set(train.person_id) & set(people.person_id)
    assert people.person_id.is_unique


def test_the_model_is_not_told_this_years_visits(committed):
    train = _rows(committed, BUNDLES[0], "train")
    assert "visits" not in train.columns
    assert "visits" not in _rows(committed, BUNDLES[0]).columns


def test_both_releases_judge_the_same_people_by_the_same_scores(committed):
    one, other = (_rows(committed, bundle) for bundle in BUNDLES)
    pd.testing.assert_frame_equal(one.drop(columns="offered"), other.drop(columns="offered"))
    assert not one.offered.equals(other.offered)


def test_the_ledger_composes_to_what_diffprivlib_says_was_spent(committed):
    from diffprivlib import BudgetAccountant

    ledger = _json(committed, "releases", "privacy_ledger.json")
    accountant = BudgetAccountant(ledger["budget"]["epsilon"], ledger["budget"]["delta"])
    for release in ledger["releases"]:
        accountant.spend(release["epsilon"], release["delta"])
    assert accountant.total()[0] == pytest.approx(0.7)


@pytest.mark.parametrize("bundle", BUNDLES)
def test_the_ledger_of_a_bundle_is_the_one_that_was_released(committed, bundle):
    for name in ("privacy_ledger.json", "published_statistics.json"):
        assert _json(committed, bundle, "evidence", name) == _json(committed, "releases", name)


def test_the_published_statistics_are_noisy_and_near_the_truth(committed):
    published, people = _json(committed, "releases", "published_statistics.json"), _rows(committed, BUNDLES[0])
    assert published["share_of_high_use"] == pytest.approx(people.high_use.mean(), abs=0.05)
    assert published["share_of_high_use"] != people.high_use.mean()
    assert sum(published["people_by_visits"]["people"]) == pytest.approx(len(people), abs=200)


def test_every_release_in_the_ledger_was_published(committed):
    ledger = _json(committed, "releases", "privacy_ledger.json")
    published = _json(committed, "releases", "published_statistics.json")
    assert [release["name"] for release in ledger["releases"]] == list(published)


@pytest.mark.parametrize("where", ["rebuilt", "committed"])
@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_thousand_latencies_were_measured_and_no_machine_is_named(request, where, bundle):
    test = _json(request.getfixturevalue(where), bundle, "evidence", "load_test.json")
    assert test["unit"] == "ms"
    assert len(test["samples"]) == 1000
    assert min(test["samples"]) > 0
    assert set(test["host"]) == {"cpus", "python", "numpy"}


def test_the_figures_of_the_readme_are_those_of_the_rows(run, between):
    printed = run(
        "health_visits",
        "-c",
        "from pathlib import Path; from story import figures_table; print(figures_table(Path('.')))",
    )
    assert (
        between("health_visits", "<!-- figures: written by build.py -->", "<!-- end of figures -->") == printed.strip()
    )


def test_the_score_is_only_a_little_better_than_last_years_visits_as_the_readme_admits(committed):
    rows = _rows(committed, BUNDLES[0])
    gain = roc_auc_score(rows.high_use, rows.score) - roc_auc_score(rows.high_use, rows.visits_last_year)
    assert 0 < gain < 0.03


def test_all_examples_together_are_small(examples):
    assert sum(path.stat().st_size for path in examples.rglob("*") if path.is_file()) < 3_000_000

"""Build both bundles of this example from the public data: `python examples/health_visits/build.py [FOLDER]`, under a minute.

Everything but the latencies comes out the same each time. The published statistics are copied, not drawn again: see `release.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from bundle import copy_releases, manifest, time_predictions, write_data, write_model
from card import model_card
from figures import PREDICTION, SCORE, TARGET
from models import Cuts, equal_chance_cuts, held_out_scores, high_use, one_cut, recipe, usual_visits
from people import FEATURES, person_years, split
from release import write_json
from sklearn.pipeline import Pipeline
from story import write_readme

HERE = Path(__file__).parent
VERSIONS = {
    "bundle_one_cut": ("1.0.0", "One score is enough for a place, the same for everybody", "one cut for everybody."),
    "bundle_equal_chance": (
        "1.1.0",
        "Of those who go on to need much care, as many are offered a place in every group",
        "the cut depends on the group, so that need finds help equally often.",
    ),
}


def build(target: Path) -> None:
    """Write `bundle_one_cut/` and `bundle_equal_chance/` into `target`."""
    train, people = split(person_years())
    model = recipe(FEATURES).fit(train[FEATURES], high_use(train, train))
    scores = held_out_scores(train)
    chosen = {"bundle_one_cut": one_cut(scores), "bundle_equal_chance": equal_chance_cuts(train, scores)}
    for name, cuts in chosen.items():
        _write_bundle(target / name, name, model, cuts, train, people)


def _write_bundle(
    folder: Path, name: str, model: Pipeline, cuts: Cuts, train: pd.DataFrame, people: pd.DataFrame
) -> None:
    version, title, how_cut = VERSIONS[name]
    rows = _predicted(model, cuts, train, people)
    write_model(folder / "model", model, cuts)
    train_rows = train.assign(**{TARGET: high_use(train, train)}).drop(columns=["visits"])
    train_digest = write_data(folder / "data" / "train.parquet", train_rows)
    evaluation_digest = write_data(folder / "data" / "evaluation.parquet", rows)
    copy_releases(folder / "evidence")
    write_json(folder / "evidence" / "load_test.json", time_predictions(model, cuts, people), indent=None)
    card = model_card(version, how_cut, cuts, train, rows, usual_visits(train))
    (folder / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    (folder / "bundle.yaml").write_text(manifest(version, title, train_digest, evaluation_digest), encoding="utf-8")


def _predicted(model: Pipeline, cuts: Cuts, train: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    scores = model.predict_proba(people[FEATURES])[:, 1].round(6)
    columns = {TARGET: high_use(train, people), PREDICTION: cuts.offers(people, scores), SCORE: scores}
    return people.drop(columns=["visits"]).assign(**columns)


if __name__ == "__main__":
    built = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    build(built)
    if built == HERE:
        write_readme(HERE)

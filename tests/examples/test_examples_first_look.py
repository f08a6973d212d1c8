"""`examples/first_look/predictions.csv` holds real people, and comes out of its script as it stands in the tree."""

from __future__ import annotations

import pandas as pd


def test_a_rebuild_gives_the_same_file(run, examples, tmp_path):
    run("first_look", "build.py", str(tmp_path))
    assert (tmp_path / "predictions.csv").read_bytes() == (examples / "first_look" / "predictions.csv").read_bytes()


def test_its_rows_are_people_of_health_visits(examples):
    rows = pd.read_csv(examples / "first_look" / "predictions.csv")
    people = pd.read_parquet(examples / "health_visits" / "bundle_one_cut" / "data" / "evaluation.parquet")
    assert list(rows.columns) == ["y", "yhat", "score", "sex", "limitation"]
    assert len(rows) == 2000
    assert set(rows.score) <= set(people.score)

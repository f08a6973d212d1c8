"""Bundles written from a training script, and manifests that read back as what was meant."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policykit.errors import BundleError, StorageError, UsageError
from policykit.load.bundle import load_bundle
from policykit.load.manifest_document import read_manifest
from policykit.load.manifest_text import manifest_text, quoted, value
from policykit.load.record import record
from policykit.terms.bundle import Attribute, Bundle, Cut, Dataset, Model, Predictions, Task
from policykit.terms.expr import Lit

ROWS = {"id": [1, 2], "y": [1, 0], "yhat": [1, 0], "sex": ["F", "M"]}


def test_a_recorded_bundle_reads_back(tmp_path: Path) -> None:
    (tmp_path / "m.skops").write_bytes(b"model")
    folder = record(
        tmp_path / "loan" if (tmp_path / "loan").mkdir() is None else tmp_path,
        name="loan-default",
        version="1.10",
        train=pd.DataFrame(ROWS),
        evaluation=pl.DataFrame(ROWS),
        datasets={"production": pa.table(ROWS), "reference": pl.LazyFrame(ROWS)},
        kind="binary-classification",
        target="y",
        prediction="yhat",
        positive=1,
        favourable=0,
        protected=["sex"],
        attributes={"sex": {"F": "female", "M": "male"}, "age": "AGE"},
        labels={"risk": "high", "jurisdiction": ["EU", "UK"]},
        key="id",
        collected={"evaluation": "2026-08-31"},
        model=tmp_path / "m.skops",
        model_format="skops",
        features=["id"],
        documents={
            "card": "# Use\nfor all\n",
            "load_test": {"unit": "ms", "samples": [1.5, 2]},
            "notes": tmp_path / "m.skops",
        },
        facts={"owners": {"model": "a@x.example"}, "seed": 7},
    )
    bundle = load_bundle(folder)
    assert (bundle.name, bundle.version) == ("loan-default", "1.10")
    assert bundle.task == Task("binary-classification", "y", "yhat", None, Lit(1), Lit(0))
    assert bundle.attributes == {
        "sex": Attribute("sex", ((Lit("F"), "female"), (Lit("M"), "male"))),
        "age": Attribute("AGE"),
    }
    assert bundle.labels == {"risk": ("high",), "jurisdiction": ("EU", "UK")}
    assert {role: dataset.files for role, dataset in bundle.datasets.items()} == {
        role: (f"data/{role}.parquet",) for role in ("train", "evaluation", "production", "reference")
    }
    assert bundle.datasets["evaluation"] == Dataset(
        "evaluation", ("data/evaluation.parquet",), collected="2026-08-31", key=("id",)
    )
    assert bundle.model == Model("model/m.skops", "skops", ("id",))
    assert bundle.contents["load_test"] == {"unit": "ms", "samples": [1.5, 2]}
    assert bundle.contents["card"]["text"] == "# Use\nfor all\n"
    assert bundle.facts == {"owners": {"model": "a@x.example"}, "seed": 7}
    assert pl.read_parquet(folder / "data/evaluation.parquet").to_dict(as_series=False) == ROWS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loan", "m.skops"]


def test_files_stand_for_tables_and_folders_for_models(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("y,pd\n1,0.9\n")
    (tmp_path / "mlflow").mkdir()
    (tmp_path / "mlflow" / "MLmodel").write_text("m")
    folder = record(
        tmp_path / "b",
        name="n",
        version="1",
        evaluation=tmp_path / "e.csv",
        score="pd",
        cut=0.5,
        model=str(tmp_path / "mlflow"),
    )
    bundle = load_bundle(folder)
    assert bundle.datasets["evaluation"] == Dataset("evaluation", ("data/evaluation.csv",), "csv")
    assert (bundle.task.score, bundle.task.cut) == ("pd", Cut(0.5))
    assert bundle.model == Model("model/mlflow")


def refused(folder: Path, expected: type[Exception] = UsageError, **said: Any) -> str:
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(expected) as error:
        record(folder, **{"name": "n", "version": "1", "evaluation": pl.DataFrame(ROWS)} | said)
    assert sorted(folder.parent.rglob("*")) == before, "nothing was left behind"
    return str(error.value)


def test_a_folder_that_holds_something_is_never_written_to(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x").write_text("mine")
    assert refused(tmp_path / "b") == f"`{tmp_path / 'b'}` is there already"
    assert refused(tmp_path / "b" / "x") == f"`{tmp_path / 'b' / 'x'}` is there already"


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    goal = tmp_path / "b"
    assert refused(goal, evaluation=None) == "a bundle needs data to judge"
    assert refused(goal, evaluation=[1]) == "`evaluation` is not a table that policykit can write"
    assert refused(goal, evaluation="x.xlsx") == "`x.xlsx` is neither CSV nor Parquet"
    assert refused(goal, facts={"a": float("nan")}) == "`nan` cannot be written into a manifest"
    assert refused(goal, positive=10**18) == "`1000000000000000000` cannot be written into a manifest"
    assert refused(goal, facts={"\ud800": 1}).startswith("half a surrogate pair is not text")
    assert refused(goal, facts={"a" * 1001: 1}).endswith("is too long for a manifest")
    assert refused(goal, attributes={"a": {"v" * 1001: "x"}}).endswith("is too long for a manifest")
    assert refused(goal, documents={"d": {1, 2}}).startswith("the document `d` cannot be written as JSON")
    assert refused(goal, documents={"d": float("inf")}).startswith("the document `d` cannot be written as JSON")
    missing = refused(goal, StorageError, model=tmp_path / "none")
    assert missing == f"cannot write the bundle `{goal}`: no such file or directory"


def test_what_would_not_be_valid_is_refused_with_its_place(tmp_path: Path) -> None:
    said = refused(tmp_path / "b", BundleError, kind="classification")
    assert said.startswith("this would not make a valid bundle: `classification` is none of")
    assert "cannot be a name" in refused(tmp_path / "b", BundleError, name="a\nb")
    assert "is not a day" in refused(tmp_path / "b", BundleError, collected="yesterday")


def test_a_recorded_bundle_is_written_without_leaving_traces_when_the_writer_fails(tmp_path: Path) -> None:
    with pytest.raises(pa.ArrowException):
        record(tmp_path / "b", name="n", version="1", evaluation=pd.DataFrame({"a": [1, "x"]}))
    assert list(tmp_path.iterdir()) == []


NAMES = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    st.sampled_from(
        ["null", "~", "true", "1", "1.10", "no", "a: b", "# x", "- a", "'", '"', "\n", " a ", "", "😀", "&a"]
    ),
)
IDS = st.from_regex(r"[A-Za-z][A-Za-z0-9._-]{0,8}", fullmatch=True).filter(
    lambda name: name.lower() not in ("policykit", "null")
)
TEXTS = NAMES.map(str.strip).filter(bool)
LITS = st.one_of(
    st.booleans(), st.integers(-(10**17), 10**17), st.floats(allow_nan=False, allow_infinity=False), NAMES
).map(Lit)
TITLES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30).filter(
    lambda name: not {"", ".", ".."}.intersection(name.split("/"))
)
PATHS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=20)
FACTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**17), 10**17), st.floats(-1e300, 1e300), NAMES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    several = st.lists(NAMES, min_size=1, max_size=3, unique=True).map(tuple)
    maybe = lambda strategy: draw(st.one_of(st.none(), strategy))  # noqa: E731
    cut = maybe(st.floats(-1e9, 1e9).map(Cut))
    dataset = Dataset(
        "evaluation",
        (draw(PATHS),),
        key=draw(several | st.just(())),
        collected=maybe(st.dates().map(str)),
        columns=draw(st.dictionaries(NAMES, st.sampled_from(["text", "date"]), max_size=2)),
        missing_values=maybe(several),
        predictions=maybe(st.builds(Predictions, PATHS, several)),
    )
    pairs = st.lists(
        st.tuples(LITS, NAMES),
        max_size=3,
        unique_by=(lambda pair: repr(pair[0].value).lower().strip("'"), lambda pair: pair[1]),
    ).map(tuple)
    return Bundle(
        name=draw(TITLES),
        version=draw(TITLES),
        datasets={"evaluation": dataset},
        labels=draw(st.dictionaries(IDS, st.lists(TEXTS, min_size=1, max_size=2, unique=True).map(tuple), max_size=2)),
        task=Task(
            maybe(st.sampled_from(["regression", "ranking"])),
            maybe(NAMES),
            None if cut else maybe(NAMES),
            draw(NAMES) if cut else maybe(NAMES),
            maybe(LITS),
            maybe(LITS),
            cut,
        ),
        attributes=draw(st.dictionaries(IDS, st.builds(Attribute, NAMES, pairs), max_size=2)),
        protected_attributes=draw(several | st.just(())),
        model=maybe(st.builds(Model, PATHS, st.one_of(st.none(), TEXTS), several | st.just(()))),
        documents={"card": draw(PATHS)} if draw(st.booleans()) else {},
        facts=draw(st.dictionaries(NAMES.filter(lambda name: name != "version"), FACTS, max_size=3)),
        champion_report=maybe(PATHS),
    )


def without_versions(found: Any) -> Any:
    """Facts called `version` stay text, so that 1.10 is not 1.1."""
    if isinstance(found, dict):
        return {k: v for k, v in ((k, without_versions(v)) for k, v in found.items()) if k != "version"}
    return [without_versions(inner) for inner in found] if isinstance(found, list) else found


@given(bundles())
def test_a_manifest_reads_back_as_what_was_meant(bundle: Bundle) -> None:
    assume(bundle.task.target is None or bundle.task.target not in (bundle.task.prediction, bundle.task.score))
    read, problems = read_manifest(manifest_text(bundle).encode("utf-8"), "bundle.yaml")
    assert problems == ()
    assert read is not None
    assert (read.name, read.version, read.labels) == (bundle.name, bundle.version, bundle.labels)
    assert repr(read.task) == repr(bundle.task)  # repr: the type of a constant, and -0.0
    assert repr(read.attributes) == repr(bundle.attributes)
    assert read.protected_attributes == bundle.protected_attributes
    found = (read.model.path, read.model_format, read.model_features) if read.model else None
    assert found == ((bundle.model.path, bundle.model.format, bundle.model.features) if bundle.model else None)
    dataset, (declared,) = bundle.datasets["evaluation"], read.datasets
    assert (declared.source.path, declared.key, declared.collected) == (
        dataset.files[0],
        dataset.key,
        dataset.collected,
    )
    assert (declared.columns, declared.missing_values) == (dataset.columns, dataset.missing_values)
    joined = Predictions(declared.predictions.path, declared.predictions_key) if declared.predictions else None
    assert joined == dataset.predictions
    assert {name: named.path for name, named in read.documents.items()} == bundle.documents
    assert (read.champion.path if read.champion else None) == bundle.champion_report
    assert without_versions(read.facts) == without_versions(dict(bundle.facts))


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_text_in_quotes_holds_nothing_that_cannot_be_seen(text: str) -> None:
    assert quoted(text).isprintable() or max(text) >= "\ufff0"


def test_a_fact_that_is_no_json_value_is_written_as_text() -> None:
    from datetime import date

    assert value({"day": date(2026, 1, 1)}) == '{day: "2026-01-01"}'
    assert json.loads(quoted("a")) == "a"


def test_a_bundle_that_was_recorded_and_moved_has_the_same_digest(tmp_path: Path) -> None:
    folder = record(tmp_path / "a", name="n", version="1", evaluation=pl.DataFrame(ROWS))
    before = load_bundle(folder).manifest_digest
    shutil.move(folder, tmp_path / "b")
    assert load_bundle(tmp_path / "b").manifest_digest == before

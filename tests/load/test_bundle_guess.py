"""A first manifest guessed from a folder, and what `bundle inspect` shows of it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from policykit.errors import BundleError, UsageError
from policykit.load.bundle import load_bundle
from policykit.load.guess import Guessed, init_manifest
from policykit.load.inspect import Line, inspect
from policykit.load.loose import bundle_from_table
from policykit.terms.bundle import Bundle, Dataset, Model, Predictions
from policykit.terms.expr import Lit


def folder(root: Path, **files: str) -> Path:
    root.mkdir(exist_ok=True)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def guessed(root: Path) -> tuple[Guessed, Bundle]:
    guess = init_manifest(root)
    (root / "bundle.yaml").write_text(guess.text)
    return guess, load_bundle(root)


def test_a_whole_folder_is_understood(tmp_path: Path) -> None:
    root = folder(
        tmp_path / "Loan default!",
        **{
            "data/train.csv": "y\n1\n",
            "data/evaluation.csv": "applicant_id,y,yhat,pd,Sex\n7,1,0,0.4,F\n8,0,0,0.1,M\n",
            "data/production/part-1.csv": "y\n1\n",
            "data/production/part-2.csv": "y\n1\n",
            "model/MLmodel": "flavors:\n",
            "model/model.pkl": "x",
            "MODEL_CARD.md": "# Use\n",
            "evidence/load_test.json": '{"unit": "ms", "samples": []}',
            "evidence/notes.txt": "x",
            "codes.csv": "a\n1\n",
            ".cache/train.csv": "y\n1\n",
        },
    )
    guess, bundle = guessed(root)
    assert bundle.name == "Loan-default"
    assert {role: dataset.files for role, dataset in bundle.datasets.items()} == {
        "train": ("data/train.csv",),
        "production": ("data/production/part-1.csv", "data/production/part-2.csv"),
        "evaluation": ("data/evaluation.csv",),
    }
    assert bundle.datasets["evaluation"].key == ("applicant_id",)
    task = bundle.task
    assert (task.kind, task.target, task.prediction, task.score) == ("binary-classification", "y", "yhat", "pd")
    assert (task.positive, task.favourable) == (Lit(1), None)
    assert bundle.protected_attributes == ("Sex",)
    assert bundle.model == Model("model", "mlflow")
    assert bundle.documents == {"card": "MODEL_CARD.md", "load_test": "evidence/load_test.json"}
    assert guess.notes == (
        "`data/train.csv` is taken for the train data, by its name",
        "`data/production/*.csv` is taken for the production data, by its name",
        "`data/evaluation.csv` is taken for the evaluation data, by its name",
        "`codes.csv` was given no role",
        "the column `y` is taken for the target, by its name",
        "the column `yhat` is taken for the prediction, by its name",
        "the column `pd` is taken for the score, by its name",
        "the values of `y` make this a binary-classification",
        "1 is taken for the class that the model detects",
        "`applicant_id` is taken to tell one row from another",
        "`Sex` is taken for a protected attribute, by its name",
        "which outcome a person wants was not guessed: write `favourable:` under `task`",
        "the name `Loan-default` is the folder's, and the version `0.1.0` is made up: write the real ones",
        "the folder `model` is taken for the model: MLflow saved it",
        "`MODEL_CARD.md` is taken for the document `card`, by its name",
        "`evidence/load_test.json` is taken for the document `load_test`, by its name",
    )
    assert "  target: y  # guessed: please check\n" in guess.text


def test_one_table_alone_is_the_evaluation_data(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    pl.DataFrame({"Label": ["a", "b", "c"], "other": [1, 2, 3]}).write_parquet(tmp_path / "b" / "scores 2026.parquet")
    _, bundle = guessed(tmp_path / "b")
    assert bundle.datasets == {"evaluation": Dataset("evaluation", ("scores 2026.parquet",))}
    assert (bundle.task.target, bundle.task.kind) == ("Label", "multiclass-classification")


def test_predictions_in_a_file_of_their_own_are_joined(tmp_path: Path) -> None:
    root = folder(
        tmp_path / "b", **{"eval.csv": "id,label\n1,1.5\n2,2.5\n", "predictions.csv": "id,prediction\n1,1\n2,2\n"}
    )
    guess, bundle = guessed(root)
    evaluation = bundle.datasets["evaluation"]
    assert evaluation.files == ("eval.csv",) or evaluation.files == ("predictions.csv",)
    assert evaluation.predictions == Predictions("predictions.csv", ("id",))
    assert (bundle.task.target, bundle.task.prediction, bundle.task.kind) == ("label", "prediction", "regression")
    assert "`predictions.csv` is joined to the evaluation data by `id`" in guess.notes


@pytest.mark.parametrize(
    ("files", "model"),
    [
        (("a.pkl", "z.skops"), Model("z.skops", "skops")),
        (("m/net.onnx",), Model("m/net.onnx", "onnx")),
        (("MLmodel", "model.pkl"), Model("model.pkl", "pickle")),
        (("readme.txt",), None),
    ],
)
def test_the_safer_model_file_is_taken(tmp_path: Path, files: tuple[str, ...], model: Model | None) -> None:
    _, bundle = guessed(folder(tmp_path / "b", **dict.fromkeys(files, "x"), **{"test.csv": "a\n1\n"}))
    assert bundle.model == model


def test_a_table_that_cannot_be_read_is_said_and_no_column_guessed(tmp_path: Path) -> None:
    guess, _ = guessed(folder(tmp_path / "b", **{"test.parquet": "PAR1"}))
    assert "`test.parquet` could not be read, so no column was guessed" in guess.notes


def test_a_manifest_is_never_written_over(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is a `bundle\.yaml` in `.*` already"):
        init_manifest(folder(tmp_path / "b", **{"bundle.yaml": "", "test.csv": "a\n1\n"}))


def test_a_folder_without_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no table in"):
        init_manifest(folder(tmp_path / "b", **{"x.txt": ""}))
    with pytest.raises(UsageError, match="there is no folder"):
        init_manifest(tmp_path / "none")


def test_links_are_refused_here_too(tmp_path: Path) -> None:
    root = folder(tmp_path / "b", **{"test.csv": "a\n1\n"})
    (root / "link").symlink_to("test.csv")
    with pytest.raises(BundleError):
        init_manifest(root)


def test_inspect_shows_what_is_said_and_what_is_not(tmp_path: Path) -> None:
    root = folder(
        tmp_path / "b",
        **{
            "bundle.yaml": (
                "policykit: bundle/1\nname: n\nversion: '1'\nlabels: {risk: [high, low]}\n"
                "task: {target: y, score: pd, prediction: {from: score, at_least: 0.5}, positive: true, favourable: '0'}\n"
                "attributes: {sex: {column: GENDER, values: {1: male}}}\nprotected_attributes: [sex, age]\n"
                "datasets: {evaluation: {path: e.csv, key: id, collected: 2026-08-31}}\n"
                "documents: {card: {path: c.txt}}\nfacts: {owner: a@x.example}\n"
            ),
            "e.csv": "y\n1\n",
            "c.txt": "x" * 2500,
        },
    )
    bundle = load_bundle(root)
    lines = inspect(bundle)
    assert lines[2] == Line("bundle", "digest", f"sha256:{bundle.manifest_digest}")
    assert lines[:2] + lines[3:-1] == (
        Line("bundle", "name", "n"),
        Line("bundle", "version", "1"),
        Line("labels", "risk", "high, low"),
        Line("task", "kind", "not said", missing=True),
        Line("task", "target", "y"),
        Line("task", "prediction", "positive where `pd` is 0.5 or more"),
        Line("task", "score", "pd"),
        Line("task", "positive", "true (true or false)"),
        Line("task", "favourable", '"0" (text)'),
        Line("attributes", "sex", "column `GENDER`; 1 is male; protected"),
        Line("attributes", "age", "column `age`; protected"),
        Line("datasets", "evaluation", "e.csv, csv, 4 bytes; key id; collected 2026-08-31"),
        Line("documents", "card", "cannot be used: `c.txt` is neither JSON, Markdown nor CSV", missing=True),
        Line("facts", "owner", "a@x.example"),
    )
    assert lines[-1].text.startswith("3 files, 2.9 KB")


def test_inspect_names_twenty_files_that_the_manifest_does_not(tmp_path: Path) -> None:
    files = {f"x{number:02}": "" for number in range(25)}
    manifest = "policykit: bundle/1\nname: n\nversion: '1'\ndatasets: {evaluation: {path: e.csv}}\n"
    root = folder(tmp_path / "b", **files, **{"bundle.yaml": manifest, "e.csv": "y\n1\n"})
    other = [line.text for line in inspect(load_bundle(root)) if line.name == "other"]
    assert other[:2] == ["x00, 0 bytes", "x01, 0 bytes"]
    assert other[20] == "and 5 more that the manifest does not name"


def test_inspect_shows_a_table_in_memory() -> None:
    lines = inspect(bundle_from_table(pl.DataFrame({"y": [1, 0]}), target="y", positive=1))
    assert Line("datasets", "evaluation", "a table in memory") in lines
    assert Line("bundle", "digest", "a table in memory has none") in lines
    assert Line("task", "positive", "1 (number)") in lines
    assert Line("attributes", "protected_attributes", "none are said", missing=True) in lines

"""Bundles that are read: what the manifest says, what the files are, what is refused and how."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest

from policykit.errors import BundleError, Diagnostic, StorageError, VerificationError
from policykit.load.bundle import load_bundle, read_member
from policykit.terms.bundle import Attribute, Bundle, Cut, Predictions
from policykit.terms.expr import Lit

HEAD = "policykit: bundle/1\nname: loan-default\nversion: 1.10\n"
DATA = "datasets:\n  evaluation: {path: data/evaluation.csv}\n"


def folder(root: Path, manifest: str, **files: str) -> Path:
    root.mkdir(exist_ok=True)
    for path, text in {"data/evaluation.csv": "y,yhat\n1,1\n", **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "bundle.yaml").write_text(manifest)
    return root


def zipped(root: Path) -> Path:
    path = root.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(root.rglob("*")):
            archive.write(file, file.relative_to(root).as_posix())
    return path


def load(tmp_path: Path, rest: str = "", **files: str) -> Bundle:
    return load_bundle(folder(tmp_path / "bundle", HEAD + (rest if "datasets:" in rest else rest + DATA), **files))


def problems(tmp_path: Path, rest: str, **files: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(BundleError) as refused:
        load(tmp_path, rest, **files)
    return refused.value.problems


def only(tmp_path: Path, rest: str, **files: str) -> Diagnostic:
    (problem,) = problems(tmp_path, rest, **files)
    return problem


def test_a_version_that_looks_like_a_number_stays_text(tmp_path: Path) -> None:
    assert load(tmp_path).version == "1.10"


def test_every_file_is_hashed_and_has_a_role(tmp_path: Path) -> None:
    bundle = load(
        tmp_path,
        "model: {path: model, format: mlflow}\ndocuments: {card: {path: MODEL_CARD.md}}\n"
        "champion: {report: champion/report.json}\n",
        **{
            "model/MLmodel": "m",
            "model/a/w.bin": "w",
            "MODEL_CARD.md": "# Use\n",
            "champion/report.json": "{}",
            "x": "1",
        },
    )
    roles = {file.path: file.role for file in bundle.files}
    assert roles == {
        "bundle.yaml": "manifest",
        "model/MLmodel": "model",
        "model/a/w.bin": "model",
        "MODEL_CARD.md": "document:card",
        "champion/report.json": "champion",
        "data/evaluation.csv": "dataset:evaluation",
        "x": "other",
    }
    data = next(file for file in bundle.files if file.path == "data/evaluation.csv")
    assert (data.sha256, data.size) == (hashlib.sha256(b"y,yhat\n1,1\n").hexdigest(), 11)
    assert bundle.model is not None and (bundle.model.path, bundle.model.format) == ("model", "mlflow")
    assert bundle.champion_report == "champion/report.json"


def test_a_folder_and_a_zip_of_it_have_one_digest(tmp_path: Path) -> None:
    root = folder(tmp_path / "b", HEAD + DATA, **{"überblick/ä 😀.txt": "x", "empty": ""})
    loose, packed = load_bundle(root), load_bundle(zipped(root))
    assert packed.manifest_digest == loose.manifest_digest
    assert packed.files == loose.files
    assert (loose.archive, packed.archive) == (False, True)


def test_renaming_or_changing_any_file_changes_the_digest(tmp_path: Path) -> None:
    before = load(tmp_path, **{"notes.txt": "a"}).manifest_digest
    (tmp_path / "bundle/notes.txt").rename(tmp_path / "bundle/other.txt")
    renamed = load_bundle(tmp_path / "bundle").manifest_digest
    (tmp_path / "bundle/other.txt").write_text("b")
    changed = load_bundle(tmp_path / "bundle").manifest_digest
    assert len({before, renamed, changed}) == 3


def test_the_task_keeps_the_types_of_its_constants(tmp_path: Path) -> None:
    task = load(
        tmp_path,
        "task: {kind: binary-classification, target: y, prediction: yhat, score: pd, positive: 1, favourable: '0'}\n",
    ).task
    assert (task.positive, task.favourable) == (Lit(1), Lit("0"))
    assert (task.kind, task.target, task.prediction, task.score) == ("binary-classification", "y", "yhat", "pd")


def test_a_prediction_may_be_cut_from_the_score(tmp_path: Path) -> None:
    task = load(tmp_path, "task: {score: pd, prediction: {from: score, at_least: 0.35}}\n").task
    assert (task.prediction, task.score, task.cut) == (None, "pd", Cut(0.35))


def test_a_cut_may_name_the_column_of_the_score(tmp_path: Path) -> None:
    assert load(tmp_path, "task: {prediction: {from: risk, at_least: 0.5}}\n").task.score == "risk"


def test_a_cut_from_another_column_than_the_score_is_refused(tmp_path: Path) -> None:
    problem = only(tmp_path, "task: {score: pd, prediction: {from: risk, at_least: 0.5}}\n")
    assert problem.code == "PK309"
    assert problem.message == "the prediction is cut from `risk`, but the score is `pd`"


def test_attributes_rename_values_by_type(tmp_path: Path) -> None:
    bundle = load(
        tmp_path, "attributes: {sex: {column: GENDER, values: {1: male, '2': female}}}\nprotected_attributes: [sex]\n"
    )
    assert bundle.attributes == {"sex": Attribute("GENDER", ((Lit(1), "male"), (Lit("2"), "female")))}
    assert bundle.protected_attributes == ("sex",)


def test_names_of_columns_may_hold_quotes_line_breaks_and_emoji(tmp_path: Path) -> None:
    written = json.dumps('a "b"\n😀 ', ensure_ascii=False)
    bundle = load(tmp_path, f"task: {{target: {written}}}\nprotected_attributes: [{written}]\n")
    assert bundle.task.target == 'a "b"\n😀 '
    assert bundle.protected_attributes == ('a "b"\n😀 ',)


def test_a_dataset_says_key_day_types_missing_values_and_predictions(tmp_path: Path) -> None:
    rest = (
        "datasets:\n  evaluation:\n    path: data/evaluation.csv\n    key: [a, b]\n    collected: 2026-08-31\n"
        "    columns: {zip: text}\n    missing_values: ['', '-', '?']\n    predictions: {path: p.csv, key: a}\n"
    )
    dataset = load(tmp_path, rest, **{"p.csv": "a,yhat\n1,1\n"}).datasets["evaluation"]
    assert (dataset.key, dataset.collected, dataset.columns) == (("a", "b"), "2026-08-31", {"zip": "text"})
    assert dataset.missing_values == ("", "-", "?")
    assert dataset.predictions == Predictions("p.csv", ("a",))


def test_patterns_become_the_files_they_match_in_order(tmp_path: Path) -> None:
    rest = "datasets: {evaluation: {path: 'parts/*.parquet'}, production: {path: 'days/**/*.csv'}}\n"
    files = {f"parts/{name}": "x" for name in ("b.parquet", "a.parquet", ".c.parquet", "_SUCCESS", "d/e.parquet")}
    files |= {"days/1/a.csv": "x", "days/b.csv": "x"}
    datasets = load(tmp_path, rest, **files).datasets
    assert datasets["evaluation"].files == ("parts/a.parquet", "parts/b.parquet")
    assert datasets["evaluation"].format == "parquet"
    assert datasets["production"].files == ("days/1/a.csv", "days/b.csv")


def test_brackets_in_the_name_of_a_file_that_is_there_mean_themselves(tmp_path: Path) -> None:
    rest = "datasets: {evaluation: {path: 'data/part[1].csv'}}\n"
    files = {"data/part[1].csv": "x", "data/part1.csv": "x"}
    assert load(tmp_path, rest, **files).datasets["evaluation"].files == ("data/part[1].csv",)


def test_brackets_are_a_pattern_where_no_file_has_that_name(tmp_path: Path) -> None:
    rest = "datasets: {evaluation: {path: 'data/part[12].csv'}}\n"
    files = {"data/part2.csv": "x", "data/part1.csv": "x"}
    assert load(tmp_path, rest, **files).datasets["evaluation"].files == ("data/part1.csv", "data/part2.csv")


def test_facts_keep_numbers_as_numbers_and_days_and_versions_as_text(tmp_path: Path) -> None:
    facts = load(
        tmp_path, "facts: {a: 1, b: 0.5, c: true, d: 2026-10-01, e: '7', f: [x, 2], g: ~, version: 1.10}\n"
    ).facts
    assert facts == {
        "a": 1,
        "b": 0.5,
        "c": True,
        "d": "2026-10-01",
        "e": "7",
        "f": ["x", 2],
        "g": None,
        "version": "1.10",
    }


def test_labels_are_one_value_or_a_list(tmp_path: Path) -> None:
    labels = load(tmp_path, "labels: {risk: high, jurisdiction: [EU, UK], tier: 1.10}\n").labels
    assert labels == {"risk": ("high",), "jurisdiction": ("EU", "UK"), "tier": ("1.10",)}


def test_all_problems_are_told_at_once_in_order_of_place(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        "taks: {}\ntask: {kind: binary-clasification}\nmodel: {path: model.skops}\n"
        "datasets:\n  evalution: {path: data/evaluation.csv, colected: 2026-01-01, sha256: abc}\n"
        "documents: {load_tests: {path: l.json}}\n",
    )
    told = [(problem.code, problem.line, problem.suggestion) for problem in found]
    assert told == [
        ("PK101", 4, "task"),
        ("PK026", 5, "binary-classification"),
        ("PK313", 6, ""),
        ("PK311", 8, "evaluation"),
        ("PK101", 8, "collected"),
        ("PK312", 8, ""),
        ("PK311", 9, "load_test"),
        ("PK313", 9, ""),
    ]
    assert all(problem.column and problem.excerpt for problem in found)


def test_a_numbered_role_is_a_name_of_its_own(tmp_path: Path) -> None:
    assert "train_2" in load(tmp_path, "datasets: {train_2: {path: data/evaluation.csv}}\n").datasets


@pytest.mark.parametrize(
    ("rest", "code", "message"),
    [
        ("model: {path: data/evaluation.cvs}\n", "PK313", "there is no file `data/evaluation.cvs`"),
        ("datasets: {train: {path: data}}\n", "PK313", "`data` is a folder"),
        ("datasets: {train: {path: 'x/*.csv'}}\n", "PK314", "no file matches `x/*.csv`"),
        ("datasets: {train: {path: notes.xlsx}}\n", "PK315", "`notes.xlsx` is neither Parquet nor CSV"),
        ("datasets: {train: {path: 'mixed/*'}}\n", "PK315", "these files are part Parquet, part CSV"),
        ("datasets: {train: {path: /etc/passwd}}\n", "PK303", "the path `/etc/passwd` is absolute"),
        ("datasets: {train: {path: ../x.csv}}\n", "PK303", "the path `../x.csv` climbs out of the bundle"),
        ("datasets: {train: {path: 'data\\x.csv'}}\n", "PK303", "the path `data\\x.csv` holds a backslash"),
        (
            "datasets: {train: {path: './data/x.csv'}}\n",
            "PK303",
            "the path `./data/x.csv` is not written in its plain form",
        ),
        ("datasets: {train: {path: 'C:/x.csv'}}\n", "PK303", "the path `C:/x.csv` is absolute"),
        ("documents: {card: {path: bundle.yaml}}\n", "PK319", "the manifest cannot be one of the files it describes"),
        ("datasets: {}\n", "PK310", "there is no data set"),
        ("datasets: {train: {path: data/evaluation.csv, collected: 31.8.2026}}\n", "PK024", "`31.8.2026` is not a day"),
        (
            "attributes: {sex: {column: s, values: {m: person, f: person}}}\n",
            "PK323",
            "two values are given the name `person`: a map renames groups, it never merges them",
        ),
        ("task: {target: y, prediction: y}\n", "PK322", "`y` cannot be both the target and the prediction"),
        ("task: {target: y, score: y}\n", "PK322", "`y` cannot be both the target and the score"),
        ("champion: {report: r.json}\n", "PK313", "there is no file `r.json`"),
    ],
)
def test_a_wrong_manifest_says_what_is_wrong(tmp_path: Path, rest: str, code: str, message: str) -> None:
    problem = only(tmp_path, rest, **{"notes.xlsx": "x", "mixed/a.csv": "x", "mixed/b.parquet": "x"})
    assert (problem.code, problem.message) == (code, message)
    assert problem.line == 4
    assert problem.path.endswith("bundle/bundle.yaml")


def test_one_digest_cannot_be_that_of_several_files(tmp_path: Path) -> None:
    rest = f"datasets: {{train: {{path: 'p/*.csv', sha256: '{'0' * 64}'}}}}\n"
    problem = only(tmp_path, rest, **{"p/a.csv": "x", "p/b.csv": "x"})
    assert (problem.code, problem.message) == ("PK316", "one SHA-256 cannot be that of 2 files")


@pytest.mark.parametrize("name", ['"a\\nb"', '"' + "a" * 201 + '"', '"\\u200b"', "../../loan", "/loan", "loan/", ".."])
def test_a_name_is_one_line_that_can_be_seen(tmp_path: Path, name: str) -> None:
    manifest = f"policykit: bundle/1\nname: {name}\nversion: 1\n{DATA}"
    with pytest.raises(BundleError) as refused:
        load_bundle(folder(tmp_path / "b", manifest))
    assert [problem.code for problem in refused.value.problems] == ["PK308"]


def test_another_kind_of_document_is_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as refused:
        load_bundle(folder(tmp_path / "b", "policykit: policy/1\nid: x\n"))
    assert refused.value.problems[0].message == "this document is not the manifest of a bundle"


def test_a_folder_without_a_manifest_says_how_to_write_one(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/bundle.yaml").write_text("x")
    with pytest.raises(BundleError) as refused:
        load_bundle(tmp_path)
    (problem,) = refused.value.problems
    assert problem.message == f"there is no `bundle.yaml` at the root of `{tmp_path}`"
    assert problem.hint.endswith("or take the folder of `inner/bundle.yaml` as the bundle")


def test_a_path_with_nothing_there_or_another_thing_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as refused:
        load_bundle(tmp_path / "none")
    assert refused.value.problems[0].message == f"there is no bundle at `{tmp_path / 'none'}`"
    (tmp_path / "x.txt").write_text("hello")
    with pytest.raises(BundleError) as refused:
        load_bundle(tmp_path / "x.txt")
    assert refused.value.problems[0].message == f"`{tmp_path / 'x.txt'}` is neither a folder nor a zip"


def test_a_stated_digest_that_holds_is_kept(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"y,yhat\n1,1\n").hexdigest()
    rest = f"datasets: {{evaluation: {{path: data/evaluation.csv, sha256: 'sha256:{digest.upper()}'}}}}\n"
    assert load(tmp_path, rest).datasets["evaluation"].sha256 == digest


def test_a_stated_digest_that_differs_is_untrusted_not_invalid(tmp_path: Path) -> None:
    rest = f"datasets: {{evaluation: {{path: data/evaluation.csv, sha256: '{'0' * 64}'}}}}\n"
    with pytest.raises(VerificationError) as refused:
        load(tmp_path, rest)
    assert refused.value.reason == "digest_mismatch"
    assert str(refused.value) == "`data/evaluation.csv` is not the file that the manifest states"


def test_labels_come_from_the_inventory(tmp_path: Path) -> None:
    root = folder(tmp_path / "b", HEAD + "labels: {risk: high}\n" + DATA)
    inventory = {"loan-default": {"risk": ("high",), "jurisdiction": ("EU",)}}
    assert load_bundle(root, inventory=inventory).labels == {"risk": ("high",), "jurisdiction": ("EU",)}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("{risk: low}", "the inventory says `risk: high`"),
        ("{region: EU}", "the inventory says nothing of `region`"),
    ],
)
def test_a_bundle_that_says_otherwise_than_the_inventory_is_refused(tmp_path: Path, labels: str, message: str) -> None:
    root = folder(tmp_path / "b", f"{HEAD}labels: {labels}\n{DATA}")
    with pytest.raises(BundleError) as refused:
        load_bundle(root, inventory={"loan-default": {"risk": ("high",)}})
    (problem,) = refused.value.problems
    assert (problem.code, problem.message, problem.line) == ("PK317", message, 4)


def test_a_bundle_that_the_inventory_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as refused:
        load_bundle(folder(tmp_path / "b", HEAD + DATA), inventory={"other": {}})
    assert refused.value.problems[0].message == "`loan-default` is not in the inventory"


def test_a_document_that_cannot_be_read_is_broken_and_the_others_go_on(tmp_path: Path) -> None:
    bundle = load(
        tmp_path,
        "documents: {load_test: {path: l.json}, card: {path: c.md}, runbook: {path: r.pdf}}\n",
        **{"l.json": '{"a": 1, "a": 2}', "c.md": "# Use\nfor all\n", "r.pdf": "x"},
    )
    assert bundle.broken == {
        "load_test": "`l.json` says `a` twice in one object",
        "runbook": "`r.pdf` is neither JSON, Markdown nor CSV",
    }
    assert bundle.contents["card"]["sections"] == [{"title": "Use", "level": 1, "text": "for all"}]


def test_a_member_is_read_again_only_if_it_has_not_changed(tmp_path: Path) -> None:
    root = folder(tmp_path / "b", HEAD + DATA + "champion: {report: r.json}\n", **{"r.json": "{}"})
    packed, loose = load_bundle(zipped(root)), load_bundle(root)
    assert read_member(packed, "r.json", most=10) == read_member(loose, "r.json", most=10) == b"{}"
    (root / "r.json").write_text("[]")
    with pytest.raises(VerificationError) as refused:
        read_member(loose, "r.json", most=10)
    assert str(refused.value) == "`r.json` changed while it was read"
    with pytest.raises(BundleError, match="`x` is not a file of the bundle"):
        read_member(loose, "x", most=10)
    with pytest.raises(BundleError, match=r"`r\.json` has more than 1 bytes"):
        read_member(packed, "r.json", most=1)


def test_a_folder_may_be_reached_by_a_link(tmp_path: Path) -> None:
    folder(tmp_path / "b", HEAD + DATA)
    (tmp_path / "current").symlink_to(tmp_path / "b")
    assert load_bundle(tmp_path / "current").root == (tmp_path / "b").resolve()


def test_a_path_that_no_disk_can_hold_is_said_to_be_unreadable() -> None:
    with pytest.raises(StorageError, match="file name too long"):
        load_bundle(Path("a" * 300))


def test_a_file_that_is_a_pipe_is_no_bundle(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(BundleError) as refused:
        load_bundle(tmp_path / "pipe.zip")
    assert refused.value.problems[0].code == "PK318"

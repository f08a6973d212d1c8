"""`policykit init`: a start that works with data beside it or without, in an editor too, and writes over nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from policykit.cli.start import run
from policykit.load.bundle import load_bundle
from policykit.load.packs import names

Captured = pytest.CaptureFixture[str]
TABLE = "y,yhat,sex\n1,1,F\n0,0,M\n"
START = [
    "policies/baseline.yaml",
    "policykit.yaml",
    *(f"schemas/{name}.v1.json" for name in ("bundle", "gate", "policy")),
]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(folder: str = ".") -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


@pytest.mark.parametrize("folder", [".", "new/place"])
def test_without_data_it_writes_a_start_says_so_and_ends_well(folder: str, capsys: Captured) -> None:
    assert run(["init", folder]) == 0
    told = capsys.readouterr().out
    assert written(folder) == START
    assert "no data lies here, so no manifest was written" in told
    assert "with `policykit bundle init FOLDER`" in told
    there = "" if folder == "." else "cd new/place, then "
    assert told.endswith(f"next: {there}policykit explain policies/\n")
    assert run(["lint", f"{folder}/policies"]) == 0


def test_with_data_it_writes_a_manifest_too_and_marks_every_guess(capsys: Captured) -> None:
    Path("evaluation.csv").write_text(TABLE)
    assert run(["init"]) == 0
    told = capsys.readouterr().out
    assert load_bundle(Path("bundle")).protected_attributes == ("sex",)
    assert "copied evaluation.csv to bundle/evaluation.csv" in told
    assert Path("evaluation.csv").read_text() == Path("bundle/evaluation.csv").read_text() == TABLE
    assert "guessed: `sex` is taken for a protected attribute, by its name" in told
    assert "protected_attributes: [sex]  # guessed: please check\n" in Path("bundle/bundle.yaml").read_text()
    assert told.endswith("next: policykit explain policies/, then policykit gate bundle\n")


@pytest.mark.parametrize("pack", names())
def test_every_schema_that_a_written_file_names_lies_where_it_says(pack: str) -> None:
    Path("evaluation.csv").write_text(TABLE)
    assert run(["init", "--pack", pack]) == 0
    for path in (Path("policies") / f"{pack}.yaml", Path("policykit.yaml"), Path("bundle/bundle.yaml")):
        text = path.read_text()
        (named,) = re.findall(r"^# yaml-language-server: \$schema=(.+)$", text, re.MULTILINE)
        kind = re.search(r"^policykit: (\w+)/1$", text, re.MULTILINE)
        schema = json.loads((path.parent / named).read_text())
        assert kind is not None
        assert schema["properties"]["policykit"]["const"] == f"{kind[1]}/1"


def test_a_schema_that_is_there_is_kept(capsys: Captured) -> None:
    Path("schemas").mkdir()
    Path("schemas/gate.v1.json").write_text("{}")
    assert run(["init"]) == 0
    assert Path("schemas/gate.v1.json").read_text() == "{}"
    assert "wrote schemas/gate.v1.json" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (
            lambda: [Path("bundle").mkdir(), Path("bundle/link").symlink_to("../evaluation.csv")],
            "no manifest was written, because `link` is a link",
        ),
        (
            lambda: [Path("evaluation.csv").rename("a.csv"), Path("b.csv").write_text(TABLE)],
            "no manifest was written: no table in `.` has a name that says what it is for, such as `a.csv`",
        ),
    ],
)
def test_where_no_manifest_can_be_guessed_the_reason_is_told_and_the_rest_written(
    make: object, why: str, capsys: Captured
) -> None:
    Path("evaluation.csv").write_text(TABLE)
    make()  # type: ignore[operator]
    before = set(written())
    assert run(["init"]) == 0
    assert why in capsys.readouterr().out
    assert set(written()) - before == set(START)


def test_nothing_is_written_where_one_file_is_in_the_way(capsys: Captured) -> None:
    Path("policykit.yaml").write_text("mine")
    assert run(["init"]) == 2
    assert "`policykit.yaml` exists already, and is not overwritten" in capsys.readouterr().err
    assert written() == ["policykit.yaml"]


def test_a_folder_that_cannot_be_made_is_74(capsys: Captured) -> None:
    Path("file").write_text("x")
    assert run(["init", "file/below"]) == 74
    assert "`file/below` cannot be written: not a directory" in capsys.readouterr().err


def test_beside_a_repository_only_what_is_named_goes_into_the_bundle(capsys: Captured) -> None:
    for path in (".git/config", "venv/pyvenv.cfg", "venv/lib/evaluation_old.csv", "node_modules/test.csv", "notes.txt"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("token")
    Path("data").mkdir()
    Path("data/predictions.csv").write_text(TABLE)
    Path("model").mkdir()
    Path("model/model.skops").write_text("m")
    Path("MODEL_CARD.md").write_text("# Use\n")
    Path("link.csv").symlink_to("data/predictions.csv")
    assert run(["init"]) == 0
    assert written("bundle") == ["MODEL_CARD.md", "bundle.yaml", "data/predictions.csv", "model/model.skops"]
    first = load_bundle(Path("bundle")).manifest_digest
    Path(".git/HEAD").write_text("another commit")
    assert load_bundle(Path("bundle")).manifest_digest == first
    capsys.readouterr()
    assert run(["gate", "bundle", "-p", "policies", "-q", "-o", "html=report.html"]) in (0, 1, 3)


def test_a_bundle_that_is_there_gets_its_manifest_and_no_copy(capsys: Captured) -> None:
    Path("bundle").mkdir()
    Path("bundle/evaluation.csv").write_text(TABLE)
    Path("evaluation.csv").write_text("other")
    assert run(["init"]) == 0
    assert "copied" not in capsys.readouterr().out
    assert Path("bundle/evaluation.csv").read_text() == TABLE
    assert written("bundle") == ["bundle.yaml", "evaluation.csv"]


def test_parts_of_one_table_are_copied_together() -> None:
    for name in ("data/production/a.csv", "data/production/b.csv", "evaluation.csv"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(TABLE)
    assert run(["init"]) == 0
    assert load_bundle(Path("bundle")).datasets["evaluation"].files == ("evaluation.csv",)
    assert "data/production/b.csv" in written("bundle")

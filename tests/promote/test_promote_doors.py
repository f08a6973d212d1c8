"""Registries by name: what people type after `--to`, and plug-ins only where a gate file names them."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from policykit.decide.promote.doors import GROUP, open_registry
from policykit.decide.promote.folder import Folder
from policykit.decide.promote.mlflow import Mlflow
from policykit.errors import UsageError


class Shelf(Folder):
    """A registry of somebody else."""

    def __init__(self, rest: str) -> None:
        super().__init__(Path(rest))


class _Distribution:
    name = "Acme_Shelf"


def entry() -> EntryPoint:
    found = EntryPoint("shelf", "tests.promote.test_promote_doors:Shelf", GROUP)
    vars(found).update(dist=_Distribution())
    return found


def test_a_path_is_a_folder_with_or_without_its_scheme() -> None:
    for target in ("registry", "folder:registry"):
        found = open_registry(target)
        assert isinstance(found, Folder)
        assert found.root == Path("registry")


@pytest.mark.parametrize(
    ("target", "server", "model", "version"),
    [
        ("mlflow:http://127.0.0.1:5000/loans", "http://127.0.0.1:5000", "loans", ""),
        ("mlflow:https://models.acme.example/tracking/loans@7", "https://models.acme.example/tracking", "loans", "7"),
        ("mlflow+https://models.acme.example/loans", "https://models.acme.example", "loans", ""),
    ],
)
def test_mlflow_by_its_address(target: str, server: str, model: str, version: str) -> None:
    found = open_registry(target)
    assert isinstance(found, Mlflow)
    assert (found.server, found.model, found.version) == (server, model, version)


@pytest.mark.parametrize(
    "target", ["mlflow:loans", "mlflow:ftp://h/loans", "mlflow:http://h", "mlflow:http://h/m@x", "mlflow:http://h/"]
)
def test_an_address_that_names_no_model_is_refused(target: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_registry(target)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("", "no registry is named"),
        (" \t", "no registry is named"),
        ("folder:", "no registry is named after `folder:`"),
        ("folder: ", "no registry is named after `folder:`"),
        ("FOLDER:", "no registry is named after `folder:`"),
        ("mlflow:", "no registry is named after `mlflow:`"),
        ("mlflow+https:", "no registry is named after `mlflow+https:`"),
        ("shelf:", "no registry is named after `shelf:`"),
    ],
)
def test_a_variable_that_is_not_set_names_no_registry(target: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_registry(target, plugins=["acme-shelf"], installed=[entry()])
    assert str(caught.value) == told
    assert "a variable that is not set" in caught.value.hint


def test_a_scheme_in_capitals_is_the_same_scheme_and_no_folder() -> None:
    found = open_registry("MLflow:http://127.0.0.1:5000/loans")
    assert isinstance(found, Mlflow)
    with pytest.raises(UsageError, match="no registry is called `s3`"):
        open_registry("S3://bucket/loans")


def test_what_is_no_registry_is_not_asked_what_stands_in_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "registry.json").write_text('{"policykit": "registry/9"}')
    (tmp_path / "empty").mkdir()
    for target in (tmp_path / "none", tmp_path / "file", tmp_path / "other", tmp_path / "empty", "/etc"):
        with pytest.raises(UsageError) as caught:
            open_registry(str(target), there=True)
        assert str(caught.value) == f"there is no registry `{target}`"
        assert "check how it is written" in caught.value.hint
    assert not (tmp_path / "none").exists()
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_registry_in_which_nothing_stands_is_one(tmp_path: Path) -> None:
    with Folder(tmp_path / "registry").locked():
        pass
    found = open_registry(f"folder:{tmp_path / 'registry'}", there=True)
    assert found.current("production") is None


def test_a_plug_in_is_used_where_the_gate_file_names_its_distribution() -> None:
    found = open_registry("shelf:/srv/models", plugins=["acme-shelf"], installed=[entry()])
    assert isinstance(found, Folder)
    assert type(found).__name__ == "Shelf"
    assert found.root == Path("/srv/models")


def test_a_plug_in_that_is_only_installed_is_not_imported() -> None:
    with pytest.raises(UsageError, match="is a plug-in that the gate file does not name") as caught:
        open_registry("shelf:/srv/models", plugins=["other"], installed=[entry()])
    assert "plugins: [Acme_Shelf]" in caught.value.hint


def test_a_scheme_nobody_knows_is_refused() -> None:
    with pytest.raises(UsageError, match="no registry is called `moon`"):
        open_registry("moon:x", plugins=["moon"], installed=[entry()])


def test_reading_a_registry_imports_no_mlflow() -> None:
    import subprocess
    import sys

    code = "import sys, policykit.decide.promote.mlflow, policykit.cli.promote; print('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"

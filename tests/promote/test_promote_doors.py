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


@pytest.mark.parametrize("target", ["mlflow:loans", "mlflow:ftp://h/loans", "mlflow:http://h", "mlflow:http://h/m@x"])
def test_an_address_that_names_no_model_is_refused(target: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_registry(target)
    assert caught.value.hint


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

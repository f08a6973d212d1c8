"""Nothing is written twice: what is generated from the code is what lies in the tree."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_generated_file_is_fresh(generate: ModuleType) -> None:
    assert generate.stale(generate.outputs()) == [], "run `make generate`"


def test_a_missing_a_different_and_a_left_over_file_are_each_found(
    generate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    (tmp_path / "schemas").mkdir()
    for name, text in {"same": "1", "different": "1", "left-over": "1"}.items():
        (tmp_path / "schemas" / name).write_text(text)
    wanted = {"schemas/same": "1", "schemas/different": "2", "schemas/missing": "1"}
    assert generate.stale(wanted) == ["schemas/different", "schemas/left-over", "schemas/missing"]


def test_every_check_has_its_page_and_every_verb_its_section(generate: ModuleType) -> None:
    from policykit.checks import catalogue
    from policykit.cli.start import FIRST, REST

    outputs = generate.outputs()
    assert {f"docs/checks/{name}.md" for name in catalogue()} <= outputs.keys()
    assert all(f"## `policykit {verb}`" in outputs["docs/cli.md"] for verb in (*FIRST, *REST))

"""The pages of bundle codes: the wrong example of a manifest is refused with the code, the right one is read."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from policykit.errors import BundleError
from policykit.load.bundle import load_bundle
from policykit.load.lint.codes import CODES

HEAD = {
    "policykit": "policykit: bundle/1",
    "name": "name: loan-default",
    "version": "version: 1.4.0",
    "datasets": "datasets:\n  evaluation: {path: data/evaluation.parquet}",
}
FILES = (
    "data/evaluation.parquet",
    "data/production/a.parquet",
    "data/production/b.parquet",
    "data/evaluation.xlsx",
    "MODEL_CARD.md",
)
MANIFESTS = sorted(code for code, page in CODES.items() if page.kind == "bundle")
INVENTORY = {"loan-default": {"risk": ("high",)}}


def codes(folder: Path, example: str) -> set[str]:
    given = {line.split(":")[0] for line in example.splitlines() if line[:1].isalpha()}
    lines = [*(text for key, text in HEAD.items() if key not in given), example]
    for path in FILES:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("# Use\n")
    lines.sort(key=lambda text: not text.startswith("policykit:"))
    (folder / "bundle.yaml").write_text("\n".join(lines) + "\n")
    try:
        load_bundle(folder, inventory=INVENTORY)
    except BundleError as error:
        return {problem.code for problem in error.problems}
    return set()


@pytest.mark.parametrize("code", MANIFESTS)
def test_the_wrong_example_is_refused_with_its_code(tmp_path: Path, code: str) -> None:
    assert code in codes(tmp_path / "b", CODES[code].wrong)


@pytest.mark.parametrize("code", MANIFESTS)
def test_the_right_example_is_read(tmp_path: Path, code: str) -> None:
    assert codes(tmp_path / "b", CODES[code].right) == set()


def test_the_zip_that_the_page_tells_to_write_is_read(tmp_path: Path) -> None:
    assert CODES["PK306"].right == "cd bundle && zip -r ../bundle.zip ."
    codes(tmp_path / "bundle", "")
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((tmp_path / "bundle").rglob("*")):  # as `zip -r` writes it: folders too, from within
            archive.write(path, path.relative_to(tmp_path / "bundle").as_posix())
    assert load_bundle(tmp_path / "bundle.zip").name == "loan-default"

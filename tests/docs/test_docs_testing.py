"""docs/testing.md does what it says, from its first file to its last command."""

from __future__ import annotations

from pathlib import Path

from tests.docs.pages import ROOT, blocks, walk

PAGE = ROOT / "docs" / "testing.md"


def test_the_page_is_walked_from_top_to_bottom(tmp_path: Path) -> None:
    assert walk(PAGE, tmp_path) >= 5


def test_the_hooks_of_the_page_are_those_there_are() -> None:
    import yaml

    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    said = next(yaml.safe_load(block.text) for block in blocks(PAGE) if "repos:" in block.text)
    assert {hook["id"] for hook in said["repos"][0]["hooks"]} == hooks


def test_every_key_that_can_be_given_is_told() -> None:
    from policykit.load.test_words import ESTIMATE, GIVEN

    text = PAGE.read_text(encoding="utf-8")
    assert {key for key in (*GIVEN, *ESTIMATE) if f"`{key}" not in text} == set()

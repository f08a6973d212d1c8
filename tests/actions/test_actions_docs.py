"""What the manual says of the actions is what the files say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- file: (\S+) -->\n```yaml\n(.*?)```", GITHUB, re.S)


def test_the_workflow_of_the_manual_is_the_example_word_for_word() -> None:
    assert [text for _, text in BLOCKS] == [
        (ROOT / "examples" / "github" / "first-look.yaml").read_text(encoding="utf-8")
    ]


def test_the_check_that_the_manual_tells_to_require_is_the_one_that_is_there() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "gate.yaml").read_text(encoding="utf-8"))["jobs"]
    for page in (GITHUB, (ROOT / "examples" / "github" / "merge-gate.yaml").read_text(encoding="utf-8")):
        assert f"gate / {jobs['verify']['name']}" in page
    assert list(jobs) == re.findall(r"(?m)^\| `(\w+)` \|", GITHUB)


def test_every_exit_code_of_the_manual_is_the_gates() -> None:
    from policykit.decide.exit_code import Exit

    said = {int(code): word for word, code in re.findall(r"(?m)^\| ([A-Z]+)\S?.*? \| (\d) \|", GITHUB)}
    assert said == {int(code): code.name for code in Exit if int(code) < 10}


@pytest.mark.parametrize("name", ["gate", "verify", "lint"])
def test_the_readme_of_an_action_lists_every_input_and_output(name: str) -> None:
    said = yaml.safe_load((ROOT / "actions" / name / "action.yml").read_text(encoding="utf-8"))
    page = (ROOT / "actions" / name / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^\| `([\w-]+)` \|", page) == [*said["inputs"], *said["outputs"]]


def test_the_words_for_exit_codes_are_the_same_in_both_actions() -> None:
    texts = [(ROOT / "actions" / name / f"{name}.py").read_text(encoding="utf-8") for name in ("gate", "verify")]
    words = [dict(re.findall(r'(\d+): "([A-Z ]+)"', text)) for text in texts]
    assert words[0] == words[1] and words[0]["4"] == "UNTRUSTED"

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


def test_the_owners_of_the_manual_are_a_part_of_the_example() -> None:
    [block] = re.findall(r"```text\n(/.*?)```", GITHUB, re.S)
    example = (ROOT / "examples" / "github" / "CODEOWNERS").read_text(encoding="utf-8")
    assert set(block.splitlines()) <= set(example.splitlines())


@pytest.mark.parametrize("page", ["docs/github.md", "docs/gitlab.md", "docs/threats.md", "docs/tutorial-team.md"])
def test_a_page_that_speaks_of_a_merge_gate_says_that_its_workflow_file_is_the_changes_own(page: str) -> None:
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    assert "what-makes-it-binding" in text
    assert "cannot choose what it is judged by" not in text and "cannot bring weaker ones along" not in text


@pytest.mark.parametrize(
    "example", ["github/merge-gate.yaml", "github/release-gate.yaml", "gitlab/merge-gate.gitlab-ci.yml"]
)
def test_the_head_of_an_example_says_who_decides_what_it_is(example: str) -> None:
    lines = (ROOT / "examples" / example).read_text(encoding="utf-8").splitlines()
    head = " ".join(line.lstrip("# ") for line in lines[: next(at for at, line in enumerate(lines) if line[:1] != "#")])
    assert re.search(
        r"(GitHub runs|GitLab reads) this file as the (pull request|merge request|tagged commit) has it", head
    )


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

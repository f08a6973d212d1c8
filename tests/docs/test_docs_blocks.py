"""Every example in the manual is true: YAML is valid and read, consoles say what they say, Python runs, links lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import check_jsonschema
import jsonschema
import pytest
import yaml

from policykit.load.gate_file import load_gate_file
from policykit.load.manifest_document import read_manifest
from policykit.load.policies import load_policies
from policykit.load.trust_document import load_trust
from policykit.load.waiver_document import load_waivers
from tests.docs.pages import PAGES, ROOT, Block, blocks, consoled, normal, not_said, runners, surroundings
from tests.trust_world import make_world

VENDORED = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor"
BLOCKS = [block for page in PAGES for block in blocks(page)]
YAML = [block for block in BLOCKS if block.language in ("yaml", "yml") and not block.file and not block.not_run]
WHOLE = [block for block in YAML if re.match(r"(?:#.*\n)*policykit: ", block.text)]
PARTS = [block for block in YAML if block.kind == "yaml fragment" or "docs/checks/" in str(block)]
LOOSE = [block for block in YAML if block.kind.startswith("yaml fragment of ")]
FOREIGN = [block for block in YAML if block not in (*WHOLE, *PARTS, *LOOSE)]
SHELLS = ("console", "sh", "bash", "shell")
LAW = [page for page in PAGES if page.relative_to(ROOT).parts[0] in ("docs", "examples", "actions", "policies")]
KNOWN = (
    "yaml",
    "yml",
    *SHELLS,
    "text",
    "json",
    "toml",
    "python",
    "py",
    "jq",
    "markdown",
    "groovy",
    "ini",
    "diff",
    "html",
    "xml",
)
CONSOLES = [block for block in BLOCKS if block.run]
PYTHON = [block for block in BLOCKS if block.kind == "python"]


def head(*rules: str) -> str:
    policy = "policykit: policy/1\nid: of.the-manual\nversion: 1.0.0\ntitle: A policy of the manual\nowner: nobody@example.org\n"
    return policy + "applies_to: everything\nrules:\n" + "".join(rules)


def indented(text: str, blanks: str) -> str:
    return "".join(f"{blanks}{line}\n" if line.strip() else "\n" for line in text.splitlines())


def as_document(block: Block) -> str:
    """Return a part of a policy as the whole policy that it is a part of."""
    if block.text.startswith("- "):
        return head(indented(block.text, "  "))
    rule = "  - id: R-1\n    title: A rule of the manual\n    why: It is an example.\n"
    if not re.search(r"(?m)^(?:all_of|any_of|check):", block.text):
        rule += "    check: data.row_count\n    at_least: 1\n"
    return head(rule, indented(block.text, "    "))


class Editor(yaml.SafeLoader):
    """YAML as an editor reads it for a schema: days stay text."""


Editor.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def complaints(text: str) -> list[str]:
    document = yaml.load(text, Loader=Editor)
    schema = json.loads(
        (ROOT / "schemas" / f"{document['policykit'].split('/')[0]}.v1.json").read_text(encoding="utf-8")
    )
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(document)]


def test_the_manual_has_examples_of_each_kind() -> None:
    assert {len(found) > 0 for found in (WHOLE, PARTS, LOOSE, FOREIGN, CONSOLES, PYTHON)} == {True}
    assert {re.search(r"policykit: (\w+)", block.text)[1] for block in WHOLE} == {
        "policy", "bundle", "gate", "trust", "waiver"
    }  # fmt: skip


@pytest.mark.parametrize("block", WHOLE, ids=str)
def test_a_document_of_the_manual_is_valid(block: Block) -> None:
    assert complaints(block.text) == []


@pytest.mark.parametrize("block", WHOLE, ids=str)
def test_a_document_of_the_manual_is_read(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "document.yaml"
    path.write_text(block.text, encoding="utf-8")
    match re.search(r"policykit: (\w+)", block.text)[1]:
        case "policy":
            assert len(load_policies([path])[0].rules) > 0
        case "gate":
            assert load_gate_file(path).policies
        case "bundle":
            assert read_manifest(block.text.encode(), "bundle.yaml")[1] == ()
        case "trust":
            assert load_trust(path).stages
        case "waiver":
            assert load_waivers(path)


@pytest.mark.parametrize("block", PARTS, ids=str)
def test_a_part_of_a_policy_in_the_manual_is_valid_and_read(block: Block, tmp_path: Path) -> None:
    whole = as_document(block)
    assert complaints(whole) == []
    (tmp_path / "policy.yaml").write_text(whole, encoding="utf-8")
    assert len(load_policies([tmp_path])[0].rules) > 0


@pytest.mark.parametrize("block", LOOSE, ids=str)
def test_some_keys_of_a_document_in_the_manual_are_valid(block: Block) -> None:
    kind = block.kind.removeprefix("yaml fragment of ")
    schema = json.loads((ROOT / "schemas" / f"{kind}.v1.json").read_text(encoding="utf-8"))
    del schema["required"]
    document = yaml.load(block.text, Loader=Editor)
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(document)] == []


@pytest.mark.parametrize("block", FOREIGN, ids=str)
def test_yaml_for_other_programs_is_what_they_read(block: Block) -> None:
    """Workflows, actions and pipelines are held against the schemas of their platforms; hooks against those that there are."""
    document = yaml.load(block.text, Loader=Editor)
    match document:
        case {"repos": list(repos)}:
            known = {
                hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
            }
            assert {hook["id"] for repo in repos for hook in repo["hooks"]} <= known
            return
        case {"jobs": _, **rest} if rest:
            name = "github-workflows"
        case {"runs": _}:
            name = "github-actions"
        case _:
            name = "gitlab-ci"
            assert any(
                isinstance(job, dict) and {"script", "extends", "trigger"} & job.keys() for job in document.values()
            ) or ("include" in document), (
                "say what it is: `yaml fragment`, `yaml fragment of KIND`, or `<!-- not run: WHY -->` before it"
            )
    schema = json.loads((VENDORED / f"{name}.json").read_text(encoding="utf-8"))
    document = {("on" if key is True else key): value for key, value in document.items()}
    assert [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(document)] == []


@pytest.mark.parametrize("page", LAW, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_is_run_or_the_page_says_why_not(page: Path) -> None:
    shells = [block for block in blocks(page) if block.language in SHELLS]
    loose = [str(block) for block in shells if not (block.run or block.not_run or runners(page))]
    assert loose == [], (
        "put `<!-- run -->`, `<!-- not run: WHY -->` or, once in the page, `<!-- run by tests/… -->` before it"
    )


@pytest.mark.parametrize("page", LAW, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_test_that_a_page_names_reads_that_page(page: Path) -> None:
    for runner in runners(page):
        assert page.name in (ROOT / runner).read_text(encoding="utf-8"), f"{runner} does not name {page.name}"


@pytest.mark.parametrize("page", LAW, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_says_what_it_is(page: Path) -> None:
    assert [str(block) for block in blocks(page) if block.language not in KNOWN] == []
    for block in blocks(page):
        if block.kind == "json":
            json.loads(block.text)
        if block.kind == "toml":
            tomllib.loads(block.text)


def test_a_mark_is_read_with_its_block_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- run -->\n```sh\na\n```\n\n1. x\n   <!-- not run: because -->\n   ```sh\n   b\n   ```\n```sh\nc\n```\n"
    )
    assert [(block.text, block.run, block.not_run) for block in blocks(page)] == [
        ("a\n", True, False),
        ("b\n", False, True),
        ("c\n", False, False),
    ]


@pytest.mark.parametrize("block", CONSOLES, ids=str)
def test_a_console_of_the_manual_says_what_the_command_says(block: Block, tmp_path: Path) -> None:
    for name in ("examples", "policies", "schemas"):
        (tmp_path / name).symlink_to(ROOT / name)
    environment = surroundings(tmp_path)
    code = 0
    for command, expected in consoled(block.text):
        line = command.replace("$?", str(code))
        done = subprocess.run(["bash", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True)
        code = done.returncode
        missing = not_said(normal(expected), normal(done.stdout + done.stderr))
        assert missing is None, f"`{command}` does not say: {missing}"


def test_what_a_command_does_not_say_is_found() -> None:
    assert not_said("a\n…\nc\n", "a\nb\nc\n") is None
    assert not_said("c\n…\na\n", "a\nb\nc\n") == "a\n"
    assert not_said("a\n", "a\nb\n") == "b"


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_python_of_the_manual_runs(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas as pd

    import policykit

    monkeypatch.chdir(tmp_path)
    equal = [{"sex": sex, "y": y, "yhat": y} for sex in ("f", "m") for y in (0, 1) for _ in range(1000)]
    frame = pd.DataFrame(equal).assign(defaulted=lambda rows: rows["y"], predicted=lambda rows: rows["y"], pd=0.5)
    Path("model.skops").write_bytes(b"weights")
    Path("policies").mkdir()
    rule = "  - {id: R-1, title: Rows are there, check: data.row_count, at_least: 100, why: It is an example.}\n"
    Path("policies/policy.yaml").write_text(head(rule), encoding="utf-8")
    policykit.record(
        "bundle", name="m", version="1", evaluation=frame, target="y", prediction="yhat", protected=["sex"]
    )
    if "policykit.record(" in block.text:
        Path("bundle").rename("other")
    if "trust_roots=" in block.text:
        make_world(tmp_path / "signed", women=(300, 1000), report=False).waiver()
        monkeypatch.chdir(tmp_path / "signed")
    exec(compile(block.text, str(block), "exec"), {"policykit": policykit, "frame": frame})
    assert (Path.cwd() / "bundle" / "bundle.yaml").is_file()


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"(?m)^#+ (.*)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []

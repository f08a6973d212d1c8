"""docs/editor.md: the schemas it writes fit the documents it names, and say what an editor shows."""

from __future__ import annotations

import fnmatch
import json
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from policykit.cli.start import run
from policykit.load.policies import load_policies
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "editor.md"
BLOCKS = blocks(PAGE)
SETTINGS = json.loads(next(block.text for block in BLOCKS if block.file == ".vscode/settings.json"))
SCHEMAS = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "schemas").glob("*.json")}


def test_every_schema_of_the_settings_is_one_the_page_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = next(block.text for block in BLOCKS if "policykit schema" in block.text).splitlines()
    written = {}
    for line in lines:
        if line.startswith("policykit "):
            words, _, file = line.partition(" > ")
            assert run(shlex.split(words)[1:]) == 0
            written[file] = capsys.readouterr().out
    assert set(written) == set(SETTINGS["yaml.schemas"])
    for file, text in written.items():
        assert json.loads(text) == SCHEMAS[file.removeprefix("schemas/")]


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("policies/policy.yaml", "policy"),
        ("policies/credit/policy.yaml", "policy"),
        ("policies/credit.policy.yaml", "policy"),
        ("policies/credit.test.yaml", "test"),
        ("policies/credit/test.yaml", "test"),
        ("models/loan/bundle.yaml", "bundle"),
        ("policykit.yaml", "gate"),
        ("waivers/W-1.yaml", "waiver"),
        ("trust.yaml", "trust"),
        (".github/workflows/ci.yaml", ""),
    ],
)
def test_the_settings_give_each_file_one_schema(path: str, schema: str) -> None:
    def fits(pattern: str) -> bool:
        return any(fnmatch.fnmatchcase(path, each) for each in (pattern, pattern.replace("**/", "")))

    found = [file for file, patterns in SETTINGS["yaml.schemas"].items() if any(map(fits, patterns))]
    assert found == ([f"schemas/{schema}.v1.json"] if schema else [])


def test_the_policy_of_the_page_is_valid_where_its_first_line_leads(tmp_path: Path) -> None:
    block = next(block for block in BLOCKS if block.file == "policies/policy.yaml")
    first = block.text.splitlines()[0].partition("$schema=")[2]
    name = (Path("policies") / first).name
    document = yaml.safe_load(block.text)
    assert list(jsonschema.Draft202012Validator(SCHEMAS[name]).iter_errors(document)) == []
    (tmp_path / "p.yaml").write_text(block.text)
    assert len(load_policies([tmp_path])) == 1


def test_the_settings_for_helix_are_toml_that_starts_the_server() -> None:
    said = tomllib.loads(next(block.text for block in BLOCKS if block.language == "toml"))
    assert [said["language-server"]["policykit"][key] for key in ("command", "args")] == ["policykit", ["lsp"]]


# --- what an editor shows of the schemas -----------------------------------------------------------------------------


def keyed(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every key that a schema knows, with what it says of it."""
    if isinstance(schema, list):
        for each in schema:
            yield from keyed(each, path)
    if not isinstance(schema, dict):
        return
    for key, body in schema.get("properties", {}).items() if isinstance(schema.get("properties"), dict) else ():
        yield f"{path}/{key}", body
    for key, body in schema.items():
        yield from keyed(body, f"{path}/{key}" if key not in ("anyOf", "oneOf", "allOf") else path)


@pytest.mark.parametrize("name", ["policy.v1.json", "test.v1.json", "gate.v1.json", "waiver.v1.json", "trust.v1.json"])
def test_every_key_says_what_it_means(name: str) -> None:
    silent = [
        path
        for path, body in keyed(SCHEMAS[name])
        if isinstance(body, dict)
        and not body.get("description")
        and "const" not in body
        and not any(part in path for part in ("/limits.", "dependentSchemas", "/if/"))  # refined: said where the key is
        and not path.endswith(("/with", "/value", "/interval", "/interval_together", "/rows"))
    ]
    assert silent == []


def test_words_of_a_closed_set_are_offered() -> None:
    rule = SCHEMAS["policy.v1.json"]["$defs"]["rule"]["properties"]
    assert rule["enforcement"]["enum"] == ["advisory", "waivable", "absolute"]
    assert rule["severity"]["enum"] == ["critical", "high", "medium", "low"]
    assert len(rule["check"]["enum"]) == len(rule["check"]["enumDescriptions"]) > 30
    assert all(rule["check"]["enumDescriptions"])
    assert "nist-ai-rmf@1.0/MEASURE-2.11" in SCHEMAS["policy.v1.json"]["$defs"]["control"]["anyOf"][0]["enum"]


def test_the_parameters_of_a_check_are_offered_with_what_they_mean() -> None:
    for check in SCHEMAS["policy.v1.json"]["$defs"]["rule"]["properties"]["check"]["enum"]:
        properties = SCHEMAS["policy.v1.json"]["$defs"][check]["properties"]["with"].get("properties", {})
        assert [name for name, body in properties.items() if not body.get("description")] == [], check

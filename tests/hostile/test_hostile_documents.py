"""Manifests and documents of bundles made to harm: refused quickly, at their place, or broken and never a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from policykit.errors import BundleError
from policykit.load.bundle import load_bundle
from tests.hostile.bundles import MANIFEST, codes, quick


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "bundle"
    root.mkdir()
    (root / "bundle.yaml").write_text(MANIFEST)
    (root / "e.csv").write_text("y\n1\n")
    return root


HOSTILE_MANIFESTS: dict[str, Callable[[], str]] = {
    "300 kB": lambda: MANIFEST + "# " + "x" * 300_000,
    "deep": lambda: MANIFEST + "facts: " + "[" * 10_000 + "]" * 10_000,
    "aliases": lambda: "a: &a [x]\nb: [*a, *a]\n",
    "tags": lambda: MANIFEST + "facts: !!python/object/apply:os.system [id]\n",
    "twice": lambda: MANIFEST + "name: m\n",
    "empty": lambda: "",
    "nul": lambda: "\0",
    "a list": lambda: "- a\n- b\n",
    "maps for texts": lambda: (
        "policykit: bundle/1\nname: {a: b}\nversion: []\ndatasets: [a]\ntask: 1\nmodel: x\nlabels: ''\n"
    ),
    "lists for maps": lambda: (
        MANIFEST + "task: []\nattributes: []\ndocuments: []\nfacts: []\nchampion: []\nmodel: []\n"
    ),
    "nulls": lambda: "policykit: bundle/1\nname: ~\nversion:\ndatasets: {a: ~, b: {path: ~}}\ntask:\nfacts: ~\n",
    "patterns": lambda: MANIFEST.replace("e.csv", "'" + "*a" * 30 + "b'") + "x: 1\n",
    "stars": lambda: MANIFEST.replace("e.csv", "'" + "**/" * 60 + "x'"),
}


@pytest.mark.parametrize("name", HOSTILE_MANIFESTS)
def test_a_hostile_manifest_is_refused_quickly(tree: Path, name: str) -> None:
    (tree / ("a" * 200)).write_text("x")
    deep = tree.joinpath(*("d" * 40))
    deep.mkdir(parents=True)
    (deep / "y").write_text("x")
    (tree / "bundle.yaml").write_text(HOSTILE_MANIFESTS[name]())
    with quick():
        assert codes(tree)


def test_a_manifest_that_is_not_utf8_is_refused_with_its_place(tree: Path) -> None:
    (tree / "bundle.yaml").write_bytes(MANIFEST.encode() + b"# caf\xe9\n")
    with pytest.raises(BundleError) as refused:
        load_bundle(tree)
    (problem,) = refused.value.problems
    assert (problem.code, problem.line) == ("PK002", 5)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("d.json", b"[" * 100_000, "is nested more than 64 deep"),
        ("d.json", b'{"a": NaN}', "holds `NaN`, which is not a number that JSON knows"),
        ("d.json", b'{"a": 1e999}', "holds the number `1e999`, which is too large to be carried exactly"),
        (
            "d.json",
            b'{"a": ' + b"9" * 5000 + b"}",
            f"holds the number `{'9' * 80}…`, which is too large to be carried exactly",
        ),
        ("d.json", b'{"a": {"b": 1, "b": 2}}', "says `b` twice in one object"),
        ("d.json", b'"\\ud800"', "holds half a surrogate pair, which is not text"),
        ("d.json", b"\xff", "is not JSON: byte 0 is not UTF-8"),
        ("d.json", b'{"a": 1', "is not JSON at line 1, column 8"),
        ("d.json", b"[" + b"[]," * 2_000_001 + b"1]", "holds more than 2,000,000 values"),
        ("d.json", b" " * (16 * 2**20 + 1), "has more than 16 MB"),
        (
            "d.md",
            b"---\na: &x 1\n---\n",
            "has a front matter that cannot be read: line 2: anchors are not allowed: `&x`",
        ),
        ("d.md", b"---\na: 1\n", "opens a front matter with `---` and never closes it"),
        ("d.md", b"---\n- a\n---\n", "has a front matter that is no map of keys and values"),
        ("d.md", b"# a\n" * 10_002, "has more than 10,000 headings"),
        ("d.md", b"\xff", "is not UTF-8: see byte 0"),
        (
            "d.csv",
            b"latency\n1\n",
            "must have one column whose name ends in its unit, such as `ms`, `latency_ms` or `seconds`",
        ),
        ("d.csv", b"ms\n1\nx\n", "has no number on line 3"),
        ("d.csv", b"ms\nnan\n", "has no finite number on line 2"),
        ("d.csv", b'ms\n"1\n', "is not CSV at line 2"),
        ("d.csv", b"", "is empty"),
    ],
)
def test_a_hostile_document_is_broken_never_a_crash(tree: Path, name: str, data: bytes, reason: str) -> None:
    (tree / name).write_bytes(data)
    (tree / "bundle.yaml").write_text(MANIFEST + f"documents: {{thing: {{path: {name}}}}}\n")
    with quick(seconds=2):
        bundle = load_bundle(tree)
    assert bundle.broken == {"thing": f"`{name}` {reason}"}
    assert bundle.contents == {}

"""The cache: asked only where it is given, keyed by everything that matters, and never trusted further than it can be read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from policykit.measure import cache
from policykit.measure.describe import describe
from policykit.measure.engine import take
from policykit.terms.bundle import Bundle, Dataset
from policykit.terms.expr import Col
from policykit.terms.measure import Cells, Count, Fact, Measure, Sum
from policykit.terms.plan import Measurement
from policykit.terms.state import Counted
from tests.measure_bundles import in_folder, in_memory

ROLE = "evaluation"
WANTED: tuple[Measure, ...] = (Count(ROLE), Sum(ROLE, Col("x")), Cells(ROLE, (Col("g"),)), Count(ROLE, by=(Col("g"),)))


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.csv").write_text("x,g\n1.5,f\n2,m\n")
    return in_folder(tmp_path / "b", {ROLE: Dataset(ROLE, files=("a.csv",), format="csv")})


def _taken(bundle: Bundle, folder: Path | None, *wanted: Measure) -> list[Measurement]:
    found = take(bundle, wanted or WANTED, describe(bundle), cache=folder)
    assert all(isinstance(one, Measurement) for one in found.values())
    return [one for one in found.values() if isinstance(one, Measurement)]


def test_a_second_run_takes_the_same_states_from_the_cache_and_says_so(bundle: Bundle, tmp_path: Path) -> None:
    first, second = _taken(bundle, tmp_path / "c"), _taken(bundle, tmp_path / "c")
    assert [one.cached for one in first] == [False] * 4 and [one.cached for one in second] == [True] * 4
    assert [replace(one, cached=False) for one in second] == first


def test_without_a_folder_nothing_is_read_or_written(bundle: Bundle, tmp_path: Path) -> None:
    _taken(bundle, tmp_path / "c")
    assert not any(one.cached for one in _taken(bundle, None))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"measure": 1}', b"\xff"])
def test_an_entry_that_cannot_be_read_is_measured_again(content: bytes, bundle: Bundle, tmp_path: Path) -> None:
    _taken(bundle, tmp_path / "c")
    for entry in (tmp_path / "c").iterdir():
        entry.write_bytes(content)
    assert not any(one.cached for one in _taken(bundle, tmp_path / "c"))
    assert all(one.cached for one in _taken(bundle, tmp_path / "c"))


def test_an_entry_whose_state_was_changed_is_measured_again(bundle: Bundle, tmp_path: Path) -> None:
    _taken(bundle, tmp_path / "c", Count(ROLE))
    (entry,) = (tmp_path / "c").iterdir()
    body = json.loads(entry.read_text())
    body["state"]["rows"] = 999
    entry.write_text(json.dumps(body))
    (found,) = _taken(bundle, tmp_path / "c", Count(ROLE))
    assert found.state == Counted(2) and not found.cached


def test_other_data_other_reading_engine_or_meaning_is_another_entry(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = bundle.datasets[ROLE]
    keys = {
        cache.cache_key(replace(bundle, datasets={ROLE: changed}), WANTED[0], "engine 1")
        for changed in (
            dataset,
            replace(dataset, columns={"x": "text"}),
            replace(dataset, missing_values=("?",)),
            replace(dataset, key=("x",)),
        )
    }
    keys |= {cache.cache_key(bundle, WANTED[0], "engine 2"), cache.cache_key(bundle, WANTED[1], "engine 1")}
    other = replace(bundle, files=(replace(bundle.files[0], sha256="0" * 64),))
    keys.add(cache.cache_key(other, WANTED[0], "engine 1"))
    monkeypatch.setattr(cache, "SEMANTICS", "another")
    keys.add(cache.cache_key(bundle, WANTED[0], "engine 1"))
    assert len(keys) == 8 and None not in keys


def test_tables_in_memory_and_facts_are_never_kept(tmp_path: Path) -> None:
    memory = in_memory(pl.DataFrame({"x": [1.5], "g": ["f"]}))
    _taken(memory, tmp_path / "c", *WANTED, Fact(("bundle", "name")))
    assert not (tmp_path / "c").exists()


def test_a_cache_that_cannot_be_written_is_done_without(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "c").write_text("a file, not a folder")
    assert len(_taken(bundle, tmp_path / "c")) == 4


def test_nothing_unfinished_is_left_in_the_folder(bundle: Bundle, tmp_path: Path) -> None:
    _taken(bundle, tmp_path / "c")
    assert sorted({entry.suffix for entry in (tmp_path / "c").iterdir()}) == [".json"]


def test_what_cannot_be_measured_is_not_kept(bundle: Bundle, tmp_path: Path) -> None:
    take(bundle, [Sum(ROLE, Col("g"))], describe(bundle), cache=tmp_path / "c")
    assert not (tmp_path / "c").exists()

"""Each report stands on a site once: the copy in a ledger, else one that somebody vouches for; and each entry for one file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from policykit.stories.site_json import head_to_json
from policykit.stories.site_read import head_of, opened
from policykit.stories.site_shelf import _entry, _once
from policykit.stories.site_sources import Input
from policykit.stories.site_state import Record
from policykit.terms.site import Entry, Filed, Vouched
from tests.site.site_builder import said

LEAF = "ab" * 32


def _filed(file: str, *, signer: str = "", entry: Entry | None = None, source: int = 0) -> Filed:
    head, _ = head_of(opened(json.dumps(said()).encode()), "0" * 64)
    return Filed(head, "0" * 64, source, file, Vouched(signer), entry)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (_filed("z.json", entry=Entry("l", 3), source=9), _filed("a.json", signer="gate")),
        (_filed("z.json", signer="gate", source=9), _filed("a.json")),
        (_filed("z.json"), _filed("a.json", source=1)),
        (_filed("a.json"), _filed("z.json")),
    ],
)
def test_of_two_copies_the_one_that_weighs_more_is_shown(better: Filed, worse: Filed, *, turned: bool) -> None:
    assert _once([worse, better] if turned else [better, worse]) == [better]


def test_an_entry_of_a_ledger_stands_for_one_file() -> None:
    head = replace(_filed("a").head, id="c" * 64)
    one = Input(Path(f"objects/cc/{'c' * 64}.sigstore.json"), "a", 0, "0" * 64)
    whole: Any = SimpleNamespace(places={bytes.fromhex(LEAF): 7}, ledger=SimpleNamespace(origin="l.example"))
    record, kept = Record("report", head_to_json(head), "", LEAF), set[int]()
    assert _entry(one, record, whole, kept) == (Entry("l.example", 7), "")
    assert _entry(one, record, whole, kept) == (None, "no entry of the ledger stands for it")
    assert kept == {7}


def test_a_reading_ends_where_its_room_is_used_up_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from policykit.stories import read_reports

    for name in "ab":
        (tmp_path / f"{name}.json").write_text("[1]")
    monkeypatch.setattr(read_reports, "MOST_BYTES", 6)
    assert [problem for _, problem in read_reports._files([tmp_path])] == ["", ""]
    monkeypatch.setattr(read_reports, "MOST_BYTES", 5)
    first, second = (problem for _, problem in read_reports._files([tmp_path]))
    assert first == ""
    assert second.startswith("the files before it hold more than")

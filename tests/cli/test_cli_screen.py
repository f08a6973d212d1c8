"""What the command line shows of itself, and how wide: on a terminal as wide as it is, anywhere else 100 columns."""

from __future__ import annotations

import pytest

from policykit.cli.options import screen
from policykit.cli.start import FIRST, REST, run


@pytest.mark.parametrize(("columns", "width"), [(None, 100), ("80", 80), ("130", 130), ("20", 60), ("400", 200)])
def test_what_is_piped_is_100_columns_wide_unless_columns_says_otherwise(
    columns: str | None, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.__stdout__", None)  # no terminal stands behind it
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    assert screen("never").width == width


@pytest.mark.parametrize(
    "argv", [["help", "--all"], ["--help", "--all"], ["--all", "--help"], ["-h", "--all"], ["--all"]]
)
def test_every_way_to_ask_for_all_verbs_shows_them(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(argv) == 0
    shown = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert shown == [*FIRST, *REST]

"""What was seen before is kept, or the refusal says that it could not be."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.attest.state import State
from policykit.errors import VerificationError
from tests.clock import NOW


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "deep" / "state")


def refused(reason: str, call: Any, *words: Any) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        call(*words)
    assert caught.value.reason == reason
    return caught.value


def test_what_was_never_seen_is_none_and_makes_no_folder(state: State) -> None:
    assert state.seen("trust", "acme") is None
    assert not state.folder.exists()


def test_what_was_remembered_comes_back_and_the_last_counts(state: State) -> None:
    state.remember("trust", "acme", {"version": 1})
    state.remember("trust", "acme", {"version": 2})
    assert state.seen("trust", "acme") == {"version": 2}
    assert len(list(state.folder.iterdir())) == 1


def test_kinds_and_names_do_not_run_into_each_other(state: State) -> None:
    state.remember("a", "b.c", {"n": 1})
    state.remember("a.b", "c", {"n": 2})
    assert (state.seen("a", "b.c"), state.seen("a.b", "c"), state.seen("a", "c")) == ({"n": 1}, {"n": 2}, None)


@given(name=st.text(max_size=30))
@settings(max_examples=50, deadline=None)
def test_no_word_of_somebody_elses_becomes_a_name_of_a_file(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    state = State(tmp_path_factory.mktemp("state"))
    state.remember("trust", name, {"n": 1})
    assert state.seen("trust", name) == {"n": 1}
    (only,) = state.folder.iterdir()
    assert len(only.name) == 64 + len(".json") and only.name.removesuffix(".json").isalnum()


def test_only_its_owner_reads_it(state: State) -> None:
    state.remember("trust", "acme", {})
    (only,) = state.folder.iterdir()
    assert (state.folder.stat().st_mode & 0o777, only.stat().st_mode & 0o777) == (0o700, 0o600)


DAMAGES = [
    b"",
    b"{",
    b"[]",
    b"{}",
    b'{"kind":"trust","name":"acme"}',
    b'{"kind":"trust","name":"acme","value":1}',
    b"\xff",
]


@pytest.mark.parametrize("content", DAMAGES)
def test_a_damaged_memory_is_a_refusal_and_never_a_fresh_start(state: State, content: bytes) -> None:
    state.remember("trust", "acme", {"version": 7})
    (only,) = state.folder.iterdir()
    only.write_bytes(content)
    error = refused("state", state.seen, "trust", "acme")
    assert (str(error), error.where) == ("what was seen before is damaged", str(only))
    assert "an older one would be accepted" in error.hint


def test_a_memory_of_something_else_is_damage(state: State) -> None:
    state.remember("trust", "acme", {"version": 7})
    (seven,) = state.folder.iterdir()
    state.remember("trust", "other", {"version": 1})
    (other,) = set(state.folder.iterdir()) - {seven}
    seven.write_bytes(other.read_bytes())
    refused("state", state.seen, "trust", "acme")


def test_a_folder_that_cannot_be_written_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    state = State(tmp_path / "file" / "state")
    error = refused("state", state.remember, "trust", "acme", {})
    assert str(error).startswith("what was seen before cannot be written: ")
    assert "`--state`" in error.hint
    refused("state", state.seen, "trust", "acme")
    refused("state", state.check_clock, NOW)


def test_the_clock_goes_on(state: State) -> None:
    for minutes in (0, 1, 100, 99, 98):
        state.check_clock(NOW + timedelta(minutes=minutes))
    assert "2026-11-22T13:40:00Z was seen here before" in str(refused("clock", state.check_clock, NOW))


def test_a_clock_set_back_is_refused_with_both_times(state: State) -> None:
    state.check_clock(NOW)
    error = refused("clock", state.check_clock, NOW - timedelta(minutes=5, seconds=1))
    assert str(error) == "the clock says 2026-11-22T11:54:59Z, and 2026-11-22T12:00:00Z was seen here before"
    (only,) = state.folder.iterdir()
    assert str(only) in error.hint


def test_clocks_may_differ_by_five_minutes_and_no_more_however_often(state: State) -> None:
    for minutes in range(6):
        state.check_clock(NOW - timedelta(minutes=minutes))
    refused("clock", state.check_clock, NOW - timedelta(minutes=6))


def test_a_refused_clock_is_not_remembered(state: State) -> None:
    state.check_clock(NOW)
    refused("clock", state.check_clock, NOW - timedelta(days=1))
    refused("clock", state.check_clock, NOW - timedelta(days=1))


@pytest.mark.parametrize("value", [{}, {"at": 1}, {"at": "yesterday"}])
def test_a_time_that_is_none_is_damage(state: State, value: Mapping[str, Any]) -> None:
    state.remember("clock", "latest", value)
    refused("state", state.check_clock, NOW)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None)
def test_no_order_of_times_lets_the_clock_back_past_six_minutes(
    tmp_path_factory: pytest.TempPathFactory, minutes: list[int]
) -> None:
    state, latest = State(tmp_path_factory.mktemp("state")), -1
    for minute in minutes:
        try:
            state.check_clock(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute))
        except VerificationError:
            assert minute < latest - 5
        else:
            assert minute >= latest - 6
            latest = max(latest, minute)


def test_a_refused_change_changes_nothing(state: State) -> None:
    state.remember("trust", "acme", {"version": 2})

    def refuse(before: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        raise VerificationError("trust_rollback", "older")

    refused("trust_rollback", state.update, "trust", "acme", refuse)
    assert state.seen("trust", "acme") == {"version": 2}


def _count(folder: Path) -> None:
    for _ in range(25):
        State(folder).update("count", "n", lambda before: {"n": (before or {"n": 0})["n"] + 1})


def test_changes_at_once_lose_nothing(state: State) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_count, args=(state.folder,)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert state.seen("count", "n") == {"n": 100}

"""From when until when a key counts, and what taking it back means."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.attest.validity import check_valid
from policykit.errors import VerificationError
from policykit.terms.trust import (
    Revoked,
    TrustKey,
)

DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def verdict(key: TrustKey, *, stamped: date | None, today: date) -> str:
    from datetime import UTC, datetime, time

    at = datetime.combine(stamped, time(23, 59, 59), UTC) if stamped else None
    try:
        check_valid(key, stamped=at, now=datetime.combine(today, time(0), UTC))
    except VerificationError as error:
        return error.reason
    return ""


@given(begin=st.none() | DAYS, end=st.none() | DAYS, stamped=st.none() | DAYS, today=DAYS)
def test_a_key_counts_from_its_first_day_to_its_last_both_inclusive(
    begin: date | None, end: date | None, stamped: date | None, today: date
) -> None:
    key = TrustKey("k", "", "", "", begin and begin.isoformat(), end and end.isoformat())
    day = stamped or today
    expected = "key_not_yet" if begin and day < begin else "key_expired" if end and day > end else ""
    assert verdict(key, stamped=stamped, today=today) == expected


@given(since=DAYS, stamped=st.none() | DAYS, today=DAYS)
@pytest.mark.parametrize("how", ["superseded", "compromised"])
def test_a_key_taken_back_counts_only_for_what_was_proven_to_be_there_before(
    how: Any, since: date, stamped: date | None, today: date
) -> None:
    key = TrustKey("k", "", "", revoked=Revoked(how, since.isoformat()))
    expected = "" if (stamped or today) < since else "key_revoked"
    assert verdict(key, stamped=stamped, today=today) == expected


@given(stamped=st.none() | DAYS, today=DAYS)
@pytest.mark.parametrize("how", ["superseded", "compromised"])
def test_a_key_taken_back_from_the_start_never_counts(how: Any, stamped: date | None, today: date) -> None:
    assert verdict(TrustKey("k", "", "", revoked=Revoked(how)), stamped=stamped, today=today) == "key_revoked"


def test_days_are_those_of_utc() -> None:
    from datetime import datetime, timezone

    key = TrustKey("k", "", "", valid_until="2026-11-21")
    late = datetime(2026, 11, 22, 1, 0, tzinfo=timezone(timedelta(hours=2)))  # still the 21st in UTC
    check_valid(key, stamped=None, now=late)
    with pytest.raises(VerificationError) as caught:
        check_valid(key, stamped=None, now=late + timedelta(hours=1))
    assert caught.value.reason == "key_expired"


def test_a_refused_key_is_told_with_its_days() -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 11, 22, tzinfo=UTC)
    told = [
        (TrustKey("k", "", "", valid_from="2027-01-01"), "the key `k` is valid from 2027-01-01"),
        (
            TrustKey("k", "", "", valid_until="2026-01-01"),
            "today is 2026-11-22, and no time stamp proves an earlier time",
        ),
        (
            TrustKey("k", "", "", revoked=Revoked("superseded", "2026-01-15")),
            "taken back as superseded since 2026-01-15",
        ),
        (
            TrustKey("k", "", "", revoked=Revoked("compromised")),
            "taken back as compromised, for all that it ever signed",
        ),
    ]
    for key, words in told:
        with pytest.raises(VerificationError, match=words):
            check_valid(key, stamped=None, now=now)

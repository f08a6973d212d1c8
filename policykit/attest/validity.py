"""When a key counts: from its first day to its last, and not from the day on which it was taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime

from policykit.errors import VerificationError
from policykit.terms.trust import Revoked, TrustKey


def check_valid(key: TrustKey, *, stamped: datetime | None, now: datetime) -> None:
    """Refuse a signature by a key that did not count when it was made.

    `stamped` is a trusted time by which the signature was there; without one, all that is known is that it is there now.
    Days are UTC and inclusive. A key taken back since a day counts for what was there before that day; one taken back
    without a day never does.

    Raises:
        VerificationError: reasons `key_not_yet`, `key_expired`, `key_revoked`.
    """
    day = (stamped or now).astimezone(UTC).date()
    when = (
        f"the signature was there on {day}" if stamped else f"today is {day}, and no time stamp proves an earlier time"
    )
    if key.revoked is not None:
        _check_revoked(key.name, key.revoked, day, when, proven=stamped is not None)
    if key.valid_from is not None and day < date.fromisoformat(key.valid_from):
        raise VerificationError(
            "key_not_yet",
            f"the key `{key.name}` is valid from {key.valid_from}, and {when}",
            hint="have it signed again when the key is valid, or with the key before it",
        )
    if key.valid_until is not None and day > date.fromisoformat(key.valid_until):
        raise VerificationError(
            "key_expired",
            f"the key `{key.name}` was valid until {key.valid_until}, and {when}",
            hint="have it signed again with the key that followed, or keep time stamps with what is signed",
        )


def _check_revoked(name: str, revoked: Revoked, day: date, when: str, *, proven: bool) -> None:
    if revoked.since is None:
        told = f"the key `{name}` was taken back as {revoked.how}, for all that it ever signed"
        raise VerificationError("key_revoked", told, hint="have it signed again with another key")
    since = date.fromisoformat(revoked.since)
    if day < since:
        return
    told = f"the key `{name}` was taken back as {revoked.how} since {revoked.since}, and {when}"
    hint = "have it signed again with another key"
    raise VerificationError(
        "key_revoked", told, hint=hint if proven else f"{hint}; a time stamp from before would have kept it"
    )

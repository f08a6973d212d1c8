"""What stands at a stage, since when, and by what right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Final, Literal, cast, get_args

from policykit.terms.shape import shaped

How = Literal["permit", "rollback", "break_glass", "unknown"]


@dataclass(frozen=True, slots=True)
class Placed:
    """One bundle at one stage, from `since` (RFC 3339) until the next was placed there.

    `digest` is that of its manifest, `held` what the registry calls its bytes, `permit` the SHA-256 of the signed permit's
    payload (of the first signed claim, where the glass was broken), `until` the last day of the permit, or of being red.
    `unknown`: somebody placed it there by other means than policykit.
    """

    stage: str
    digest: str
    bundle: str  # name@version
    held: str
    how: How
    since: str
    permit: str = ""
    until: str = ""
    reason: str = ""
    who: tuple[str, ...] = ()


_NEEDED: Final = frozenset(each.name for each in fields(Placed) if each.default is MISSING)


def placed_to_json(placed: Placed) -> dict[str, Any]:
    """Write where a bundle was placed, leaving out only what `placed_from_json` does not need."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(placed).items()
        if value or name in _NEEDED
    }


def placed_from_json(body: Any) -> Placed:
    """Read where a bundle was placed; raise ValueError where it is not what `placed_to_json` writes."""
    if not isinstance(body, Mapping):
        raise ValueError("not an object")
    said: dict[str, Any] = {**cast("Mapping[str, Any]", body)}
    if isinstance(said.get("who"), list):
        said["who"] = tuple(said["who"])
    try:
        placed = Placed(**said)
    except TypeError as error:
        raise ValueError("it says too much, or too little") from error
    if not shaped(placed, Placed) or placed.how not in get_args(How):
        raise ValueError("something in it is of another kind")
    return placed

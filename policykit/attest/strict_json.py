"""Signed JSON: read in one way only, or refused with a reason."""

from __future__ import annotations

from typing import Any

from policykit.errors import VerificationError
from policykit.strict_json import DEEPEST, MOST_VALUES, NotJSON
from policykit.strict_json import strict_json as read_strictly


def strict_json(data: bytes, *, deepest: int = DEEPEST, most_values: int = MOST_VALUES) -> Any:
    """Return what the JSON text says; integers beyond 2^53 − 1 are refused too, since JSON cannot carry them exactly.

    Raises:
        VerificationError: reason `json` or `duplicate_member`.
    """
    try:
        return read_strictly(data, deepest=deepest, most_values=most_values, exact=True)
    except NotJSON as error:
        hint = "the file may be cut short or changed: fetch it again from where it was signed"
        if error.twice:
            raise VerificationError("duplicate_member", f"the file {error}", hint=hint) from error
        raise VerificationError("json", f"the file {error}", hint=hint) from error

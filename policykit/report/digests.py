"""The digests inside a report: of what was concluded, of what it was concluded from, and of each policy.

Each is taken from the report's own JSON, so that whoever holds a report can take it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policykit.canon import canonical, digest

_NOT_CONCLUDED = frozenset({"path", "text", "settings"})  # of a policy: its digest stands for text and settings


def verdict_digest_of(said: Mapping[str, Any]) -> str:
    """Return the SHA-256 over what a predicate concludes: equal for all who judge the same evidence by the same policies.

    It leaves out time, nonce, attempts, every signature and where the policies were found; it holds the as-of day, mode,
    scope, and of each waiver its id, its digest and what it did.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: it is not written as a predicate is.
    """
    gate = said["gate"]
    return digest(
        canonical(
            {
                "bundle": said["bundle"],
                "materials": said["materials"],
                "policies": [
                    {name: value for name, value in policy.items() if name not in _NOT_CONCLUDED}
                    for policy in sorted(said["policies"], key=lambda policy: str(policy["policy"]))
                ],
                "semantics": said["engine"]["semantics"],
                "asOf": said["asOf"],
                "gate": {name: gate[name] for name in ("stage", "mode", "scope", "only")},
                "rules": sorted(said["rules"], key=lambda rule: (str(rule["policy"]), str(rule["id"]))),
                "notices": sorted(said["notices"], key=lambda note: (str(note["code"]), str(note["text"]))),
                "waivers": [
                    {name: waiver[name] for name in ("id", "digest", "state", "excuses")}
                    for waiver in sorted(said["waivers"], key=lambda waiver: str(waiver["id"]))
                ],
                "decision": said["decision"],
                "reason": said["reason"],
            }
        )
    )


def inputs_digest_of(said: Mapping[str, Any]) -> str:
    """Return the SHA-256 over what a predicate was judged from, as it stands there.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: it is not written as a predicate is.
    """
    return digest(
        canonical(
            {
                "measured": said["gate"]["measured"],
                "measurements": said["measurements"],
                "schemas": said["schemas"],
                "champion": said["champion"],
                "policies": [[policy["path"], policy["digest"]] for policy in said["policies"]],
                "waivers": said["waivers"],
                "trust": said["trust"],
                "history": said["history"],
            }
        )
    )


def policy_digest(text: str, settings: Mapping[str, str]) -> str:
    """Return the SHA-256 of a policy: its text, and what was set of its parameters."""
    return digest(canonical({"text": text, "settings": dict(settings)}))

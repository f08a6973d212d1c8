"""A report as an in-toto Simple Verification Result: the properties that were shown, and nothing else.

https://in-toto.io/attestation/svr/v0.2. A rule that failed, is undecided, or was not asked is simply not among them.
"""

from __future__ import annotations

from policykit.render.exports.extension import extension
from policykit.render.exports.reading import (
    Json,
    Source,
    applied,
    lets_through,
    name_of,
    permission,
    standing,
)
from policykit.render.exports.vsa import policies

TYPE = "https://in-toto.io/attestation/svr/v0.2"


def svr(source: Source) -> Json:
    """Return the predicate: one property for each rule that passed, one for each that is waived, one for the decision."""
    said = source.said
    words = {"passed": "POLICYKIT_PASSED", "waived": "POLICYKIT_WAIVED"}
    shown = [f"{words[at]}:{name_of(rule)}" for rule in said["rules"] if (at := standing(rule)) in words]
    return {
        "verifier": {
            "id": source.verifier,
            "version": {"policykit": said["engine"]["version"]},
            "policies": policies(applied(said)),
        },
        "timeCreated": said["timeEvaluated"],
        "properties": [permission(said), *shown] if lets_through(said) else shown,
        "policykit": extension(source),
    }

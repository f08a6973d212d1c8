"""A report as an in-toto Test Result: which rules passed, which passed with a warning, which did not.

https://in-toto.io/attestation/test-result/v0.1. It knows no third answer: what is not shown has failed here.
"""

from __future__ import annotations

from policykit.render.exports.extension import extension
from policykit.render.exports.reading import (
    Json,
    Source,
    Standing,
    applied,
    errors,
    lets_through,
    name_of,
    standing,
)
from policykit.render.exports.vsa import policies

TYPE = "https://in-toto.io/attestation/test-result/v0.1"
DECISION = "policykit/decision"
_LISTS: dict[Standing, str] = {
    "passed": "passedTests",
    "waived": "warnedTests",
    "advisory": "warnedTests",
    "failed": "failedTests",
    "undecided": "failedTests",
}


def outcomes(source: Source) -> Json:
    """Return the predicate. The decision itself is a test: a report without rules fails, whatever its lists hold.

    PASSED: let through, and nothing to warn of. WARNED: let through with rules waived, or advice not followed. Else FAILED.
    """
    said = source.said
    passed = lets_through(said)
    lists: dict[str, list[str]] = {"passedTests": [], "warnedTests": [], "failedTests": []}
    lists["passedTests" if passed else "failedTests"].append(DECISION)
    for rule in said["rules"]:
        at = standing(rule)
        if at != "not_applicable":
            lists[_LISTS[at]].append(name_of(rule))
    lists["failedTests"] += [f"policykit/notice/{notice['code']}" for notice in errors(said)]
    return {
        "result": "FAILED" if not passed else "WARNED" if lists["warnedTests"] else "PASSED",
        "configuration": policies(applied(said)),
        **lists,
        "policykit": extension(source),
    }

"""Every key of a waiver, and what it says: the reader, the schema, the draft and the messages share these."""

from __future__ import annotations

from collections.abc import Mapping

from policykit.terms.verdict import Cause

WAIVER: Mapping[str, str] = {
    "policykit": "The kind of this document and the version of its language: `waiver/1`.",
    "id": "The name of this waiver, for ever.",
    "rule": "The rule it excuses, as `policy/RULE`.",
    "check": "What that rule asks, as the name of its check; where the rule asks another, nothing is excused.",
    "binds": "What it is for: one build, one version, or every version of a model.",
    "only_for": "The groups, attributes or columns it is for; without it, all of the rule.",
    "allows": "How far it goes; past that, the rule stands.",
    "reason": "Why the rule may be set aside; every report says so.",
    "ticket": "Where the request was discussed.",
    "requested_by": "Who asks for it; never one of those who approve it.",
    "approved_by": "Who approves it; proven by their signatures, not by this list.",
    "valid_from": "The first day on which it counts.",
    "expires": "The last day on which it counts.",
}
WAIVER_NEEDED = ("id", "rule", "binds", "allows", "reason", "requested_by", "valid_from", "expires")
BINDS: Mapping[str, str] = {
    "bundle": "The name of the bundle.",
    "version": "Its version; without it, and without `build`, every version.",
    "build": "The digest of the bundle's manifest: these very files and no others.",
}
ALLOWS: Mapping[str, str] = {
    "at_most": "A fail is excused where the number is this or less.",
    "at_least": "A fail is excused where the number is this or more.",
    "surely_at_most": "With `at_most`: the estimate meets that, and the bound meets this. With `undecided`: the bound meets this.",
    "surely_at_least": "With `at_least`: the estimate meets that, and the bound meets this. With `undecided`: the bound meets this.",
    "undecided": "The doubt that is accepted, in place of a fail.",
    "fail": "`any`, and only where the limit of the rule is no number.",
}
APPROVER: Mapping[str, str] = {
    "who": "The person.",
    "role": "As what.",
}
BOUNDED = (Cause.STRADDLES, Cause.TOO_FEW, Cause.SAMPLED)  # a number is there, so a bound has to be stated
MAYBE_BOUNDED = (Cause.STALE, Cause.WRONG_SOURCE)  # a number may be there

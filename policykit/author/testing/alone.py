"""Slices of one rule that fail alone only, where a case does not say what is known of them together."""

from __future__ import annotations

from math import isinf

from policykit.terms.verdict import Verdict


def alone(verdict: Verdict) -> str:
    """Return what a case has to say so that the slices of a rule can fail together; empty where nothing is left open.

    The gate spends its error over all slices of a rule: a fail needs a wider interval than a pass, and only the case knows it.
    """
    unsaid = [found for found in verdict.findings if found.together is not None and isinf(found.together[0])]
    if not unsaid:
        return ""
    doubtful = [f for f in verdict.findings if f.observed is not None and f.observed.low != f.observed.high]
    return (
        f"{verdict.rule}: the gate looks at these {len(doubtful)} slices together, and none fails by the interval of one alone: "
        "give the wider one as well, `interval_together: [low, high]`"
    )

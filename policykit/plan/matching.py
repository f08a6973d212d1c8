"""Match policies to a bundle and a stage."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.errors import UsageError
from policykit.terms.bundle import Bundle
from policykit.terms.plan import Match
from policykit.terms.policy import Policy


def match_policies(policies: Sequence[Policy], bundle: Bundle, stage: str | None) -> tuple[Match, ...]:
    """Return, for each policy, whether it speaks of this bundle at this stage, and why.

    A label that a policy asks about and the bundle lacks does not let the bundle escape: the match is held.
    """
    staged = sorted({name for policy in policies for name in policy.applies_to.stages})
    if stage is None and staged:
        raise UsageError(
            f"the policies name stages ({', '.join(f'`{name}`' for name in staged)}) and no stage was asked for",
            hint="say `--stage` with one of them",
        )
    return tuple(_match(policy, bundle, stage) for policy in policies)


def _match(policy: Policy, bundle: Bundle, stage: str | None) -> Match:
    asked = policy.applies_to
    if asked.everything:
        return Match(policy, matched=True, why="it applies to everything")
    reasons = []
    if asked.stages:
        wanted = _listed(asked.stages)
        if stage not in asked.stages:
            return Match(policy, matched=False, why=f"it speaks of stage {wanted}, and the stage is `{stage}`")
        reasons.append(f"stage is `{stage}`")
    absent = []
    for label, values in asked.labels.items():
        have = bundle.labels.get(label, ())
        if not have:
            absent.append(label)
        elif not set(have) & set(values):
            why = f"it speaks of {label} {_listed(values)}, and this bundle's is {_listed(have)}"
            return Match(policy, matched=False, why=why)
        else:
            reasons.append(f"{label} is {_listed(have)}")
    if absent:
        held = ", ".join(f"`{label}`" for label in absent)
        why = f"it asks about the label {held}, which this bundle lacks"
        return Match(policy, matched=False, why=why, held=held)
    return Match(policy, matched=True, why=" and ".join(reasons))


def _listed(values: Sequence[str]) -> str:
    return " or ".join(f"`{value}`" for value in values)

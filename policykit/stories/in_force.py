"""The limits in force: policies with their parameters as the gate file sets them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from policykit.stories.open import open_policies
from policykit.terms.gate_file import GateFile
from policykit.terms.policy import Policy


def in_force(gate_file: GateFile | None, environment: Mapping[str, str]) -> Callable[[Policy], Policy]:
    """Return what turns a policy into the one that the gate judges by: the same text, with what the gate file sets of it.

    Nothing is read where the gate file sets nothing. Raises as `open_policies` where what it names cannot be had or is wrong.
    """
    if gate_file is None or not any(source.settings for source in gate_file.policies):
        return _as_written
    judging, _ = open_policies((), gate_file, trial=False, environment=environment)
    known = {(policy.ref, policy.text): policy for policy in judging}
    return lambda policy: known.get((policy.ref, policy.text), policy)


def settings_said(policy: Policy, set_by: str) -> str:
    """Return what is set of a policy, and where: "with gap: 15 pp, as `policykit.yaml` sets it"."""
    said = ", ".join(f"{name}: {value}" for name, value in policy.settings.items())
    return f"with {said}, as `{set_by}` sets it"


def _as_written(policy: Policy) -> Policy:
    return policy

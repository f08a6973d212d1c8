"""Why a promotion or a rollback was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

PROMOTION: Final[Mapping[str, Reason]] = {
    "permit_none": Reason(
        "The trust file does not let anybody issue a permit for this stage, so none can be used.",
        "Ask whoever keeps the trust file to name who signs permits for the stage.",
    ),
    "permit_expired": Reason(
        "The permit was good only until a day that is over.",
        "Ask the release office for a new permit, on a report that is still young enough.",
    ),
    "revoked": Reason(
        "Somebody who may do so has taken the permit, or the report behind it, back.",
        "Ask them what has to happen first, then have the bundle judged and permitted again.",
    ),
    "moved_bytes": Reason(
        "What arrived in the registry, or lies there, is not the bundle that was permitted.",
        "Find out who else writes to the bundle or to the registry, then promote again from a place of your own.",
    ),
    "rollback_none": Reason(
        "Nothing stood there before that has the right to come back.",
        "Promote the bundle you want with a permit of its own.",
    ),
    "rollback_expired": Reason(
        "It stood there too long ago to come back without a new permit.",
        "Have it judged on data of today, and ask for a new permit.",
    ),
    "rollback_unheard": Reason(
        "The claims beside which the permit would have been taken back were not read, so nobody knows whether it was.",
        "Add `--claims` with the `claims.jsonl` that lay beside the permit, or `--ledger` with the ledger.",
    ),
    "paper_missing": Reason(
        "Something stands at the stage, and the registry keeps no signed paper by which it may.",
        "Find out who wrote to the registry, then promote the right bundle again with its permit.",
    ),
    "break_glass_ledger": Reason(
        "The stage names the ledger in which breaking the glass is logged, and no ledger was given.",
        "Give that ledger and the key that signs it with `--ledger` and `--ledger-key`.",
    ),
    "break_glass_none": Reason(
        "The trust file lets nobody promote to this stage without a permit.",
        "Get a permit, or ask whoever keeps the trust file to name who may break the glass.",
    ),
    "break_glass_signers": Reason(
        "Promoting without a permit takes two different people of the named role, and fewer signed.",
        "Have another person of that role sign with a key of their own.",
    ),
}

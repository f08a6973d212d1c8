"""The model in use, as its own signed report measured it: verified before anything in it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policykit.attest.claims import check_day, check_mode, check_scope
from policykit.attest.envelope import LARGEST_REPORT
from policykit.attest.keys import load_public_key
from policykit.attest.verify import Verified, open_report
from policykit.canon import digest
from policykit.errors import VerificationError
from policykit.load.bundle import read_member
from policykit.report.told import told_of
from policykit.stories.consistent import check_follows, check_own_files, check_policies_own
from policykit.terms.bundle import Bundle
from policykit.terms.bundle_json import bundle_from_json, schema_from_json
from policykit.terms.plan import Champion, Plan
from policykit.terms.report import SEMANTICS, Decision, Notice
from policykit.terms.taken_json import taken_from_json
from policykit.terms.told import Told

UNVERIFIED, REFUSED, UNHEARD = "champion_unverified", "champion_refused", "waivers_unheard"
ALIKE, UNGUARDED = "attempts_alike", "waivers_unguarded"
UNPINNED, UNCHANGED = "policies_unpinned", "unchanged"
TOLD = frozenset({UNVERIFIED, REFUSED, UNHEARD, ALIKE, UNGUARDED, UNPINNED, UNCHANGED})
"""Notices that only the run itself can give: judging again cannot know what was not compared with, not read, or counted."""


@dataclass(frozen=True, slots=True)
class FoundChampion:
    """The champion, what a reader must know about it, and what its report says (None: there is none to compare with)."""

    champion: Champion | None = None
    notices: tuple[Notice, ...] = ()
    told: Told | None = None


def champion_of(bundle: Bundle, key: Path | None) -> tuple[Champion | None, tuple[Notice, ...]]:
    """Return the champion that the bundle's manifest names, and what a reader of the report must know, as `champion_found`."""
    found = champion_found(bundle, key)
    return found.champion, found.notices


def champion_found(bundle: Bundle, key: Path | None) -> FoundChampion:
    """Return the champion that the bundle's manifest names, with what its report says.

    Without a key to verify its report there is no champion. Nor is there one where the report is genuine and not that of a
    model in use: it was not allowed, its gate did not decide, it is of another day, or of another bundle.

    Raises:
        VerificationError: the report is there and the signature does not hold, or it does not follow from itself.
    """
    if bundle.champion_report is None:
        return FoundChampion()
    if key is None:
        why = "the bundle names a champion's report, and the gate file gives no key to verify it with"
        return FoundChampion(notices=unverified(why))
    data = read_member(bundle, bundle.champion_report, most=LARGEST_REPORT)
    verified = open_report(data, load_public_key(key))
    check_own_files(verified.statement)
    check_policies_own(verified.predicate)
    decision = check_follows(verified.predicate)
    champion = champion_from_json(
        {**verified.predicate, "subject": verified.statement["subject"][0]["digest"]["sha256"]}
    )
    try:
        _expect_in_use(verified, decision, champion, bundle)
    except VerificationError as error:
        told = f"the champion's report is not compared with: {error}"
        return FoundChampion(notices=(Notice("warning", REFUSED, told),))
    said = told_of(
        verified.predicate,
        subject=verified.statement["subject"][0]["digest"]["sha256"],
        payload=digest(verified.payload),
        signer=f"key {verified.key.id}",
        path=bundle.champion_report,
    )
    return FoundChampion(champion, (), said)


def unverified(why: str) -> tuple[Notice, ...]:
    """Return the word that a champion is named, and that nothing is compared with its report."""
    return (Notice("warning", UNVERIFIED, why),)


def champion_notices(plan: Plan) -> tuple[Notice, ...]:
    """Return what forbids the comparison with the champion: it is the candidate, or the data brings another champion.

    A model is never worse than itself; and columns of predictions, which anybody can write, never replace a verified report.
    """
    champion, found = plan.champion, []
    if champion is None:
        return ()
    if _models(champion.bundle) and _models(champion.bundle) == _models(plan.bundle):
        told = "the champion and the candidate are the same model"
        found.append(Notice("error", "champion_is_candidate", told))
    twice = sorted({question.frame.dataset for question in plan.questions if question.frame.champion is not None})
    found += [
        Notice(
            "error", "champion_twice", f"a champion's report is named, and `{name}` has columns of a champion as well"
        )
        for name in twice
    ]
    return tuple(found)


def champion_from_json(said: Mapping[str, Any]) -> Champion:
    """Return the champion a report holds, or the one that a champion's own report is.

    Raises:
        VerificationError: reason `incomplete` or `newer`.
    """
    try:
        semantics = said.get("engine", {"semantics": SEMANTICS})["semantics"]
        if semantics != SEMANTICS:
            raise VerificationError(
                "newer",
                "the champion's report was measured by other semantics than this version's",
                hint="gate the champion again",
            )
        return Champion(
            bundle_from_json(said["bundle"]),
            {role: schema_from_json(body) for role, body in said["schemas"].items()},
            taken_from_json(said["measurements"]),
            said["subject"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise VerificationError("incomplete", f"the champion's report cannot be read: {error}") from error


def _expect_in_use(verified: Verified, decision: Decision, champion: Champion, bundle: Bundle) -> None:
    if decision is not Decision.ALLOWED:
        raise VerificationError("decision", f"it says {decision.value}")
    check_mode(verified.statement)
    check_scope(verified.statement)
    check_day(verified.statement)
    if champion.bundle.name != bundle.name:
        raise VerificationError(
            "subject", f"it is about `{champion.bundle.name}`, and this bundle is called `{bundle.name}`"
        )


def _models(bundle: Bundle) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((file.sha256, file.size) for file in bundle.files if file.role == "model"))

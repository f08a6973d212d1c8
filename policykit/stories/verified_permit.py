"""Verify a permit: signed by those who may, for this stage, for these bytes, young enough, and not taken back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from policykit.attest.envelope import read_report, unseal
from policykit.attest.statement import DOMAIN
from policykit.canon import digest
from policykit.errors import VerificationError
from policykit.stories.permitted import Permitted, check_in_time, check_subject, check_young, open_permit
from policykit.stories.verify import Under, logged_at

if TYPE_CHECKING:
    from policykit.attest.authority import Signed
    from policykit.attest.ledger.inclusion import Logged

_SAYS_PERMIT: Final = f'"predicateType":"{DOMAIN}/promotion-permit/'.encode()


@dataclass(frozen=True, slots=True)
class AuthenticPermit:
    """A permit that holds: what it says, who signed it, and where the ledger holds it."""

    said: Permitted
    signed: Signed
    logged: Logged | None = None


def is_permit(data: bytes, wanted: Literal["report", "permit"] | None) -> bool:
    """Return whether a signed file is to be verified as a permit: because it calls itself one, which is not believed yet.

    Raises:
        VerificationError: any reason of the file; `predicate_type` where it calls itself something else than is wanted.
    """
    found: Literal["report", "permit"] = "permit" if _SAYS_PERMIT in unseal(data).payload else "report"
    if wanted not in (None, found):
        is_no = "a permit" if wanted == "permit" else "a gate report"
        raise VerificationError(
            "predicate_type",
            f"this is not {is_no}, which was asked for",
            hint="a report says what was found; only a permit says that the release may go on",
        )
    return found == "permit"


def verify_permit(
    data: bytes, under: Under, *, bundle: Path | None = None, report: Path | None = None
) -> AuthenticPermit:
    """Return what an authentic permit says; `report` is the one it was issued for, where that is at hand.

    Raises:
        VerificationError: with the reason code of the first step that does not hold.
    """
    authority, stage = under.authority, under.stage
    permitted = open_permit(data, authority, stage, under.claims)
    signed = permitted.signed
    if bundle is not None:
        from policykit.load.bundle import load_bundle

        check_subject(permitted, load_bundle(bundle).manifest_digest)
    if report is not None and digest(unseal(read_report(report)).payload) != permitted.report:
        raise VerificationError(
            "permit_report", "the permit was issued for another report than this one", hint="give the report it names"
        )
    check_in_time(permitted, authority.now)
    check_young(permitted, authority.stage(stage).permit_max_age, authority.now)
    logged = (
        logged_at(signed, under) if signed.envelope.tlog else None
    )  # the ledger has to hold the report, not the permit
    return AuthenticPermit(permitted, signed, logged)

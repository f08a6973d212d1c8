"""By what right something stands at a stage: shown by the signed paper that the registry keeps, never by what the registry says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from policykit.attest.statement import BREAK_GLASS
from policykit.decide.promote.placed import Placed
from policykit.decide.promote.registry import Registry
from policykit.errors import VerificationError
from policykit.stories.break_glass import LEAST, signers
from policykit.stories.heard import remembered
from policykit.stories.permitted import check_subject, open_permit

if TYPE_CHECKING:
    from policykit.attest.authority import Authority


def check_right(placed: Placed, registry: Registry, authority: Authority, *, claims: Sequence[bytes] = ()) -> None:
    """Refuse what stands somewhere by no right that can be shown: its paper is not kept, is another's, or was taken back.

    A permit may have run out since: what stands keeps standing. The bytes are not read.

    Raises:
        VerificationError: `paper_missing`, `subject`, `revoked`, or any reason of a permit or of a broken glass.
    """
    paper = check_kept(placed, registry)
    if placed.how == "break_glass":
        _check_glass(placed, paper.split(b"\n"), authority)
        return
    permitted = open_permit(paper, authority, placed.stage, (*claims, *remembered(registry, placed.permit)))
    if permitted.payload != placed.permit:
        raise _missing(placed)
    check_subject(permitted, placed.digest)


def check_kept(placed: Placed, registry: Registry) -> bytes:
    """Return the paper that something stands by; refuse where there is none.

    Raises:
        VerificationError: reason `paper_missing`.
    """
    paper = registry.paper(placed.permit) if placed.how != "unknown" else None
    if paper is None:
        raise _missing(placed)
    return paper


def _check_glass(placed: Placed, claims: Sequence[bytes], authority: Authority) -> None:
    asks = authority.stage(placed.stage).break_glass
    if asks is None:
        hint = "have it judged and permitted; or ask who changed the trust file"
        raise VerificationError("break_glass_none", f"at `{placed.stage}` there is no glass to break", hint=hint)
    _, digest = signers(claims, asks.role, max(LEAST, asks.count), authority)
    said = [authority.open(claim, role=asks.role, predicate_type=BREAK_GLASS) for claim in claims]
    about = {(each.statement["subject"][0]["digest"]["sha256"], each.predicate.get("stage")) for each in said}
    if digest != placed.permit or about != {(placed.digest, placed.stage)}:
        raise VerificationError(
            "subject",
            "the glass was broken for another bundle or stage than this",
            hint="look who writes to the registry",
        )


def _missing(placed: Placed) -> VerificationError:
    return VerificationError(
        "paper_missing",
        f"the registry keeps no paper by which `{placed.bundle}` may stand at `{placed.stage}`",
        hint="find out who put it there; promote it again with its permit",
    )

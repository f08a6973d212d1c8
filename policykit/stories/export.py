"""Export a report that was verified: in the words of other tools, derived from the signed bytes, signed again if asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from policykit.attest.signer import Signer
from policykit.attest.statement import DOMAIN, GATE_REPORT
from policykit.errors import UsageError
from policykit.render.exports.reading import Json, Source
from policykit.stories.consistent import subjects_of

if TYPE_CHECKING:
    from policykit.stories.verify import Authentic

STATEMENTS: Final = ("vsa", "svr", "test-result")
DOCUMENTS: Final = ("cyclonedx", "oscal")
FORMS: Final = (*STATEMENTS, *DOCUMENTS)


def export(found: Authentic, form: str, signed_by: str, signer: Signer | None = None) -> bytes:
    """Return a report that was verified in another form; `signed_by` says in one line who signed it.

    In-toto forms are statements about the report's own subjects; with `signer` they are signed as every file of ours is.
    A CycloneDX document is signed as a statement of it; without `signer`, and OSCAL always, it is the plain document.

    Raises:
        UsageError: OSCAL has no form that is signed.
    """
    if form == "oscal" and signer is not None:
        raise UsageError(
            "an OSCAL document is not a statement, and is not signed here",
            hint="leave out `--sign`; the document names the signed report by its digest",
        )
    source = Source(found.said, tuple(subjects_of(found.described)), found.payload, signed_by, DOMAIN, GATE_REPORT)
    predicate_type, make = _form(form)
    if form in DOCUMENTS and signer is None:
        from policykit.render.json_text import json_text

        return json_text(make(source)).encode()
    return _stated(source, predicate_type, make(source), signer)


def _stated(source: Source, predicate_type: str, predicate: Json, signer: Signer | None) -> bytes:
    from policykit.attest.sealing import sealed
    from policykit.attest.statement import statement

    stated = statement(source.subjects, predicate, predicate_type=predicate_type)
    return stated + b"\n" if signer is None else sealed(stated, signer)


def _form(form: str) -> tuple[str, Callable[[Source], Json]]:
    """Return the predicate type of a form, and what makes it."""
    match form:
        case "vsa":
            from policykit.render.exports import vsa

            return vsa.TYPE, vsa.vsa
        case "svr":
            from policykit.render.exports import svr

            return svr.TYPE, svr.svr
        case "test-result":
            from policykit.render.exports import test_result

            return test_result.TYPE, test_result.outcomes
        case "cyclonedx":
            from policykit.render.exports import cyclonedx

            return cyclonedx.TYPE, cyclonedx.cyclonedx
        case _:
            from policykit.render.exports import oscal

            return "", oscal.oscal

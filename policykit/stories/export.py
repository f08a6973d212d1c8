"""Export a report that was verified: in the words of other tools, derived from the signed bytes, signed again if asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from policykit.attest.envelope import unseal
from policykit.attest.signer import Signer
from policykit.attest.strict_json import strict_json
from policykit.canon import digest
from policykit.errors import UsageError, VerificationError
from policykit.render.exports.reading import Json, Source

STATEMENTS: Final = ("vsa", "svr", "test-result")
DOCUMENTS: Final = ("cyclonedx", "oscal")
FORMS: Final = (*STATEMENTS, *DOCUMENTS)


def export(data: bytes, said: Mapping[str, Any], form: str, signed_by: str, signer: Signer | None = None) -> bytes:
    """Return a verified report in another form. `data` is the signed file, `said` its predicate as it was verified.

    In-toto forms are statements about the report's own subjects; with `signer` they are signed as every file of ours is.
    A CycloneDX document is signed as a statement of it; without `signer`, and OSCAL always, it is the plain document.

    Raises:
        VerificationError: reason `changed_while_reading`: the file is not the one that was verified.
        UsageError: OSCAL has no form that is signed.
    """
    payload = unseal(data).payload
    statement = strict_json(payload)
    if not isinstance(statement, dict) or statement.get("predicate") != said:
        raise VerificationError(
            "changed_while_reading",
            "the report changed while it was read",
            hint="let nobody write to it meanwhile, and export it again",
        )
    subjects = tuple((entry["name"], entry["digest"]["sha256"]) for entry in statement["subject"])
    source = Source(said, subjects, digest(payload), signed_by)
    if form == "oscal" and signer is not None:
        raise UsageError(
            "an OSCAL document is not a statement, and is not signed here",
            hint="leave out `--sign`; the document names the signed report by its digest",
        )
    predicate_type, make = _form(form)
    if form in DOCUMENTS and signer is None:
        from policykit.render.json_text import json_text

        return json_text(make(source)).encode()
    return _stated(source, predicate_type, make(source), signer)


def _stated(source: Source, predicate_type: str, predicate: Json, signer: Signer | None) -> bytes:
    from policykit.attest.envelope import seal
    from policykit.attest.statement import statement

    stated = statement(source.subjects, predicate, predicate_type=predicate_type)
    return stated + b"\n" if signer is None else seal(stated, signer)


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

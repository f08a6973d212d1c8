"""Verifying: from bytes to a statement that may be believed, the signature before everything it says."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from policykit.attest.claims import (
    Asked,
    check_age,
    check_claims,
    check_engine,
    check_mode,
    check_nonce,
    check_policies,
    check_scope,
    check_stage,
    check_subject,
    check_time,
    evaluated_at,
)
from policykit.attest.envelope import Envelope, pae, read_report, unseal
from policykit.attest.publickey import PublicKey
from policykit.attest.quote import quoted
from policykit.attest.statement import GATE_REPORT, STATEMENT_TYPE
from policykit.attest.strict_json import strict_json
from policykit.errors import VerificationError

__all__ = [
    "Asked",
    "Verified",
    "check_age",
    "check_claims",
    "check_engine",
    "check_mode",
    "check_nonce",
    "check_policies",
    "check_scope",
    "check_stage",
    "check_subject",
    "check_time",
    "evaluated_at",
    "open_report",
    "read_report",
]

_STATEMENT: Final = re.compile(r"https://in-toto\.io/Statement/v(\d{1,9})")


def open_report(data: bytes, key: PublicKey | None, *, predicate_type: str = GATE_REPORT) -> Verified:
    """Return what a signed report says, once its signature by `key` has been shown to hold over its very bytes.

    Nothing inside is parsed before. What it says of stage, time, policies and files is for the `check_…` steps. Time stamps
    and entries of ledgers that it brings along are not relied on: who may prove a time stands in a trust file.

    Raises:
        VerificationError: any reason of the file, the signature or the statement (`REASONS`).
    """
    envelope = unseal(data)
    signed_by = _check_signature(envelope, key)
    statement = read_statement(envelope.payload, predicate_type)
    return Verified(envelope.payload, statement, signed_by)


@dataclass(frozen=True, slots=True)
class Verified:
    """A statement that its signer really made: the bytes that were signed, what they say, and whose key it was."""

    payload: bytes
    statement: Mapping[str, Any]
    key: PublicKey

    @property
    def predicate(self) -> Mapping[str, Any]:
        """Return the report itself."""
        return cast("Mapping[str, Any]", self.statement["predicate"])  # an object, or it would not be here


def _check_signature(envelope: Envelope, key: PublicKey | None) -> PublicKey:
    if key is None:
        raise VerificationError(
            "no_key", "no key was given to check the signature with", hint="give the signer's public key with `--key`"
        )
    if envelope.certificate is not None:
        raise VerificationError(
            "envelope",
            "the report is signed with a certificate, not with a key",
            hint="check it by a trust file that names the identity it was made out to: `--trust`",
        )
    if envelope.hint not in ("", key.hint):
        raise VerificationError(
            "wrong_key",
            f"the report says it is signed with the key {quoted(hinted(envelope))}, and `{key.id}` is accepted",
            hint="ask who signed it, and take their public key from somebody you trust, never from beside the report",
        )
    if not key.verifies(envelope.signature, pae(envelope.payload)):
        raise VerificationError(
            "bad_signature",
            "the signature does not fit the report",
            hint="it was changed after signing, or signed by somebody else: do not use it",
        )
    return key


def hinted(envelope: Envelope) -> str:
    """Return the id of the key that a file says it is signed with, or its word as it stands where that is no id."""
    try:
        return base64.b64decode(envelope.hint, validate=True).hex()
    except ValueError:
        return envelope.hint


def read_statement(payload: bytes, predicate_type: str) -> Mapping[str, Any]:
    """Return the statement in bytes whose signature was shown to hold.

    Raises:
        VerificationError: reasons `json`, `duplicate_member`, `statement_type`, `newer`, `predicate_type`, `incomplete`.
    """
    statement: Any = strict_json(payload)
    if not isinstance(statement, dict):
        raise VerificationError("statement_type", "what was signed is not an in-toto statement")
    kind = statement.get("_type")
    if kind != STATEMENT_TYPE:
        _refuse_newer(kind, _STATEMENT, newest=1)
        raise VerificationError("statement_type", f"what was signed is {quoted(kind)}, not `{STATEMENT_TYPE}`")
    said = statement.get("predicateType")
    if said != predicate_type:
        stem, _, version = predicate_type.rpartition("/v")
        _refuse_newer(said, re.compile(re.escape(stem) + r"/v(\d{1,9})"), newest=int(version))
        raise VerificationError("predicate_type", f"the statement is a {quoted(said)}, not a `{predicate_type}`")
    _check_shape(statement)
    return statement


def _check_shape(statement: Mapping[str, Any]) -> None:
    subjects = statement.get("subject")
    if not isinstance(subjects, list) or not subjects:
        raise VerificationError("incomplete", "the statement is about no file at all")
    for subject in subjects:
        digest = subject.get("digest") if isinstance(subject, dict) else None
        if not isinstance(digest, dict) or not isinstance(digest.get("sha256"), str):
            raise VerificationError("incomplete", "the statement names a file without its SHA-256")
    if not isinstance(statement.get("predicate"), dict):
        raise VerificationError("incomplete", "the statement says nothing about its files")


def _refuse_newer(said: object, form: re.Pattern[str], *, newest: int) -> None:
    version = form.fullmatch(said) if isinstance(said, str) else None
    if version and int(version.group(1)) > newest:
        hint = "check it with a newer policykit"
        raise VerificationError("newer", f"the statement is of a newer form, {quoted(said)}", hint=hint)

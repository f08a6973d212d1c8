"""A statement that its signer really made, held against itself: it is about the files it lists, and says what follows from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from policykit.canon import digest
from policykit.errors import VerificationError
from policykit.report.digests import inputs_digest_of, policy_digest, verdict_digest_of
from policykit.report.excused import history_from_json, trust_from_json
from policykit.report.restated import restated
from policykit.terms.bundle import Bundle
from policykit.terms.bundle_json import bundle_from_json
from policykit.terms.decision import Decision

MANIFEST = "bundle.manifest"
_SIGNED = re.compile(r"signed file \((?:key [0-9a-f]{64}|identity)\)", re.ASCII)
_NOT_OURS = "do not use this report: whoever signed it did not run the gate as it is"


def signed_by(key_id: str) -> str:
    """Return how a report says that its measurements are those of a signed file: by a key, or by an identity without one."""
    said = f"signed file (key {key_id})"
    return said if is_signed(said) else "signed file (identity)"


def is_signed(measured: str) -> bool:
    """Return whether a report's measurements are those of a signed file, by what it says of where they come from."""
    return _SIGNED.fullmatch(measured) is not None


def subjects_of(bundle: Bundle) -> list[tuple[str, str]]:
    """Return what a statement about `bundle` is about: its manifest, then the files of its model."""
    models = {file.path: file.sha256 for file in bundle.files if file.role == "model"}
    return [(MANIFEST, bundle.manifest_digest), *sorted(models.items())]


def check_own_files(statement: Mapping[str, Any]) -> Bundle:
    """Return the bundle a statement describes; refuse one whose subjects are not the files of that bundle.

    Raises:
        VerificationError: reasons `incomplete`, `subject`.
    """
    try:
        bundle = bundle_from_json(statement["predicate"]["bundle"])
    except (KeyError, ValueError) as error:
        raise _incomplete(error) from error
    wanted = [{"name": name, "digest": {"sha256": sha256}} for name, sha256 in subjects_of(bundle)]
    if statement["subject"] != wanted:
        raise VerificationError(
            "subject", "the report names other files as its subject than the ones it lists", hint=_NOT_OURS
        )
    return bundle


def check_policies_own(said: Mapping[str, Any]) -> None:
    """Refuse a policy whose digest is not that of its own text and settings.

    Raises:
        VerificationError: reasons `incomplete`, `policy_digest`.
    """
    try:
        wrong = [p["policy"] for p in said["policies"] if p["digest"] != _digest(p["text"], p["settings"])]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _incomplete(error) from error
    if wrong:
        raise VerificationError(
            "policy_digest", "the report gives a policy a digest that is not the one of its text", hint=_NOT_OURS
        )


def check_follows(said: Mapping[str, Any]) -> Decision:
    """Return the decision a predicate states; refuse one that does not follow from its rules, or digests that are not its own.

    Raises:
        VerificationError: reasons `incomplete`, `decision`, `verdict_digest`, `measured`.
    """
    try:
        stated, found = Decision(said["decision"]), restated(said)
        history_from_json(said["history"])
        trust_from_json(said["trust"])
        _expect_own_text(said["waivers"])
        concluded, judged_from = verdict_digest_of(said), inputs_digest_of(said)
        told = (said["verdictDigest"], said["inputsDigest"])
        counted_here_or_signed = said["gate"]["measured"] == "here" or is_signed(said["gate"]["measured"])
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise _incomplete(error) from error
    if stated is not found:
        raise VerificationError(
            "decision", f"the report says {stated.value}, and {found.value} follows from its rules", hint=_NOT_OURS
        )
    if told != (concluded, judged_from):
        what = "`verdictDigest`" if told[0] != concluded else "`inputsDigest`"
        raise VerificationError(
            "verdict_digest", f"the {what} of the report is not the digest of what it says", hint=_NOT_OURS
        )
    if not counted_here_or_signed:
        raise VerificationError(
            "measured",
            "the report rests on measurements that nobody signed",
            hint="measure with `--sign`, judge with `--key`, or gate the bundle itself",
        )
    return stated


def _expect_own_text(waivers: Sequence[Mapping[str, Any]]) -> None:
    if any(waiver["digest"] != digest(waiver["text"].encode()) for waiver in waivers):
        raise VerificationError(
            "verdict_digest", "the report gives a waiver a digest that is not the one of its text", hint=_NOT_OURS
        )


def _digest(text: Any, settings: Any) -> str:
    if not isinstance(text, str) or not isinstance(settings, dict):
        raise TypeError("a policy has no text")
    return policy_digest(text, settings)


def _incomplete(error: Exception) -> VerificationError:
    from policykit.render.visible import visible

    told = f"it has no {error}" if isinstance(error, KeyError) else str(error)
    told = visible(told, longest=200)
    return VerificationError("incomplete", f"the report is not written as a gate report is: {told}")

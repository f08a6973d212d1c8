"""A report as a SLSA Verification Summary: passed or failed, by which policy, on which evidence.

https://slsa.dev/spec/v1.1/verification_summary. It claims no SLSA level: policykit judges models, not builds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policykit.canon import canonical, digest
from policykit.render.exports.extension import extension
from policykit.render.exports.reading import Json, Source, applied, lets_through, permission, purl

TYPE = "https://slsa.dev/verification_summary/v1"


def vsa(source: Source) -> Json:
    """Return the predicate. PASSED only where the report lets its bundle go on."""
    said = source.said
    passed = lets_through(said)
    return {
        "verifier": {"id": source.verifier, "version": {"policykit": said["engine"]["version"]}},
        "timeVerified": said["timeEvaluated"],
        "resourceUri": purl(said),
        "policy": _policy(applied(said)),
        "inputAttestations": [
            {
                "name": source.report_type,
                "digest": {"sha256": source.payload},
                "mediaType": "application/vnd.in-toto+json",
            }
        ],
        "verificationResult": "PASSED" if passed else "FAILED",
        "verifiedLevels": [permission(said)] if passed else ["FAILED"],
        "slsaVersion": "1.1",
        "policykit": extension(source),
    }


def policies(found: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Return policies as resource descriptors: their name, and the digest of their text with its settings."""
    return [{"name": policy["policy"], "digest": {"sha256": policy["digest"]}} for policy in found]


def _policy(found: Sequence[Mapping[str, Any]]) -> Json:
    """Return the one policy, or, of several, the list of them by the digest of that list in RFC 8785 form."""
    listed = policies(found)
    if len(listed) == 1:
        return {"uri": f"urn:policykit:policy:{listed[0]['name']}", **listed[0]}
    return {
        "uri": "urn:policykit:policies",
        "digest": {"sha256": digest(canonical(listed))},
        "annotations": {"policies": listed},
    }

"""The digest of a decision: equal for everyone who judges the same evidence by the same policies as of the same day."""

from __future__ import annotations

from policykit.canon import canonical, digest
from policykit.report.predicate import rule_to_json
from policykit.terms.report import SEMANTICS, Report


def verdict_digest(report: Report) -> str:
    """Return the SHA-256 over the deterministic part: subjects, materials, resolved policies, semantics version, rules.

    It leaves out time, nonce, attempts and signature, and holds the as-of day.
    """
    return digest(
        canonical(
            {
                "subject": report.subject,
                "models": sorted([path, sha] for path, sha in report.model_files),
                "materials": [[m.role, m.digest, m.schema_digest] for m in report.materials],
                "policies": sorted([line.digest, str(line.matched)] for line in report.policies),
                "semantics": SEMANTICS,
                "asOf": report.as_of,
                "stage": report.stage or "",
                "rules": [rule_to_json(line) for line in report.rules],
                "decision": report.decision.value,
            }
        )
    )

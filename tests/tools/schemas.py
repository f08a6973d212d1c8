"""Hold documents against the schemas of those who made the formats: schemas.py cyclonedx|oscal FILE…

Runs in the environment of requirements/services.txt, which has both. Prints what is wrong; exits 1 if anything is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def cyclonedx(text: str) -> str:
    """Return what CycloneDX 1.6's own JSON schema has against a document, or nothing."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return str(JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) or "")


def oscal(text: str) -> str:
    """Return what OSCAL's assessment results model has against a document, or nothing."""
    from pydantic import ValidationError
    from trestle.oscal.assessment_results import AssessmentResults

    try:
        AssessmentResults.model_validate(json.loads(text)["assessment-results"])
    except ValidationError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    kind, *files = sys.argv[1:]
    wrong = {
        file: said for file in files if (said := {"cyclonedx": cyclonedx, "oscal": oscal}[kind](Path(file).read_text()))
    }
    print("\n".join(f"{file}: {said}" for file, said in wrong.items()))
    sys.exit(bool(wrong) or not files)

"""The marks by which the pages of one gate about one stage are found again: the first line of its comment, the id of its alerts."""

from __future__ import annotations

import re
from hashlib import sha256

NOBODYS = "unverified"
"""What the comment of a report whose signature nobody checked is marked with; no gate has this mark."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._]+")
_LONGEST = 80


def marker(gate: str, stage: str = "") -> str:
    """Return the first line of a comment: by it the one comment of a gate about a stage is found and written anew."""
    about = f" ({_safe(stage, 'stage')})" if stage else ""
    return f"<!-- policykit: {_safe(gate, 'gate')}{about} -->"


def automation(gate: str, stage: str = "") -> str:
    """Return the id of a run in SARIF, GitHub's category: what a run no longer finds is closed among those of the same id."""
    return "/".join(("policykit", _safe(gate, "gate"), *([_safe(stage, "stage")] if stage else []), ""))


def _safe(word: str, otherwise: str) -> str:
    """Return a word of plain letters for a name, another one for each name."""
    safe = _UNSAFE.sub("-", word).strip("-.")[:_LONGEST].strip("-.")
    if safe and safe == word != NOBODYS:
        return safe
    return f"{safe or otherwise}-{sha256(word.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"

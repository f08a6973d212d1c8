"""Names for the parts of an export that are the same on every machine, however often it is made."""

from __future__ import annotations

from policykit.render.exports.reading import Source


def identity(source: Source, *part: str) -> str:
    """Return the UUID (version 5) of a part of what is exported, from the digest of the signed report."""
    from uuid import NAMESPACE_URL, uuid5

    return str(uuid5(NAMESPACE_URL, "/".join([source.report_type, source.payload, *part])))

"""What a rule asks of its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from policykit.load.fields import fields
from policykit.load.limit_document import quantity
from policykit.load.node import Node
from policykit.load.scalars import Problems, choice
from policykit.load.words import EVIDENCE
from policykit.terms.policy import Evidence, Source
from policykit.terms.quantity import Unit

_LEAST, _UNUSUAL, _MOST = Fraction(1, 2), Fraction(8, 10), Fraction(1)


def read_evidence(node: Node, problems: Problems) -> Evidence:
    """Return the floors, the age, the source and the confidence a rule asks for; what it leaves out has its default."""
    found = fields(node, "`evidence`", problems, known=tuple(EVIDENCE))
    given: dict[str, Any] = {}
    for key in ("min_rows", "min_rows_per_group"):
        if key in found and (rows := quantity(found[key], Unit.COUNT, problems)) is not None:
            if rows.value < 1:
                problems.append(
                    found[key].problem("PK207", f"`{rows}` rows are too few to judge by", hint="write 1 or more")
                )
            given[key] = int(rows.value)
    if "max_age" in found:
        given["max_age"] = quantity(found["max_age"], Unit.DURATION, problems)
        if given["max_age"] is not None and given["max_age"].value <= 0:
            problems.append(found["max_age"].problem("PK207", "no data is younger than that", hint="write `90 days`"))
    if "source" in found:
        word = choice(found["source"], [source.value for source in Source], problems)
        given["source"] = None if word is None else Source(word)
    if "missing" in found:
        given["missing"] = choice(found["missing"], ("exclude", "pass", "fail"), problems)
    given |= _confidence(found, problems)
    return Evidence(**given)


def _confidence(found: Mapping[str, Node], problems: Problems) -> dict[str, Fraction | None]:
    node = found.get("confidence")
    if node is None:
        return {}
    if node.kind == "scalar" and node.text == "none":
        message = "the point alone is judged, however few the rows: every report says so"
        problems.append(node.warning("PK509", message, hint="`surely_at_most` or more rows are the honest ways out"))
        return {"confidence": None}
    share = quantity(node, Unit.SHARE, problems)
    if share is None:
        return {}
    if not _LEAST <= share.value < _MOST:
        hint = "write `95 %`, or `none` where the point alone is to be judged"
        problems.append(
            node.problem("PK207", f"`{share}` is no confidence: it lies from 50 % to below 100 %", hint=hint)
        )
        return {}
    if share.value < _UNUSUAL:
        message = f"at `{share}` a lucky sample passes nearly as often as a good model"
        problems.append(node.warning("PK509", message, hint="90 % and 95 % are usual"))
    return {"confidence": share.value}

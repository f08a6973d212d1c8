"""Parts of JSON Schemas: texts, days, quantities by unit, constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policykit.terms.check import Check
from policykit.terms.quantity import Unit

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NUMBER = r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?(/[0-9]+)?"
PARAMETER = {"type": "string", "pattern": r"^\$[A-Za-z][A-Za-z0-9._-]*$", "description": "A parameter of the policy."}
TEXT: Schema = {"type": ["string", "number", "boolean"]}  # what looks like a number is text where text belongs
CONSTANT: Schema = {"type": ["string", "number", "boolean"]}
DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
IDENTIFIER: Schema = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9._-]{0,63}$"}
_UNITS: Mapping[Unit, tuple[str, bool, str]] = {
    Unit.SHARE: (r"\s*%?", True, "A share such as `80 %`, `4/5` or `0.8`."),
    Unit.DIFFERENCE: (r"\s*pp", False, "Percentage points such as `10 pp`."),
    Unit.DURATION: (r"\s*(ms|s|minutes?|hours?|days?)", False, "A duration such as `200 ms` or `90 days`."),
    Unit.SIZE: (r"\s*(KB|MB|GB)", False, "A size such as `20 MB`."),
    Unit.COUNT: (r"\s*(rows?)?", True, "A count such as `2000` or `2000 rows`."),
    Unit.NUMBER: ("", True, "A bare number, in the check's own unit."),
}


def quantity(unit: Unit) -> Schema:
    """Return a reference to the schema of a quantity of `unit`; the document holds `quantities()`."""
    return {"$ref": f"#/$defs/{unit.value}"}


def relative(unit: Unit) -> Schema:
    """Return a reference to the schema of a distance from the champion: in the unit, or as `5 % relative`."""
    return {"$ref": f"#/$defs/{(Unit.DIFFERENCE if unit is Unit.SHARE else unit).value}.relative"}


def quantities() -> dict[str, Schema]:
    """Return the definitions that `quantity` and `relative` refer to."""
    share: Schema = {"type": "string", "pattern": rf"^\s*{_NUMBER}\s*%?\s*relative\s*$"}
    found: dict[str, Schema] = {}
    for unit, (ending, bare, description) in _UNITS.items():
        written: Schema = {"type": "string", "pattern": f"^\\s*{_NUMBER}{ending}\\s*$"}
        options = [*([{"type": "number"}] if bare else []), written, PARAMETER]
        found[unit.value] = {"anyOf": options, "description": description}
        found[f"{unit.value}.relative"] = {"anyOf": [*options, share], "description": description}
    return found


def one_or_more(item: Schema) -> Schema:
    """Return the schema of a list that may be written as its only item."""
    return {"anyOf": [item, {"type": "array", "minItems": 1, "items": item}]}


def several(item: Schema) -> Schema:
    """Return the schema of a list that is not empty."""
    return {"type": "array", "minItems": 1, "items": item}


def words(*choices: str) -> Schema:
    """Return the schema of a closed set of words."""
    return {"enum": list(choices)}


def check_ids(checks: Mapping[str, type[Check]]) -> Schema:
    """Return the schema of the id of a check; editors show the question beside each (`enumDescriptions`)."""
    return {"enum": list(checks), "enumDescriptions": [check.question for check in checks.values()]}


def thing(keys: Mapping[str, str], of: Mapping[str, Schema], needed: Sequence[str] = (), **rest: Any) -> Schema:
    """Return the schema of a map with exactly these keys, each with what it says and what it holds."""
    assert keys.keys() == of.keys(), keys.keys() ^ of.keys()
    properties = {key: {**of[key], "description": said} for key, said in keys.items()}
    found: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**found, **({"required": list(needed)} if needed else {}), **rest}


def open_map(values: Schema) -> Schema:
    """Return the schema of a map whose keys people choose."""
    return {"type": "object", "additionalProperties": values}


def document(title: str, body: Schema) -> Schema:
    """Return a whole schema with its title and draft."""
    return {"$schema": DRAFT, "title": title, **body}

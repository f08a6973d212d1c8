"""What the checks that read a document have in common: its schema lies beside them, and every problem is told at once."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


def problems(document: Any, schema: Path) -> tuple[str, ...]:
    """Return each way in which `document` departs from the JSON Schema in the file `schema`, in order of place."""
    found = _validator(schema).iter_errors(document)
    ordered = sorted(found, key=lambda error: [str(step).rjust(9) for step in error.absolute_path])
    texts: list[str] = [text for error in ordered for text in _told(error)]
    return tuple(dict.fromkeys(texts))


@cache
def _validator(schema: Path) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))


def _told(error: Any) -> list[str]:
    where = _place(error.absolute_path)
    of = f" of {where}" if where else ""
    match error.validator:
        case "required":
            return [f"`{name}`{of} is not stated" for name in error.validator_value if name not in error.instance]
        case "type":
            kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            return [f"{where or 'the document'} is not {' or '.join(_KINDS[kind] for kind in kinds)}"]
        case "minLength" | "minItems" | "minProperties" | "pattern":
            return [f"{where or 'the document'} is blank"]
        case "enum":
            return [f"{where} is none of {', '.join(f'`{value}`' for value in error.validator_value)}"]
        case "minimum":
            return [f"{where} is less than {error.validator_value}"]
        case "maximum":
            return [f"{where} is more than {error.validator_value}"]
        case "exclusiveMinimum":
            return [f"{where} is not more than {error.validator_value}"]
        case "exclusiveMaximum":
            return [f"{where} is not less than {error.validator_value}"]
        case "anyOf" if all(set(part) == {"required"} for part in error.validator_value):
            names = [f"`{part['required'][0]}`" for part in error.validator_value]
            return [f"neither {' nor '.join(names)}{of} is stated"]
        case _:
            return [f"{where or 'the document'} is not as it should be"]


_KINDS: dict[str, str] = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}


def _place(path: Any) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    text = "".join(steps).removeprefix(".")
    return f"`{text}`" if text else ""

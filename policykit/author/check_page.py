"""One Markdown page per check, from the check itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

from policykit.terms.check import Check, Example
from policykit.terms.quantity import Unit

_UNITS = {
    Unit.SHARE: "a share: `80 %`, `4/5` or `0.8`",
    Unit.DIFFERENCE: "a difference of shares: `10 pp`",
    Unit.DURATION: "a duration: `200 ms`, `90 days`",
    Unit.SIZE: "a size: `20 MB`",
    Unit.COUNT: "a count: `2000`, or `2000 rows`",
    Unit.NUMBER: "a bare number, in the check's own unit",
    Unit.PRESENCE: "`is: present` or `is: absent`",
}
_PLAIN = re.compile(r"[A-Za-z0-9$][A-Za-z0-9 _.%/@$<>()+-]*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off"}


def page(check: type[Check]) -> str:
    """Return the documentation page of `check`."""
    parts = [
        f"# `{check.id}`",
        f"*{check.question}*",
        cleandoc(check.__doc__ or ""),
        "## In short",
        _facts(check),
        "## Parameters",
        _parameters(check),
        "## In a policy",
        f"```yaml\n{snippet(check, check.examples[0])}```",
        "## Examples",
        "\n\n".join(_example(example) for example in check.examples),
        f"Since {check.since}.",
    ]
    return "\n\n".join(parts)


def snippet(check: type[Check], example: Example) -> str:
    """Return a rule that asks the check, as YAML."""
    body: dict[str, Any] = {
        "id": "EXAMPLE-01",
        "title": check.question[:1].upper() + check.question[1:],
        "check": check.id,
    }
    if example.params:
        body["with"] = example.params
    return "".join(
        f"{'- ' if i == 0 else '  '}{key}: {_flow(value)}\n"
        for i, (key, value) in enumerate({**body, **example.rule}.items())
    )


def _facts(check: type[Check]) -> str:
    about = {
        "rows": "these rows, exactly",
        "population": "the population behind these rows: judged by a one-sided 95 % bound",
    }
    rows = [
        ("its number is", _UNITS[check.unit]),
        ("better", check.better),
        ("it speaks of", about[check.about]),
        ("weakest evidence accepted", check.weakest.value),
        ("data set by default", f"`{check.data}`" if check.data else "none: it reads facts or documents"),
        ("the bundle must declare", ", ".join(f"`task.{_KEYS[name]}`" for name in check.asks_for) or "nothing"),
        ("kinds of task", ", ".join(check.tasks) or "any"),
    ]
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)


_KEYS = {
    "label": "target",
    "prediction": "prediction",
    "score": "score",
    "positive": "positive",
    "favourable": "favourable",
}


def _parameters(check: type[Check]) -> str:
    if not check.model_fields:
        return "None."
    rows = []
    for name, field in check.model_fields.items():
        default = (
            "required" if field.is_required() else f"`{_flow(field.default)}`" if field.default is not None else ""
        )
        rows.append(
            f"| `{field.alias or name}` | {default} | {(field.description or '').replace('|', chr(92) + '|')} |"
        )
    if check.each_column:
        rows.append("| `columns` | | several columns in place of `column`: one finding each |")
    return "| name | default | |\n|---|---|---|\n" + "\n".join(rows)


def _example(example: Example) -> str:
    lines = [f"**{example.title}** → {example.expect}"]
    asked = {**({"with": example.params} if example.params else {}), **example.rule}
    given = {
        name: value
        for name in ("task", "attributes", "facts", "documents", "collected", "model")
        if (value := getattr(example, name))
    }
    if example.rows:
        lines.append(f"```text\n{cleandoc(example.rows)}\n```")
    told = "; ".join(f"{name}: {_flow(value)}" for name, value in {**given, **asked}.items())
    lines.append(f"`{told}`" if "`" not in told else f"```text\n{told}\n```")
    return "\n\n".join(lines)


def _flow(value: Any) -> str:
    match value:
        case Mapping():
            return "{" + ", ".join(f"{_flow(str(key))}: {_flow(inner)}" for key, inner in value.items()) + "}"
        case list() | tuple() | frozenset():
            return "[" + ", ".join(_flow(inner) for inner in value) + "]"
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case int() | float():
            return repr(value)
        case _:
            return _text(str(value))


def _text(text: str) -> str:
    looks_like_a_number = re.fullmatch(r"[-+.0-9eE_]+", text) is not None
    if _PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in _WORDS and not looks_like_a_number:
        return text
    return json.dumps(text, ensure_ascii=False)

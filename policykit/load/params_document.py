"""The parameters of a check, under `with`: typed by the check's own fields, and validated by it."""

from __future__ import annotations

import types
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from policykit.errors import Diagnostic
from policykit.load.lint import patterns
from policykit.load.node import Node
from policykit.load.scalars import Problems, is_map, literal, shown, text, texts
from policykit.terms.check import Check
from policykit.terms.expr import Lit
from policykit.terms.nearest import nearest

_SEVERAL = "columns"


def read_params(node: Node | None, at: Node, check: type[Check], problems: Problems) -> dict[str, Any]:
    """Return the parameters as plain Python values; `at` is where one that is missing altogether is reported."""
    meant: set[str] = set()  # parameters that were probably meant by a misspelt one
    written = _written(node, check, problems, meant)
    known = parameters(check)
    several = check.each_column and _SEVERAL in written and _SEVERAL not in known
    if several and "column" in written:
        hint = "keep `columns`"
        problems.append(written[_SEVERAL].problem("PK127", "`column` and `columns` are both written", hint=hint))
        return {}
    for name, field in known.items():
        if field.is_required() and name not in written and name not in meant and not (name == "column" and several):
            where = at if node is None else node
            hint = f"add `{name}:` under `with:`" + (f", {field.description}" if field.description else "")
            problems.append(where.problem("PK107", f"`{check.id}` needs the parameter `{name}`", hint=hint))
    before = len(problems)
    given: dict[str, Any] = {}
    for name, value in written.items():
        if several and name == _SEVERAL:
            given[name] = texts(value, problems)
        else:
            given[name] = _convert(value, known[name].annotation, problems)
            if name == "matches" and value.kind == "scalar":
                problems.extend(patterns.problems(value))
    if len(problems) == before and all(
        name in given or (name == "column" and several) for name, field in known.items() if field.is_required()
    ):
        _validate(check, given, written, at, several=several, problems=problems)
    return given


@cache
def parameters(check: type[Check]) -> Mapping[str, FieldInfo]:
    """Return the fields of a check by the name a person writes: the alias where it has one."""
    return {field.alias or name: field for name, field in check.model_fields.items()}


def _written(node: Node | None, check: type[Check], problems: Problems, meant: set[str]) -> dict[str, Node]:
    if node is None or not is_map(node, problems):
        return {}
    known = [*dict.fromkeys([*parameters(check), *([_SEVERAL] if check.each_column else [])])]
    found: dict[str, Node] = {}
    for name, value in node.pairs:
        if name.text in known:
            found.setdefault(name.text, value)
            continue
        near = nearest(name.text, known)
        meant.add(near)
        has = f"it has: {', '.join(known)}" if known else "it has none"
        message = f"`{check.id}` has no parameter `{shown(name.text)}`"
        problems.append(name.problem("PK106", message, suggestion=near, hint="" if near else has))
    return found


def _validate(
    check: type[Check],
    given: Mapping[str, Any],
    written: Mapping[str, Node],
    at: Node,
    *,
    several: bool,
    problems: Problems,
) -> None:
    columns = given.get(_SEVERAL) or () if several else (None,)
    rest = {name: value for name, value in given.items() if not (several and name == _SEVERAL)}
    for column in columns:
        try:
            check(**(rest if column is None else {**rest, "column": column}))
        except ValidationError as error:
            found: dict[tuple[int, int], Diagnostic] = {}
            for fault in error.errors(include_url=False, include_context=True, include_input=False):
                problem = _fault(check, fault, written, at)  # of a union, the last is the widest
                found[problem.line, problem.column] = problem
            problems.extend(found.values())
            return


def _fault(check: type[Check], fault: Any, written: Mapping[str, Node], at: Node) -> Diagnostic:
    path = [part for part in fault["loc"] if not isinstance(part, str) or part in written]
    name = str(path[0]) if path else ""
    node = written.get(name) or written.get(_SEVERAL) or next(iter(written.values()), at)
    for part in path[1:]:
        if isinstance(part, int) and part < len(node.items):
            node = node.items[part]
    said = _said(fault)
    if not name:
        return node.problem("PK108", f"`{check.id}`: {said}")
    word = f", not `{shown(node.text)}`" if node.kind == "scalar" and node.text and node is not at else ""
    return node.problem("PK108", f"parameter `{name}` of `{check.id}`: {said}{word}", suggestion=_meant(fault, node))


def _said(fault: Any) -> str:
    """Return what the check says of a value, in the words of a person."""
    kind, context = fault["type"], fault.get("ctx", {})
    for begin, words in _WORDS.items():
        if kind.startswith(begin):
            return words.format(**{key: str(value) for key, value in context.items()})
    message: str = fault["msg"]
    for prefix in ("Value error, ", "Assertion failed, "):
        message = message.removeprefix(prefix)
    return message[:1].lower() + message[1:].rstrip(".")


def _meant(fault: Any, node: Node) -> str:
    expected = str(fault.get("ctx", {}).get("expected", "")) if fault["type"] == "literal_error" else ""
    return nearest(node.text, [word for word in expected.split("'") if word.strip(", ") not in ("", "or")])


_WORDS = {
    "string_pattern": "this does not have the form it should have",
    "string_too_short": "the text is too short",
    "string_too_long": "the text is longer than {max_length} characters",
    "string": "text belongs here",
    "int": "a whole number belongs here",
    "float": "a number belongs here",
    "finite_number": "a number belongs here",
    "decimal": "a number belongs here",
    "bool": "`true` or `false` belongs here",
    "tuple": "a list such as `[a, b]` belongs here",
    "list": "a list such as `[a, b]` belongs here",
    "dict": "a map of keys and values belongs here",
    "too_short": "the list is too short",
    "too_long": "the list is too long",
    "literal_error": "expected {expected}",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "missing": "a value is missing here",
}


def _convert(node: Node, annotation: Any, problems: Problems) -> Any:
    """Return the plain value of `node`, read as the field asks: a field of text takes `2019` as text, one of numbers does not."""
    wants = _wants(annotation)
    match node.kind:
        case "list":
            inner = wants.items
            return tuple(_convert(item, inner, problems) for item in node.items)
        case "map":
            return {name: _convert(value, wants.values, problems) for name, value in node.entries()}
        case "scalar" if wants.text:
            return text(node, problems) if node.plain else node.text
        case "scalar":
            value = literal(node, problems)
            return value if wants.literal or value is None else value.value


class _Wants:
    """What a field takes: text as it stands, a constant with its type, and what its lists and maps hold."""

    def __init__(self, annotation: Any) -> None:
        options = _options(annotation)
        scalars = [option for option in options if not _is_collection(option)]
        self.literal = any(option is Lit for option in scalars)
        self.text = bool(scalars) and all(option is str or _is_words(option) for option in scalars)
        lists = [option for option in options if get_origin(option) in (tuple, list, set, frozenset)]
        maps = [option for option in options if get_origin(option) in (dict, Mapping)]
        self.items: Any = _union([part for option in lists for part in get_args(option) if part is not Ellipsis])
        self.values: Any = _union([get_args(option)[1] for option in maps if len(get_args(option)) == 2])


@cache
def _wants(annotation: Any) -> _Wants:
    return _Wants(annotation)


def _options(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _options(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [option for part in get_args(annotation) for option in _options(part) if option is not type(None)]
    return [] if annotation is None else [annotation]


def _is_collection(option: Any) -> bool:
    origin = get_origin(option)
    return origin is not None and origin is not Literal


def _is_words(option: Any) -> bool:
    return get_origin(option) is Literal and all(isinstance(word, str) for word in get_args(option))


def _union(parts: list[Any]) -> Any:
    return Union[tuple(parts)] if parts else None  # noqa: UP007  # built at run time from a list

"""Whether a value that came from outside has the shape its dataclass states."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

Looks: TypeAlias = Callable[[Any], bool]
_PLAIN = (bool, int, float, str, Path, type(None))


def shaped(value: Any, stated: Any) -> bool:
    """Return whether `value` is what the type `stated` says, all the way down; an int may stand for a float, a bool for no number."""
    return _looks(stated)(value)


@lru_cache(maxsize=1000)
def _looks(stated: Any) -> Looks:
    if stated is Any:
        return lambda _: True
    if stated in _PLAIN or stated is None:
        kinds = _kinds(stated)
        return lambda value: isinstance(value, kinds) if Path in kinds else type(value) in kinds
    origin, args = get_origin(stated), get_args(stated)
    if origin in (Union, types.UnionType):
        return _either(args)
    if origin is Literal:
        return lambda value: isinstance(value, str) and value in args
    if origin is tuple:
        return _row(args)
    if origin is not None and issubclass(origin, Mapping):
        key, inner = map(_looks, args)
        return lambda value: isinstance(value, dict) and all(key(k) and inner(v) for k, v in value.items())
    return _record(stated) if hasattr(stated, "__dataclass_fields__") else lambda value: isinstance(value, stated)


def _kinds(stated: Any) -> tuple[type, ...]:
    if stated is float:
        return (float, int)
    return (type(None),) if stated is None else (stated,)


def _either(args: tuple[Any, ...]) -> Looks:
    if all(arg in _PLAIN for arg in args) and Path not in args:
        kinds = frozenset(kind for arg in args for kind in _kinds(arg))
        return lambda value: type(value) in kinds
    return lambda value: any(_looks(arg)(value) for arg in args)


def _record(kind: Any) -> Looks:
    # the fields are looked up when a value comes: expressions hold expressions
    return lambda value: isinstance(value, kind) and all(look(getattr(value, name)) for name, look in _fields(kind))


def _row(args: tuple[Any, ...]) -> Looks:
    if len(args) == 2 and args[1] is Ellipsis:
        each = _looks(args[0])
        return lambda value: isinstance(value, tuple) and all(map(each, value))
    looks = tuple(map(_looks, args))
    return lambda value: (
        isinstance(value, tuple)
        and len(value) == len(looks)
        and all(look(part) for look, part in zip(looks, value, strict=True))
    )


@lru_cache(maxsize=200)
def _fields(kind: Any) -> tuple[tuple[str, Looks], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, _looks(hints[field.name])) for field in fields(kind))

"""Write a manifest that says what a bundle is, and reads back as the same bundle."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from policykit.errors import UsageError
from policykit.load.bundle_words import KIND
from policykit.terms.bundle import Bundle, Dataset, Task
from policykit.terms.expr import Scalar

_BARE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./@-]*")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./@-]*")
_TYPED: Final = frozenset({"null", "true", "false"})
_LONGEST_KEY: Final = 1000  # YAML reads no longer key on one line
_LARGEST_WHOLE: Final = 10**18


def manifest_text(bundle: Bundle, *, comments: Mapping[str, str] | None = None) -> str:
    """Return `bundle.yaml` for a bundle of files; `comments` stand at the end of lines, by key (`task.target`).

    Raises:
        UsageError: a table in memory, which has no file to name, or a value that a manifest cannot hold.
    """
    said = comments or {}
    lines = [f"policykit: {KIND}"]
    lines += [
        f"name: {text(bundle.name)}{_told('name', said)}",
        f"version: {text(bundle.version)}{_told('version', said)}",
    ]
    if bundle.labels:
        lines.append(f"labels: {{{', '.join(f'{key(k)}: {_one_or_list(v)}' for k, v in bundle.labels.items())}}}")
    lines += _block("task", _task(bundle.task), said)
    if bundle.attributes:
        lines.append("attributes:")
    for name, attribute in bundle.attributes.items():
        renamed = ", ".join(f"{key_literal(old.value)}: {text(new)}" for old, new in attribute.values)
        values = f", values: {{{renamed}}}" if renamed else ""
        lines.append(f"  {key(name)}: {{column: {text(attribute.column)}{values}}}")
    if bundle.protected_attributes:
        told = _told("protected_attributes", said)
        lines.append(f"protected_attributes: {_list(bundle.protected_attributes)}{told}")
    if bundle.model is not None:
        model = {"path": text(bundle.model.path)}
        if bundle.model.format is not None:
            model["format"] = text(bundle.model.format)
        if bundle.model.features:
            model["features"] = _list(bundle.model.features)
        lines += _block("model", model, said)
    lines.append("datasets:")
    for role, dataset in bundle.datasets.items():
        lines += [f"  {line}" for line in _block(role, _dataset(dataset), said)]
    if bundle.documents:
        lines.append("documents:")
        for name, path in bundle.documents.items():
            lines.append(f"  {key(name)}: {{path: {text(path)}}}{_told(f'documents.{name}', said)}")
    if bundle.facts:
        lines.append("facts:")
        lines += [f"  {key(name)}: {value(found)}" for name, found in bundle.facts.items()]
    if bundle.champion_report is not None:
        lines.append(f"champion: {{report: {text(bundle.champion_report)}}}")
    return "\n".join(lines) + "\n"


def text(written: str) -> str:
    """Return text where a manifest expects text: plain where that cannot be read in another way, else in quotes."""
    return written if _BARE.fullmatch(written) and written.lower() != "null" else quoted(written)


def key(name: str) -> str:
    """Return a key of a map."""
    if len(name) > _LONGEST_KEY:
        raise UsageError(f"the name `{name[:40]}…` is too long for a manifest", hint="shorten it")
    return text(name)


def key_literal(constant: Scalar) -> str:
    """Return a constant as a key of a map."""
    if isinstance(constant, str) and len(constant) > _LONGEST_KEY:
        raise UsageError(f"the value `{constant[:40]}…` is too long for a manifest", hint="shorten it")
    return literal(constant)


def literal(constant: Scalar) -> str:
    """Return a constant so that it keeps its type."""
    match constant:
        case bool():
            return "true" if constant else "false"
        case int() if abs(constant) < _LARGEST_WHOLE:
            return str(constant)
        case float() if math.isfinite(constant):
            return repr(constant)
        case str():
            return constant if _WORD.fullmatch(constant) and constant.lower() not in _TYPED else quoted(constant)
        case _:
            raise UsageError(f"`{constant}` cannot be written into a manifest", hint="write it as text")


def value(found: Any) -> str:
    """Return a fact: null, true, false, a number, text, or lists and maps of such, on one line."""
    match found:
        case None:
            return "null"
        case bool() | int() | float() | str():
            return literal(found)
        case Mapping():
            return f"{{{', '.join(f'{key(str(name))}: {value(inner)}' for name, inner in found.items())}}}"
        case list() | tuple():
            return f"[{', '.join(map(value, found))}]"
        case _:
            return quoted(str(found))


def quoted(written: str) -> str:
    """Return text in double quotes, with everything escaped that cannot be seen."""
    if any("\ud800" <= mark <= "\udfff" for mark in written):
        raise UsageError("half a surrogate pair is not text, and cannot be written into a manifest")
    return "".join(map(_escaped, json.dumps(written, ensure_ascii=False)))


def _escaped(mark: str) -> str:
    if mark.isprintable() and not "\ufff0" <= mark <= "\uffff":
        return mark
    return f"\\u{ord(mark):04x}" if ord(mark) <= 0xFFFF else f"\\U{ord(mark):08x}"


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(map(text, names))}]"


def _one_or_list(values: tuple[str, ...]) -> str:
    return text(values[0]) if len(values) == 1 else _list(values)


def _block(name: str, entries: Mapping[str, str], said: Mapping[str, str]) -> list[str]:
    lines = [f"{key(name)}:"] if entries else []
    for entry, written in entries.items():
        lines.append(f"  {entry}: {written}{_told(f'{name}.{entry}', said)}")
    return lines


def _told(entry: str, said: Mapping[str, str]) -> str:
    """Return what is said of a line, as the comment at its end."""
    comment = said.get(entry)
    return f"  # {comment}" if comment else ""


def _task(task: Task) -> dict[str, str]:
    written = {name: text(found) for name in ("kind", "target", "score") if (found := getattr(task, name)) is not None}
    if task.cut is not None:
        written["prediction"] = f"{{from: score, at_least: {literal(float(task.cut.at_least))}}}"
    elif task.prediction is not None:
        written["prediction"] = text(task.prediction)
    for name in ("positive", "favourable"):
        found = getattr(task, name)
        if found is not None:
            written[name] = literal(found.value)
    return written


def _dataset(dataset: Dataset) -> dict[str, str]:
    if len(dataset.files) != 1:
        hint = "write the table to a CSV or Parquet file first, or use `policykit.record`"
        raise UsageError(f"the data set `{dataset.role}` is not one file, so no manifest can name it", hint=hint)
    written = {"path": text(dataset.files[0])}
    if dataset.sha256 is not None:
        written["sha256"] = quoted(dataset.sha256)
    if dataset.key:
        written["key"] = _one_or_list(dataset.key)
    if dataset.collected is not None:
        written["collected"] = dataset.collected
    if dataset.columns:
        written["columns"] = f"{{{', '.join(f'{key(name)}: {kind}' for name, kind in dataset.columns.items())}}}"
    if dataset.missing_values is not None:
        written["missing_values"] = f"[{', '.join(map(quoted, dataset.missing_values))}]"
    if dataset.predictions is not None:
        joined = dataset.predictions
        written["predictions"] = f"{{path: {text(joined.path)}, key: {_one_or_list(joined.key)}}}"
    return written

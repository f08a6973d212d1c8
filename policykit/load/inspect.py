"""What a bundle is, line by line, for `bundle inspect`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policykit.load.manifest_text import value
from policykit.terms.bundle import Bundle, Dataset, Task
from policykit.terms.expr import Lit


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is true of a bundle: the part it belongs to, what it is, and what the bundle says of it."""

    part: str  # bundle · labels · task · attributes · datasets · documents · facts · files
    name: str
    text: str
    missing: bool = False  # not said, or not readable: a rule that needs it is undecided


def inspect(bundle: Bundle) -> tuple[Line, ...]:
    """Return everything a reader wants to know of a bundle before it is judged, what it does not say included."""
    return (
        Line("bundle", "name", bundle.name),
        Line("bundle", "version", bundle.version),
        Line("bundle", "digest", f"sha256:{bundle.manifest_digest}" if bundle.files else "a table in memory has none"),
        *(Line("labels", name, ", ".join(values)) for name, values in bundle.labels.items()),
        *_task(bundle.task),
        *_attributes(bundle),
        *(Line("datasets", role, _dataset(dataset, bundle)) for role, dataset in bundle.datasets.items()),
        *_documents(bundle),
        *(Line("facts", name, _short(value(found))) for name, found in bundle.facts.items()),
        *_files(bundle),
    )


def _task(task: Task) -> Iterator[Line]:
    for name in ("kind", "target", "prediction", "score", "positive", "favourable"):
        found = getattr(task, name)
        if name == "prediction" and task.cut is not None:
            yield Line("task", name, f"positive where `{task.score}` is {task.cut.at_least:g} or more")
        elif found is None:
            yield Line("task", name, "not said", missing=True)
        else:
            yield Line("task", name, _constant(found) if isinstance(found, Lit) else str(found))


def _constant(found: Lit) -> str:
    match found.value:
        case bool():
            return f"{str(found.value).lower()} (true or false)"
        case str():
            return f'"{found.value}" (text)'
        case _:
            return f"{found.value} (number)"


def _attributes(bundle: Bundle) -> Iterator[Line]:
    for name in dict.fromkeys((*bundle.protected_attributes, *bundle.attributes)):
        mapped = bundle.attributes.get(name)
        column = mapped.column if mapped else name
        renamed = ", ".join(f"{old.value} is {new}" for old, new in mapped.values) if mapped else ""
        protected = "protected" if name in bundle.protected_attributes else ""
        said = "; ".join(part for part in (f"column `{column}`", renamed, protected) if part)
        yield Line("attributes", name, said)
    if not bundle.protected_attributes:
        yield Line("attributes", "protected_attributes", "none are said", missing=True)


def _dataset(dataset: Dataset, bundle: Bundle) -> str:
    if dataset.format == "memory":
        return "a table in memory"
    sizes = {file.path: file.size for file in bundle.files}
    size = sum(sizes.get(path, 0) for path in dataset.files)
    name = dataset.files[0] if len(dataset.files) == 1 else f"{len(dataset.files)} files"
    parts = [
        f"{name}, {dataset.format}, {_size(size)}",
        f"key {', '.join(dataset.key)}" if dataset.key else "",
        f"collected {dataset.collected}" if dataset.collected else "",
        f"predictions from {dataset.predictions.path}" if dataset.predictions else "",
        "digest stated" if dataset.sha256 else "",
    ]
    return "; ".join(part for part in parts if part)


def _documents(bundle: Bundle) -> Iterator[Line]:
    for name, path in bundle.documents.items():
        why = bundle.broken.get(name)
        yield Line("documents", name, f"cannot be used: {why}" if why else path, missing=why is not None)


def _files(bundle: Bundle) -> Iterator[Line]:
    if bundle.files:
        total = sum(file.size for file in bundle.files)
        yield Line("files", "all", f"{len(bundle.files)} files, {_size(total)}")
    other = [file for file in bundle.files if file.role == "other"]
    for file in other[:20]:
        yield Line("files", "other", f"{file.path}, {_size(file.size)}")
    if len(other) > 20:
        yield Line("files", "other", f"and {len(other) - 20} more that the manifest does not name")


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:199]}…"


def _size(count: int) -> str:
    amount = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError("the last unit takes any size")

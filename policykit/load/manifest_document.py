"""The manifest of a bundle as it was written: every value with its type and place, no file looked at yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from policykit.errors import Diagnostic
from policykit.load import bundle_words as words
from policykit.load import scalars
from policykit.load.fields import fields
from policykit.load.free import free
from policykit.load.header import read_header
from policykit.load.node import Node
from policykit.load.scalars import Problems, shown
from policykit.load.yaml import parse
from policykit.terms.bundle import Attribute, Cut, Task
from policykit.terms.expr import Lit
from policykit.terms.nearest import nearest

_LONGEST_NAME = 200
_HEX = frozenset("0123456789abcdef")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Named:
    """A path as written, where it was written, and the digest stated beside it."""

    path: str
    node: Node
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """A data set as written; its pattern is not yet files."""

    role: str
    source: Named
    key: tuple[str, ...] = ()
    collected: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    missing_values: tuple[str, ...] | None = None
    predictions: Named | None = None
    predictions_key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything a manifest says."""

    name: str
    version: str
    labels: Mapping[str, tuple[str, ...]]
    label_nodes: Mapping[str, Node]
    task: Task
    attributes: Mapping[str, Attribute]
    protected_attributes: tuple[str, ...]
    model: Named | None
    model_format: str | None
    model_features: tuple[str, ...]
    datasets: tuple[Declared, ...]
    documents: Mapping[str, Named]
    facts: Mapping[str, Any]
    champion: Named | None
    node: Node


def read_manifest(data: bytes, path: str) -> tuple[Manifest | None, tuple[Diagnostic, ...]]:
    """Return what the manifest says, and every problem of it; None where nothing of use is left."""
    root, found = parse(data, path, escapes=True)
    problems = list(found)
    if root is None:
        return None, tuple(problems)
    if read_header(root, problems) not in ("bundle", None):
        hint = "a manifest begins with `policykit: bundle/1`"
        problems.append(root.problem("PK301", "this document is not the manifest of a bundle", hint=hint))
        return None, tuple(problems)
    given = fields(root, "a bundle", problems, known=words.BUNDLE, needed=words.BUNDLE_NEEDED)
    if not given:
        return None, tuple(problems)
    labels = _labels(given.get("labels"), problems)
    model = _model(given.get("model"), problems)
    champion = _map(given.get("champion"), "`champion`", words.CHAMPION, ("report",), problems)
    manifest = Manifest(
        name=_maybe(given.get("name"), _name, problems) or "",
        version=_maybe(given.get("version"), _name, problems) or "",
        labels=labels,
        label_nodes=dict(given["labels"].entries()) if "labels" in given else {},
        task=_task(given.get("task"), problems),
        attributes=_attributes(given.get("attributes"), problems),
        protected_attributes=_maybe(given.get("protected_attributes"), _names, problems) or (),
        model=_named(model, problems),
        model_format=_maybe(model.get("format"), scalars.text, problems),
        model_features=_maybe(model.get("features"), _names, problems) or (),
        datasets=_datasets(given.get("datasets"), problems),
        documents=_documents(given.get("documents"), problems),
        facts=_facts(given.get("facts"), problems),
        champion=_path_node(champion.get("report"), None, problems),
        node=root,
    )
    return manifest, tuple(problems)


def _maybe(node: Node | None, read: Callable[[Node, Problems], T | None], problems: Problems) -> T | None:
    return None if node is None else read(node, problems)


def _map(
    node: Node | None, what: str, known: Mapping[str, str], needed: tuple[str, ...], problems: Problems
) -> dict[str, Node]:
    return {} if node is None else fields(node, what, problems, known=known, needed=needed)


def _name(node: Node, problems: Problems) -> str | None:
    name = scalars.text(node, problems)
    if name is None:
        return None
    climbs = any(part in ("", ".", "..") for part in name.split("/"))
    if climbs or len(name) > _LONGEST_NAME or not name.isprintable():
        hint = f"one line of at most {_LONGEST_NAME} characters that can be seen, and no path that climbs"
        problems.append(node.problem("PK308", f"`{shown(name)}` cannot be a name", hint=hint))
        return None
    return name


def _names(node: Node, problems: Problems) -> tuple[str, ...] | None:
    """Return a list of names; unlike other lists it may be empty."""
    return () if node.kind == "list" and not node.items else _columns(node, problems)


def _labels(node: Node | None, problems: Problems) -> dict[str, tuple[str, ...]]:
    if node is None or not scalars.is_map(node, problems):
        return {}
    found = {}
    for name, value in node.pairs:
        scalars.identifier(name, problems)
        values = scalars.texts(value, problems)
        if values:
            found[name.text] = values
    return found


def _task(node: Node | None, problems: Problems) -> Task:
    given = _map(node, "`task`", words.TASK, (), problems)
    kind = given.get("kind")
    score = _maybe(given.get("score"), _column, problems)
    prediction, cut = None, None
    written = given.get("prediction")
    if written is not None and written.kind == "map":
        score, cut = _cut(written, score, problems)
    elif written is not None:
        prediction = _column(written, problems)
    target = _maybe(given.get("target"), _column, problems)
    for key in ("prediction", "score"):
        node = given.get(key)
        said = {"prediction": prediction, "score": score}[key]
        if node is not None and target is not None and said == target:
            told = f"`{target}` cannot be both the target and the {key}"
            hint = "`target` is what really happened, `prediction` and `score` what the model said"
            problems.append(node.problem("PK322", told, hint=hint))
    return Task(
        kind=None if kind is None else scalars.choice(kind, words.KINDS, problems),
        target=target,
        prediction=prediction,
        score=score,
        positive=_maybe(given.get("positive"), scalars.literal, problems),
        favourable=_maybe(given.get("favourable"), scalars.literal, problems),
        cut=cut,
    )


def _cut(node: Node, score: str | None, problems: Problems) -> tuple[str | None, Cut | None]:
    given = fields(node, "a prediction cut from a score", problems, known=words.CUT, needed=tuple(words.CUT))
    source = _maybe(given.get("from"), _column, problems)
    least = _maybe(given.get("at_least"), scalars.decimal, problems)
    if source is not None and score is not None and source not in ("score", score):
        message = f"the prediction is cut from `{shown(source)}`, but the score is `{shown(score)}`"
        problems.append(given["from"].problem("PK309", message, hint="write `from: score`"))
    return source if score is None else score, None if least is None else Cut(least)


def _column(node: Node, problems: Problems) -> str | None:
    """Return a name exactly as written: in quotes, blanks at its ends count, and it may be nothing but blanks."""
    if node.kind == "scalar" and not node.plain:
        return node.text
    return scalars.text(node, problems)


def _attributes(node: Node | None, problems: Problems) -> dict[str, Attribute]:
    if node is None or not scalars.is_map(node, problems):
        return {}
    found = {}
    for name, value in node.pairs:
        scalars.identifier(name, problems)
        given = fields(
            value, f"the attribute `{shown(name.text)}`", problems, known=words.ATTRIBUTE, needed=("column",)
        )
        column = _maybe(given.get("column"), _column, problems)
        renamed = _renamed(given.get("values"), problems)
        if column is not None:
            found[name.text] = Attribute(column, renamed)
    return found


def _renamed(node: Node | None, problems: Problems) -> tuple[tuple[Lit, str], ...]:
    if node is None or not scalars.is_map(node, problems):
        return ()
    read = [(scalars.literal(old, problems), _column(new, problems)) for old, new in node.pairs]
    first: dict[str, Node] = {}
    for old, new in node.pairs:
        if new.text in first:
            told = f"two values are given the name `{shown(new.text)}`: a map renames groups, it never merges them"
            hint = "give each its own name; bands and groups that belong together are the policy's to say"
            problems.append(new.problem("PK323", told, hint=hint))
        first.setdefault(new.text, old)
    return tuple((old, new) for old, new in read if old is not None and new is not None)


def _model(node: Node | None, problems: Problems) -> dict[str, Node]:
    return _map(node, "`model`", words.MODEL, ("path",), problems)


def _datasets(node: Node | None, problems: Problems) -> tuple[Declared, ...]:
    if node is None or not scalars.is_map(node, problems):
        return ()
    if not node.pairs:
        problems.append(node.problem("PK310", "there is no data set", hint="name at least one, such as `evaluation`"))
    found = []
    for name, value in node.pairs:
        _known_name(name, words.ROLES, "role", problems)
        given = fields(value, f"the data set `{shown(name.text)}`", problems, known=words.DATASET, needed=("path",))
        joined = _map(given.get("predictions"), "`predictions`", words.PREDICTIONS, ("path", "key"), problems)
        source = _named(given, problems)
        missing = given.get("missing_values")
        declared = Declared(
            role=name.text,
            source=source or Named("", name),
            key=_maybe(given.get("key"), _columns, problems) or (),
            collected=_maybe(given.get("collected"), scalars.day, problems),
            columns=_types(given.get("columns"), problems),
            missing_values=None if missing is None else _sentinels(missing, problems),
            predictions=_named(joined, problems),
            predictions_key=_maybe(joined.get("key"), _columns, problems) or (),
        )
        if source is not None:
            found.append(declared)
    return tuple(found)


def _columns(node: Node, problems: Problems) -> tuple[str, ...] | None:
    """Return a list of names exactly as written, or the one that stands for a list of one; nothing twice."""
    if node.kind == "map" or (node.kind == "list" and not node.items):
        return scalars.texts(node, problems)
    found: list[str] = []
    for item in node.items if node.kind == "list" else (node,):
        name = _column(item, problems)
        if name is not None and name in found:
            problems.append(item.problem("PK025", f"`{shown(name)}` is listed twice"))
        elif name is not None:
            found.append(name)
    return tuple(found)


def _sentinels(node: Node, problems: Problems) -> tuple[str, ...]:
    """Return what stands for missing: texts exactly as written, the empty one too."""
    if not scalars.is_list(node, problems):
        return ()
    wrong = [item for item in node.items if item.kind != "scalar"]
    for item in wrong:
        scalars.text(item, problems)
    return tuple(dict.fromkeys(item.text for item in node.items if item not in wrong))


def _types(node: Node | None, problems: Problems) -> dict[str, str]:
    if node is None or not scalars.is_map(node, problems):
        return {}
    read = {name.text: scalars.choice(value, words.COLUMN_TYPES, problems) for name, value in node.pairs}
    return {name: kind for name, kind in read.items() if kind is not None}


def _documents(node: Node | None, problems: Problems) -> dict[str, Named]:
    if node is None or not scalars.is_map(node, problems):
        return {}
    found = {}
    for name, value in node.pairs:
        _known_name(name, words.DOCUMENTS, "document", problems)
        given = fields(value, f"the document `{shown(name.text)}`", problems, known=words.DOCUMENT, needed=("path",))
        named = _named(given, problems)
        if named is not None:
            found[name.text] = named
    return found


def _known_name(name: Node, known: tuple[str, ...], what: str, problems: Problems) -> None:
    """Any id may be a role or a document's name, but not one that is nearly a known one: that is a typing mistake."""
    if scalars.identifier(name, problems) is None or name.text in known:
        return
    near = nearest(name.text, known)
    longer = name.text.startswith(near) and name.text != f"{near}s"  # `train_2` is a name of its own
    if near and not longer and abs(len(near) - len(name.text)) <= 2:
        message = f"`{shown(name.text)}` is nearly the {what} `{near}`, and would never be found by its checks"
        problems.append(name.problem("PK311", message, suggestion=near))


def _facts(node: Node | None, problems: Problems) -> dict[str, Any]:
    if node is None or not scalars.is_map(node, problems):
        return {}
    value = free(node)
    return value if isinstance(value, dict) else {}


def _named(given: Mapping[str, Node], problems: Problems) -> Named | None:
    digest = _maybe(given.get("sha256"), _sha256, problems)
    return _path_node(given.get("path"), digest, problems)


def _path_node(node: Node | None, digest: str | None, problems: Problems) -> Named | None:
    path = _maybe(node, _column, problems)
    return None if path is None or node is None else Named(path, node, digest)


def _sha256(node: Node, problems: Problems) -> str | None:
    written = scalars.text(node, problems)
    if written is None:
        return None
    digest = written.removeprefix("sha256:").lower()
    if len(digest) != 64 or not _HEX.issuperset(digest):
        hint = "write the 64 hexadecimal digits that `sha256sum` prints"
        problems.append(node.problem("PK312", f"`{shown(written)}` is not a SHA-256", hint=hint))
        return None
    return digest

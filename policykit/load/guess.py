"""A first manifest, guessed from what lies in a folder, with every guess said aloud."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from policykit.errors import UsageError
from policykit.load.bundle_words import MANIFEST
from policykit.load.contents import MOST_FILES, refused, too_many, unsafe
from policykit.load.guess_columns import Notes, guess_columns, join_answers
from policykit.load.manifest_text import manifest_text
from policykit.load.resolve import FORMATS
from policykit.load.scalars import IDENTIFIER
from policykit.load.tree import open_tree
from policykit.terms.bundle import Bundle, Dataset, Model

_ROLE_WORDS: Final[Mapping[str, tuple[str, ...]]] = {  # in this order: the first role with a word in the path
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "calibration": ("calibration",),
    "production": ("production", "prod", "live", "serving"),
    "reference": ("reference", "baseline"),
    "evaluation": ("evaluation", "eval", "predictions", "prediction", "preds", "scored", "holdout", "test", "testing"),
}
_EVALUATION_FIRST: Final = _ROLE_WORDS["evaluation"]
_MODELS: Final = {
    ".skops": "skops",
    ".onnx": "onnx",
    ".safetensors": "safetensors",
    ".ubj": "xgboost",
    ".cbm": "catboost",
    ".keras": "keras",
    ".pt": "torch",
    ".pth": "torch",
    ".joblib": "joblib",
    ".pkl": "pickle",
    ".pickle": "pickle",
}
_CARDS: Final = ("model_card.md", "modelcard.md", "model-card.md")
_OURS: Final = ("bundle", "policies", "schemas")
_OTHERS: Final = ("node_modules", "site-packages")
_DOCUMENTS: Final = ("load_test.json", "load_test.csv", "privacy_ledger.json", "dp_training.json")


@dataclass(frozen=True, slots=True)
class Guessed:
    """A manifest, and what was guessed in it, one sentence each."""

    text: str
    notes: tuple[str, ...]


def first_bundle(project: Path) -> tuple[Guessed, tuple[str, ...]] | None:
    """Return a manifest for a bundle made of what lies in a project, and the files of it; None where no table lies there.

    Paths are as in the project. Hidden folders, links, environments and what `policykit init` writes are not looked at.

    Raises:
        UsageError: tables that could be several things.
        BundleError: too many files to look at.
    """
    paths = _lying(project)
    if not _tables(paths):
        return None
    guessed, bundle = _guessed(project, paths)
    patterns = [pattern for dataset in bundle.datasets.values() for pattern in dataset.files]
    joined = [dataset.predictions.path for dataset in bundle.datasets.values() if dataset.predictions]
    model = [bundle.model.path] if bundle.model else []
    named = {*patterns, *joined, *model, *bundle.documents.values()}
    return guessed, tuple(path for path in paths if any(_is_of(path, each) for each in named))


def init_manifest(folder: Path) -> Guessed:
    """Return a manifest for `folder`, guessed from the names of its files and the headers of its tables; nothing is written.

    Raises:
        UsageError: a folder that has a manifest already, or no table at all.
        BundleError: links and the like, which no bundle may hold.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder `{folder}`", hint="name the folder that holds the model and its data")
    paths = _paths(folder)
    if MANIFEST in paths:
        hint = "edit it, or delete it first; `policykit bundle inspect` shows what it says"
        raise UsageError(f"there is a `{MANIFEST}` in `{folder}` already", hint=hint)
    return _guessed(folder, paths)[0]


def _guessed(folder: Path, paths: Sequence[str]) -> tuple[Guessed, Bundle]:
    notes = Notes()
    datasets, left = _datasets(paths, notes)
    if not datasets and left:
        hint = "name the one with labels and predictions `evaluation`, or write the manifest by hand"
        told = f"no table in `{folder}` has a name that says what it is for, such as `{left[0]}`"
        raise UsageError(told, hint=hint)
    if not datasets:
        hint = "put the evaluation rows, with labels and predictions, into it as CSV or Parquet"
        raise UsageError(f"there is no table in `{folder}`", hint=hint)
    joined = join_answers(folder, datasets, left, notes)
    notes.said += [f"`{path}` was given no role" for path in left if path != joined]
    task, protected = guess_columns(folder, datasets, notes)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("-.") or "model"
    notes.guess("name", f"the name `{name}` is the folder's, and the version `0.1.0` is made up: write the real ones")
    notes.comments["version"] = "made up: write the real one"
    bundle = Bundle(
        name=name,
        version="0.1.0",
        datasets=datasets,
        task=task,
        protected_attributes=protected,
        model=_model(paths, notes),
        documents=_documents(paths, notes),
    )
    return Guessed(_HEAD + manifest_text(bundle, comments=notes.comments), tuple(notes.said)), bundle


_HEAD: Final = "# Written by `policykit bundle init`: read it once, every guess is marked\n"


def _paths(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path for path in open_tree(folder.resolve()).sizes if not _hidden(path)))


def _lying(project: Path) -> tuple[str, ...]:
    """Return the plain files of a project in which somebody's model or data may lie."""
    found = list[str]()
    for place, folders, names in os.walk(project):
        at = Path(place)
        ours = _OURS if at == project else ()
        folders[:] = [
            name
            for name in sorted(folders)
            if name not in ours and name not in _OTHERS and not (at / name / "pyvenv.cfg").exists()
        ]
        paths = ((at / name).relative_to(project).as_posix() for name in names if not (at / name).is_symlink())
        folders[:] = [name for name in folders if not _hidden((at / name).relative_to(project).as_posix())]
        found += [path for path in paths if not _hidden(path)]
        if len(found) > MOST_FILES:
            raise refused([too_many(str(project))], str(project))
    return tuple(sorted(found))


def _is_of(path: str, named: str) -> bool:
    """Say whether a file is one that a manifest names: itself, in a folder, or by a pattern `folder/*.csv`."""
    folder, _, suffix = named.rpartition("*")
    if folder:
        return path.startswith(folder) and path.endswith(suffix) and "/" not in path.removeprefix(folder)
    return path == named or path.startswith(f"{named}/")


def _tables(paths: Sequence[str]) -> list[str]:
    tables = [path for path in paths if PurePosixPath(path).suffix.lower() in FORMATS]
    return [path for path in tables if PurePosixPath(path).name.lower() not in _DOCUMENTS]


def _hidden(path: str) -> bool:
    return any(part.startswith((".", "_")) for part in path.split("/")) or unsafe(path) is not None


def _words(path: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z]+", path.lower()))


def _datasets(paths: Sequence[str], notes: Notes) -> tuple[dict[str, Dataset], list[str]]:
    """Return the data sets by role, and the tables that got none."""
    by_role: dict[str, list[str]] = {}
    left: list[str] = []
    for path in _tables(paths):
        role = _role(path)
        (by_role.setdefault(role, []) if role else left).append(path)
    if not by_role and len(left) == 1:
        by_role["evaluation"] = left
        left = []
    datasets = {}
    for role in (*_ROLE_WORDS, *by_role):
        if role not in by_role or role in datasets:
            continue
        chosen, rest = _choose(role, by_role[role])
        left += rest
        datasets[role] = Dataset(role, files=(chosen,), format=FORMATS[PurePosixPath(chosen).suffix.lower()])
        notes.guess(f"{role}.path", f"`{chosen}` is taken for the {role} data, by its name")
    return datasets, sorted(left)


def _role(path: str) -> str:
    """Return the role that the file's own name says, or else its folders', the nearest first."""
    for part in reversed(path.rsplit(".", 1)[0].split("/")):
        words = _words(part)
        role = next((role for role, known in _ROLE_WORDS.items() if any(word in known for word in words)), "")
        if role:
            return role
    return ""


def _choose(role: str, paths: list[str]) -> tuple[str, list[str]]:
    """Return the one file, or the pattern of parts in one folder, that serves a role, and the files that are left."""
    folders = {str(PurePosixPath(path).parent) for path in paths}
    suffixes = {PurePosixPath(path).suffix for path in paths}
    if len(paths) > 1 and len(folders) == 1 and len(suffixes) == 1 and _role(f"{next(iter(folders))}.x") == role:
        folder, suffix = folders.pop(), suffixes.pop()
        if not any(mark in folder for mark in "*?["):
            return f"{folder}/*{suffix}", []
    if role == "evaluation":
        paths = sorted(paths, key=lambda path: (_rank(path), path))
    return paths[0], paths[1:]


def _rank(path: str) -> int:
    words = _words(PurePosixPath(path).stem)
    return next((rank for rank, word in enumerate(_EVALUATION_FIRST) if word in words), len(_EVALUATION_FIRST))


def _model(paths: Sequence[str], notes: Notes) -> Model | None:
    mlflow = next((path for path in paths if PurePosixPath(path).name == "MLmodel"), None)
    if mlflow is not None and "/" in mlflow:
        folder = mlflow.rsplit("/", 1)[0]
        notes.guess("model.path", f"the folder `{folder}` is taken for the model: MLflow saved it")
        return Model(folder, "mlflow")
    order = list(_MODELS)
    files = [path for path in paths if PurePosixPath(path).suffix.lower() in _MODELS]
    files.sort(key=lambda path: (order.index(PurePosixPath(path).suffix.lower()), path))
    if not files:
        return None
    notes.guess("model.path", f"`{files[0]}` is taken for the model")
    return Model(files[0], _MODELS[PurePosixPath(files[0]).suffix.lower()])


def _documents(paths: Sequence[str], notes: Notes) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        place = PurePosixPath(path)
        if place.name.lower() in _CARDS:
            name = "card"
        elif place.name.lower() in _DOCUMENTS or (place.parent.name == "evidence" and place.suffix.lower() == ".json"):
            name = re.sub(r"[^A-Za-z0-9._-]", "_", place.stem)
        else:
            continue
        if IDENTIFIER.fullmatch(name) and name not in found:
            found[name] = path
            notes.guess(f"documents.{name}", f"`{path}` is taken for the document `{name}`, by its name")
    return found

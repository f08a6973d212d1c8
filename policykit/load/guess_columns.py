"""Guess what the columns of a table are for, from its header and a look at its labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from policykit.errors import BundleError
from policykit.load.table import Seen, Table, open_table
from policykit.terms.bundle import Dataset, Predictions, Task
from policykit.terms.expr import Lit

_ANSWERS: Final = frozenset({"predictions", "prediction", "preds", "scored"})
_COLUMN_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "target": ("target", "label", "y_true", "y", "actual", "outcome", "ground_truth", "truth", "class"),
    "prediction": ("prediction", "predicted", "y_pred", "yhat", "y_hat", "pred", "predicted_label", "decision"),
    "score": ("score", "probability", "proba", "y_score", "y_prob", "y_proba", "prob", "pd", "predicted_probability"),
}
_PROTECTED: Final = (
    *("sex", "gender", "race", "ethnicity", "age_band", "age_group", "disability", "religion", "nationality"),
    *("marital_status", "pregnancy"),
)
_LARGEST_SEEN: Final = 256 * 2**20  # bytes of a table whose values are looked at


@dataclass(slots=True)
class Notes:
    """What was guessed so far: the sentences, and the comments at the end of lines."""

    said: list[str] = field(default_factory=list)
    comments: dict[str, str] = field(default_factory=dict)

    def guess(self, key: str, sentence: str) -> None:
        """Say a guess, and mark its line in the manifest."""
        self.said.append(sentence)
        self.comments[key] = "guessed: please check"


def join_answers(folder: Path, datasets: dict[str, Dataset], left: Sequence[str], notes: Notes) -> str | None:
    """Join a file of predictions by its key where the evaluation data has labels and no predictions; return which file."""
    evaluation = datasets.get("evaluation")
    answers = next(
        (path for path in left if _ANSWERS.intersection(re.findall(r"[a-z]+", Path(path).stem.lower()))), None
    )
    if evaluation is None or answers is None:
        return None
    data, joined = _open(folder, evaluation.files[0]), _open(folder, answers)
    if data is None or joined is None or _find(data.columns, "prediction") or not _find(joined.columns, "prediction"):
        return None
    shared = [name for name in joined.columns if name in data.columns and _is_key(name)]
    if not shared:
        return None
    predictions = Predictions(answers, (shared[0],))
    datasets["evaluation"] = replace(evaluation, key=(shared[0],), predictions=predictions)
    notes.guess("evaluation.predictions", f"`{answers}` is joined to the evaluation data by `{shared[0]}`")
    return answers


def _open(folder: Path, path: str) -> Table | None:
    found = next(iter(sorted(folder.glob(path))), None) if "*" in path else folder / path
    try:
        return open_table(found) if found is not None else None
    except BundleError:
        return None  # whoever judges the bundle is told; a guess does without


def guess_columns(folder: Path, datasets: dict[str, Dataset], notes: Notes) -> tuple[Task, tuple[str, ...]]:
    """Return the task and the protected attributes that the header of the evaluation data shows."""
    role = "evaluation" if "evaluation" in datasets else next(iter(datasets))
    dataset = datasets[role]
    table = _open(folder, dataset.files[0])
    if table is None:
        notes.said.append(f"`{dataset.files[0]}` could not be read, so no column was guessed")
        return Task(), ()
    names = list(table.columns)
    joined = _open(folder, dataset.predictions.path) if dataset.predictions else None
    found = {part: _find((*names, *(joined.columns if joined else ())), part) for part in _COLUMN_WORDS}
    for part, column in found.items():
        if column is not None:
            notes.guess(f"task.{part}", f"the column `{column}` is taken for the {part}, by its name")
        else:
            notes.said.append(f"no column looks like the {part}: write `{part}:` under `task` where there is one")
    target = found["target"]
    kind, positive = _task_kind(folder, dataset, table, target, notes)
    key = next((name for name in names if _is_key(name)), None)
    if key is not None and not dataset.key:
        datasets[role] = replace(dataset, key=(key,))
        notes.guess(f"{role}.key", f"`{key}` is taken to tell one row from another")
    protected = tuple(name for name in names if name.lower() in _PROTECTED)
    if protected:
        listed = " and ".join(f"`{name}`" for name in protected)
        taken = "is taken for a protected attribute, by its name"
        if len(protected) > 1:
            taken = "are taken for protected attributes, by their names"
        notes.guess("protected_attributes", f"{listed} {taken}")
    notes.said.append("which outcome a person wants was not guessed: write `favourable:` under `task`")
    return Task(kind, target, found["prediction"], found["score"], positive), protected


def _task_kind(
    folder: Path, dataset: Dataset, table: Table, target: str | None, notes: Notes
) -> tuple[str | None, Lit | None]:
    path = folder / dataset.files[0]
    if target is None or target not in table.columns or not path.is_file() or path.stat().st_size > _LARGEST_SEEN:
        return None, None
    try:
        seen = table.seen(target)
    except BundleError:
        return None, None
    kind = _kind(seen)
    if kind is None:
        return None, None
    notes.guess("task.kind", f"the values of `{target}` make this a {kind}")
    if kind == "binary-classification" and seen.values in ((0, 1), (False, True)):
        shown = "true" if seen.values[1] is True else "1"
        notes.guess("task.positive", f"{shown} is taken for the class that the model detects")
        return kind, Lit(seen.values[1])
    return kind, None


def _kind(seen: Seen) -> str | None:
    if seen.kind == "decimal":
        return "regression"
    if len(seen.values) == 2:
        return "binary-classification"
    return "multiclass-classification" if seen.kind in ("text", "integer") and 2 < len(seen.values) <= 20 else None


def _find(names: Iterable[str], part: str) -> str | None:
    by_word = {name.lower().replace(" ", "_").replace("-", "_"): name for name in reversed(list(names))}
    return next((by_word[word] for word in _COLUMN_WORDS[part] if word in by_word), None)


def _is_key(name: str) -> bool:
    return name.lower() == "id" or name.lower().endswith("_id")

"""Resolve, for one data set, the names a question needs: label, prediction, score, outcome, champion."""

from __future__ import annotations

from dataclasses import replace

from policykit.terms.bundle import Bundle, Schema
from policykit.terms.check import Check
from policykit.terms.expr import Col, Expr
from policykit.terms.frame import Frame, cut_prediction
from policykit.terms.plan import Champion, Question
from policykit.terms.policy import Rule
from policykit.terms.verdict import Cause, Unmeasured

LEAST = 30
"""Rows in a group, where a rule names no other floor."""
CHAMPION_PREDICTION, CHAMPION_SCORE = "champion_prediction", "champion_score"


def frame_of(bundle: Bundle, rule: Rule, dataset: str, as_of: str) -> Frame:
    """Return the frame of `rule` on `dataset`: everything the manifest declares, None where it declares nothing."""
    task = bundle.task
    cut = task.cut.at_least if task.cut is not None else None
    prediction: Expr | None = Col(task.prediction) if task.prediction is not None else None
    if cut is not None and task.score is not None:
        prediction = cut_prediction(task.score, cut)
    return Frame(
        dataset=dataset,
        where=rule.where,
        kind=task.kind,
        label=Col(task.target) if task.target is not None else None,
        prediction=prediction,
        score=Col(task.score) if task.score is not None else None,
        positive=task.positive,
        favourable=task.favourable,
        cut=cut,
        ignored=rule.ignore_groups.values if rule.ignore_groups is not None else (),
        missing=rule.evidence.missing,
        least_per_group=rule.evidence.min_rows_per_group or LEAST,
        as_of=as_of,
    )


def with_champion(frame: Frame, check: type[Check], schema: Schema | None) -> Frame | Unmeasured:
    """Return the frame with the champion's predictions on the same rows beside the candidate's."""
    kinds = {name: schema.kind(name) for name in (CHAMPION_PREDICTION, CHAMPION_SCORE)} if schema else {}
    wanted = [
        name
        for name, need in ((CHAMPION_PREDICTION, "prediction"), (CHAMPION_SCORE, "score"))
        if need in check.asks_for
    ]
    absent = [name for name in wanted if not kinds.get(name)]
    if frame.cut is not None and kinds.get(CHAMPION_SCORE) and CHAMPION_PREDICTION in absent:
        absent.remove(CHAMPION_PREDICTION)
    if absent or not wanted:
        named = " and ".join(f"`{name}`" for name in absent) or "predictions of a champion"
        return Unmeasured(Cause.NO_CHAMPION, f"the data `{frame.dataset}` has no column {named}")
    cut = frame.cut if not kinds.get(CHAMPION_PREDICTION) else None
    prediction = cut_prediction(CHAMPION_SCORE, cut) if cut is not None else Col(CHAMPION_PREDICTION)
    champion = replace(frame, prediction=prediction, score=Col(CHAMPION_SCORE), cut=cut)
    return replace(frame, champion=champion)


def rival_frame(question: Question, champion: Champion | None, bundle: Bundle) -> Frame | Unmeasured | None:
    """Return the frame in which the champion's own report answers; None where the bundle names no champion to ask.

    Two reports are compared only over equal rows: the same files of the data set, byte for byte.
    """
    if champion is None:
        return None
    role = question.frame.dataset
    mine, theirs = rows_of(bundle, role), rows_of(champion.bundle, role)
    if not mine or mine != theirs:
        return Unmeasured(Cause.NO_CHAMPION, f"the champion's report was made on other rows than `{role}` holds")
    frame = frame_of(champion.bundle, question.rule, role, question.frame.as_of)
    return (
        replace(frame, missing="pass") if frame.missing == "fail" else frame
    )  # what it did not answer is not its error


def rows_of(bundle: Bundle, role: str) -> tuple[str, ...]:
    """Return the digests of a data set's own files, predictions that are joined to it left aside."""
    dataset = bundle.datasets.get(role)
    digests = {file.path: file.sha256 for file in bundle.files}
    return tuple(sorted(digests.get(path, "") for path in dataset.files)) if dataset is not None else ()


def undeclared(frame: Frame, check: type[Check]) -> Unmeasured | None:
    """Return what the manifest would have to declare for this question, or None."""
    declared = {
        "label": (frame.label, "task.target"),
        "prediction": (frame.prediction, "task.prediction"),
        "score": (frame.score, "task.score"),
        "positive": (frame.positive, "task.positive"),
        "favourable": (frame.favourable, "task.favourable"),
    }
    missing = [key for name, (value, key) in declared.items() if name in check.asks_for and value is None]
    if not missing:
        return None
    keys = " and ".join(f"`{key}`" for key in missing)
    return Unmeasured(Cause.MISSING, f"the bundle does not declare {keys}")

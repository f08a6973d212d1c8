"""How far probabilities are from what happened."""

from __future__ import annotations

from policykit.checks import _outcomes
from policykit.checks.performance import _sums
from policykit.checks.performance._rows import not_numbers, score_of
from policykit.stats.moments import Sums, mean, mean_of_losses, unseen
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import Estimate
from policykit.terms.expr import Lit
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure, Sum
from policykit.terms.quantity import Unit
from policykit.terms.state import Extremes, State
from policykit.terms.verdict import Cause, Unmeasured

_TASK = {"kind": "binary-classification", "target": "y", "score": "s", "positive": 1}
_SIDES = (("positive", True), ("negative", False))


class Brier(Check):
    """How far are the model's probabilities from what happened: the mean squared difference, 0 at best.

    The score is taken as the probability of the positive class; scores outside 0 … 1 leave the question undecided. Exact
    fixed-point sums; the interval is Student's t for the mean, corrected for skewness (Hall 1992), and its upper end is at
    least what the mean would be, were the worst error that the model risks (its most confident score being wrong) as
    frequent as an event never seen may be (Wilson), so that few rows without error still show doubt. Against a champion the
    same of the paired differences: the worst is then the candidate being sure and wrong where the champion is right. The
    same number as scikit-learn's `brier_score_loss`.

    ## Why it matters

    When people act on a probability, or money is multiplied by it, the probability itself must be right, not only the
    order. The Brier score rewards both, and cannot be improved by exaggerating.

    ## What it does not see

    Where events are rare, a model that always says "rare" has a small score: compare with the base rate p·(1 − p). It
    takes being sure and wrong less seriously than `performance.log_loss` does.
    """

    question = "how far are the probabilities from what happened?"
    unit = Unit.NUMBER
    bounds = (0, 1)
    better = "lower"
    about = "population"
    asks_for = ("label", "score", "positive")
    tasks = ("binary-classification",)
    has_champion = True
    examples = (
        Example(
            title="probabilities of 0.1 and 0.9 that are mostly right",
            expect="pass",
            task=_TASK,
            rule={"at_most": 0.15},
            rows="""
            y s x
            1 0.9 180
            1 0.1 20
            0 0.1 180
            0 0.9 20
            """,
        ),
        Example(
            title="coin tosses",
            expect="fail",
            task=_TASK,
            rule={"at_most": 0.15},
            rows="""
            y s x
            1 0.5 100
            0 0.5 100
            """,
        ),
        Example(
            title="40 rows do not show it",
            expect="undecided(straddles)",
            task=_TASK,
            rule={"at_most": 0.15},
            rows="""
            y s x
            1 0.9 17
            1 0.1 3
            0 0.1 17
            0 0.9 3
            """,
        ),
        Example(
            title="a score of 37 is not a probability",
            expect="undecided(undefined)",
            task=_TASK,
            rule={"at_most": 0.15},
            rows="""
            y s x
            1 37 50
            0 12 50
            """,
        ),
    )

    def measures(self, frame: Frame, got: Got) -> dict[str, Measure]:
        """Ask for the sums of squared errors and of their squares, for each label."""
        asked: dict[str, Measure] = {"unlabelled": _sums.unlabelled(frame), **_outcomes.measures(frame, "label")}
        champion = frame.champion if frame.champion is not None and frame.champion.score is not None else None
        for name, model in (("", frame), ("champion_", champion)):
            if model is not None:
                asked[f"{name}extreme"] = _sums.extreme(frame, score_of(model))
                asked[f"{name}nan"] = not_numbers(frame, score_of(model))
        for name, positive in _SIDES:
            given, where = _sums.side(frame, score_of(frame), positive=positive)
            error = _sums.minus(Lit(1.0), given)
            loss = _sums.times(error, error)
            asked[name] = Sum(frame.dataset, loss, where, _sums.SCALE)
            squared = _sums.times(loss, loss)
            asked[f"{name}_squares"] = Sum(frame.dataset, squared, where, _sums.SCALE)
            asked[f"{name}_cubes"] = Sum(frame.dataset, _sums.times(squared, loss), where, _sums.SCALE)
            if champion is not None:
                error = _sums.minus(Lit(1.0), _sums.side(frame, score_of(champion), positive=positive)[0])
                more = _sums.minus(loss, _sums.times(error, error))
                asked[f"{name}_difference"] = Sum(frame.dataset, more, where, _sums.SCALE)
                squared = _sums.times(more, more)
                asked[f"{name}_difference_squares"] = Sum(frame.dataset, squared, where, _sums.SCALE)
                asked[f"{name}_difference_cubes"] = Sum(frame.dataset, _sums.times(squared, more), where, _sums.SCALE)
        return asked

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the mean squared error of the probabilities, with its interval."""
        why = _sums.unfit(frame, got, "", "score") or _sums.no_probability(frame, got, "")
        if why is not None:
            return why
        losses, squares, cubes = ([got[f"{name}{what}"] for name, _ in _SIDES] for what in ("", "_squares", "_cubes"))
        sums = Sums(_sums.rows(*losses), _sums.total(*losses), _sums.total(*squares), _sums.total(*cubes))
        value, low, high = mean_of_losses(sums, level, worst=_worst(got["extreme"]))
        return Estimate(value, low, min(1.0, high), sums.n, "hall", detail=_sums.note(got, "", "score"))

    def contrast(self, frame: Frame, got: Got, level: float) -> Answer:
        """Return the candidate's score minus the champion's, paired, with its interval."""
        if "champion_extreme" not in got:
            return Unmeasured(Cause.NO_CHAMPION, "there is no champion with scores on the same rows")
        for name, what in (("", "score"), ("champion_", "score of the champion")):
            why = _sums.unfit(frame, got, name, what) or _sums.no_probability(frame, got, name)
            if why is not None:
                return why
        parts = ([got[f"{name}_difference{what}"] for name, _ in _SIDES] for what in ("", "_squares", "_cubes"))
        sums, squares, cubes = parts
        n = _sums.rows(*sums)
        if n == 0:
            return Unmeasured(Cause.EMPTY, "no row has a score of both models")
        value, low, high = mean(Sums(n, _sums.total(*sums), _sums.total(*squares), _sums.total(*cubes)), level)
        high = max(high, unseen(value, n, level, worst=_worst(got["extreme"]) - _best(got["champion_extreme"])))
        return Estimate(value, max(-1.0, low), min(1.0, high), n, "hall paired", detail=_sums.note(got, "", "score"))


def _worst(seen: State) -> float:
    """Return the squared error if the most confident score were wrong."""
    assert isinstance(seen, Extremes) and seen.low is not None and seen.high is not None, "`unfit` says so"
    return float(max(1 - seen.low, seen.high) ** 2)


def _best(seen: State) -> float:
    """Return the squared error if the most confident score were right."""
    assert isinstance(seen, Extremes) and seen.low is not None and seen.high is not None, "`unfit` says so"
    return float(min(1 - seen.high, seen.low) ** 2)

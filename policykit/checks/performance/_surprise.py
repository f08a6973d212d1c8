"""The mean of −ln(probability of the true class), read from bins that grow finer towards 0."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import fsum, log, sqrt

from policykit.checks import _outcomes
from policykit.checks.performance import _sums
from policykit.checks.performance._rows import not_numbers, score_of
from policykit.stats import moments
from policykit.terms.check import Got
from policykit.terms.expr import Bin, Compare, Expr, IsMissing, Lit, Not, both
from policykit.terms.frame import Frame
from policykit.terms.measure import Cells, Count, Measure
from policykit.terms.state import Counted, Extremes, Table

_BINS, _JOINT = 2000, 150
_ZOOM, _DEEPEST = 100, 8
"""Each level looks at the lowest hundredth of the one before; the eighth reaches below the clip."""
_LEAST = 2.0**-52
"""Where scikit-learn clips a probability: the spacing of floats at 1."""
_SIDES = (("positive", True), ("negative", False))


@dataclass(frozen=True, slots=True)
class Surprise:
    """Sums over `rows` rows: at the least, in the middle and at the most of what the bins allow; powers are of the middle."""

    rows: int
    least: float
    middle: float
    most: float
    squares: float
    cubes: float

    @property
    def sums(self) -> moments.Sums:
        """Return the sums of the middle."""
        return moments.Sums(self.rows, Fraction(self.middle), Fraction(self.squares), Fraction(self.cubes))


def measures(frame: Frame, got: Got) -> dict[str, Measure]:
    """Return, for each label, the bins of the probability given to it; and jointly with the champion's."""
    champion = frame.champion if frame.champion is not None and frame.champion.score is not None else None
    models = [("", frame), *([("champion_", champion)] if champion is not None else [])]
    asked: dict[str, Measure] = {"unlabelled": _sums.unlabelled(frame), **_outcomes.measures(frame, "label")}
    for name, model in models:
        asked[f"{name}extreme"] = _sums.extreme(frame, score_of(model))
        asked[f"{name}nan"] = not_numbers(frame, score_of(model))
    for side, positive in _SIDES:
        given = [_sums.side(frame, score_of(model), positive=positive)[0] for _, model in models]
        _, where = _sums.side(frame, score_of(frame), positive=positive)
        for other in (score_of(model) for _, model in models if champion is not None):
            where = both(where, Not(IsMissing(other)))
        for (name, _), probability in zip(models, given, strict=True):
            key = f"{name}{side}_"
            asked |= {f"{key}{what}": m for what, m in _levels(frame.dataset, probability, where, got, key).items()}
        if champion is not None:
            pair = tuple(Bin(probability, 0.0, 1 / _JOINT, _JOINT) for probability in given)
            asked[f"{side}_joint"] = Cells(frame.dataset, pair, where)
    return asked


def mean(got: Got, level: float) -> tuple[float, float, float, int]:
    """Return the mean surprise, its interval, and the number of rows."""
    found = _read(got, "")
    value, low, high = moments.mean_of_losses(found.sums, level, worst=_risked(got))
    low = max(0.0, low - (found.middle - found.least) / found.rows)
    return value, low, high + (found.most - found.middle) / found.rows, found.rows


def difference(got: Got, level: float) -> tuple[float, float, float, int]:
    """Return the candidate's mean minus the champion's, its interval, and the number of rows.

    The covariance comes from coarser bins, which can only lose some of it: the interval is then wider, never narrower. The
    upper bound is at least what it would be, were a surprise of the candidate alone as frequent as one that no row showed.
    """
    mine, other = _read(got, ""), _read(got, "champion_")
    n = mine.rows
    value = (mine.middle - other.middle) / n
    products = fsum(
        count * _surprise(a, a + 1, _JOINT)[1] * _surprise(b, b + 1, _JOINT)[1]
        for side, _ in _SIDES
        for a, b, count in _pairs(got, side)
    )
    centre = [
        fsum(
            count * _surprise(pair[of], pair[of] + 1, _JOINT)[1]
            for side, _ in _SIDES
            for pair in _pairs(got, side)
            for count in pair[2:]
        )
        for of in (0, 1)
    ]
    variances = [moments.variance_of_mean(Fraction(s.middle), Fraction(s.squares), n) for s in (mine, other)]
    covariance = (products - centre[0] * centre[1] / n) / (n - 1) / n if n > 1 else 0.0
    variance = max(0.0, sum(variances) - 2 * max(0.0, min(covariance, sqrt(variances[0] * variances[1]))))
    half = moments.student_quantile(n - 1, level) * sqrt(variance) if n > 1 else float("inf")
    low = value - half - (mine.middle - mine.least + other.most - other.middle) / n
    high = value + half + (mine.most - mine.middle + other.middle - other.least) / n
    return value, low, max(high, moments.unseen(value, n, level, worst=_risked(got) - _spared(got))), n


def _levels(dataset: str, probability: Expr, where: Expr | None, got: Got, key: str) -> dict[str, Measure]:
    """Bins of the probability; again within the lowest hundredth, where rows lie there, and so on; and those clipped."""
    sure = Compare(">=", probability, Lit(1 - _LEAST))
    clipped = Compare("<=", probability, Lit(_LEAST))
    asked: dict[str, Measure] = {
        "level_1": Cells(dataset, (_bins(probability, 1),), where),
        "clipped": Count(dataset, both(where, clipped)),
        "certain": Count(dataset, both(where, sure)),
    }
    kept = both(where, Not(clipped))
    deepest = 1 if not _low_rows(got, f"{key}level_1") else 2 if not _low_rows(got, f"{key}level_2") else _DEEPEST
    for depth in range(2, deepest + 1):
        within = both(kept, Compare("<", _bins(probability, depth - 1), Lit(_BINS // _ZOOM)))
        asked[f"level_{depth}"] = Cells(dataset, (_bins(probability, depth),), within)
    return asked


def _bins(probability: Expr, depth: int) -> Bin:
    return Bin(probability, 0.0, 1 / (_BINS * _ZOOM ** (depth - 1)), _BINS)


def _low_rows(got: Got, name: str) -> bool:
    table = got.get(name)
    cells = table.cells if isinstance(table, Table) else ()
    return any(key[0] is not None and key[0] < _BINS // _ZOOM for key, _ in cells)  # type: ignore[operator]  # whole numbers


def _read(got: Got, model: str) -> Surprise:
    rows: list[int] = []
    least: list[float] = []
    middle: list[float] = []
    most: list[float] = []
    squares: list[float] = []
    cubes: list[float] = []

    def add(count: int, bounds: tuple[float, float, float]) -> None:
        rows.append(count)
        for into, each in zip((least, middle, most), bounds, strict=True):
            into.append(count * each)
        squares.append(count * bounds[1] ** 2)
        cubes.append(count * bounds[1] ** 3)

    for side, _ in _SIDES:
        clipped, certain = (_count(got, f"{model}{side}_{what}") for what in ("clipped", "certain"))
        add(clipped, (-log(_LEAST),) * 3)
        add(certain, (-log(1 - _LEAST),) * 3)
        for depth in range(1, _DEEPEST + 1):
            table = got.get(f"{model}{side}_level_{depth}")
            for (place,), count in table.cells if isinstance(table, Table) else ():
                if place is None or int(place) < _BINS // _ZOOM:
                    continue  # counted one level deeper, or clipped
                top = depth == 1 and int(place) == _BINS - 1
                add(
                    count - certain if top else count,
                    _surprise(int(place), int(place) + 1, _BINS * _ZOOM ** (depth - 1)),
                )
    return Surprise(sum(rows), fsum(least), fsum(middle), fsum(most), fsum(squares), fsum(cubes))


def _surprise(start: int, end: int, of: int) -> tuple[float, float, float]:
    """Return the least, the middle and the largest surprise of a bin; its edges may be off by a rounding."""
    low, high = start / of * (1 - 1e-12), end / of * (1 + 1e-12)
    return -log(min(1 - _LEAST, high)), -log((start + 0.5) / of), -log(max(_LEAST, low))


def _count(got: Got, name: str) -> int:
    state = got[name]
    return state.rows if isinstance(state, Counted) else 0


def _pairs(got: Got, side: str) -> list[tuple[int, int, int]]:
    table = got[f"{side}_joint"]
    cells = table.cells if isinstance(table, Table) else ()
    return [(int(a), int(b), count) for (a, b), count in cells if a is not None and b is not None]


def _risked(got: Got) -> float:
    """Return the surprise if the most confident score were wrong."""
    seen = got["extreme"]
    assert isinstance(seen, Extremes) and seen.low is not None and seen.high is not None, "`unfit` says so"
    return -log(max(_LEAST, min(float(seen.low), 1 - float(seen.high))))


def _spared(got: Got) -> float:
    """Return the champion's surprise if its most confident score were right."""
    seen = got["champion_extreme"]
    assert isinstance(seen, Extremes) and seen.low is not None and seen.high is not None, "`unfit` says so"
    return -log(max(_LEAST, min(1 - _LEAST, max(float(seen.high), 1 - float(seen.low)))))

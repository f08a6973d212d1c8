"""Score bins by label: what the AUC is read from, as fine as its doubt asks for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from policykit.checks import _outcomes
from policykit.checks.performance._rows import labelled_rows, lacking, left_out, not_numbers, said, score_of
from policykit.stats.rank import Auc, auc
from policykit.terms.check import Got
from policykit.terms.expr import Bin, Expr, IsMissing, Not, both
from policykit.terms.frame import Frame
from policykit.terms.measure import Cells, Distinct, Extreme, Measure, Quantile
from policykit.terms.state import Extremes, Ranked, Repeats, Table
from policykit.terms.verdict import Cause, Unmeasured

Model = Literal["", "champion_"]
_FIRST, _FINE, _JOINT = 1000, 5000, 150
_TAIL = 0.001
_FEW = 10_000
"""So few rows, or values of the score, are counted value by value: then nothing is left to the bins."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal bins from `start`."""

    start: float
    width: float
    count: int

    def of(self, score: Expr) -> Bin:
        """Return the bin of a score."""
        return Bin(score, self.start, self.width, self.count)


def measures(frame: Frame, got: Got) -> dict[str, Measure]:
    """Ask for 1,000 bins on 0 … 1; then, where they leave too much open, for finer ones or for every value."""
    assert frame.positive is not None, "the planner leaves a question without a positive class unmet"
    champion = frame.champion if frame.champion is not None and frame.champion.score is not None else None
    models: list[tuple[Model, Frame]] = [("", frame)]
    models += [("champion_", champion)] if champion is not None else []
    label, where = frame.labelled(frame.positive), _rows(frame, champion)
    asked = _outcomes.measures(frame, "label")
    for name, model in models:
        score = score_of(model)
        asked[f"{name}bins"] = Cells(frame.dataset, (label, Grid(0.0, 1 / _FIRST, _FIRST).of(score)), where)
        asked[f"{name}extreme"] = Extreme(frame.dataset, score, both(where, labelled_rows(frame)))
        asked[f"{name}nan"] = not_numbers(frame, score)
        asked |= {f"{name}{what}": more for what, more in _finer(frame, got, name, score, where).items()}
    grids = [_grid(got, name, _JOINT) for name, _ in models]
    if champion is not None and None not in grids:
        bins = [grid.of(score_of(model)) for grid, (_, model) in zip(grids, models, strict=True) if grid is not None]
        asked["joint"] = Cells(frame.dataset, (label, *bins), both(where, labelled_rows(frame)))
    return asked


def found(frame: Frame, got: Got, model: Model = "") -> tuple[Auc, str] | Unmeasured:
    """Return the AUC from the finest bins taken, and what was left out; or why there is none."""
    whole = got[f"{model}bins"]
    if not isinstance(whole, Table) or whole.rows == 0:
        return Unmeasured(Cause.EMPTY, "no rows")
    unlabelled = sum(count for key, count in whole.cells if key[0] is None)
    absent = sum(count for key, count in whole.cells if key[0] is not None and key[1] is None)
    what = "score of the champion" if model else "score"
    if unlabelled == whole.rows:
        return Unmeasured(Cause.MISSING, "no row has a label")
    extreme = got[f"{model}extreme"]
    if isinstance(extreme, Extremes) and extreme.infinite:
        return Unmeasured(Cause.NOT_FINITE, f"{said(extreme.infinite)} an infinite {what}")
    if absent and frame.missing is None:
        return lacking(absent, what, got[f"{model}nan"])
    if absent and frame.missing != "exclude":
        return Unmeasured(Cause.UNDEFINED, "a missing score is neither right nor wrong: write `missing: exclude`")
    why = _outcomes.unfit(frame, got, "label")
    if why is not None:
        return why
    exact = f"{model}values" in got
    name = next(n for n in ("values", "fine", "bins") if f"{model}{n}" in got)
    cells = _cells(got, f"{model}{name}")
    if not any(cell[0] for cell in cells) or not any(cell[1] for cell in cells):
        return Unmeasured(Cause.UNDEFINED, "every row with a score has the same label: there is nothing to rank")
    return auc(cells, exact=exact), left_out(unlabelled, absent, "score")


def joint(got: Got) -> list[tuple[int, int, int, int]]:
    """Return (bin of the candidate, bin of the champion, positives, negatives)."""
    table = got["joint"]
    cells: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for (label, first, second), count in table.cells if isinstance(table, Table) else ():
        if label is not None and first is not None and second is not None:
            cells[int(first), int(second)][0 if label else 1] += count
    return [(a, b, positives, negatives) for (a, b), (positives, negatives) in sorted(cells.items())]


def _finer(frame: Frame, got: Got, model: Model, score: Expr, where: Expr | None) -> dict[str, Measure]:
    """Ask again where the bins leave more open than a fifth of the standard error (against a champion, a twentieth)."""
    cells = _cells(got, f"{model}bins")
    if not _open(cells, frame):
        return {}
    assert frame.positive is not None, "the planner leaves a question without a positive class unmet"
    label, kept = frame.labelled(frame.positive), both(where, labelled_rows(frame))
    each = {"values": Cells(frame.dataset, (label, score), kept)}
    few, inside, fine = sum(map(sum, cells)) <= _FEW, _inside(got, model), _grid(got, model, _FINE)
    asked: dict[str, Measure] = {}
    if not inside:
        asked["tails"] = Quantile(frame.dataset, score, (_TAIL, 1 - _TAIL), kept)
        if few:
            return asked | each
    elif not few and _sparse(cells):
        asked["distinct"] = Distinct(frame.dataset, (score,), kept)
    if fine is None:
        return asked
    asked["fine"] = Cells(frame.dataset, (label, fine.of(score)), kept)
    distinct = got.get(f"{model}distinct")
    few = few or (isinstance(distinct, Repeats) and distinct.distinct <= _FEW)
    return asked | each if inside and few and _open(_cells(got, f"{model}fine"), frame) else asked


def _sparse(cells: list[tuple[int, int]]) -> bool:
    """Whether most bins between the first and the last that hold rows are empty: the score has few values."""
    held = [index for index, cell in enumerate(cells) if any(cell)]
    return 2 * len(held) < held[-1] - held[0] + 1


def _open(cells: list[tuple[int, int]], frame: Frame) -> bool:
    if not any(cell[0] for cell in cells) or not any(cell[1] for cell in cells):
        return False
    seen = auc(cells)
    error = sqrt(min(seen.variance, 1.0))
    enough = max(0.0001, error / 20) if frame.champion is not None else max(0.0005, error / 5)
    return (seen.high - seen.low) / 2 > enough


def _inside(got: Got, model: Model) -> bool:
    seen = got.get(f"{model}extreme")
    low, high = (seen.low, seen.high) if isinstance(seen, Extremes) else (None, None)
    return low is None or high is None or (low >= 0 and high <= 1)


def _grid(got: Got, model: Model, count: int) -> Grid | None:
    """Return `count` bins over where the scores are; None until that is known, in the second round or the third."""
    bins = got.get(f"{model}bins")
    if not isinstance(bins, Table):
        return None
    if _inside(got, model):
        return _zoom(bins, count)
    tails, seen = got.get(f"{model}tails"), got.get(f"{model}extreme")
    if tails is None:
        return None
    ends = [value for _, value in tails.values] if isinstance(tails, Ranked) else []
    if len(ends) != 2 and isinstance(seen, Extremes) and seen.low is not None and seen.high is not None:
        ends = [seen.low, seen.high]
    low, high = (float(end) for end in ends)
    return Grid(low, (high - low) / count or 1.0, count)


def _zoom(bins: Table, count: int) -> Grid:
    """Return `count` bins over all but the outermost thousandths of the rows; those fall in the first and the last bin."""
    rows = [0] * _FIRST
    for key, held in bins.cells:
        if key[0] is not None and key[1] is not None:
            rows[int(key[1])] += held
    tail, below, first = sum(rows) * _TAIL, 0, 0
    while first < _FIRST - 1 and below + rows[first] <= tail:
        below, first = below + rows[first], first + 1
    above, last = 0, _FIRST - 1
    while last > first and above + rows[last] <= tail:
        above, last = above + rows[last], last - 1
    return Grid(first / _FIRST, (last - first + 1) / _FIRST / count, count)


def _cells(got: Got, name: str) -> list[tuple[int, int]]:
    """Return (positives, negatives) of each bin, in rising order; every bin of a grid up to the last that has rows."""
    table = got.get(name)
    held: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for key, count in table.cells if isinstance(table, Table) else ():
        if key[0] is not None and key[1] is not None:
            held[float(key[1])][0 if key[0] else 1] += count
    if not name.endswith("values") and held:
        return [(held[i][0], held[i][1]) if i in held else (0, 0) for i in range(int(max(held)) + 1)]
    return [(held[value][0], held[value][1]) for value in sorted(held)]


def _rows(frame: Frame, champion: Frame | None) -> Expr | None:
    """Return the rows asked about: against a champion, rows left out for one model are left out for the other."""
    if champion is None or frame.missing != "exclude":
        return frame.where
    return both(frame.where, both(Not(IsMissing(score_of(frame))), Not(IsMissing(score_of(champion)))))

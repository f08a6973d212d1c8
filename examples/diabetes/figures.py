"""Put the figures into README.md: what 442 patients can and cannot show, by statsmodels and plain arithmetic."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
from statsmodels.stats.proportion import confint_proportions_2indep

BEGIN, END = "<!-- figures: written by build.py -->", "<!-- end of figures -->"
LIMIT = 0.10
HELD_OUT = 0.3


def write_readme(folder: Path, rows: pd.DataFrame) -> None:
    """Rewrite the figures of `folder`/README.md."""
    path = folder / "README.md"
    before, rest = path.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n{figures(rows)}{END}{after}", encoding="utf-8")


def figures(rows: pd.DataFrame) -> str:
    """Return, for sex and for age, the gap on all patients, on a plain hold-out, and the patients it would take."""
    banded = rows.assign(age_band=rows.age.lt(50).map({True: "under 50", False: "50 and over"}))
    tenth = banded[banded.patient % 10 < HELD_OUT * 10]
    lines = [
        "",
        "| of those whose disease progressed fast, seen early | gap, all patients out of fold | the same on three tenths held out "
        "| fast-progressing patients per group needed if the gap is as seen |",
        "|---|---|---|---|",
    ]
    for attribute in ("sex", "age_band"):
        shares, gap, low, high = _gap(banded, attribute)
        _, _, low_few, high_few = _gap(tenth, attribute)
        lines.append(
            f"| {attribute.replace('_', ' ')}: {shares} | {gap * 100:.1f} pp [{low * 100:.1f}, {high * 100:.1f}] "
            f"| [{low_few * 100:.1f}, {high_few * 100:.1f}] | about {_needed(shares_mean(banded), gap)} |"
        )
    return "\n".join([*lines, "", "In brackets one-sided 95 % bounds (Newcombe).", ""])


def shares_mean(rows: pd.DataFrame) -> float:
    """Return the share of fast-progressing patients who are seen early."""
    return float(rows[rows.fast == 1].early.mean())


def _gap(rows: pd.DataFrame, attribute: str) -> tuple[str, float, float, float]:
    table = rows[rows.fast == 1].groupby(attribute).early.agg(["sum", "count", "mean"]).sort_values("mean")
    worst, best = table.iloc[0], table.iloc[-1]
    low, high = confint_proportions_2indep(
        best["sum"], best["count"], worst["sum"], worst["count"], compare="diff", method="newcomb", alpha=0.10
    )
    said = ", ".join(f"{group} {row['mean']:.1%} of {int(row['count'])}" for group, row in table.iterrows())
    return said, float(best["mean"] - worst["mean"]), float(low), float(high)


def _needed(share: float, gap: float) -> int | str:
    if gap >= LIMIT:
        return "no number: the gap is past the limit"
    margin = (LIMIT - gap) / 1.645
    return math.ceil(2 * share * (1 - share) / margin**2 / 10) * 10

"""Put the figures into README.md, between its two markers, so that none of them is typed by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from figures import PREDICTION, SCORE, TARGET, Gap, offer_gap, performance
from models import held_out_scores, high_use, one_cut, recipe
from people import FEATURES, person_years, split

BEGIN, END = "<!-- figures: written by build.py -->", "<!-- end of figures -->"


def write_readme(folder: Path) -> None:
    """Rewrite the figures of `folder`/README.md from the bundles that lie beside it."""
    path = folder / "README.md"
    before, rest = path.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n{figures_table(folder)}{END}{after}", encoding="utf-8")


def figures_table(folder: Path) -> str:
    """Return the table of both bundles, and of the model that was not told limitation or sex."""
    tables = {
        "one cut for everybody": pd.read_parquet(folder / "bundle_one_cut" / "data" / "evaluation.parquet"),
        "the same, but the model is not told limitation or sex": blind_model(),
        "one cut per group": pd.read_parquet(folder / "bundle_equal_chance" / "data" / "evaluation.parquet"),
    }
    lines = [
        "",
        "| | area under ROC | of those who will need much care, offered a place | by limitation | by sex |",
        "|---|---|---|---|---|",
    ]
    for name, rows in tables.items():
        numbers = performance(rows)
        limitation, sex = (offer_gap(rows, attribute, outcome=1) for attribute in ("physical_limitation", "sex"))
        lines.append(
            f"| {name} | {numbers['roc_auc']:.3f} | {numbers['recall']:.1%} | {_said(limitation)} | {_said(sex)} |"
        )
    age = offer_gap(tables["one cut per group"], "age_band", outcome=1)
    one_sided = (
        "In brackets the gap's one-sided 95 % bounds, by Newcombe's method in statsmodels; the gate computes its own."
    )
    closing = f"By age the last model still differs: {_said(age)}."
    return "\n".join([*lines, "", one_sided, closing, ""])


def blind_model() -> pd.DataFrame:
    """Return the evaluation rows as predicted by one cut on a model without the two protected columns."""
    train, people = split(person_years())
    features = [name for name in FEATURES if name not in ("physical_limitation", "sex")]
    model = recipe(features).fit(train[features], high_use(train, train))
    scores = model.predict_proba(people[features])[:, 1]
    offers = one_cut(held_out_scores(train, features)).offers(people, scores)
    return people.assign(**{TARGET: high_use(train, people), PREDICTION: offers, SCORE: scores})


def _said(gap: Gap) -> str:
    return (
        f"{gap.high_group} {gap.high_share:.1%}, {gap.low_group} {gap.low_share:.1%}: "
        f"{gap.gap * 100:.1f} pp [{gap.low * 100:.1f}, {gap.high * 100:.1f}]"
    )

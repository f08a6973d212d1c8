"""The model card: YAML front matter that programs read, and sections (after Mitchell et al., 2019) that people read."""

from __future__ import annotations

import pandas as pd
from figures import Gap, offer_gap, performance
from models import PLACES, Cuts


def model_card(
    version: str, how_cut: str, cuts: Cuts, train: pd.DataFrame, rows: pd.DataFrame, usual_visits: int
) -> str:
    """Return the card of one bundle, every number computed from the rows the bundle holds."""
    numbers = performance(rows)
    metrics = "\n".join(f"  {name}: {value}" for name, value in numbers.items())
    gap_table = "\n".join(_row(offer_gap(rows, name, outcome=1)) for name in ("physical_limitation", "sex", "age_band"))
    cut_table = "\n".join(f"| {cell.replace('/', ', ')} | {cut:.3f} |" for cell, cut in cuts.at_least.items())
    return f"""---
name: care-outreach
version: {version}
license: Apache-2.0
language: en
task: binary-classification
owners:
  model: r.okafor@healthplan.example
  data: data-office@healthplan.example
intended_use: Offer a care manager to members who will probably see a doctor often next year.
out_of_scope: Pricing, refusing or ending insurance; any decision that takes something away from a person.
training_data: data/train.parquet
evaluation_data: data/evaluation.parquet
metrics:
{metrics}
---

# Care outreach {version}

## Model Details

Logistic regression (scikit-learn) on what the plan knew a year earlier: use of care, self-rated health, chronic conditions, age
band, sex, income, education, co-insurance. It gives a score; {how_cut}

| physical limitation, sex | offered from score |
|---|---|
{cut_table}

## Intended Use

The plan has a care manager for one member in five ({PLACES:.0%}). The model proposes to whom a place is offered. The offer is
free and can be declined; nobody loses anything by not being offered one, except the help.

## Factors

Physical limitation and sex are protected. Where the question about limitations was never answered the value is `unknown`; those
people are offered places like everybody, and are no group to be compared.

## Metrics

High use means more than {usual_visits} visits to a doctor in the year: four fifths of the training rows have no more.
The favourable outcome is to be offered a place. Fairness is equal opportunity: of those who went on to high use, how many
had been offered one?

## Evaluation Data

{len(rows)} people, each once, in the last year observed. No household of theirs was trained on.

## Training Data

{len(train)} person-years of {train.person_id.nunique()} people. RAND health insurance experiment, 1974 to 1982, as it ships
inside statsmodels (public domain), with each person's earlier year joined on.

## Quantitative Analyses

- Recall {numbers["recall"]:.3f}
- Precision {numbers["precision"]:.3f}
- Area under the ROC curve {numbers["roc_auc"]:.3f}
- Brier score {numbers["brier"]:.3f}

| of those who went on to high use, offered a place | | |
|---|---|---|
{gap_table}

## Ethical Considerations

Visits are not need: whoever cannot reach or afford a doctor has few. In this experiment the co-insurance was assigned at
random, so that part is known, and it is a feature. Statistics about these people were published with differential privacy; the
spend is in `evidence/privacy_ledger.json`. The numbers in this card were not.

## Caveats and Recommendations

The data are from 1974 to 1982 and from six places. Train again on this decade's members before anybody is offered anything.
"""


def _row(gap: Gap) -> str:
    high = f"{gap.high_group} {gap.high_share:.1%} of {gap.high_rows}"
    low = f"{gap.low_group} {gap.low_share:.1%} of {gap.low_rows}"
    return f"| {gap.attribute.replace('_', ' ')} | {high} | {low} |"

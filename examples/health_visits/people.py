"""Turn the RAND health insurance experiment into one table: what was known last year, and how often a person saw a doctor this year.

Source: the file that ships inside statsmodels (`statsmodels/datasets/randhie/src/randhie.csv`, public domain), 20,190 person-years
of 5,912 people in six places of the United States, 1974 to 1982, with the columns described in `randdesc.txt` beside it.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

SOURCE_SHA256 = "fe64f3c8e987779daa6052dd756d9ce277e025330f5549126c7c2f6a3c9c5541"
HOUSEHOLD = ["site", "plan", "income", "educdec"]
"""Members of one household are neighbours in the file and share these; the file has no household number."""

SHARE_OF_HOUSEHOLDS_TRAINED_ON = 0.4
SEED = 1982

FEATURES = [
    "age_band",
    "sex",
    "physical_limitation",
    "self_rated_health",
    "chronic_conditions",
    "mental_health_index",
    "income",
    "education_years",
    "coinsurance_percent",
    "visits_last_year",
    "other_visits_last_year",
    "admissions_last_year",
    "outpatient_dollars_last_year",
    "drug_dollars_last_year",
]


def person_years() -> pd.DataFrame:
    """Return one row per person and year that has a year before it, with that earlier year's use beside it."""
    raw = _read_source()
    raw["household"] = (raw[HOUSEHOLD].fillna(-1) != raw[HOUSEHOLD].fillna(-1).shift()).any(axis=1).cumsum()
    person = raw.groupby("zper")
    for now, before in _LAST_YEAR.items():
        raw[before] = person[now].shift()
    rows = raw[person["year"].shift() == raw["year"] - 1]
    health = np.select([rows.hlthp == 1, rows.hlthf == 1, rows.hlthg == 1], ["poor", "fair", "good"], "excellent")
    return pd.DataFrame(
        {
            "person_id": rows.zper,
            "household": rows.household,
            "year": rows.year,
            "age_band": np.select([rows.xage < 18, rows.xage < 40], ["under 18", "18 to 39"], "40 and over"),
            "sex": np.where(rows.female == 1, "female", "male"),
            # a share between 0 and 1 is the experimenters' imputation: the question was never answered
            "physical_limitation": np.select([rows.physlm == 1, rows.physlm == 0], ["yes", "no"], "unknown"),
            "self_rated_health": health,
            "chronic_conditions": rows.disea.round(1),
            "mental_health_index": rows.mhi.round(1),
            "income": rows.income.round(-2),
            "education_years": rows.educdec,
            "coinsurance_percent": rows.coins,
            "visits_last_year": rows.visits_last_year.astype("int64"),
            "other_visits_last_year": rows.other_visits_last_year.astype("int64"),
            "admissions_last_year": rows.admissions_last_year.astype("int64"),
            "outpatient_dollars_last_year": rows.outpatient_dollars_last_year.round(2),
            "drug_dollars_last_year": rows.drug_dollars_last_year.round(2),
            "visits": rows.mdvis,
        }
    ).reset_index(drop=True)


def split(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (train, evaluation): no household is in both, and evaluation holds each person once, in their last year.

    Once per person, because the interval of a share takes rows to be independent and the years of one person are not.
    """
    households = np.sort(rows.household.unique())
    np.random.default_rng(SEED).shuffle(households)
    trained_on = set(households[: int(len(households) * SHARE_OF_HOUSEHOLDS_TRAINED_ON)])
    is_train = rows.household.isin(trained_on)
    train, rest = rows[is_train], rows[~is_train]
    last_year = rest.groupby("person_id").year.transform("max") == rest.year
    return train.reset_index(drop=True), rest[last_year].sort_values("person_id").reset_index(drop=True)


_LAST_YEAR = {
    "mdvis": "visits_last_year",
    "notmdvis": "other_visits_last_year",
    "totadm": "admissions_last_year",
    "outpdol": "outpatient_dollars_last_year",
    "drugdol": "drug_dollars_last_year",
}


def _read_source() -> pd.DataFrame:
    path = Path(str(files("statsmodels.datasets.randhie") / "src" / "randhie.csv"))
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SOURCE_SHA256:
        raise SystemExit(f"{path.name} is not the file this example was written for: sha256 {found}")
    return pd.read_csv(path)

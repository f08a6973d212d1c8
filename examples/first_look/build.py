"""Write `predictions.csv`: 2,000 real people out of `health_visits`, as a data scientist would have them at hand.

python examples/first_look/build.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
SOURCE = HERE.parent / "health_visits" / "bundle_one_cut" / "data" / "evaluation.parquet"
PEOPLE = 2000
NAMES = {"high_use": "y", "offered": "yhat", "score": "score", "sex": "sex", "physical_limitation": "limitation"}


def build(target: Path) -> None:
    """Write `predictions.csv` into `target`: the first 2,000 people once shuffled with a fixed seed."""
    people = pd.read_parquet(SOURCE, columns=list(NAMES)).rename(columns=NAMES)[list(NAMES.values())]
    chosen = people.sample(PEOPLE, random_state=2000).reset_index(drop=True)
    chosen.to_csv(target / "predictions.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)

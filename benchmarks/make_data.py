"""Make the data that the benchmarks scan: 20 columns of a lender's decisions, seeded, as Parquet.

    python benchmarks/make_data.py [--rows 10000000] [--folder .bench]

Five text columns, six whole numbers, seven decimals (with NULL and NaN), one boolean, one date. Written once and kept.
"""

from __future__ import annotations

import argparse
from pathlib import Path

PART = 1_000_000
FOLDER = Path(__file__).resolve().parent.parent / ".bench"


def made(rows: int, folder: Path = FOLDER) -> Path:
    """Return the Parquet file with `rows` rows, writing it first where it is not there yet."""
    import pyarrow.parquet as parquet

    path = folder / f"decisions_{rows}.parquet"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    writer = None
    for start in range(0, rows, PART):
        table = _part(start, min(PART, rows - start))
        writer = writer or parquet.ParquetWriter(unfinished, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=250_000)
    if writer is not None:
        writer.close()
    unfinished.rename(path)
    return path


def _part(start: int, rows: int):  # type: ignore[no-untyped-def]
    import numpy as np
    import pyarrow as pa

    random = np.random.default_rng([20261122, start])

    def holes(values: np.ndarray, share: float) -> pa.Array:
        return pa.array(values, mask=random.random(rows) < share)

    def pick(names: list[str], weights: list[float] | None = None) -> np.ndarray:
        return np.array(names, dtype=object)[random.choice(len(names), rows, p=weights)]

    sex = random.choice(3, rows, p=[0.49, 0.49, 0.02])
    risk = np.clip(random.normal(0.35 + 0.02 * (sex == 1), 0.18, rows), 0, 1)
    income = random.lognormal(10.3, 0.6, rows).round(2)
    income[random.random(rows) < 0.002] = np.nan
    days = (random.integers(0, 720, rows) + 19_700).astype("int32")
    return pa.table(
        {
            "application_id": pa.array(np.arange(start, start + rows)),
            "sex": holes(np.array(["female", "male", "other"], dtype=object)[sex], 0.01),
            "region": pick([f"region {number:02}" for number in range(25)]),
            "channel": pick(["online", "branch", "broker"], [0.6, 0.3, 0.1]),
            "product": pick(["card", "loan", "mortgage", "overdraft"]),
            "employment": holes(pick(["employed", "self-employed", "retired", "student", "none"]), 0.03),
            "age": holes(random.integers(18, 91, rows).astype("int32"), 0.005),
            "dependants": random.poisson(0.9, rows).astype("int32"),
            "months_at_address": random.integers(0, 400, rows).astype("int32"),
            "open_lines": random.poisson(4, rows).astype("int32"),
            "defaulted": (random.random(rows) < risk).astype("int32"),
            "predicted": (risk > 0.5).astype("int32"),
            "score": risk,
            "income": holes(income, 0.01),
            "debt": holes(random.lognormal(9, 1.1, rows).round(2), 0.02),
            "utilisation": random.beta(2, 5, rows),
            "rate": random.normal(0.07, 0.02, rows).round(4),
            "balance": random.normal(2_000, 3_000, rows).round(2),
            "homeowner": random.random(rows) < 0.55,
            "applied_on": pa.array(days, pa.date32()),
        }
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args()
    print(made(given.rows, given.folder))

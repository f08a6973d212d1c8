"""Break the good bundle of `health_visits` in six realistic ways: `python examples/health_visits_broken/build.py [FOLDER] [FAULT…]`.

Without names, all six of `faults.toml` are put in at once; with names, only those.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
GOOD = HERE.parent / "health_visits" / "bundle_equal_chance"
EVALUATION = Path("data") / "evaluation.parquet"


def build(target: Path, faults: list[str]) -> None:
    """Copy the good bundle to `target`/bundle and put `faults` into it."""
    folder = target / "bundle"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(GOOD, folder)
    for name in faults:
        FAULTS[name](folder)
    manifest = folder / "bundle.yaml"
    digest = hashlib.sha256((folder / EVALUATION).read_bytes()).hexdigest()
    text = re.sub(
        r'(evaluation\.parquet\n    sha256: )"\w+"', rf'\g<1>"{digest}"', manifest.read_text(encoding="utf-8")
    )
    text = text.replace("version: 1.1.0", "version: 1.2.0")
    card = folder / "MODEL_CARD.md"
    card.write_text(card.read_text(encoding="utf-8").replace("1.1.0", "1.2.0"), encoding="utf-8")
    manifest.write_text(
        re.sub(r"^# Of those.*\n", "# The good bundle with faults put in: see ../faults.toml\n", text, flags=re.M)
    )


def batch_loaded_twice(folder: Path) -> None:
    """The last two hundred people of the extract are loaded a second time."""
    rows = _read(folder)
    _write(folder, pd.concat([rows, rows.tail(200)], ignore_index=True))


def income_feed_lost(folder: Path) -> None:
    """One payroll feed stops: about one income in eight is empty."""
    rows = _read(folder)
    lost = np.random.default_rng(12).random(len(rows)) < 0.12
    _write(folder, rows.assign(income=rows.income.mask(lost)))


def cuts_swapped(folder: Path) -> None:
    """The cuts of people with and without a limitation change places in the configuration."""
    path = folder / "model" / "cuts.json"
    swap = {"yes": "no", "no": "yes", "unknown": "unknown"}
    cuts = json.loads(path.read_text(encoding="utf-8"))
    cuts = {cell: cuts[f"{swap[cell.split('/')[0]]}/{cell.split('/')[1]}"] for cell in cuts}
    path.write_text(json.dumps(cuts, indent=2) + "\n", encoding="utf-8")
    rows = _read(folder)
    at_least = (rows.physical_limitation + "/" + rows.sex).map(cuts)
    _write(folder, rows.assign(offered=(rows.score >= at_least).astype("int64")))


def one_release_too_many(folder: Path) -> None:
    """A mean is published again for a slide, at ε = 0.5, without asking what was left."""
    path = folder / "evidence" / "privacy_ledger.json"
    ledger = json.loads(path.read_text(encoding="utf-8"))
    again = {"name": "mean_visits_for_the_board_slide", "epsilon": 0.5, "delta": 0.0}
    ledger["releases"].append(again | {"mechanism": "laplace_truncated", "dataset": "evaluation"})
    path.write_text(json.dumps(ledger, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def model_read_on_every_tenth_request(folder: Path) -> None:
    """The service keeps no warm copy: every tenth answer waits 380 ms for the model to be read."""
    path = folder / "evidence" / "load_test.json"
    test = json.loads(path.read_text(encoding="utf-8"))
    test["samples"] = [round(ms + 380 * (i % 10 == 9), 4) for i, ms in enumerate(test["samples"])]
    path.write_text(json.dumps(test, ensure_ascii=False) + "\n", encoding="utf-8")


def review_forgotten(folder: Path) -> None:
    """The yearly review did not take place."""
    path = folder / "bundle.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("last: 2026-10-14", "last: 2025-09-02"), encoding="utf-8")


FAULTS: dict[str, Callable[[Path], None]] = {
    fault.__name__: fault
    for fault in (
        batch_loaded_twice,
        income_feed_lost,
        cuts_swapped,
        one_release_too_many,
        model_read_on_every_tenth_request,
        review_forgotten,
    )
}


def _read(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / EVALUATION)


def _write(folder: Path, rows: pd.DataFrame) -> None:
    table = pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, folder / EVALUATION, compression="zstd")


def write_readme(folder: Path) -> None:
    """Put the table of faults into README.md."""
    faults = tomllib.loads((folder / "faults.toml").read_text(encoding="utf-8"))
    begin, end = "<!-- faults: written by build.py from faults.toml -->", "<!-- end of faults -->"
    table = ["", "| what happened | found by |", "|---|---|"]
    for fault in faults.values():
        table.append(f"| {fault['story']} | {', '.join(f'`{rule}`' for rule in fault['rules'])} |")
    path = folder / "README.md"
    before, rest = path.read_text(encoding="utf-8").split(begin)
    path.write_text("\n".join([before + begin, *table, "", end]) + rest.split(end)[1], encoding="utf-8")


if __name__ == "__main__":
    built = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    build(built, sys.argv[2:] or list(FAULTS))
    if built == HERE:
        write_readme(HERE)

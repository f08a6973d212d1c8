"""Scan 10 M rows × 20 columns for 83 rules, beside merely decoding those columns and hashing the file.

    python benchmarks/scan.py [--rows 10000000] [--repeat 5]

Prints two Markdown table rows: the time as a ratio (decoding every column with Polars, plus SHA-256 of the file, is 1), and the
peak memory at `rows` and at twice as many, each in a process of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from make_data import made  # noqa: E402

from policykit.measure.describe import describe  # noqa: E402
from policykit.measure.engine import take  # noqa: E402
from policykit.terms.bundle import Bundle, Dataset  # noqa: E402
from policykit.terms.expr import (  # noqa: E402
    And,
    Band,
    Bin,
    Calc,
    Col,
    Compare,
    Cross,
    Expr,
    IsIn,
    IsMissing,
    Lit,
    Matches,
    Not,
    equals,
)
from policykit.terms.measure import Cells, Count, Extreme, Histogram, Measure, Sum  # noqa: E402
from policykit.terms.plan import Measurement  # noqa: E402

ROLE = "evaluation"
TEXTS = ("sex", "region", "channel", "product", "employment")
WHOLES = ("age", "dependants", "months_at_address", "open_lines", "defaulted", "predicted")
DECIMALS = ("score", "income", "debt", "utilisation", "rate", "balance")
ALL = ("application_id", *TEXTS, *WHOLES, *DECIMALS, "homeowner", "applied_on")
AGES = Band(Col("age"), (25.0, 40.0, 62.0), ("under 25", "25 to 39", "40 to 61", "62 and over"))


def questions() -> list[tuple[Measure, ...]]:
    """Return what each of 83 rules asks for."""
    label, prediction, score = equals(Col("defaulted"), Lit(1)), equals(Col("predicted"), Lit(1)), Col("score")
    rows = Count(ROLE)
    rules: list[tuple[Measure, ...]] = [(rows,)]
    rules += [(rows, Count(ROLE, IsMissing(Col(name)))) for name in ALL]
    rules += [(Extreme(ROLE, Col(name)),) for name in (*WHOLES, *DECIMALS)]
    rules += [(Sum(ROLE, Col(name)),) for name in DECIMALS]
    rules += [
        (Sum(ROLE, Col(name)), Sum(ROLE, Calc("*", Col(name), Col(name)))) for name in ("income", "balance", "rate")
    ]
    rules += [
        (Count(ROLE, _between(name, 0, 120)), Count(ROLE, Not(IsMissing(Col(name))))) for name in (*WHOLES, *DECIMALS)
    ]
    known = {
        "sex": ("female", "male", "other"),
        "channel": ("online", "branch"),
        "product": ("card", "loan", "mortgage"),
    }
    rules += [(Count(ROLE, IsIn(Col(name), tuple(map(Lit, values)))),) for name, values in known.items()]
    rules += [(Count(ROLE, Matches(Col("region"), "^region [0-9]+$")),)]
    rules += [(Cells(ROLE, (label, prediction)),)] * 4  # accuracy, precision, recall, f1
    bins = Bin(score, 0.0, 1 / 1_000, 1_000)
    rules += [(Cells(ROLE, (label, bins)),)] * 3  # AUC, log loss, calibration
    rules += [(Sum(ROLE, _squared(Calc("-", score, label))),)]
    rules += [(Histogram(ROLE, score, tuple(edge / 10 for edge in range(11))),)]
    groups: list[Expr] = [Col("sex"), AGES, Col("region"), Cross((Col("sex"), AGES))]
    for group in groups:
        rules += [(Cells(ROLE, (group, prediction)),)] * 2  # parity as difference and as ratio
        rules += [(Cells(ROLE, (group, label, prediction)),)] * 2  # equalised odds, equal opportunity
    assert len(rules) == 83, len(rules)
    return rules


def _between(name: str, low: float, high: float) -> Expr:
    return And((Compare(">=", Col(name), Lit(low)), Compare("<=", Col(name), Lit(high))))


def _squared(expr: Expr) -> Expr:
    return Calc("*", expr, expr)


def scan(path: Path) -> int:
    """Take all measures of all rules; return how many there are."""
    bundle = Bundle("scan", "1", {ROLE: Dataset(ROLE, files=(path.name,))}, root=path.parent)
    measures = dict.fromkeys(measure for rule in questions() for measure in rule)
    taken = take(bundle, measures, describe(bundle))
    failed = {measure: found for measure, found in taken.items() if not isinstance(found, Measurement)}
    assert not failed, failed
    return len(taken)


def decode(path: Path) -> None:
    """Read every column as Polars does, and keep nothing: the least that any scan of them costs."""
    import polars as pl

    pl.scan_parquet(path).select(pl.all().null_count()).collect(engine="streaming")


def decode_into_memory(path: Path) -> None:
    """Read every column into memory, as a program without streaming would."""
    import polars as pl

    pl.read_parquet(path)


def digest(path: Path) -> None:
    """Hash the file."""
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")


def shortest(works: Sequence[Callable[[Path], object]], path: Path, repeat: int) -> list[float]:
    """Return the seconds of each one's fastest of `repeat` runs; they take turns, so that all meet the same machine."""
    rounds = [[_timed(work, path) for work in works] for _ in range(repeat)]
    return [min(seconds) for seconds in zip(*rounds, strict=True)]


def _timed(work: Callable[[Path], object], path: Path) -> float:
    start = time.perf_counter()
    work(path)
    return time.perf_counter() - start


def peak(path: Path) -> float:
    """Return the peak memory, in MB, of a process that scans `path` once: the median of three, which differ by a tenth."""
    command = [sys.executable, __file__, "--peak", str(path)]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(3)]
    return sorted(float(json.loads(run)) for run in runs)[1]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--peak", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peak:
        scan(given.peak)
        high = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]  # rusage would tell the parent's
        print(int(high) / 1_000)
        raise SystemExit
    data = made(given.rows)
    count = scan(data)
    ours, floor, whole, hashed = shortest((scan, decode, decode_into_memory, digest), data, given.repeat)
    print(
        f"| 83 rules ({count} measures), {given.rows:,} rows × 20 columns | {ours:.2f} s | decode {floor:.2f} s "
        f"(into memory {whole:.2f} s) + hash {hashed:.2f} s | {ours / (floor + hashed):.2f} × "
        f"(against decoding into memory {ours / (whole + hashed):.2f} ×) |"
    )
    if not given.no_memory:
        once, twice = peak(data), peak(made(2 * given.rows))
        print(
            f"| peak memory, {given.rows:,} and {2 * given.rows:,} rows | {once:,.0f} MB | {twice:,.0f} MB | {twice / once:.2f} × |"
        )

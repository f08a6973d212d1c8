"""The same questions of 1 M rows, asked of policykit and of the tools people use for them, in one run.

    python benchmarks/peers.py [--rows 1000000] [--repeat 3] [--environment FOLDER]

80 questions about data quality go to policykit, Great Expectations and pandera; four metrics of 15 groups to policykit and to
fairlearn's MetricFrame. Each tool runs in a process of its own and reads the same Parquet; importing it is not counted. The
other tools live in a throw-away environment, made on first use. Prints one Markdown table row a tool.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

PEERS = ("great-expectations==1.24.*", "pandera", "fairlearn>=0.15,<0.16", "pandas>=2.2,<3", "pyarrow")
TEXTS = {
    "sex": ["female", "male", "other"],
    "region": [f"region {number:02}" for number in range(25)],
    "channel": ["online", "branch", "broker"],
    "product": ["card", "loan", "mortgage", "overdraft"],
    "employment": ["employed", "self-employed", "retired", "student", "none"],
}
WHOLES = ("age", "dependants", "months_at_address", "open_lines", "defaulted", "predicted")
DECIMALS = ("score", "income", "debt", "utilisation", "rate", "balance")
NUMBERS = (*WHOLES, *DECIMALS)
ALL = ("application_id", *TEXTS, *NUMBERS, "homeowner", "applied_on")
LOW, HIGH = -1e9, 1e9
CUTS, BANDS = (25.0, 35.0, 45.0, 60.0), ("under 25", "25 to 34", "35 to 44", "45 to 59", "60 and over")


def policykit_data(path: Path) -> int:
    """20 completeness, 12 ranges, 12 minima, 12 maxima, 12 means, 6 deviations, 5 lists, 1 pattern."""
    from policykit.terms.expr import And, Calc, Col, Compare, IsIn, IsMissing, Lit, Matches
    from policykit.terms.measure import Count, Extreme, Sum

    measures: list[Any] = [Count("data"), *(Count("data", IsMissing(Col(name))) for name in ALL)]
    for name in NUMBERS:
        column = Col(name)
        inside = And((Compare(">=", column, Lit(LOW)), Compare("<=", column, Lit(HIGH))))
        measures += [Count("data", inside), Extreme("data", column), Sum("data", column)]
    measures += [Sum("data", Calc("*", Col(name), Col(name))) for name in DECIMALS]
    measures += [Count("data", IsIn(Col(name), tuple(map(Lit, known)))) for name, known in TEXTS.items()]
    measures += [Count("data", Matches(Col("region"), "^region [0-9]+$"))]
    return _taken(path, measures)


def policykit_groups(path: Path) -> int:
    """One table of group × label × prediction, from which every metric follows."""
    from policykit.terms.expr import Band, Col, Cross, Lit, equals
    from policykit.terms.measure import Cells

    group = Cross((Col("sex"), Band(Col("age"), CUTS, BANDS)))
    return _taken(path, [Cells("data", (group, equals(Col("defaulted"), Lit(1)), equals(Col("predicted"), Lit(1))))])


def _taken(path: Path, measures: list[Any]) -> int:
    from policykit.measure.describe import describe
    from policykit.measure.engine import take
    from policykit.terms.bundle import Bundle, Dataset
    from policykit.terms.plan import Measurement

    bundle = Bundle("peers", "1", {"data": Dataset("data", files=(path.name,))}, root=path.parent)
    taken = take(bundle, measures, describe(bundle))
    assert all(isinstance(found, Measurement) for found in taken.values()), taken
    return len(taken)


def great_expectations(path: Path) -> int:
    """The same 80 questions as expectations of a pandas table."""
    import great_expectations as gx
    import great_expectations.expectations as expect
    import pandas as pd

    frame = pd.read_parquet(path)
    wanted: list[Any] = [expect.ExpectColumnValuesToNotBeNull(column=name, mostly=0.9) for name in ALL]
    for name in NUMBERS:
        bounds = {"column": name, "min_value": LOW, "max_value": HIGH}
        wanted.append(expect.ExpectColumnValuesToBeBetween(**bounds))
        wanted.append(expect.ExpectColumnMinToBeBetween(**bounds))
        wanted.append(expect.ExpectColumnMaxToBeBetween(**bounds))
        wanted.append(expect.ExpectColumnMeanToBeBetween(**bounds))
    wanted += [expect.ExpectColumnStdevToBeBetween(column=name, min_value=0, max_value=HIGH) for name in DECIMALS]
    wanted += [expect.ExpectColumnValuesToBeInSet(column=name, value_set=known) for name, known in TEXTS.items()]
    wanted += [expect.ExpectColumnValuesToMatchRegex(column="region", regex="^region [0-9]+$")]
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("peers").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
    found = batch.validate(gx.ExpectationSuite(name=f"suite-{time.monotonic_ns()}", expectations=wanted))
    assert found.success, [one.expectation_config for one in found.results if not one.success]
    return len(found.results)


def pandera(path: Path) -> int:
    """The same 80 questions as checks of a pandas table."""
    import pandas as pd
    import pandera.pandas as pa

    frame = pd.read_parquet(path)
    checks: dict[str, list[Any]] = {
        name: [pa.Check(lambda column: bool(column.notna().mean() >= 0.9), ignore_na=False)] for name in ALL
    }
    for name in NUMBERS:
        checks[name] += [pa.Check.in_range(LOW, HIGH), pa.Check(lambda column: column.min() >= LOW)]
        checks[name] += [
            pa.Check(lambda column: column.max() <= HIGH),
            pa.Check(lambda column: LOW <= column.mean() <= HIGH),
        ]
    for name in DECIMALS:
        checks[name] += [pa.Check(lambda column: 0 <= column.std() <= HIGH)]
    for name, known in TEXTS.items():
        checks[name] += [pa.Check.isin(known)]
    checks["region"] += [pa.Check.str_matches("^region [0-9]+$")]
    schema = pa.DataFrameSchema({name: pa.Column(nullable=True, checks=several) for name, several in checks.items()})
    schema.validate(frame, lazy=True)
    return sum(map(len, checks.values()))


def fairlearn(path: Path) -> int:
    """Accuracy, precision, recall and selection rate of 15 groups."""
    import pandas as pd
    from fairlearn.metrics import MetricFrame, selection_rate
    from sklearn.metrics import accuracy_score, precision_score, recall_score

    frame = pd.read_parquet(path, columns=["sex", "age", "defaulted", "predicted"]).dropna()
    frame["band"] = pd.cut(frame["age"], [-1, *(cut - 0.5 for cut in CUTS), 200], labels=BANDS).astype(str)
    metrics = {
        "accuracy": accuracy_score,
        "precision": precision_score,
        "recall": recall_score,
        "selected": selection_rate,
    }
    found = MetricFrame(
        metrics=metrics, y_true=frame["defaulted"], y_pred=frame["predicted"], sensitive_features=frame[["sex", "band"]]
    )
    return int(found.by_group.size)


TOOLS: dict[str, tuple[Callable[[Path], int], str]] = {
    "policykit": (policykit_data, "data"),
    "Great Expectations 1.24": (great_expectations, "data"),
    "pandera": (pandera, "data"),
    "policykit (cells)": (policykit_groups, "groups"),
    "fairlearn MetricFrame": (fairlearn, "groups"),
}


def timed(tool: str, path: Path, small: Path, repeat: int, python: Path) -> dict[str, float]:
    """Return the seconds of the fastest run of a tool and its peak memory in MB, from a process of its own."""
    command = [
        str(python),
        __file__,
        "--tool",
        tool,
        "--data",
        str(path),
        "--small",
        str(small),
        "--repeat",
        str(repeat),
    ]
    quiet = {
        **os.environ,
        "GX_ANALYTICS_ENABLED": "false",
        "DISABLE_PANDERA_IMPORT_WARNING": "True",
        "TQDM_DISABLE": "1",
    }
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)
    if done.returncode:
        raise SystemExit(f"{tool}: {done.stderr[-2_000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def environment(folder: Path) -> Path:
    """Return the Python of the environment that holds the other tools, making it first where it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return python


def _child(tool: str, path: Path, small: Path, repeat: int) -> None:
    work, _ = TOOLS[tool]
    seconds, asked = [], 0
    with contextlib.redirect_stdout(sys.stderr):
        work(small)  # imports, and whatever a tool does once
    for _ in range(repeat):
        start = time.perf_counter()
        with contextlib.redirect_stdout(sys.stderr):
            asked = work(path)
        seconds.append(time.perf_counter() - start)
    high = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]  # rusage would tell the parent's
    peak = int(high) / 1_000
    print(json.dumps({"seconds": min(seconds), "peak": peak, "asked": asked}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--environment", type=Path, default=Path(tempfile.gettempdir()) / "policykit-peers")
    parser.add_argument("--tool", choices=TOOLS, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--small", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.tool:
        _child(given.tool, given.data, given.small, given.repeat)
        raise SystemExit
    from make_data import made

    data, small, peers = made(given.rows), made(5_000), environment(given.environment)
    ours: dict[str, float] = {}
    for tool, (_, job) in TOOLS.items():
        own = tool.startswith("policykit")
        found = timed(tool, data, small, given.repeat if own else 1, Path(sys.executable) if own else peers)
        ours.setdefault(job, found["seconds"])
        share = found["seconds"] / ours[job]
        print(f"| {tool} | {job} | {found['seconds']:.2f} s | {found['peak']:,.0f} MB | {share:.1f} × |")

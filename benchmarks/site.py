"""The site: 5,000 reports of 200 models drawn in full, then again with ten more, against merely parsing those files.

    python -m benchmarks.site [REPORTS] [JOBS]

Reports come from real runs of the gate over a small bundle; names, versions, days and numbers are varied from one to the next.
"""

from __future__ import annotations

import copy
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from policykit.attest.state import State
from policykit.canon import canonical
from policykit.stories.gate import Asked, gate
from policykit.stories.open import Table, open_all
from policykit.stories.outputs import statement_bytes
from policykit.stories.site import Asked as Wanted
from policykit.stories.site import Built, site
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy
from tests.clock import NOW

MODELS, VERSIONS = 200, 25
STAGES = ("production", "staging")
DAY = date(2026, 11, 22)
KINDS = ("credit-scoring", "churn", "fraud", "pricing", "routing", "triage", "uplift", "demand", "ranking", "claims")
PLACES = (
    "eu",
    "de",
    "fr",
    "es",
    "it",
    "pl",
    "se",
    "nl",
    "uk",
    "us",
    "br",
    "in",
    "jp",
    "ke",
    "ng",
    "mx",
    "ca",
    "at",
    "ch",
    "be",
)


def main() -> None:
    """Print Markdown rows."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else MODELS * VERSIONS
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files, more = folder / "reports", folder / "more"
        made = write_reports(files, wanted + 10)
        more.mkdir()
        late = [path.rename(more / path.name) for path in made[-10:]]
        limit = timed(lambda: parse_all(files))[0]
        asked = Wanted([files], folder / "site", DAY, NOW, jobs=jobs)
        state = State(folder / "state")

        def build() -> Built:
            return site(asked, state=state)

        before = processor()
        full, built = timed(build)
        drawn = processor() - before
        print(
            f"| {built.reports:,} reports, {built.models} models, {built.pages:,} pages | {full:.1f} s | {full / limit:.0f} × |"
        )
        before = processor()
        again, built = timed(build)
        idle = processor() - before
        print(f"| again, nothing new: {built.written} written | {again:.2f} s | {again / limit:.1f} × |")
        for path in late:
            path.rename(files / path.name)
        before = processor()
        grown, built = timed(build)
        few = processor() - before
        print(f"| again, ten reports more: {built.written} written | {grown:.2f} s | {grown / limit:.1f} × |")
        size = sum(path.stat().st_size for path in (folder / "site").rglob("*") if path.is_file())
        largest = max((path.stat().st_size for path in (folder / "site").rglob("*.html")), default=0)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"| reading and parsing the reports with `json` | {limit:.2f} s | 1 × |")
        print(f"\nof the processor: {drawn:.1f} s in full, {idle:.2f} s with nothing new, {few:.2f} s with ten more")
        print(f"{size / 1e6:.0f} MB, the largest page {largest / 1e3:.0f} kB; {memory} MB of memory at most")


def timed(do: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that it took, and what it gave."""
    started = time.perf_counter()
    found = do()
    return time.perf_counter() - started, found


def processor() -> float:
    """Return the seconds of processor that this process and those it started took so far: what other programs leave alone."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def parse_all(folder: Path) -> int:
    """Read and parse every file: what nobody who reads them can do without."""
    return sum(len(json.loads(path.read_bytes())) for path in sorted(folder.glob("*.json")))


def write_reports(folder: Path, count: int) -> list[Path]:
    """Write so many statements, in the order of their days; the last are the newest."""
    folder.mkdir(parents=True)
    drawn, kinds = random.Random(7), list(real_runs())
    made = list[Path]()
    for place in range(count):
        version, model = divmod(place, MODELS)
        said = varied(
            drawn, copy.deepcopy(kinds[drawn.choices(range(len(kinds)), (70, 14, 10, 6))[0]]), model, version, place
        )
        path = folder / f"{place:05}-{said['predicate']['bundle']['name']}.json"
        path.write_bytes(canonical(said))
        made.append(path)
    return made


def real_runs() -> Iterator[dict[str, Any]]:
    """Yield what the gate really says of one bundle when it is allowed, blocked, held, and held by what is missing."""
    rules = [
        {**ACCURATE, "title": "Predictions are right often enough", "caution_below": "93 %"},
        {**EQUAL, "title": "Approval rates differ little between men and women", "severity": "high"},
        {"check": "performance.recall", "at_least": "85 %", "title": "Few good applicants are missed"},
        {"check": "performance.precision", "between": ["50 %", "100 %"], "title": "Approvals are deserved"},
        {
            "check": "data.completeness",
            "at_least": "99 %",
            "with": {"columns": ["y", "sex"]},
            "title": "Nothing is missing",
        },
        {"check": "data.row_count", "at_least": 100, "title": "There are enough rows"},
    ]
    slow = {
        "check": "latency.p99",
        "at_most": "200 ms",
        "title": "An answer arrives fast enough",
        "owner": "platform@bank.example",
    }
    worlds = (
        ((500, 1000), (480, 1000), ()),
        ((500, 1000), (300, 1000), ()),
        ((50, 100), (44, 100), ()),
        ((500, 1000), (490, 1000), (slow,)),
    )
    for men, women, extra in worlds:
        with tempfile.TemporaryDirectory() as name:
            bundle = write_bundle(Path(name) / "bundle", people(men=men, women=women))
            policy = write_policy(Path(name) / "policy.yaml", *rules, *extra)
            opened = open_all(bundle, [policy], None, Table())
            judged = gate(opened.bundle, opened.policies, Asked(stage="production", now=NOW))
            yield json.loads(statement_bytes(judged))


def varied(drawn: random.Random, said: dict[str, Any], model: int, version: int, place: int) -> dict[str, Any]:
    """Return a report of another model, version and day, with other numbers."""
    predicate = said["predicate"]
    days = 730 * place // (MODELS * VERSIONS)
    at = (
        datetime.combine(DAY, datetime.min.time(), UTC)
        - timedelta(days=730 - min(days, 729))
        + timedelta(seconds=drawn.randrange(80_000))
    )
    predicate["bundle"]["name"] = f"{KINDS[model % len(KINDS)]}-{PLACES[model // len(KINDS) % len(PLACES)]}"
    predicate["bundle"]["version"] = f"{1 + version // 10}.{version % 10}.0"
    predicate["gate"]["stage"] = STAGES[drawn.random() < 0.2]
    predicate["timeEvaluated"], predicate["asOf"] = at.strftime("%Y-%m-%dT%H:%M:%SZ"), at.date().isoformat()
    said["subject"][0]["digest"]["sha256"] = f"{drawn.getrandbits(256):064x}"
    for rule in predicate["rules"]:
        for finding in rule["findings"]:
            seen = finding["observed"]
            if seen and seen.get("value") not in (1, 1.0, "unknown") and isinstance(seen.get("low"), float):
                shift = drawn.gauss(0, 0.004)
                for end in ("value", "low", "high"):
                    if isinstance(seen[end], int | float):
                        seen[end] = round(max(0.0, seen[end] + shift), 12)
    predicate["verdictDigest"] = f"sha256:{drawn.getrandbits(256):064x}"
    return said


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    main()

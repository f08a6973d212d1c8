"""Taking measures: all questions about one data set answered in the fewest passes over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from policykit.measure.artifact.contents import PATH, contents
from policykit.measure.cache import cache_key, cached, keep
from policykit.measure.facts import stated
from policykit.measure.local import Pass, passes, run, version
from policykit.measure.rows import overlap, sample
from policykit.measure.scanned import Scanned
from policykit.measure.source import first_line, unreadable
from policykit.measure.stamps import compare, stamps
from policykit.measure.tables import paths_of, table_of
from policykit.terms.bundle import Bundle, Schema
from policykit.terms.kinds import lacking
from policykit.terms.measure import Fact, Measure, Overlap, Sample, datasets, read
from policykit.terms.plan import Measurement, Taken
from policykit.terms.state import State
from policykit.terms.verdict import Cause, Unmeasured

Progress: TypeAlias = Callable[[str, int, int], None]
Found: TypeAlias = Measurement | Unmeasured


def take(
    bundle: Bundle,
    measures: Iterable[Measure],
    schemas: Mapping[str, Schema | Unmeasured],
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Taken:
    """Return what came of every measure. Bad data never raises: it leaves its own measures unmeasured, and says why.

    `cache` is a folder of earlier measurements, used only where it is given; `progress` is called with a data set, how many
    passes over it are done, and how many there are.

    Raises:
        VerificationError: a file changed between being hashed and having been scanned (`changed_while_reading`).
        BundleError: a CSV file that is no table.
    """
    wanted = tuple(dict.fromkeys(measures))
    taken: dict[Measure, Found] = {
        m: contents(bundle) if m.path == PATH else stated(bundle, schemas, m) for m in wanted if isinstance(m, Fact)
    }
    keys = _cache_keys(bundle, wanted) if cache is not None else {}
    if cache is not None:
        held = {measure: cached(cache, key, measure) for measure, key in keys.items()}
        taken |= {measure: found for measure, found in held.items() if found is not None}
    fresh = _scanned(bundle, [m for m in wanted if m not in taken], schemas, progress)
    if cache is not None:
        for measure, found in fresh.items():
            if measure in keys and isinstance(found, Measurement):
                keep(cache, keys[measure], measure, found)
    taken |= fresh
    return {measure: taken[measure] for measure in wanted}


@dataclass(frozen=True, slots=True)
class _Job:
    """The measures that read the same data sets."""

    roles: tuple[str, ...]
    measures: tuple[Measure, ...]


def _scanned(
    bundle: Bundle, measures: list[Measure], schemas: Mapping[str, Schema | Unmeasured], progress: Progress | None
) -> dict[Measure, Found]:
    taken: dict[Measure, Found] = {}
    tables: dict[str, Scanned | Unmeasured] = {}
    for job in _jobs(measures):
        there = [bundle.datasets[role] for role in dict.fromkeys(job.roles) if role in bundle.datasets]
        before = stamps(bundle, [path for dataset in there for path in paths_of(dataset)])
        for role in job.roles:
            if role not in tables:
                tables[role] = _table(bundle, role, schemas)
        taken |= _job(bundle, job, tables, progress)
        compare(bundle, before)
    return taken


def _jobs(measures: Iterable[Measure]) -> tuple[_Job, ...]:
    by_roles: dict[tuple[str, ...], list[Measure]] = {}
    for measure in measures:
        by_roles.setdefault(datasets(measure), []).append(measure)
    return tuple(_Job(roles, tuple(several)) for roles, several in by_roles.items())


def _job(
    bundle: Bundle, job: _Job, tables: Mapping[str, Scanned | Unmeasured], progress: Progress | None
) -> dict[Measure, Found]:
    taken: dict[Measure, Found] = {}
    able: list[Measure] = []
    for measure in job.measures:
        trouble = _trouble(measure, tables)
        if trouble is not None:
            taken[measure] = trouble
        else:
            able.append(measure)
    table = tables[job.roles[0]]
    scans: tuple[Pass, ...] = ()
    if isinstance(table, Scanned):
        scans = passes(table, [m for m in able if not isinstance(m, Overlap | Sample | Fact)])
    alone = [m for m in able if isinstance(m, Overlap | Sample)]
    name, steps = f"measuring {' and '.join(dict.fromkeys(job.roles))}", len(scans) + len(alone)
    done = 0
    for one in scans:
        _say(progress, name, done, steps)
        assert isinstance(table, Scanned), "a table that cannot be read has no passes"
        taken |= {measure: _found(state) for measure, state in run(table, one).items()}
        done += 1
    for measure in alone:
        _say(progress, name, done, steps)
        taken[measure] = _rows(bundle, measure, tables)
        done += 1
    if steps:
        _say(progress, name, done, steps)
    return taken


def _rows(bundle: Bundle, measure: Overlap | Sample, tables: Mapping[str, Scanned | Unmeasured]) -> Found:
    try:
        match measure:
            case Overlap(left, right, _):
                first, second = tables[left], tables[right]
                assert isinstance(first, Scanned) and isinstance(second, Scanned), "unreadable tables are seen before"
                return _found(overlap(first, second, measure))
            case Sample(role, _, _):
                table = tables[role]
                assert isinstance(table, Scanned), "unreadable tables are seen before"
                found = sample(table, measure, bundle.datasets[role].key)
                return Measurement(found, engine=version(), sampled=True)
    except unreadable() as error:
        return Unmeasured(Cause.CRASHED, first_line(error))


def _trouble(measure: Measure, tables: Mapping[str, Scanned | Unmeasured]) -> Unmeasured | None:
    for role in datasets(measure):
        table = tables[role]
        if isinstance(table, Unmeasured):
            return table
    for role, name in sorted(read(measure)):
        table = tables[role]
        assert isinstance(table, Scanned), "unreadable tables are seen before"
        if name not in table.placed():
            return lacking(name, [column.name for column in table.columns], role)
    return None


def _table(bundle: Bundle, role: str, schemas: Mapping[str, Schema | Unmeasured]) -> Scanned | Unmeasured:
    dataset, schema = bundle.datasets.get(role), schemas.get(role)
    if dataset is None:
        return Unmeasured(Cause.MISSING, f"the bundle has no data set `{role}`")
    if isinstance(schema, Unmeasured):
        return schema
    return table_of(bundle, dataset, proven=schema is not None)


def _cache_keys(bundle: Bundle, measures: Iterable[Measure]) -> dict[Measure, str]:
    keys = ((measure, cache_key(bundle, measure, version())) for measure in measures)
    return {measure: key for measure, key in keys if key is not None}


def _found(state: State | Unmeasured) -> Found:
    return state if isinstance(state, Unmeasured) else Measurement(state, engine=version())


def _say(progress: Progress | None, name: str, done: int, steps: int) -> None:
    if progress is not None:
        progress(name, done, steps)

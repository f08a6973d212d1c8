"""Measurements written and read back: nothing lost, nothing believed that does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.canon import canonical
from policykit.errors import DocumentError, PolicykitError, StorageError, VerificationError
from policykit.load.measurements import ReadMeasurements, dump_measurements, load_measurements
from policykit.terms.bundle import (
    Attribute,
    Bundle,
    Column,
    Cut,
    Dataset,
    File,
    Model,
    Predictions,
    Schema,
    Task,
)
from policykit.terms.expr import And, Band, Bin, Col, Compare, IsIn, Lit, Matches, Recode
from policykit.terms.measure import (
    Cells,
    Count,
    Distinct,
    Extreme,
    Fact,
    Histogram,
    Measure,
    Overlap,
    Quantile,
    Sample,
    Sum,
)
from policykit.terms.plan import Measurement
from policykit.terms.policy import Source
from policykit.terms.state import (
    Binned,
    Counted,
    Extremes,
    Grouped,
    Overlapped,
    Ranked,
    Repeats,
    Stated,
    Summed,
    Table,
)
from policykit.terms.verdict import Cause, Unmeasured

BUNDLE = Bundle(
    name="loan-default",
    version="1.10",
    datasets={
        "evaluation": Dataset(
            "evaluation",
            ("e.csv",),
            "csv",
            sha256="0" * 64,
            collected="2026-08-31",
            key=("id",),
            columns={"zip": "text"},
            missing_values=("", "-"),
            predictions=Predictions("p.csv", ("id",)),
        ),
        "train": Dataset("train", ("t.parquet",)),
    },
    labels={"risk": ("high",), "jurisdiction": ("EU", "UK")},
    task=Task("binary-classification", "y", None, "pd", Lit(1), Lit("0"), Cut(0.35)),
    attributes={"sex": Attribute("GENDER", ((Lit(1), "male"), (Lit("2"), "female"), (Lit(0.5), "x")))},
    protected_attributes=("sex",),
    model=Model("model", "mlflow", ("a", "b")),
    documents={"card": "c.md", "load_test": "l.json"},
    broken={"card": "`c.md` is not UTF-8"},
    champion_report="champion/r.json",
    files=(File("bundle.yaml", "manifest", "a" * 64, 10), File("e.csv", "dataset:evaluation", "b" * 64, 2**40)),
)
SCHEMAS = {
    "evaluation": Schema((Column("y", "integer"), Column('a "😀"\n', "text")), 10, "c" * 64),
    "train": Unmeasured(Cause.CRASHED, "cut short"),
}
GROUP = (Recode(Col("GENDER"), ((Lit(1), "male"),)),)
TAKEN: dict[Measure, Measurement | Unmeasured] = {
    Count("evaluation"): Measurement(Counted(2**60), engine="polars", cached=True),
    Count("evaluation", And((Compare(">", Col("a"), Lit(1.5)), IsIn(Col("b"), (Lit("x"), Lit("y")))))): Measurement(
        Counted(0)
    ),
    Count("evaluation", by=GROUP): Measurement(Grouped((((None,), Counted(2)), (("male",), Counted(3))))),
    Sum("evaluation", Col("a"), scale=2): Measurement(Summed(-(10**30), 2, 5, 1, 0)),
    Sum("evaluation", Col("a"), scale=-20): Measurement(Summed(4244823565013459120, -20, 80, 0, 0)),
    Extreme("evaluation", Col("a")): Measurement(Extremes(None, None, 0, 5)),
    Extreme("evaluation", Col("b")): Measurement(Extremes(-1, 2.5, 3), sampled=True),
    Cells("evaluation", (Col("y"), Bin(Col("pd"), 0.0, 0.01, 100))): Measurement(
        Table((((0, 1), 5), ((1, None), 1), ((True, 1.5), 2)))
    ),
    Histogram("evaluation", Col("a"), (0.0, 1.0, 2.0)): Measurement(Binned((0.0, 1.0, 2.0), (3, 4), 1, 2, 0)),
    Distinct("evaluation", (Col("a"),)): Measurement(Repeats(((1, 5), (2, 1)))),
    Quantile("evaluation", Band(Col("a"), (1, 2.5), ("l", "m", "h")), (0.5, 0.95)): Measurement(
        Ranked(((0.5, 3), (0.95, 4.5)), 20)
    ),
    Quantile("train", Col("a"), (0.5,)): Measurement(Ranked((), 0)),
    Overlap("train", "evaluation", ("id",)): Measurement(Overlapped(5, 4, 3)),
    Fact(("documents", "load_test", "samples")): Measurement(
        Stated([1, 2.5, {"a": None, "float": "x"}, 2**70]), Source.DECLARED
    ),
    Count("evaluation", Matches(Col("e-mail"), "@")): Unmeasured(Cause.WRONG_TYPE, "`e-mail` is no text"),
}


def written(**change: Any) -> bytes:
    said: dict[str, Any] = {"stage": "production", "as_of": "2026-11-22", "engine": "polars 1.2"} | change
    return dump_measurements(BUNDLE, SCHEMAS, TAKEN, **said)


def body(change: Callable[[Any], Any]) -> bytes:
    read = json.loads(written())
    change(read)
    return canonical(read)


def refused(data: bytes) -> DocumentError:
    with pytest.raises(DocumentError) as error:
        load_measurements(data)
    assert [problem.code for problem in error.value.problems] == ["PK390"]
    return error.value


def test_what_was_written_is_read() -> None:
    assert load_measurements(written()) == ReadMeasurements(
        BUNDLE, SCHEMAS, TAKEN, "production", "2026-11-22", "polars 1.2"
    )


def test_reading_and_writing_again_gives_the_same_bytes() -> None:
    read = load_measurements(written(stage=None))
    again = dump_measurements(
        read.bundle, read.schemas, read.taken, stage=read.stage, as_of=read.as_of, engine=read.engine
    )
    assert again == written(stage=None)


def test_it_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_bytes(written())
    assert load_measurements(tmp_path / "m.json").bundle == BUNDLE
    with pytest.raises(StorageError, match="no such file or directory"):
        load_measurements(tmp_path / "none.json")


def test_samples_of_rows_facts_and_contents_are_never_published() -> None:
    from dataclasses import replace

    bundle = replace(BUNDLE, facts={"owners": "secret"}, contents={"card": "secret"})
    sample = {Sample("evaluation", ("a",), 10): Measurement(Table(()))}
    data = dump_measurements(bundle, {}, sample, stage=None, as_of="2026-01-01", engine="")
    assert b"secret" not in data
    assert b"Sample" not in data


def test_a_bundle_in_memory_has_no_subject() -> None:
    bundle = Bundle("t", "trial", {"evaluation": Dataset("evaluation", format="memory", table=object())})
    read = load_measurements(dump_measurements(bundle, {}, {}, stage=None, as_of="2026-01-01", engine=""))
    assert read.bundle == Bundle("t", "trial", {"evaluation": Dataset("evaluation", format="memory")})


def test_a_subject_that_is_not_the_digest_of_the_files_is_untrusted() -> None:
    with pytest.raises(VerificationError) as error:
        load_measurements(body(lambda read: read.update(subject="0" * 64)))
    assert error.value.reason == "digest_mismatch"
    assert str(error.value) == "`measurements` names another subject than the files it lists"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "`measurements` is not JSON at line 1, column 1"),
        (b"[]", "`measurements` is not a measurements document"),
        (b'{"policykit":"policy/1"}', "`measurements` is not a measurements document"),
        (
            b'{"policykit":"measurements/2"}',
            "`measurements` is of a kind that this version does not know: `measurements/2`",
        ),
        (
            b'{"policykit":"measurements/1","semantics":"0"}',
            "`measurements` was measured by a version whose numbers mean something else",
        ),
        (b'{"policykit":"measurements/1","policykit":"x"}', "`measurements` says `policykit` twice in one object"),
    ],
)
def test_what_is_no_measurements_document_is_refused(data: bytes, message: str) -> None:
    assert str(refused(data)) == message


CHANGES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "another member": (lambda read: read.update(x=1), "it has members that this version does not know, or lacks some"),
    "a day": (lambda read: read.update(as_of="22.11.2026"), "`22.11.2026` is not a date"),
    "a stage": (lambda read: read.update(stage=5), "`engine`, `as_of` and `stage` are texts"),
    "schemas": (lambda read: read.update(schemas=[]), "`schemas` is no object"),
    "rows": (lambda read: read["schemas"]["evaluation"].update(rows=-1), "a schema is not written as it should be"),
    "columns": (lambda read: read["schemas"]["evaluation"].update(columns=[[1, 2]]), "a schema is not written"),
    "a bundle": (lambda read: read.update(bundle=[]), "the bundle is not written as it should be"),
    "a name": (lambda read: read["bundle"].update(name=5), "the bundle is not written as it should be"),
    "labels": (lambda read: read["bundle"].update(labels={"a": "b"}), "the bundle is not written as it should be"),
    "collected": (
        lambda read: read["bundle"]["datasets"]["train"].update(collected="never"),
        "`never` is not a date",
    ),
    "a size": (lambda read: read["bundle"]["files"][0].update(size=-1), "the bundle is not written as it should be"),
    "an unknown key": (lambda read: read["bundle"].update(x=5), "the bundle is not written as it should be"),
    "no list": (lambda read: read.update(measurements={}), "`measurements` is no list"),
    "a number for one": (lambda read: read.update(measurements=[5]), "a measurement is not written as it should be"),
    "twice": (lambda read: read["measurements"].append(read["measurements"][0]), "is there twice"),
    "another id": (
        lambda read: read["measurements"][0].update(id="0" * 16),
        "a measurement's id is not that of its measure",
    ),
    "a cause": (
        lambda read: next(m for m in read["measurements"] if "unmeasured" in m)["unmeasured"].update(cause="bored"),
        "'bored' is not a valid Cause",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_document_that_does_not_hold_together_is_refused(name: str) -> None:
    change, message = CHANGES[name]
    assert message in str(refused(body(change)))


def one(measure: Measure, state: Any) -> bytes:
    """Return a document with one measurement whose state was swapped for another."""
    return dump_measurements(BUNDLE, {}, {measure: Measurement(state)}, stage=None, as_of="2026-01-01", engine="")


@pytest.mark.parametrize(
    ("measure", "state"),
    [
        (Count("e"), Counted(-1)),
        (Count("e"), Summed(1, 9, 1)),
        (Count("e"), Grouped((((1,), Counted(1)),))),
        (Count("e", by=(Col("g"),)), Counted(1)),
        (Count("e", by=(Col("g"),)), Grouped((((1, 2), Counted(1)),))),
        (Count("e", by=(Col("g"),)), Grouped((((1,), Counted(1)), ((1,), Counted(1))))),
        (Count("e", by=(Col("g"),)), Grouped((((1,), Summed(1, 9, 1)),))),
        (Sum("e", Col("a"), scale=9), Summed(1, 2, 1)),
        (Sum("e", Col("a"), scale=10**9), Summed(1, 10**9, 1)),
        (Extreme("e", Col("a")), Extremes(2, 1, 2)),
        (Extreme("e", Col("a")), Extremes(None, None, 2)),
        (Extreme("e", Col("a")), Extremes(1, 2, 0)),
        (Cells("e", (Col("a"),)), Table((((1, 2), 3),))),
        (Cells("e", (Col("a"),)), Table((((1,), 3), ((1,), 4)))),
        (Cells("e", (Col("a"),)), Table((((1,), -3),))),
        (Histogram("e", Col("a"), (0.0, 1.0)), Binned((0.0, 2.0), (1,), 0, 0, 0)),
        (Histogram("e", Col("a"), (0.0, 1.0)), Binned((0.0, 1.0), (1, 2), 0, 0, 0)),
        (Histogram("e", Col("a"), (1.0, 0.0)), Binned((1.0, 0.0), (1,), 0, 0, 0)),
        (Quantile("e", Col("a"), (0.5,)), Ranked(((0.9, 1),), 5)),
        (Overlap("a", "b", ("k",)), Overlapped(1, 2, 3)),
        (Fact(("facts", "a")), Counted(1)),
    ],
)
def test_a_state_that_its_measure_cannot_give_is_refused(measure: Measure, state: Any) -> None:
    assert "does not fit its measure" in str(refused(one(measure, state)))


@pytest.mark.parametrize(
    ("measure", "state"),
    [
        (Extreme("e", Col("a")), Extremes(float("nan"), 2, 1)),
        (Cells("e", (Col("a"),)), Table((((float("nan"),), 1), ((float("nan"),), 2)))),
    ],
)
def test_a_state_with_nan_in_it_is_refused_since_nan_equals_nothing(measure: Measure, state: Any) -> None:
    assert "a state holds no NaN: missing is missing" in str(refused(one(measure, state)))


def test_a_measure_with_a_number_for_a_name_is_refused() -> None:
    from policykit.terms.measure import identity

    odd: Any = Count(5)  # type: ignore[arg-type]
    data = one(odd, Counted(1))
    assert identity(odd).encode() in data
    assert "not a measure that this version knows" in str(refused(data))


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [here]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths(inner, (*here, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            found += paths(inner, (*here, place))
    return found


GOOD = json.loads(written())
PLACES = paths(GOOD)
JUNK = st.sampled_from(
    [None, True, -1, 0, 2**53 - 1, 1.5, "", "x", "1" * 5000, [], {}, [[]], {"float": "nan"}, {"int": "x"}, {"Lit": {}}]
)


@given(st.sampled_from(PLACES), JUNK, st.booleans())
def test_one_value_changed_anywhere_gives_one_of_our_errors_or_is_read(
    place: tuple[Any, ...], junk: Any, drop: bool
) -> None:
    read = json.loads(json.dumps(GOOD))
    if not place:
        read = junk
    else:
        inside = read
        for step in place[:-1]:
            inside = inside[step]
        if drop:
            del inside[place[-1]]
        else:
            inside[place[-1]] = junk
    try:
        found = load_measurements(json.dumps(read).encode())
    except PolicykitError:
        return
    _expect_stable(found)


@given(st.integers(0, len(written()) - 1), st.binary(max_size=4))
def test_changed_bytes_give_one_of_our_errors_or_are_read(place: int, junk: bytes) -> None:
    data = written()
    try:
        found = load_measurements(data[:place] + junk + data[place + 1 :])
    except PolicykitError:
        return
    _expect_stable(found)


def _expect_stable(found: ReadMeasurements) -> None:
    """What was read is written and read again as the same: nothing in it was believed and lost."""
    data = dump_measurements(
        found.bundle, found.schemas, found.taken, stage=found.stage, as_of=found.as_of, engine=found.engine
    )
    again = load_measurements(data)
    assert (again.taken, again.schemas, again.stage, again.as_of) == (
        found.taken,
        found.schemas,
        found.stage,
        found.as_of,
    )


@given(st.binary(max_size=200))
def test_any_bytes_give_one_of_our_errors(data: bytes) -> None:
    with pytest.raises(PolicykitError):
        load_measurements(data)

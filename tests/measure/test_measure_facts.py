"""Declared evidence by path: what is there, what is not, what is broken."""

from __future__ import annotations

import pytest

from policykit.measure.engine import take
from policykit.terms.bundle import Bundle, Column, Dataset, Schema
from policykit.terms.measure import Fact
from policykit.terms.plan import Measurement
from policykit.terms.policy import Source
from policykit.terms.state import Stated
from policykit.terms.verdict import Cause, Unmeasured

BUNDLE = Bundle(
    "loan-default",
    "1.4.0",
    {"evaluation": Dataset("evaluation", collected="2026-08-31"), "train": Dataset("train")},
    contents={"load_test": {"samples": [1.5, 2.5], "host": None}, "plain": "text"},
    broken={"card": "not YAML"},
    facts={"owners": {"model": "a.silva@acme.example", "data": None}, "drills": [{"day": "2026-01-01"}]},
)
SCHEMAS = {
    "evaluation": Schema((Column("x", "integer"), Column("y", "text")), 12),
    "train": Unmeasured(Cause.CRASHED, "`a.parquet` cannot be read"),
}


@pytest.mark.parametrize(
    ("path", "value", "source"),
    [
        ("facts owners model", "a.silva@acme.example", Source.DECLARED),
        ("facts owners", {"model": "a.silva@acme.example", "data": None}, Source.DECLARED),
        ("facts drills 0 day", "2026-01-01", Source.DECLARED),
        ("documents load_test samples", [1.5, 2.5], Source.DECLARED),
        ("documents plain", "text", Source.DECLARED),
        ("datasets evaluation collected", "2026-08-31", Source.DECLARED),
        ("datasets evaluation columns", [["x", "integer"], ["y", "text"]], Source.RECOMPUTED),
        ("datasets evaluation rows", 12, Source.RECOMPUTED),
        ("bundle name", "loan-default", Source.DECLARED),
        ("bundle version", "1.4.0", Source.DECLARED),
    ],
)
def test_what_the_bundle_says_is_found_by_its_path(path: str, value: object, source: Source) -> None:
    fact = Fact(tuple(path.split()))
    assert take(BUNDLE, [fact], SCHEMAS)[fact] == Measurement(Stated(value), source, "bundle")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("facts owners monitoring", Unmeasured(Cause.MISSING, "the bundle does not say `facts.owners.monitoring`")),
        ("facts owners data", Unmeasured(Cause.MISSING, "the bundle does not say `facts.owners.data`")),
        ("facts owners model name", Unmeasured(Cause.MISSING, "the bundle does not say `facts.owners.model.name`")),
        ("facts drills 7", Unmeasured(Cause.MISSING, "the bundle does not say `facts.drills.7`")),
        ("documents ledger", Unmeasured(Cause.MISSING, "the bundle has no document `ledger`")),
        ("documents card title", Unmeasured(Cause.CRASHED, "the document `card` cannot be read: not YAML")),
        ("datasets test rows", Unmeasured(Cause.MISSING, "the bundle has no data set `test`")),
        (
            "datasets train collected",
            Unmeasured(Cause.MISSING, "the data set `train` does not say when it was collected"),
        ),
        ("datasets train rows", Unmeasured(Cause.CRASHED, "`a.parquet` cannot be read")),
        ("datasets evaluation size", Unmeasured(Cause.MISSING, "the bundle does not say `datasets.evaluation.size`")),
        ("bundle owner", Unmeasured(Cause.MISSING, "the bundle does not say `bundle.owner`")),
        ("nothing", Unmeasured(Cause.MISSING, "the bundle does not say `nothing`")),
    ],
)
def test_what_the_bundle_does_not_say_is_missing(path: str, expected: Unmeasured) -> None:
    fact = Fact(tuple(path.split()))
    assert take(BUNDLE, [fact], SCHEMAS)[fact] == expected

"""policykit from Python: what a notebook, a pytest and a training script use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import policykit
from policykit import Attribute, Bundle, Dataset, Decision, Lit, PolicykitError, Task
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

FAIR = people(men=(500, 1000), women=(505, 1000))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, lambda data: pl.DataFrame(data).to_arrow()])
def test_a_table_in_memory_is_a_gate_in_one_line(make: Any) -> None:
    report = policykit.gate(make(FAIR), target="y", prediction="yhat", protected=["sex"], favourable=1)
    assert report.allowed
    assert report.scope == "trial"
    unfair = make(people(men=(800, 1000), women=(300, 1000)))
    assert not policykit.gate(unfair, target="y", prediction="yhat", protected=["sex"], favourable=1).allowed


def test_the_three_kinds_of_table_give_one_verdict() -> None:
    digests = {
        policykit.gate(make(FAIR), target="y", prediction="yhat", protected=["sex"], favourable=1).verdict_digest
        for make in (pd.DataFrame, pl.DataFrame, lambda data: pl.DataFrame(data).to_arrow())
    }
    assert len(digests) == 1


def test_a_bundle_folder_and_policies_by_path(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "b", FAIR)
    policy = write_policy(tmp_path / "p.yaml", ACCURATE, EQUAL, applies_to={"stage": ["production"]})
    report = policykit.gate(bundle, policies=policy, stage="production")
    assert report.decision is Decision.ALLOWED
    assert [line.rule.id for line in report.rules] == ["R-1", "R-2"]
    assert str(bundle) not in repr(report.reason)


def test_a_bundle_built_in_code_takes_tables_in_place_of_files(tmp_path: Path) -> None:
    data = pd.DataFrame({**FAIR, "sex_code": [1 if sex == "m" else 2 for sex in FAIR["sex"]]})
    bundle = Bundle(
        "loans",
        "1.0",
        {"evaluation": Dataset("evaluation", format="memory", table=data)},
        task=Task("binary-classification", "y", "yhat", positive=Lit(1), favourable=Lit(1)),
        attributes={"sex": Attribute("sex_code", ((Lit(1), "male"), (Lit(2), "female")))},
        protected_attributes=("sex",),
    )
    report = policykit.gate(bundle, policies=[write_policy(tmp_path / "p.yaml", EQUAL)])
    assert report.allowed
    assert {group.name for group in report.rules[0].verdict.findings[0].groups} == {"male", "female"}


def test_a_training_script_records_a_bundle_that_gates(tmp_path: Path) -> None:
    folder = policykit.record(
        tmp_path / "run",
        name="loans",
        version="1.10",
        evaluation=pd.DataFrame(FAIR),
        kind="binary-classification",
        target="y",
        prediction="yhat",
        positive=1,
        favourable=1,
        protected=["sex"],
    )
    report = policykit.gate(folder, policies=write_policy(tmp_path / "p.yaml", ACCURATE, EQUAL))
    assert report.allowed
    assert report.version == "1.10"


def test_a_wrong_policy_raises_with_every_problem_and_its_place(tmp_path: Path) -> None:
    policy = write_policy(tmp_path / "p.yaml", {"check": "data.row_cuont", "at_least": 1}, {"check": "data.row_count"})
    with pytest.raises(PolicykitError) as refused:
        policykit.gate(write_bundle(tmp_path / "b"), policies=policy)
    problems = refused.value.problems  # type: ignore[attr-defined]
    assert [problem.code for problem in problems] == ["PK104", "PK201"]
    assert all(problem.line == 1 and problem.column > 1 for problem in problems)


def test_a_table_without_policies_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicykitError, match="no policy was named"):
        policykit.gate(write_bundle(tmp_path / "b"))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no `gaet`"):
        _ = policykit.gaet


def test_importing_policykit_imports_nothing_heavy() -> None:
    heavy = [
        "numpy",
        "pandas",
        "polars",
        "narwhals",
        "pydantic",
        "scipy",
        "sklearn",
        "rich",
        "yaml",
        "click",
        "evidently",
    ]
    code = f"import policykit, sys; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize(
    ("argv", "light"),
    [
        (["--help"], True),
        (["lint", "p.yaml"], False),
        (["verify", "r.json", "--key", "k.pub.pem"], False),
    ],
)
def test_help_lint_and_verify_import_no_data_library(argv: list[str], light: bool, tmp_path: Path) -> None:
    from policykit.cli.start import run

    write_policy(tmp_path / "p.yaml", ACCURATE, EQUAL)
    write_bundle(tmp_path / "b", FAIR)
    names = [
        "numpy",
        "scipy",
        "pandas",
        "polars",
        "narwhals",
        "sklearn",
        "rich",
        "pyarrow",
        *(["pydantic"] if light else []),
    ]
    before = Path.cwd()
    import os

    os.chdir(tmp_path)
    try:
        run(["keys", "new", "k", "--unencrypted"])
        run(["gate", "b", "-p", "p.yaml", "--sign", "k.key.pem", "-o", "attestation=r.json"])
    finally:
        os.chdir(before)
    code = (
        "import sys; from policykit.cli.start import run; "
        f"code = run({argv!r}); print(code, [name for name in {names!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == "0 []"

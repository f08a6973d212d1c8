"""`models` of a gate file: which bundles it judges, by their names, and nothing under any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.build import ACCURATE, ENOUGH, EQUAL, people, write_bundle, write_policy

NAMED = ("--config", "policykit.yaml")
UNFAIR = people(men=(900, 1000), women=(100, 1000))


@pytest.fixture(autouse=True)
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that discriminates, and an inventory in which it is one of two: the policy of the other asks less."""
    monkeypatch.chdir(tmp_path)
    write_policy(Path("policies/credit.yaml"), ACCURATE, EQUAL, id="credit", applies_to={"use_case": ["credit"]})
    write_policy(Path("policies/other.yaml"), ENOUGH, id="other", applies_to={"use_case": ["marketing"]})
    Path("inventory.csv").write_text("name,use_case\nloans,credit\nnewsletter,marketing\n")
    bundle("loans")
    gate_file("models: [loans]")


def bundle(name: str) -> None:
    write_bundle(Path("b"), UNFAIR, name=name)


def gate_file(*more: str) -> None:
    lines = ("policykit: gate/1", "policies: [{path: policies/}]", "inventory: inventory.csv", *more)
    Path("policykit.yaml").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("named", [NAMED, ()], ids=["named", "found"])
def test_a_bundle_by_another_name_is_refused_before_anything_is_judged(
    named: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["gate", "b", "-q", "--output", "json=r.json", *named]
    assert run(words) == 1
    bundle("newsletter")
    gate_file()
    assert run(words) == 0
    gate_file("models: [loans]")
    Path("r.json").unlink()
    capsys.readouterr()
    assert run(words) == 2
    said = capsys.readouterr()
    assert "b: PK324 `newsletter` is none of the models that this gate judges" in said.err
    assert "`models` in `policykit.yaml` names `loans`; whoever answers for that file adds others" in said.err
    assert "ALLOWED" not in said.out


def test_beside_policies_that_were_named_a_gate_file_that_was_found_still_narrows() -> None:
    Path("policykit.yaml").write_text("policykit: gate/1\nmodels: [loans]\n")
    words = ["gate", "b", "-q", "--policies", "policies/other.yaml"]
    write_bundle(Path("b"), UNFAIR, name="newsletter", labels={"use_case": "marketing"})
    assert run(words) == 2
    Path("policykit.yaml").unlink()
    assert run(words) == 0


@pytest.mark.parametrize("verb", ["measure", "plan"])
def test_what_is_not_judged_is_not_measured_or_planned_either(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    bundle("newsletter")
    output = ["--output", "m.json"] if verb == "measure" else []
    assert run([verb, "b", *output, *NAMED]) == 2
    assert "PK324" in capsys.readouterr().err


def test_measurements_of_another_model_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    bundle("newsletter")
    gate_file()
    assert run(["measure", "b", "-o", "m.json", *NAMED]) == 0
    gate_file("models: [loans]")
    assert run(["judge", "m.json", *NAMED]) == 2
    assert "m.json: PK324 `newsletter` is none of the models" in capsys.readouterr().err


def test_a_table_without_a_manifest_has_no_name_that_could_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("b/rows.parquet").rename("rows.parquet")
    words = ["--target", "y", "--prediction", "yhat", "--protected", "sex", "--favourable", "1"]
    assert run(["gate", "rows.parquet", "-q", *words]) == 2
    assert "rows.parquet: PK324 `rows` is none of the models" in capsys.readouterr().err


def test_signing_beside_a_gate_file_that_lists_models_wants_it_named(capsys: pytest.CaptureFixture[str]) -> None:
    run(["keys", "new", "ci", "--unencrypted"])
    Path("policykit.yaml").write_text("policykit: gate/1\nmodels: [loans]\n")
    words = ["gate", "b", "-q", "-p", "policies", "--sign", "ci.key.pem", "-o", "attestation=r.json"]
    assert run(words) == 2
    err = capsys.readouterr().err
    assert "`policykit.yaml` here names the models it judges, and signing takes nothing from here unasked" in err


def test_lint_warns_of_a_model_that_the_inventory_does_not_list(capsys: pytest.CaptureFixture[str]) -> None:
    gate_file("models: [loans, laons]")
    assert run(["lint"]) == 0
    err = capsys.readouterr().err
    assert "policykit.yaml:4:17: PK525 warning: `laons` is not in the inventory, so that nothing is judged" in err
    assert run(["lint", "--strict"]) == 2
    assert run(["gate", "b", "-q"]) == 1


@pytest.mark.parametrize("text", ["name,use_case\nloans\n", "model\nloans\n", None])
def test_lint_and_gate_refuse_the_same_inventory(text: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    Path("inventory.csv").unlink()
    if text is not None:
        Path("inventory.csv").write_text(text)
    told = []
    for words in (["lint"], ["gate", "b", "-q"]):
        capsys.readouterr()
        assert run(words) == 2
        told.append(capsys.readouterr().err.split("PK40", 1)[1].split("\n")[0])
    assert told[0] == told[1]


def test_lint_and_gate_refuse_the_same_list(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong, code in (("[]", "PK021"), ("{a: b}", "PK020"), ("[loans, loans]", "PK025")):
        gate_file(f"models: {wrong}")
        for words in (["lint"], ["gate", "b", "-q"]):
            capsys.readouterr()
            assert run(words) == 2
            assert f"policykit.yaml:4:{17 if code == 'PK025' else 9}: {code} " in capsys.readouterr().err


def test_one_model_may_be_written_without_a_list() -> None:
    gate_file("models: loans")
    assert run(["gate", "b", "-q", "--output", "json=r.json"]) == 1
    assert json.loads(Path("r.json").read_text())["bundle"]["name"] == "loans"

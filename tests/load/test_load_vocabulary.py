"""The vocabulary of the gate file holds for bundles too: their labels, and the stage that is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.cli.start import run
from policykit.errors import BundleError, Diagnostic, UsageError
from policykit.load.bundle import load_bundle
from policykit.load.scalars import is_stage
from policykit.stories.open import expect_stage
from policykit.terms.gate_file import GateFile

VOCABULARY = {"use_case": ("credit-scoring", "loan"), "stage": ("production",), "controls": ("acme/7",)}


def bundle(root: Path, labels: str) -> Path:
    (root / "data").mkdir(parents=True)
    (root / "data" / "evaluation.csv").write_text("y,yhat\n1,1\n")
    (root / "bundle.yaml").write_text(
        f"policykit: bundle/1\nname: m\nversion: 1\nlabels: {labels}\ndatasets:\n  evaluation: {{path: data/evaluation.csv}}\n"
    )
    return root


def refused(root: Path, labels: str, inventory: dict[str, dict[str, tuple[str, ...]]] | None = None) -> Diagnostic:
    with pytest.raises(BundleError) as caught:
        load_bundle(bundle(root, labels), inventory=inventory, vocabulary=VOCABULARY)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("labels", "column", "suggestion"),
    [
        ("{use_case: credit-scorin}", 20, "credit-scoring"),
        ("{risk: high, use_case: [loan, credit_scoring]}", 39, "credit-scoring"),
        ("{use_case: zebra}", 20, ""),
    ],
)
def test_a_label_outside_the_vocabulary_is_an_error_at_its_place(
    tmp_path: Path, labels: str, column: int, suggestion: str
) -> None:
    found = refused(tmp_path / "b", labels)
    assert (found.code, found.path, found.line, found.column) == ("PK113", f"{tmp_path}/b/bundle.yaml", 4, column)
    assert found.message.endswith("is no `use_case` of the vocabulary")
    assert found.suggestion == suggestion
    assert suggestion or found.hint == "`use_case` may be: credit-scoring, loan"


@pytest.mark.parametrize("labels", ["{use_case: [loan, credit-scoring]}", "{region: anywhere}", "{controls: mine}"])
def test_values_of_the_vocabulary_and_labels_it_does_not_speak_of_are_free(tmp_path: Path, labels: str) -> None:
    assert load_bundle(bundle(tmp_path / "b", labels), vocabulary=VOCABULARY).labels


def test_a_label_of_the_inventory_outside_the_vocabulary_is_an_error_too(tmp_path: Path) -> None:
    found = refused(tmp_path / "b", "{}", {"m": {"use_case": ("laon",), "risk": ("high",)}})
    assert (found.code, found.line, found.column) == ("PK113", 2, 7)
    assert found.message == "the inventory says `use_case: laon`, which is no `use_case` of the vocabulary"
    assert found.hint == "did you mean `loan`? the owners of the inventory mend it there"


def test_what_the_bundle_and_the_inventory_both_say_is_told_once(tmp_path: Path) -> None:
    found = refused(tmp_path / "b", "{use_case: laon}", {"m": {"use_case": ("laon",)}})
    assert (found.code, found.line, found.column) == ("PK113", 4, 20)


def test_a_gate_with_a_vocabulary_ends_with_2_and_says_what_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    bundle(Path("b"), "{use_case: credit-scorin}")
    Path("policykit.yaml").write_text(
        "policykit: gate/1\npolicies: [pack:baseline]\nvocabulary: {use_case: [credit-scoring, loan]}\n"
    )
    assert run(["gate", "b"]) == 2
    told = capsys.readouterr().err
    assert "b/bundle.yaml:4:20: PK113 `credit-scorin` is no `use_case` of the vocabulary" in told
    assert "did you mean `credit-scoring`?" in told


@pytest.mark.parametrize("stage", ["Pro duction/../x", "Production", "", "-x", "a" * 65, "prod\n"])
def test_what_is_no_stage_is_refused_with_a_way_out(stage: str) -> None:
    with pytest.raises(UsageError) as caught:
        expect_stage(stage, None)
    assert str(caught.value).endswith("is not a stage")
    assert caught.value.hint == "a stage is lower-case letters, digits and dashes, such as `production`"


def test_any_stage_is_accepted_where_there_is_no_vocabulary_and_only_its_own_where_there_is() -> None:
    expect_stage(None, None)
    expect_stage("pre-2", None)
    expect_stage("production", GateFile("policykit.yaml", vocabulary=VOCABULARY))
    with pytest.raises(UsageError, match="`prodution` is not a stage of the gate file's vocabulary"):
        expect_stage("prodution", GateFile("policykit.yaml", vocabulary=VOCABULARY))


@given(st.text(max_size=70))
def test_a_stage_never_holds_what_a_path_or_a_command_line_would_read(word: str) -> None:
    if is_stage(word):
        assert set(word) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert 0 < len(word) <= 64
        assert word[0] != "-"

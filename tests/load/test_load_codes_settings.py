"""Codes of what a gate file sets of a policy: bounds, units, and parameters that nobody declared."""

from __future__ import annotations

from pathlib import Path

from policykit.errors import Diagnostic
from policykit.load.companions import Companions
from policykit.load.lint.codes import CODES
from policykit.load.policies import examine
from policykit.terms.gate_file import PolicySource
from tests.load.policy_texts import policy, text_of

VOCABULARY = {"use_case": ("credit-scoring", "marketing"), "stage": ("production", "staging")}


def problems(folder: Path, text: str, name: str = "p.yaml") -> tuple[Diagnostic, ...]:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    beside = Companions()
    return examine([folder / name], vocabulary=VOCABULARY, as_of="2026-11-22", beside=beside).problems


GAP = "parameters:\n  gap: {title: Largest gap, value: 10 pp%s}\nrules:\n  - {id: A, title: T, why: W, check: %s}"
FOUR = "fairness.demographic_parity_difference, for_each: [sex], at_most: $gap"


def test_a_parameter_without_bounds_may_not_be_set(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy(GAP % ("", FOUR)))
    (found,) = examine([PolicySource(str(tmp_path), {"gap": "8 pp"})]).problems
    assert (found.code, found.line, found.column, found.message) == ("PK116", 3, 3, "`gap` may not be set")


def test_a_setting_outside_the_bounds_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy(GAP % (", may_be_set_between: [2 pp, 10 pp]", FOUR)))
    (found,) = examine([tmp_path], settings={"gap": "11 pp"}).problems
    assert (found.code, found.line) == ("PK115", 3)
    assert found.message == "`gap` is set to `11 pp`, outside `2 pp` to `10 pp`"
    assert found.hint == "set it within the bounds, or ask the owner of the policy"


def test_a_setting_in_another_unit_says_so_rather_than_that_it_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy(GAP % (", may_be_set_between: [2 pp, 10 pp]", FOUR)))
    (found,) = examine([tmp_path], settings={"gap": "8 %"}).problems
    assert found.message == "`gap` is set to `8 %`, outside `2 pp` to `10 pp`: it has another unit"
    assert found.hint == "write it in that unit, such as `2 pp`"


def test_a_value_in_another_unit_than_its_bounds_says_so(tmp_path: Path) -> None:
    text = policy((GAP % (", may_be_set_between: [2 pp, 10 pp]", FOUR)).replace("value: 10 pp", "value: 8 %"))
    found = next(each for each in problems(tmp_path, text) if each.code == "PK115")
    assert found.message == "`8 %` lies outside `2 pp` to `10 pp`: it has another unit"
    assert found.hint == "write it in that unit, such as `2 pp`"


def test_a_value_outside_its_bounds_is_not_told_to_mend_its_unit(tmp_path: Path) -> None:
    found = problems(tmp_path, text_of(CODES["PK115"], CODES["PK115"].wrong))
    assert [each.hint for each in found if each.code == "PK115"] == ["state a value within the bounds, or other bounds"]


def test_a_setting_that_no_policy_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy(GAP % (", may_be_set_between: [2 pp, 10 pp]", FOUR)))
    (found,) = examine([tmp_path], settings={"gpa": "8 pp"}).problems
    assert (found.code, found.message) == ("PK117", "`gpa` is set, and no policy has such a parameter")
    assert found.suggestion == "gap"

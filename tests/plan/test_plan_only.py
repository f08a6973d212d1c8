"""`--only`: a rule by its own name or with its policy's, and nothing that merely ends alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.errors import UsageError
from policykit.stories.gate import Asked, gate
from policykit.stories.open import Table, open_all
from tests.build import ACCURATE, ENOUGH, write_bundle, write_policy
from tests.clock import NOW


def asked(folder: Path, *only: str) -> list[str]:
    bundle = write_bundle(folder / "b")
    policies = [
        write_policy(folder / "one.yaml", ENOUGH, ACCURATE, id="one"),
        write_policy(folder / "two.yaml", ENOUGH, id="two"),
    ]
    opened = open_all(bundle, policies, None, Table())
    found = gate(opened.bundle, opened.policies, Asked(stage=None, now=NOW, only=only))
    return [f"{line.policy.partition('@')[0]}/{line.rule.id}" for line in found.report.rules if line.verdict.findings]


def test_a_rule_is_named_alone_or_with_its_policy(tmp_path: Path) -> None:
    assert asked(tmp_path, "R-1") == ["one/R-1", "two/R-1"]
    assert asked(tmp_path, "two/R-1") == ["two/R-1"]
    assert asked(tmp_path, "two/R-1", "R-2") == ["one/R-2", "two/R-1"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("nopolicy/R-1", ""),
        ("two/R-2", ""),
        ("oen/R-1", "did you mean `one/R-1`?"),
        ("/R-1", ""),
        ("zebra", "the rules are R-1, R-2"),
    ],
)
def test_a_name_that_no_rule_has_is_refused_whatever_it_ends_with(tmp_path: Path, name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked(tmp_path, name)
    assert str(caught.value) == f"no rule is called `{name}`"
    assert caught.value.hint == hint or (not hint and caught.value.hint)

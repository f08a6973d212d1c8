"""A report with waivers is verified again under the trust file of whoever verifies."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.verify import Asked
from policykit.errors import VerificationError
from policykit.stories.verify import authentic
from policykit.terms.report import Decision
from tests.stories.verifying import UNFAIR, copied, reason, redigested, verified
from tests.trust_world import FAIRNESS, World, make_world


def test_a_waived_report_verifies_and_names_the_waiver_and_who_approved_it(waived: World) -> None:
    found = verified(waived, again=True)
    assert found.decision is Decision.ALLOWED
    assert [(one.waiver.rule, one.approvers[0].who) for one in found.waivers] == [(FAIRNESS, "n.okafor@bank.example")]


def test_a_waived_report_needs_somebody_who_says_who_may_excuse(waived: World) -> None:
    with pytest.raises(VerificationError) as caught:
        authentic(waived.report.read_bytes(), waived.public("gate"), Asked(), now=waived.now)
    assert caught.value.reason == "waiver_trust"


def test_a_blocked_report_with_a_waiver_is_shown_by_key_alone(unfair: World, tmp_path: Path) -> None:
    world = copied(unfair, tmp_path)
    world.waiver(allows={"at_most": "11 pp"})
    world.gate(waived=True)
    found = authentic(world.report.read_bytes(), world.public("gate"), Asked(), now=world.now)
    assert found.decision is Decision.BLOCKED


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (None, "waiver_terms"),
        ({"signed_by": {"role": "release-manager", "count": 1}, "longest": "120 days"}, "waiver_signer"),
        ({"signed_by": {"role": "waiver-authority", "count": 1}, "longest": "30 days"}, "waiver_refused"),
        (
            {"signed_by": {"role": "waiver-authority", "count": 1}, "longest": "120 days", "widest": "build"},
            "waiver_refused",
        ),
        (
            {"signed_by": {"role": "waiver-authority", "count": 1}, "longest": "120 days", "never": [FAIRNESS]},
            "waiver_refused",
        ),
    ],
)
def test_a_waiver_is_verified_again_under_the_trust_file_of_whoever_verifies(
    waived: World, tmp_path: Path, terms: Mapping[str, Any] | None, why: str
) -> None:
    strict = make_world(tmp_path / "strict", women=UNFAIR, terms={"waivers": terms}, report=False)
    shutil.copy(waived.report, strict.report)

    def untold(said: dict[str, Any]) -> None:  # the report does not say under which trust file it was made
        said["trust"] = {}

    (strict.folder / "report.sigstore.json").write_bytes(waived.resigned(redigested(untold)).read_bytes())
    assert reason(strict) == why


def _first(said: dict[str, Any]) -> dict[str, Any]:
    waiver: dict[str, Any] = said["waivers"][0]
    return waiver


def _unsigned(said: dict[str, Any]) -> None:
    _first(said)["claims"] = []


def _wider(said: dict[str, Any]) -> None:
    from policykit.canon import digest

    text = _first(said)["text"].replace("90 pp", "99 pp")
    _first(said).update(text=text, digest=digest(text.encode()))


def _no_waiver(said: dict[str, Any]) -> None:
    from policykit.canon import digest

    _first(said).update(text="policykit: waiver/1\n", digest=digest(b"policykit: waiver/1\n"))


@pytest.mark.parametrize(
    ("change", "why"), [(_unsigned, "waiver_unsigned"), (_wider, "waiver_unsigned"), (_no_waiver, "waiver_changed")]
)
def test_a_waiver_changed_in_the_report_is_refused(
    waived: World, change: Callable[[dict[str, Any]], None], why: str
) -> None:
    assert reason(waived, waived.resigned(redigested(change))) == why


def test_a_waiver_that_has_ended_since_refuses_the_report(unfair: World, tmp_path: Path) -> None:
    world = copied(unfair, tmp_path)
    world.waiver(expires=(world.now.date() + timedelta(days=2)).isoformat())
    world.gate(waived=True)
    assert verified(world, days=2).decision is Decision.ALLOWED
    assert reason(world, days=3) == "waiver_expired"


def test_a_waiver_for_other_slices_than_the_excused_ones_is_refused(waived: World) -> None:
    def slices(said: dict[str, Any]) -> None:
        said["rules"][1]["findings"][0]["slice"] = [["attribute", "age"]]

    world = copied(waived, waived.folder.parent / "narrow")
    world.waiver(id="W-2", only_for={"attribute": "sex"})
    (world.waivers / "W-1.yaml").unlink()
    world.gate(waived=True)
    assert verified(world).decision is Decision.ALLOWED
    assert reason(world, world.resigned(redigested(slices))) == "waiver_changed"


def test_a_waiver_that_did_not_hold_on_the_day_of_the_report_excuses_nothing_in_it(waived: World) -> None:
    def earlier(said: dict[str, Any]) -> None:
        said["asOf"] = (waived.now - timedelta(days=5)).date().isoformat()

    report = waived.resigned(redigested(earlier))
    with pytest.raises(VerificationError) as caught:
        verified(waived, report, asked=Asked(any_day=True))
    assert caught.value.reason == "waiver_changed"
    assert str(caught.value).endswith("`W-1` did not hold on the day the report judges as of")

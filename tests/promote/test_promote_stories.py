"""Promotion, rollback and the broken glass: what may stand at a stage, and what may not."""

from __future__ import annotations

import stat
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.envelope import unseal
from policykit.attest.statement import GATE_REPORT, permit_type
from policykit.canon import digest
from policykit.decide.promote.folder import Folder
from policykit.errors import UsageError, VerificationError
from policykit.stories.break_glass import break_glass
from policykit.stories.promote import Promoted, promote
from policykit.stories.rollback import candidates, rollback
from policykit.terms.bundle import Bundle
from tests.clock import NOW
from tests.promote.conftest import Office


@pytest.fixture
def registry(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "registry")


def placed(registry: Folder, office: Office, bundle: Bundle, *, days: float = 0, **permit: Any) -> Promoted:
    """Promote the bundle, so many days after NOW, with a permit issued then."""
    now = NOW + timedelta(days=days)
    times = {
        "issued": (now - timedelta(hours=1)).isoformat().replace("+00:00", "Z"),
        "until": (now + timedelta(days=2)).date().isoformat(),
    }
    assert bundle.root is not None
    return promote(bundle.root, "production", registry, office.permit(bundle, **{**times, **permit}), office.at(now))


def standing(registry: Folder) -> str:
    found = registry.current("production")
    return found.bundle if found else ""


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(VerificationError) as caught:
        act()
    return caught.value.reason


def test_a_permitted_bundle_stands_at_its_stage(registry: Folder, office: Office, first: Bundle) -> None:
    found = placed(registry, office, first)
    assert (found.now.bundle, found.now.how, found.before) == ("loans@1.0.0", "permit", None)
    assert found.now.who == ("b.keller@acme.example",)
    assert registry.current("production") == found.now


def test_promoting_twice_changes_nothing_the_second_time(registry: Folder, office: Office, first: Bundle) -> None:
    placed(registry, office, first)
    again = placed(registry, office, first)
    assert again.already
    assert len(registry.history("production")) == 1


def test_a_permit_for_other_bytes_moves_nothing(
    registry: Folder, office: Office, first: Bundle, second: Bundle
) -> None:
    assert first.root is not None

    def act():
        return promote(first.root, "production", registry, office.permit(second), office.at())

    assert refusal(act) == "subject"
    assert registry.current("production") is None


@pytest.mark.parametrize(
    ("permit", "reason"),
    [
        ({"by": "stranger"}, "unknown_signer"),
        ({"by": "evaluator"}, "role"),
        ({"stage": "staging"}, "predicate_type"),
        ({"predicate_type": GATE_REPORT}, "predicate_type"),
        ({"kind": "shadow"}, "stage"),
        ({"until": "2026-11-21"}, "permit_expired"),
        ({"until": "2026-11-22T11:59:59Z"}, "permit_expired"),
        ({"issued": "2026-11-23"}, "time"),
        ({"until": "soon"}, "incomplete"),
        ({"until": "2026-11-23T00:00:00"}, "incomplete"),
        ({"report": None}, "incomplete"),
        ({"bundle": {"name": "loans"}}, "incomplete"),
    ],
)
def test_a_permit_that_does_not_hold_moves_nothing(
    registry: Folder, office: Office, first: Bundle, permit: dict[str, Any], reason: str
) -> None:
    assert first.root is not None
    data = office.permit(first, **permit)

    def act():
        return promote(first.root, "production", registry, data, office.at())

    assert refusal(act) == reason
    assert not (registry.root / "stages").exists()


def test_a_permit_whose_stage_says_otherwise_inside_is_refused(registry: Folder, office: Office, first: Bundle) -> None:
    assert first.root is not None
    data = office.permit(first, stage="staging", predicate_type=permit_type("production"))

    def act():
        return promote(first.root, "production", registry, data, office.at())

    assert refusal(act) == "stage"


def test_a_stage_without_permits_and_a_stage_that_is_not_there_promote_nothing(
    registry: Folder, office: Office, first: Bundle
) -> None:
    assert first.root is not None
    root = first.root
    assert refusal(lambda: promote(root, "staging", registry, office.permit(first), office.at())) == "permit_none"
    assert refusal(lambda: promote(root, "moon", registry, office.permit(first), office.at())) == "trust_stage"


def test_a_permit_older_than_the_stage_accepts_moves_nothing(registry: Folder, office: Office, first: Bundle) -> None:
    assert first.root is not None
    root, old = first.root, office.permit(first, issued="2026-11-19T12:00:00Z")
    strict = office.at(permit_max_age=2)
    assert refusal(lambda: promote(root, "production", registry, old, strict)) == "age"
    assert promote(root, "production", registry, office.permit(first), strict).before is None


@pytest.mark.parametrize("what", ["permit", "report"])
def test_what_was_revoked_moves_nothing_and_a_strangers_revocation_is_none(
    registry: Folder, office: Office, first: Bundle, what: str
) -> None:
    assert first.root is not None
    root, permit = first.root, office.permit(first)
    payload = digest(unseal(permit).payload) if what == "permit" else "ab" * 32
    revoked = [office.revocation(payload, kind=what)]
    assert refusal(lambda: promote(root, "production", registry, permit, office.at(), claims=revoked)) == "revoked"
    by_stranger = [office.revocation(payload, by="stranger"), b"{}", office.revocation("77" * 32)]
    assert (
        promote(root, "production", registry, permit, office.at(), claims=by_stranger).now.digest
        == first.manifest_digest
    )


def test_the_previous_one_comes_back_by_the_right_it_had(
    registry: Folder, office: Office, first: Bundle, second: Bundle
) -> None:
    placed(registry, office, first)
    placed(registry, office, second, days=5)
    now = NOW + timedelta(days=10)  # the first permit has long been over
    found = rollback("production", registry, office.at(now), reason="refuses too many")
    assert found.now.bundle == "loans@1.0.0"
    assert found.before is not None and found.before.bundle == "loans@2.0.0"
    assert standing(registry) == "loans@1.0.0"
    last = registry.history("production")[-1]
    assert (last.how, last.reason) == ("rollback", "refuses too many")
    back = rollback("production", registry, office.at(now + timedelta(days=1)))
    assert back.now.bundle == "loans@2.0.0", "and forth again"


def test_a_dry_run_says_which_and_does_nothing(registry: Folder, office: Office, first: Bundle, second: Bundle) -> None:
    placed(registry, office, first)
    placed(registry, office, second, days=1)
    found = rollback("production", registry, office.at(NOW + timedelta(days=2)), dry_run=True)
    assert found.now.bundle == "loans@1.0.0"
    assert standing(registry) == "loans@2.0.0"


def test_one_can_be_named_by_its_version_or_its_digest(
    registry: Folder, office: Office, first: Bundle, second: Bundle, third: Bundle
) -> None:
    for day, bundle in enumerate((first, second, third)):
        placed(registry, office, bundle, days=day)
    now = office.at(NOW + timedelta(days=3))
    assert rollback("production", registry, now, to="loans@1.0.0", dry_run=True).now.digest == first.manifest_digest
    named = f"sha256:{second.manifest_digest}"
    assert rollback("production", registry, now, to=named, dry_run=True).now.bundle == "loans@2.0.0"
    with pytest.raises(UsageError, match="never stood at `production` by right, or stands there now"):
        rollback("production", registry, now, to="loans@3.0.0")


def test_what_stood_there_too_long_ago_needs_a_new_permit(
    registry: Folder, office: Office, first: Bundle, second: Bundle
) -> None:
    placed(registry, office, first)
    placed(registry, office, second, days=5)
    late = office.at(NOW + timedelta(days=36))
    assert refusal(lambda: rollback("production", registry, late)) == "rollback_expired"
    none = office.at(NOW + timedelta(days=6), rollback_within=None)
    assert refusal(lambda: rollback("production", registry, none)) == "rollback_none"
    assert standing(registry) == "loans@2.0.0"


def test_what_was_revoked_is_passed_over_and_named_it_is_refused(
    registry: Folder, office: Office, first: Bundle, second: Bundle, third: Bundle
) -> None:
    for day, bundle in enumerate((first, second, third)):
        placed(registry, office, bundle, days=day)
    middle = registry.history("production")[1]
    claims = [office.revocation(middle.permit)]
    now = office.at(NOW + timedelta(days=3))
    assert refusal(lambda: rollback("production", registry, now, to="loans@2.0.0", claims=claims)) == "revoked"
    assert rollback("production", registry, now, claims=claims).now.bundle == "loans@1.0.0"


def test_bytes_that_changed_in_the_registry_do_not_come_back(
    registry: Folder, office: Office, first: Bundle, second: Bundle
) -> None:
    held = placed(registry, office, first).now.held
    placed(registry, office, second, days=1)
    path = registry.root / held / "model/weights.json"
    path.chmod(0o644)
    path.write_text("other")
    now = office.at(NOW + timedelta(days=2))
    assert refusal(lambda: rollback("production", registry, now)) == "moved_bytes"
    assert standing(registry) == "loans@2.0.0"


def test_a_history_that_somebody_wrote_gives_no_right(
    registry: Folder, office: Office, first: Bundle, second: Bundle
) -> None:
    placed(registry, office, first)
    placed(registry, office, second, days=1)
    path = registry.root / "stages/production/history.jsonl"
    honest = path.read_text()
    now = office.at(NOW + timedelta(days=2))
    path.write_text(honest.replace(first.manifest_digest, "00" * 32, 1))
    assert refusal(lambda: rollback("production", registry, now)) == "subject"
    path.write_text(honest.replace("2026-11-22T12:00:00Z", "2026-11-22T10:00:00Z"))
    assert refusal(lambda: rollback("production", registry, now)) == "rollback_none"
    path.write_text(honest.replace("2026-11-22T12:00:00Z", "yesterday"))
    assert refusal(lambda: rollback("production", registry, now)) == "rollback_none"
    path.write_text(honest)
    for paper in (registry.root / "papers").iterdir():
        paper.unlink()
    assert refusal(lambda: rollback("production", registry, now)) == "rollback_none"


def test_with_nothing_before_there_is_nothing_to_go_back_to(
    registry: Folder, office: Office, first: Bundle, second: Bundle
) -> None:
    assert refusal(lambda: rollback("production", registry, office.at())) == "rollback_none"
    assert not registry.root.exists(), "asking makes no registry"
    placed(registry, office, first)
    assert refusal(lambda: rollback("production", registry, office.at())) == "rollback_none"


def broken(registry: Folder, office: Office, bundle: Bundle, *by: str, **asked: Any) -> tuple[Promoted, list[bytes]]:
    logged: list[bytes] = []

    def log(claims: Sequence[bytes]) -> None:
        logged.extend(claims)

    assert bundle.root is not None
    signers = [office.signers[name] for name in by]
    said = {"stage": "production", "reason": "the old one is down", "now": NOW, **asked}
    authority = office.at(said["now"], **{name: said[name] for name in ("break_glass",) if name in said})
    found = break_glass(bundle.root, said["stage"], registry, said["reason"], signers, authority, log=log)
    return found, logged


def test_two_people_can_break_the_glass_and_it_is_seen(registry: Folder, office: Office, first: Bundle) -> None:
    found, logged = broken(registry, office, first, "lead-a", "lead-b")
    assert (found.now.how, found.now.reason, found.now.until) == ("break_glass", "the old one is down", "2026-12-22")
    assert found.now.who == ("a.silva@acme.example", "b.keller@acme.example")
    assert len(logged) == 2
    said = office.at().open(logged[0], role="incident-lead", predicate_type="https://policykit.dev/break-glass/v1")
    assert said.statement["subject"][0]["digest"]["sha256"] == first.manifest_digest
    assert said.predicate == {
        "stage": "production",
        "bundle": {"name": "loans", "version": "1.0.0"},
        "reason": "the old one is down",
        "role": "incident-lead",
        "time": "2026-11-22T12:00:00Z",
        "until": "2026-12-22",
    }


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        (("lead-a",), "break_glass_signers"),
        (("lead-a", "lead-a"), "break_glass_signers"),
        (("lead-a", "lead-a-too"), "break_glass_signers"),
        (("lead-a", "office"), "role"),
        (("lead-a", "stranger"), "unknown_signer"),
        ((), "break_glass_signers"),
    ],
)
def test_one_person_does_not_break_the_glass_however_many_keys_they_have(
    registry: Folder, office: Office, first: Bundle, by: tuple[str, ...], reason: str
) -> None:
    assert refusal(lambda: broken(registry, office, first, *by)) == reason
    assert registry.current("production") is None


def test_a_trust_file_that_asks_for_one_person_gets_two(registry: Folder, office: Office, first: Bundle) -> None:
    from policykit.terms.trust import Quorum

    alone = Quorum("incident-lead", 1)

    def act():
        return broken(registry, office, first, "lead-a", break_glass=alone)

    assert refusal(act) == "break_glass_signers"


def test_where_there_is_no_glass_or_no_reason_it_is_not_broken(registry: Folder, office: Office, first: Bundle) -> None:
    def act():
        return broken(registry, office, first, "lead-a", "lead-b", break_glass=None)

    assert refusal(act) == "break_glass_none"
    with pytest.raises(UsageError, match="not broken without a reason"):
        broken(registry, office, first, "lead-a", "lead-b", reason=" ")


def test_no_trace_no_effect(registry: Folder, office: Office, first: Bundle) -> None:
    def full(claims: Sequence[bytes]) -> None:
        raise OSError("disk full")

    assert first.root is not None
    signers = [office.signers["lead-a"], office.signers["lead-b"]]
    with pytest.raises(OSError, match="disk full"):
        break_glass(first.root, "production", registry, "fire", signers, office.at(), log=full)
    assert registry.current("production") is None


def test_what_broke_the_glass_gains_no_right_to_come_back(
    registry: Folder, office: Office, first: Bundle, second: Bundle
) -> None:
    broken(registry, office, first, "lead-a", "lead-b")
    placed(registry, office, second, days=1)
    now = office.at(NOW + timedelta(days=2))
    assert candidates("production", registry, now) == ()
    assert refusal(lambda: rollback("production", registry, now)) == "rollback_none"


def test_what_is_kept_is_not_writable(registry: Folder, office: Office, first: Bundle) -> None:
    held = placed(registry, office, first).now.held
    for path in (registry.root / held).rglob("*"):
        if path.is_file():
            assert not stat.S_IMODE(path.stat().st_mode) & 0o222

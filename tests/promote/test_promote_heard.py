"""What was taken back does not come back: from the claims that know the permit, and from what the registry remembers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from policykit.attest.envelope import unseal
from policykit.canon import digest
from policykit.decide.promote.folder import Folder
from policykit.errors import UsageError, VerificationError
from policykit.stories.promote import promote
from policykit.stories.rollback import candidates, rollback
from policykit.stories.standing import check_right
from policykit.terms.bundle import Bundle
from tests.clock import NOW
from tests.promote.conftest import Office, make_bundle

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def registry(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "registry")


def put(registry: Folder, office: Office, bundle: Bundle, *, hours: float = 0, claims: tuple[bytes, ...] = ()) -> bytes:
    """Promote the bundle, and return its permit."""
    assert bundle.root is not None
    permit = office.permit(bundle)
    promote(bundle.root, "production", registry, permit, office.at(NOW + timedelta(hours=hours)), claims=claims)
    return permit


def payload(permit: bytes) -> str:
    return digest(unseal(permit).payload)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(VerificationError) as caught:
        act()
    return caught.value.reason


def test_where_nobody_heard_of_the_permit_silence_gives_no_right(
    registry: Folder, office: Office, first: Bundle, second: Bundle
) -> None:
    old, new = put(registry, office, first), put(registry, office, second, hours=0.5)
    now = office.at(LATER)
    assert refusal(lambda: rollback("production", registry, now, asked=False)) == "rollback_unheard"
    assert refusal(lambda: rollback("production", registry, now, claims=[new], asked=False)) == "rollback_unheard"
    (found,) = candidates("production", registry, now, asked=False)
    assert found.refused is not None and found.refused.reason == "rollback_unheard"
    taken = [old, office.revocation(payload(old))]
    assert refusal(lambda: rollback("production", registry, now, claims=taken, asked=False)) == "revoked"
    found_back = rollback("production", registry, now, claims=[old], asked=False)
    assert found_back.now.digest == first.manifest_digest, "these claims know the permit, and nothing against it"


def test_what_was_taken_back_when_the_registry_was_written_is_remembered_there(
    registry: Folder, office: Office, first: Bundle, second: Bundle
) -> None:
    old = put(registry, office, first)
    put(registry, office, second, hours=0.5, claims=(office.revocation(payload(old)),))
    assert refusal(lambda: rollback("production", registry, office.at(LATER))) == "revoked"
    assert first.root is not None
    root = first.root
    assert refusal(lambda: promote(root, "production", registry, old, office.at(LATER))) == "revoked"


def test_a_rollback_remembers_what_it_heard(
    registry: Folder, office: Office, first: Bundle, second: Bundle, tmp_path: Path
) -> None:
    put(registry, office, first)
    gone = put(registry, office, second, hours=0.2)
    rollback("production", registry, office.at(LATER), claims=[office.revocation(payload(gone))])
    third = make_bundle(tmp_path / "third", "3.0.0")
    put(registry, office, third, hours=2)
    now = office.at(NOW + timedelta(hours=3))
    assert refusal(lambda: rollback("production", registry, now, to="loans@2.0.0")) == "revoked"
    assert rollback("production", registry, now).now.bundle == "loans@1.0.0"


def test_the_word_of_somebody_who_may_not_is_not_remembered(
    registry: Folder, office: Office, first: Bundle, second: Bundle
) -> None:
    old = put(registry, office, first)
    put(registry, office, second, hours=0.5, claims=(office.revocation(payload(old), by="stranger"),))
    assert rollback("production", registry, office.at(LATER)).now.bundle == "loans@1.0.0"


def test_a_registry_inside_the_bundle_is_refused_before_it_is_made(office: Office, first: Bundle) -> None:
    assert first.root is not None
    for inside in (Folder(first.root / "registry"), Folder(first.root / "model" / ".." / "r"), Folder(first.root)):
        with pytest.raises(UsageError, match="lies inside the bundle"):
            put(inside, office, first)
    assert sorted(path.name for path in first.root.iterdir()) == sorted({"bundle.yaml", *_tops(first)})
    link = first.root.parent / "link"
    link.symlink_to(first.root)
    with pytest.raises(UsageError, match="lies inside the bundle"):
        put(Folder(link / "registry"), office, first)


def _tops(bundle: Bundle) -> set[str]:
    return {file.path.partition("/")[0] for file in bundle.files}


def test_a_bundle_that_lies_in_the_registry_is_promoted_from_there(
    registry: Folder, office: Office, first: Bundle
) -> None:
    permit = put(registry, office, first)
    found = registry.current("production")
    assert found is not None
    assert promote(registry.root / found.held, "production", registry, permit, office.at()).already


def test_the_right_to_stand_is_shown_by_the_paper_and_not_by_the_registry(
    registry: Folder, office: Office, first: Bundle, second: Bundle
) -> None:
    from dataclasses import replace

    permit = put(registry, office, first)
    stands = registry.current("production")
    assert stands is not None
    authority = office.at(NOW + timedelta(days=300))
    check_right(stands, registry, authority)  # the permit is long over: what stands keeps standing
    taken = [office.revocation(payload(permit))]
    assert refusal(lambda: check_right(stands, registry, authority, claims=taken)) == "revoked"
    made_up = replace(stands, permit="0" * 64)
    assert refusal(lambda: check_right(made_up, registry, authority)) == "paper_missing"
    assert refusal(lambda: check_right(replace(stands, how="unknown"), registry, authority)) == "paper_missing"
    other = replace(stands, digest=second.manifest_digest)
    assert refusal(lambda: check_right(other, registry, authority)) == "subject"
    papers = registry.root / "papers"
    (papers / f"{'0' * 64}.sigstore.json").write_bytes(permit)
    assert refusal(lambda: check_right(made_up, registry, authority)) == "paper_missing"

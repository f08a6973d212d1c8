"""Policies that come from elsewhere, or come slowly: nobody is let through because nobody looked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from tests.build import ACCURATE, ENOUGH, EQUAL, write_bundle, write_policy
from tests.load.git_places import Central, text
from tests.trust_world import World, make_world

SOON = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
STAGE = ("--stage", "production")
NAMED = ("--config", "policykit.yaml")
TESTED = """\
policykit: test/1
policy: acme.house@1
cases:
  - name: nothing shown is nothing allowed
    given: {labels: {use_case: credit}, stage: production, estimates: []}
    expect: {decision: HELD}
"""


@pytest.fixture
def central(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Central:
    """Policies that this bundle does not meet, in a repository."""
    monkeypatch.setenv("POLICYKIT_CACHE", str(tmp_path / "cache"))
    found = Central(tmp_path / "central")
    found.write("policies/house.yaml", text(least=10**6))
    found.commit("v3")
    write_bundle(tmp_path / "team" / "bundle")
    monkeypatch.chdir(tmp_path / "team")
    return found


def named(central: Central, digest: str = "", at: str = "v3") -> None:
    pinned = f', digest: "sha256:{digest}"' if digest else ""
    Path("policykit.yaml").write_text(
        f'policykit: gate/1\npolicies: [{{git: "{central.url}", at: {at}, path: policies{pinned}}}]\n'
    )


def pinned(central: Central, capsys: pytest.CaptureFixture[str], at: str = "v3") -> None:
    named(central, at=at)
    capsys.readouterr()
    run(["lint", *NAMED])
    named(central, capsys.readouterr().err.split('"sha256:')[1][:64], at)


def test_a_tag_that_was_moved_changes_nobody_s_gate_unseen(
    central: Central, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pinned(central, capsys)
    assert run(["gate", "bundle", "-q", *NAMED]) == 1
    central.write("policies/house.yaml", text(least=1))
    central.commit("v3")
    assert run(["gate", "bundle", "-q", *NAMED]) == 1
    for kept in (tmp_path / "cache" / "policies").iterdir():
        kept.unlink()
    assert run(["gate", "bundle", "-q", *NAMED]) == 4


def test_a_new_version_is_not_judged_by_the_digest_of_the_old_one(
    central: Central, capsys: pytest.CaptureFixture[str]
) -> None:
    """`at` was raised and `digest` forgotten: what is kept here was never seen under the new name."""
    central.write("policies/house.yaml", text(least=1))
    central.commit("v2")
    pinned(central, capsys, at="v2")
    assert run(["gate", "bundle", "-q", *NAMED]) == 0
    Path("policykit.yaml").write_text(Path("policykit.yaml").read_text().replace("at: v2", "at: v3"))
    assert run(["gate", "bundle", "-q", *NAMED]) == 4
    assert run(["lint", *NAMED]) == 4
    central.folder.rename(central.folder.with_name("gone"))
    assert run(["gate", "bundle", "-q", *NAMED]) == 74


def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle that the policy of the house allows, and the policy of credit, which stops it, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    write_bundle(Path("bundle"))
    write_policy(Path("house/house.yaml"), ENOUGH)
    assert run(["gate", "bundle", "-q", "--policies", "house"]) == 0
    Path("credit").mkdir()
    Path("credit/credit.yaml").write_text(text("credit", least=10**6))
    assert run(["gate", "bundle", "-q", "--policies", "house", "--policies", "credit"]) == 1


@pytest.mark.parametrize("left", [None, "credit.yaml.bak", "tests.yaml"])
def test_a_source_that_gives_no_policy_is_not_made_up_for_by_another(
    left: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Moved, renamed, or not checked out: what the folder should have asked is asked by nobody."""
    house(tmp_path, monkeypatch)
    Path("credit/credit.yaml").unlink()
    if left is not None:
        Path("credit", left).write_text(TESTED)
    Path("policykit.yaml").write_text("policykit: gate/1\npolicies:\n  - {path: house}\n  - {path: credit}\n")
    capsys.readouterr()
    for words in (
        ["gate", "bundle", "-q", "--policies", "house", "--policies", "credit"],
        ["gate", "bundle", "-q", *NAMED],
        ["gate", "bundle", "-q", "--mode", "audit"],
        ["lint"],
    ):
        assert run(words) == 2
        assert "there is no policy in `credit`" in capsys.readouterr().err


def test_a_submodule_that_was_not_checked_out_is_no_folder_without_policies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house(tmp_path, monkeypatch)
    Path("house/central").mkdir()
    assert run(["gate", "bundle", "-q", "--policies", "house"]) == 2
    assert run(["lint", "house"]) == 2
    Path("house/central/.git").write_text("gitdir: ../../.git/modules/central\n")
    assert run(["gate", "bundle", "-q", "--policies", "house"]) == 2
    assert "`house/central` is an empty folder" in capsys.readouterr().err


def test_policies_that_cannot_be_fetched_are_not_done_without(
    central: Central, capsys: pytest.CaptureFixture[str]
) -> None:
    named(central)
    central.folder.rename(central.folder.with_name("gone"))
    assert run(["gate", "bundle", "-q", *NAMED]) == 74
    assert run(["gate", "bundle", "-q", *NAMED, "--mode", "audit"]) == 74
    assert "ALLOWED" not in capsys.readouterr().out


def test_a_cache_that_was_tampered_with_is_never_believed(
    central: Central, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    import base64

    pinned(central, capsys)
    assert run(["gate", "bundle", "-q", *NAMED]) == 1
    (kept,) = (tmp_path / "cache" / "policies").iterdir()
    entry = json.loads(kept.read_text())
    entry["files"][0]["data"] = base64.b64encode(text(least=1).encode()).decode()
    kept.write_text(json.dumps(entry))
    assert run(["gate", "bundle", "-q", *NAMED]) == 1
    kept.write_text(json.dumps(entry))
    central.folder.rename(central.folder.with_name("gone"))
    assert run(["gate", "bundle", "-q", *NAMED]) == 74


def world_of(folder: Path, *, women: tuple[int, int] = (500, 1000), **head: Any) -> World:
    world = make_world(folder, women=women, report=False)
    write_policy(world.policy, ACCURATE, EQUAL, **head)
    world.gate()
    return world


def permit(world: World) -> int:
    words = ["permit", str(world.report), *world.trust_words, *STAGE, "--bundle", str(world.bundle)]
    for name in ("keller", "silva"):
        world.approve(by=name)
    return run([*words, "--sign", str(world.key("office")), "--output", str(world.folder / "permit.json")])


def test_a_policy_that_only_advises_earns_nobody_a_permit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert permit(world_of(tmp_path / "enforced")) == 0
    rolled = world_of(tmp_path / "rolled", audit_until=SOON)
    assert run(["gate", str(rolled.bundle), "--policies", str(rolled.policy), *STAGE, "-q"]) == 0
    capsys.readouterr()
    assert permit(rolled) == 4
    assert "[mode]" in capsys.readouterr().err
    assert not (rolled.folder / "permit.json").exists()


@pytest.mark.parametrize("canary", [["lones"], ["Loans"], ["loans@1.4.0"], ["*"], ["loan"]])
def test_a_canary_that_is_misspelt_is_judged_by_nobody_and_earns_no_permit(canary: list[str], tmp_path: Path) -> None:
    assert permit(world_of(tmp_path / "named", audit_until=SOON, canary=["loans"])) == 0
    assert permit(world_of(tmp_path / "misspelt", audit_until=SOON, canary=canary)) == 4


def test_an_unfair_canary_is_blocked_while_the_others_are_only_told(tmp_path: Path) -> None:
    words = ("-q", *STAGE)
    unfair = world_of(tmp_path / "a", women=(300, 1000), audit_until=SOON, canary=["loans"])
    assert run(["gate", str(unfair.bundle), "--policies", str(unfair.policy), *words]) == 1
    told = world_of(tmp_path / "b", women=(300, 1000), audit_until=SOON, canary=["churn"])
    assert run(["gate", str(told.bundle), "--policies", str(told.policy), *words]) == 0


def test_a_new_version_that_is_rolled_out_takes_nothing_out_of_force_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is one version of a policy: where the new one only advises, so does all that the old one blocked."""
    house(tmp_path, monkeypatch)
    old, new = {"check": "data.row_count", "at_least": 10**6}, {"check": "data.row_count", "at_least": 10**7}
    rolled = write_policy(Path("credit/credit.yaml"), old, new, id="credit", version="4.0.0", audit_until=SOON)
    words = ["gate", "bundle", "-q", "--policies", "house", "--policies", "credit", "--output", "comment=comment.md"]
    assert run(["lint", "--strict", str(rolled)]) == 2
    assert f"all 2 rules that block are out of force until {SOON}" in capsys.readouterr().err
    assert run(words) == 0
    told = Path("comment.md").read_text()
    assert "2 rules that would block today do not, nor does what an earlier version of it blocked" in told
    write_policy(rolled, old, {**new, "block_from": SOON}, id="credit", version="4.0.0")
    assert run(["lint", "--strict", str(rolled)]) == 0
    assert run(words) == 1


def test_a_day_that_is_none_rolls_nothing_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = write_bundle(tmp_path / "bundle")
    for said in ("soon", "2027-02-30", "01.02.2027", "99999-01-01", ""):
        policy = write_policy(tmp_path / "p.yaml", ACCURATE, audit_until=said)
        assert run(["gate", str(bundle), "--policies", str(policy), "-q"]) == 2
    capsys.readouterr()


def test_a_report_of_yesterday_lets_nothing_through_that_changed_since(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A job that skips because "nothing changed" says yes only to the very thing that was shown, and only while it holds."""
    world = make_world(tmp_path / "w", report=False)
    words = ["gate", str(world.bundle), "--policies", str(world.policy), *STAGE, "-q"]
    signed = ["--sign", str(world.key("gate")), "--output", f"attestation={world.report}"]
    unless = ["--unless-changed", str(world.report), "--key", str(world.public("gate"))]
    assert run([*words, *signed]) == 0
    assert run([*words, *unless]) == 0
    write_bundle(world.bundle, {"sex": ["m", "f"] * 100, "y": [0, 1] * 100, "yhat": [1, 0] * 100})
    assert run([*words, *unless]) == 1
    assert "measuring, since the bundle is another" in capsys.readouterr().err

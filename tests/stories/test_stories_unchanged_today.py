"""`gate --unless-changed`: what was allowed then is judged as of today, by whoever may still vouch for it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from policykit.errors import VerificationError
from policykit.stories.gate import Asked
from policykit.stories.open import Table, open_all
from policykit.stories.unchanged import Changed, Cited, unchanged
from policykit.version import sources
from tests.build import ACCURATE, people, write_bundle, write_policy
from tests.stories.conftest import MEASURING, SPARED, Desk, resigned
from tests.trust_world import World, make_world


def later(world: World, days: int, *, policies: Path | None = None, **asked: Any) -> Cited | Changed:
    """Ask the same again some days later."""
    opened = open_all(world.bundle, [policies or world.policy], None, Table())
    now = world.now + timedelta(days=days)
    given = Asked(stage="production", now=now, **asked)
    return unchanged(world.report, opened.bundle, opened.policies, given, key=world.public("gate"))


def test_a_rule_that_begins_to_block_ends_it(tmp_path: Path) -> None:
    day = (datetime.now(UTC).date() + timedelta(days=10)).isoformat()
    world = make_world(
        tmp_path / "w", rules=[ACCURATE, {"check": "data.row_count", "at_least": 9999, "block_from": day}]
    )
    assert isinstance(later(world, 5), Cited)
    found = later(world, 11)
    assert isinstance(found, Changed)
    assert found.why.endswith("it is BLOCKED: 1 rule failed")


def test_evidence_that_gets_stale_ends_it(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    world = make_world(tmp_path / "w", report=False, rules=[{**ACCURATE, "evidence": {"max_age": "10 days"}}])
    write_bundle(
        world.bundle, people(), datasets={"evaluation": {"path": "rows.parquet", "collected": today.isoformat()}}
    )
    world.gate()
    assert isinstance(later(world, 8), Cited)
    found = later(world, 20)
    assert isinstance(found, Changed)
    assert "it is HELD: nothing failed, 1 thing is not shown yet" in found.why


def test_a_policy_that_has_been_rolled_out_ends_it(tmp_path: Path) -> None:
    until = (datetime.now(UTC).date() + timedelta(days=10)).isoformat()
    world = make_world(tmp_path / "w", report=False)
    folder = world.policy.parent
    write_policy(
        folder / "central.yaml", {"check": "data.row_count", "at_least": 9999}, id="central", audit_until=until
    )
    world.gate(policies=[folder])
    assert isinstance(later(world, 10, policies=folder), Cited)
    found = later(world, 11, policies=folder)
    assert isinstance(found, Changed)
    assert found.why.endswith("it is BLOCKED: 1 rule failed")


def test_a_waiver_that_has_ended_or_is_new_counts_as_of_today(tmp_path: Path) -> None:
    from policykit.attest.claims_file import read_claims
    from policykit.load.waiver_document import load_waivers
    from policykit.stories.verify import Under
    from policykit.stories.waivers import signed_waivers

    world = make_world(tmp_path / "w", women=(300, 1000), report=False)
    world.waiver(expires=(world.now.date() + timedelta(days=3)).isoformat())
    world.gate(waived=True)
    opened = open_all(world.bundle, [world.policy], None, Table())

    def asked(days: int, *, waived: bool = True) -> Cited | Changed:
        now = world.now + timedelta(days=days)
        authority = world.authority(now)
        claims = read_claims(world.waivers / "claims.jsonl")
        found = signed_waivers(load_waivers(world.waivers), claims, opened.bundle, authority, "production")
        trust = (authority.trust.id, authority.trust.version, authority.trust.digest)
        given = Asked("production", now, waivers=found if waived else (), trust=trust)
        under = Under(authority, "production", claims)
        return unchanged(world.report, opened.bundle, opened.policies, given, under=under)

    assert isinstance(asked(1), Cited)
    with pytest.raises(VerificationError) as ended:
        asked(4)
    assert ended.value.reason == "waiver_expired"
    gone = asked(1, waived=False)
    assert isinstance(gone, Changed)
    assert "it is BLOCKED" in gone.why


def test_as_of_another_day_nothing_is_spared(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w")
    day = (world.now.date() + timedelta(days=2)).isoformat()
    found = later(world, 0, as_of=day)
    assert found == Changed("only a whole run over a bundle, in mode enforce and as of today, can be spared")


def test_a_spared_run_imports_no_engine(desk: Desk) -> None:
    words = ["gate", str(desk.world.bundle), "--policies", str(desk.world.policy), "--stage", "production", "-q"]
    words += ["--unless-changed", str(desk.earlier), "--key", str(desk.world.public("gate")), "--output", "json"]
    code = (
        # this process takes itself for the code that signed, which somebody may be editing while tests run
        f"import sys\nfrom policykit import version\nversion.sources = lambda: {sources()!r}\n"
        "from policykit.cli.start import run\n"
        f"assert run({words!r}) == 0\n"
        "heavy = {'polars', 'narwhals', 'pandas', 'pyarrow', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_with_a_key_alone_a_report_counts_for_thirty_days(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w")
    assert isinstance(later(world, 30), Cited)
    with pytest.raises(VerificationError) as old:
        later(world, 31)
    assert old.value.reason == "age"


def test_another_gate_another_request_or_a_stamp_is_measured(desk: Desk) -> None:
    assert desk.why("--gate-id", "mine") == "it was made by another gate (`--gate-id`)"
    assert desk.sign("--gate-id", "mine", "--nonce", "n-1") == 0
    assert desk.why("--gate-id", "mine") == "it answers another request (`--nonce`)"
    assert desk.again("--gate-id", "mine", "--nonce", "n-1")[2].startswith(SPARED)


def test_what_is_to_be_stamped_today_is_signed_today(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w")
    opened = open_all(world.bundle, [world.policy], None, Table())
    asked = Asked(stage="production", now=world.now)
    found = unchanged(world.report, opened.bundle, opened.policies, asked, key=world.public("gate"), stamped=True)
    assert found == Changed("a time stamp is asked for, and only what is signed today is stamped today")


def test_the_attestation_and_what_is_written_beside_it_say_the_same(desk: Desk, tmp_path: Path) -> None:
    from policykit.attest.envelope import unseal

    assert desk.sign("--gate-id", "mine") == 0
    out = ("--output", f"attestation={tmp_path / 'a.json'}", "--output", f"json={tmp_path / 'r.json'}")
    assert desk.again("--sign", str(desk.world.key("gate")), "--gate-id", "mine", *out)[2].startswith(SPARED)
    signed = json.loads(unseal((tmp_path / "a.json").read_bytes()).payload)["predicate"]
    told = json.loads((tmp_path / "r.json").read_text())
    assert {**signed["gate"], "measured": ""} == {**told["gate"], "measured": ""}
    assert (signed["decision"], signed["bundle"]) == (told["decision"], told["bundle"])


def test_whoever_measured_stays_who_measured(desk: Desk, tmp_path: Path) -> None:
    """A report that was judged from what somebody else signed does not become the work of the one who judged it."""
    measured = tmp_path / "m.json"
    named = ["--policies", str(desk.world.policy), "--stage", "production"]
    by, key = desk.world.key("gate-b"), desk.world.public("gate-b")
    assert run(["measure", str(desk.world.bundle), *named, "--sign", str(by), "--output", str(measured), "-q"]) == 0
    signed = ["--sign", str(desk.world.key("gate")), "--output", f"attestation={desk.earlier}"]
    assert run(["judge", str(measured), "--key", str(key), *named, *signed]) == 0
    code, out, err = desk.again("--output", "json")
    assert (code, err.startswith(SPARED)) == (0, True)
    assert json.loads(out)["gate"]["measured"] == f"signed file (key {desk.world.signer('gate-b').public.id})"


def test_measurements_that_nobody_signed_spare_nobody_a_run(desk: Desk) -> None:
    said = json.loads(desk.world.payload(desk.earlier))["predicate"]
    resigned(desk, gate={**said["gate"], "measured": "file"})
    assert "nobody signed" in desk.why()


@pytest.fixture
def governed(desk: Desk) -> Desk:
    """The report lies apart from a gate file that names trust and waivers."""
    folder = desk.world.folder
    (folder / "waivers").mkdir()
    roots = [str(desk.world.public(name)) for name in ("root-a", "root-b")]
    said = {"trust": {"path": "trust.yaml", "roots": roots}, "waivers": "waivers"}
    (folder / "policykit.yaml").write_text(json.dumps({"policykit": "gate/1", **said}))
    (folder / "ci").mkdir()
    return desk


def cite(desk: Desk, *words: str) -> tuple[int, str, str]:
    config = ("--config", str(desk.world.folder / "policykit.yaml"), "--state", str(desk.world.state))
    return desk.gate(*config, "--unless-changed", str(desk.world.folder / "ci" / "r.json"), *words)


def release(desk: Desk) -> None:
    config = ("--config", str(desk.world.folder / "policykit.yaml"), "--state", str(desk.world.state))
    out = ("--output", f"attestation={desk.world.folder / 'ci' / 'r.json'}")
    assert desk.gate(*config, "--sign", str(desk.world.key("gate")), *out)[0] == 0


def revoke(world: World) -> list[str]:
    """Return the words that take the report back."""
    report, key = world.folder / "ci" / "r.json", world.key("gate")
    return ["revoke", str(report), "--reason", "wrong sample", "--sign", str(key), *world.trust_words]


@pytest.mark.parametrize("place", ["waivers/claims.jsonl", "claims.jsonl", "ci/claims.jsonl"])
def test_a_report_that_was_taken_back_is_cited_nowhere_it_is_heard(place: str, governed: Desk) -> None:
    release(governed)
    assert cite(governed)[2].startswith(SPARED)
    world = governed.world
    assert run([*revoke(world), "--claims", str(world.folder / place)]) == 0
    _, _, err = cite(governed)
    assert "[revoked]" in err
    assert MEASURING in err
    assert governed.measured


def test_a_report_that_the_named_claims_or_the_bundle_s_folder_take_back_is_measured(
    governed: Desk, tmp_path: Path
) -> None:
    release(governed)
    world, apart = governed.world, tmp_path / "apart.jsonl"
    assert run([*revoke(world), "--claims", str(apart)]) == 0
    assert cite(governed)[2].startswith(SPARED)
    assert "[revoked]" in cite(governed, "--claims", str(apart))[2]


@pytest.mark.parametrize("option", ["--unless-changed", "--since"])
def test_a_key_beside_a_gate_file_that_names_trust_is_a_mistake(option: str, governed: Desk) -> None:
    release(governed)
    config = ("--config", str(governed.world.folder / "policykit.yaml"), "--state", str(governed.world.state))
    key = ("--key", str(governed.world.public("gate")))
    code, _, err = governed.gate(*config, option, str(governed.world.folder / "ci" / "r.json"), *key)
    assert code == 2
    assert "a key was given, and the gate file names a trust file" in err
    assert "leave `--key` out: the trust file names the keys" in err

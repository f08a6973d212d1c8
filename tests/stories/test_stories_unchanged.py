"""`gate --unless-changed`: a run is spared only where a verified report says ALLOWED of the very same thing, and still would."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from policykit.errors import VerificationError
from policykit.report.digests import inputs_digest_of
from policykit.stories.gate import Asked
from policykit.stories.open import Table, open_all
from policykit.stories.unchanged import Changed, Cited, unchanged
from policykit.terms.report import Decision
from tests.build import ACCURATE, ENOUGH, people, write_bundle, write_policy
from tests.trust_world import World, make_world

SPARED = "policykit: nothing was measured: the report of"
MEASURING = "policykit: --unless-changed: measuring, since "


@dataclass
class Desk:
    """A bundle, a policy, a key, and what running the gate over them said."""

    world: World
    capsys: pytest.CaptureFixture[str]
    measured: list[str]

    @property
    def earlier(self) -> Path:
        return self.world.folder / "earlier.json"

    def gate(self, *words: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        self.measured.clear()
        basic = ["gate", str(self.world.bundle), "--policies", str(self.world.policy), "--stage", "production", "-q"]
        code = run([*basic, *words])
        told = self.capsys.readouterr()
        return code, told.out, told.err

    def sign(self, *words: str, by: str = "gate") -> int:
        signed = ("--sign", str(self.world.key(by)), "--output", f"attestation={self.earlier}")
        return self.gate(*signed, *words)[0]

    def again(self, *words: str, key: str = "gate") -> tuple[int, str, str]:
        return self.gate("--unless-changed", str(self.earlier), "--key", str(self.world.public(key)), *words)

    def why(self, *words: str, key: str = "gate") -> str:
        """Run again, expect that everything is measured, and return the reason that is said."""
        _, _, err = self.again(*words, key=key)
        line = next(each for each in err.splitlines() if each.startswith(MEASURING))
        assert self.measured, "and it was measured"
        assert SPARED not in err
        return line.removeprefix(MEASURING)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    from policykit.measure import engine

    measured: list[str] = []
    take = engine.take

    def counted(*given: Any, **more: Any) -> Any:
        measured.append("taken")
        return take(*given, **more)

    monkeypatch.setattr(engine, "take", counted)
    monkeypatch.chdir(tmp_path)
    found = Desk(make_world(tmp_path / "w", report=False), capsys, measured)
    assert found.sign() == 0
    yield found


def test_the_same_again_measures_nothing_and_cites_the_report(desk: Desk) -> None:
    code, out, err = desk.again("--output", "json")
    said = json.loads(out)
    assert (code, desk.measured) == (0, [])
    assert err.startswith(SPARED)
    assert err.rstrip().endswith("it is ALLOWED")
    assert said["decision"] == "ALLOWED"
    (cited,) = (notice for notice in said["notices"] if notice["code"] == "unchanged")
    assert cited["text"].startswith("nothing was measured: the report of 20")
    assert said["gate"]["measured"] == f"signed file (key {desk.world.signer('gate').public.id})"


def test_what_is_written_can_be_judged_again(desk: Desk, tmp_path: Path) -> None:
    from policykit.stories.rejudge import rejudge

    desk.again("--output", f"json={tmp_path / 'r.json'}", "--output", f"html={tmp_path / 'r.html'}")
    said = json.loads((tmp_path / "r.json").read_text())
    assert rejudge(said, now=datetime.now(UTC)).report.verdict_digest == said["verdictDigest"]
    assert "nothing was measured" in (tmp_path / "r.html").read_text()


def test_an_attestation_is_the_cited_file_byte_for_byte(desk: Desk, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.json"
    words = ("--sign", str(desk.world.key("gate")), "--output", f"attestation={fresh}")
    assert desk.again(*words)[0] == 0
    assert desk.measured == []
    assert fresh.read_bytes() == desk.earlier.read_bytes()


def test_somebody_else_s_key_signs_only_what_it_measured(desk: Desk, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.json"
    words = ("--sign", str(desk.world.key("gate-b")), "--output", f"attestation={fresh}")
    assert desk.why(*words) == "it is signed with another key than the one to sign with"
    assert fresh.read_bytes() != desk.earlier.read_bytes()
    assert run(["verify", str(fresh), "--key", str(desk.world.public("gate-b"))]) == 0


def test_without_a_key_nothing_is_believed(desk: Desk) -> None:
    code, _, err = desk.gate("--unless-changed", str(desk.earlier))
    assert code == 0
    assert desk.measured
    assert err.splitlines()[0] == f"{MEASURING}no key was given to check the signature with [no_key]"


def test_another_key_than_the_one_named_is_said(desk: Desk) -> None:
    assert desk.why(key="stranger").endswith("[wrong_key]")


def test_a_report_that_is_not_there_yet_is_said(desk: Desk) -> None:
    desk.earlier.unlink()
    assert desk.why() == "cannot read the report: no such file or directory"


def test_a_key_that_is_not_there_is_said(desk: Desk) -> None:
    desk.world.public("gate").unlink()
    assert "cannot read the public key" in desk.why()


def test_a_report_that_was_changed_after_signing_is_said(desk: Desk) -> None:
    said = json.loads(desk.earlier.read_bytes())
    payload = said["dsseEnvelope"]["payload"]
    said["dsseEnvelope"]["payload"] = ("B" if payload[0] == "A" else "A") + payload[1:]
    desk.earlier.write_text(json.dumps(said))
    assert desk.why().endswith("[bad_signature]")


@pytest.mark.parametrize("junk", [b"", b"{}", b"\xff", b"[" * 100_000])
def test_a_file_that_is_no_report_is_said(junk: bytes, desk: Desk) -> None:
    desk.earlier.write_bytes(junk)
    assert desk.why()


def test_a_bundle_that_changed_by_one_byte_is_measured(desk: Desk) -> None:
    (desk.world.bundle / "notes.txt").write_text("x")
    assert desk.why() == "the bundle is another"


def test_policies_that_changed_are_measured(desk: Desk) -> None:
    write_policy(desk.world.policy, ACCURATE, ENOUGH)
    assert desk.why() == "the policies are others"


def test_one_policy_more_is_measured_even_where_it_does_not_apply(desk: Desk, tmp_path: Path) -> None:
    other = write_policy(tmp_path / "other.yaml", ENOUGH, id="other", applies_to={"stage": ["staging"]})
    assert desk.why("--policies", str(other)) == "the policies are others"


def test_one_policy_less_is_measured_even_where_it_did_not_apply(desk: Desk, tmp_path: Path) -> None:
    other = write_policy(tmp_path / "other.yaml", ENOUGH, id="other", applies_to={"stage": ["staging"]})
    assert desk.sign("--policies", str(other)) == 0
    assert desk.why() == "the policies are others"


def test_another_setting_of_a_parameter_is_another_policy(desk: Desk, tmp_path: Path) -> None:
    rows = {"check": "data.row_count", "at_least": "$least"}
    bounds = {"least": {"title": "Least", "value": "100 rows", "may_be_set_between": ["10 rows", "200 rows"]}}
    write_policy(tmp_path / "p.yaml", rows, id="p", parameters=bounds)

    def config(value: str) -> list[str]:
        path = tmp_path / f"{value}.yaml"
        path.write_text(f"policykit: gate/1\npolicies: [{{path: p.yaml, set: {{least: {value} rows}}}}]\n")
        return ["gate", str(desk.world.bundle), "--stage", "production", "--config", str(path), "-q"]

    signed = ["--sign", str(desk.world.key("gate")), "--output", f"attestation={desk.earlier}"]
    assert run([*config("100"), *signed]) == 0
    unless = ["--unless-changed", str(desk.earlier), "--key", str(desk.world.public("gate"))]
    desk.capsys.readouterr()
    assert run([*config("150"), *unless]) == 0
    assert f"{MEASURING}the policies are others" in desk.capsys.readouterr().err
    assert run([*config("100"), *unless]) == 0
    assert SPARED in desk.capsys.readouterr().err


def test_another_stage_is_measured(desk: Desk) -> None:
    assert desk.why("--stage", "staging").endswith("[stage]")
    assert desk.sign("--stage", "staging") == 0
    assert desk.why().endswith("[stage]")


def test_a_request_with_a_nonce_is_answered_afresh(desk: Desk) -> None:
    assert desk.why("--nonce", "n-2").endswith("[nonce]")


@pytest.mark.parametrize("words", [("--mode", "audit"), ("--only", "R-1")])
def test_a_part_and_an_audit_are_always_run(words: tuple[str, ...], desk: Desk) -> None:
    assert desk.why(*words) == "only a whole run over a bundle, in mode enforce, can be spared"


def test_an_audit_spares_nobody_a_run(desk: Desk) -> None:
    desk.sign("--mode", "audit")
    assert desk.why().endswith("[mode]")


def test_a_blocked_report_spares_nobody_a_run(tmp_path: Path, desk: Desk) -> None:
    write_policy(desk.world.policy, {"check": "data.row_count", "at_least": 10**9})
    assert desk.sign() == 1
    assert desk.again()[0] == 1
    assert desk.why() == "the report says BLOCKED"


def test_a_report_by_another_version_is_measured(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from policykit.stories import unchanged as story

    monkeypatch.setattr(story, "VERSION", "99.0")
    assert desk.why() == "it was made by another version of policykit"


def resigned(desk: Desk, **changed: Any) -> None:
    """Let the evaluator sign something else than what the gate said."""
    from policykit.attest.envelope import seal
    from policykit.attest.statement import statement

    signed = json.loads(desk.world.payload(desk.earlier))
    subjects = [(one["name"], one["digest"]["sha256"]) for one in signed["subject"]]
    predicate = {**signed["predicate"], **changed}
    predicate["inputsDigest"] = inputs_digest_of(predicate)
    desk.earlier.write_bytes(seal(statement(subjects, predicate), desk.world.signer("gate")))


def test_a_report_whose_signer_says_more_than_follows_from_it_is_refused(desk: Desk) -> None:
    write_policy(desk.world.policy, {"check": "data.row_count", "at_least": 3000})
    assert desk.sign() == 1
    resigned(desk, decision="ALLOWED")
    assert desk.why().endswith("[decision]")
    assert desk.again()[0] == 1


@pytest.mark.parametrize("changed", [{"measurements": [{}]}, {"measurements": [3]}, {"schemas": {"evaluation": 3}}])
def test_measurements_that_cannot_be_read_are_taken_again(changed: dict[str, Any], desk: Desk) -> None:
    resigned(desk, **changed)
    assert desk.why() == "it is not written as a gate report is"


def test_measurements_that_are_missing_are_taken_again(desk: Desk) -> None:
    resigned(desk, measurements=[])
    assert desk.why() == "as of today the policies ask for what was not measured then"


def test_a_key_without_a_report_is_a_mistake(desk: Desk) -> None:
    code, _, err = desk.gate("--key", str(desk.world.public("gate")))
    assert code == 2
    assert "a key was given, and no report that it signed" in err


def test_a_key_and_a_trust_file_are_a_mistake(desk: Desk) -> None:
    code, _, err = desk.again(*desk.world.trust_words)
    assert code == 2
    assert "a trust file and a key were given" in err


def test_under_a_trust_file_the_report_is_held_to_what_its_stage_asks(desk: Desk) -> None:
    words = desk.world.trust_words
    assert desk.sign(*words) == 0
    code, _, err = desk.gate("--unless-changed", str(desk.earlier), *words)
    assert (code, desk.measured) == (0, [])
    assert SPARED in err
    assert desk.sign(*words, by="okafor") == 0
    code, _, err = desk.gate("--unless-changed", str(desk.earlier), *words)
    assert code == 0
    assert desk.measured
    assert MEASURING in err


def test_a_report_made_without_the_trust_file_is_measured_under_it(desk: Desk) -> None:
    code, _, err = desk.gate("--unless-changed", str(desk.earlier), *desk.world.trust_words)
    assert code == 0
    assert f"{MEASURING}the trust file is another" in err


def test_a_table_is_always_measured(desk: Desk, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("y,yhat,sex\n" + "1,1,m\n0,0,f\n1,1,f\n0,0,m\n" * 100)
    desk.capsys.readouterr()
    words = ["--target", "y", "--prediction", "yhat", "--protected", "sex", "--favourable", "1", "-q"]
    run(["gate", str(table), *words, "--unless-changed", str(desk.earlier), "--key", str(desk.world.public("gate"))])
    assert f"{MEASURING}only a whole run over a bundle" in desk.capsys.readouterr().err


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


def test_as_of_another_day_it_is_judged_as_of_that_day(tmp_path: Path) -> None:
    world = make_world(tmp_path / "w")
    day = (world.now.date() + timedelta(days=2)).isoformat()
    found = later(world, 0, as_of=day)
    assert isinstance(found, Cited)
    assert found.judged.report.as_of == day
    assert found.judged.report.decision is Decision.ALLOWED


def test_a_spared_run_imports_no_engine(desk: Desk) -> None:
    words = ["gate", str(desk.world.bundle), "--policies", str(desk.world.policy), "--stage", "production", "-q"]
    words += ["--unless-changed", str(desk.earlier), "--key", str(desk.world.public("gate")), "--output", "json"]
    code = (
        "import sys\nfrom policykit.cli.start import run\n"
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


@pytest.mark.parametrize("place", ["waivers/claims.jsonl", "claims.jsonl", "ci/claims.jsonl"])
def test_a_report_that_was_taken_back_is_cited_nowhere_it_is_heard(place: str, governed: Desk) -> None:
    release(governed)
    assert cite(governed)[2].startswith(SPARED)
    world = governed.world
    words = [
        "revoke",
        str(world.folder / "ci" / "r.json"),
        "--reason",
        "wrong sample",
        "--sign",
        str(world.key("gate")),
    ]
    assert run([*words, *world.trust_words, "--claims", str(world.folder / place)]) == 0
    _, _, err = cite(governed)
    assert "[revoked]" in err
    assert MEASURING in err
    assert governed.measured


def test_a_report_that_the_named_claims_or_the_bundle_s_folder_take_back_is_measured(
    governed: Desk, tmp_path: Path
) -> None:
    release(governed)
    world, apart = governed.world, tmp_path / "apart.jsonl"
    words = [
        "revoke",
        str(world.folder / "ci" / "r.json"),
        "--reason",
        "wrong sample",
        "--sign",
        str(world.key("gate")),
    ]
    assert run([*words, *world.trust_words, "--claims", str(apart)]) == 0
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

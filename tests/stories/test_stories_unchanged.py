"""`gate --unless-changed`: a run is spared only where a verified report says ALLOWED of the very same thing, and still would."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from tests.build import ACCURATE, ENOUGH, write_policy
from tests.stories.conftest import MEASURING, SPARED, Desk, resigned


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


@pytest.mark.parametrize("words", [("--mode", "audit"), ("--only", "R-1"), ("--as-of", "2020-01-01")])
def test_a_part_an_audit_and_another_day_are_always_run(words: tuple[str, ...], desk: Desk) -> None:
    assert desk.why(*words) == "only a whole run over a bundle, in mode enforce and as of today, can be spared"


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


def test_a_report_by_other_code_of_the_same_version_is_measured(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from policykit.stories import unchanged as story

    monkeypatch.setattr(story, "sources", lambda: "0" * 64)
    assert desk.why() == "it was made by other code of the same version"


def test_a_report_that_does_not_say_by_which_code_is_measured(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from policykit.stories import unchanged as story

    engine = json.loads(desk.world.payload(desk.earlier))["predicate"]["engine"]
    resigned(desk, engine={name: value for name, value in engine.items() if name != "sources"})
    assert desk.why() == "it does not say by which code it was made"
    monkeypatch.setattr(story, "sources", lambda: "")  # nor does this one know its own
    assert desk.why() == "it does not say by which code it was made"


def test_code_that_does_not_know_itself_spares_no_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from policykit.stories import unchanged as story

    monkeypatch.setattr(story, "sources", lambda: "")
    assert desk.why() == "it was made by other code of the same version"


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

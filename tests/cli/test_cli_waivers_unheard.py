"""One gate file serves several stages: where the trust file lets no waiver count, none is read, and the report says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.trust_world import make_world


def test_a_stage_that_takes_no_waivers_is_gated_without_them_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000), report=False)
    world.waiver(signed_by=())
    out = tmp_path / "report.json"
    words = ["gate", str(world.bundle), "--policies", str(world.policy), *world.trust_words, "-q"]
    words += ["--waivers", str(world.waivers), "--output", f"json={out}"]
    assert run([*words, "--stage", "production"]) == 4
    assert "[waiver_unsigned]" in capsys.readouterr().err
    assert run([*words, "--stage", "staging"]) == 1
    notices = {each["code"]: each["text"] for each in json.loads(out.read_text())["notices"]}
    assert notices["waivers_unheard"] == "no waiver was read: the trust file lets none count at `staging`"
    report = tmp_path / "report.sigstore.json"
    signing = [*words[:-2], "--stage", "staging", "--sign", str(world.key("gate")), "--output", f"attestation={report}"]
    assert run(signing) == 1
    assert run(["verify", str(report), "--key", str(world.public("gate")), "--rejudge"]) == 1


def test_a_change_that_is_judged_with_the_waivers_it_may_bring_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000), report=False)
    world.waiver()
    out = tmp_path / "report.json"
    words = ["gate", str(world.bundle), "--policies", str(world.policy), *world.trust_words, "-q"]
    words += ["--waivers", str(world.waivers), "--stage", "production", "--output", f"json={out}"]
    run(words)
    assert "waivers_unguarded" not in {each["code"] for each in json.loads(out.read_text())["notices"]}
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    run(words)
    notices = {each["code"]: (each["level"], each["text"]) for each in json.loads(out.read_text())["notices"]}
    assert notices["waivers_unguarded"][0] == "warning"
    assert "this is a change to `main`" in notices["waivers_unguarded"][1]

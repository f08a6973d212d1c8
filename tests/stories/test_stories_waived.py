"""A report with waivers says again what it said, and nothing else can be made of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.ledger.folder import create
from policykit.canon import canonical
from policykit.cli.start import run
from policykit.errors import VerificationError
from policykit.report.digests import inputs_digest_of, verdict_digest_of
from policykit.stories.consistent import check_follows, check_policies_own
from policykit.stories.gate import Asked, Judged
from policykit.stories.ledger import log_files
from policykit.stories.rejudge import rejudge
from policykit.terms.history import Attempt, BreakGlass, History
from policykit.terms.report import Decision
from policykit.terms.waiver import SignedWaiver
from tests.build import ENOUGH, EQUAL, judged, people
from tests.clock import NOW
from tests.trust_world import World, make_world
from tests.waivers import KELLER, signed

UNEQUAL = people(men=(700, 1000), women=(500, 1000))
HISTORY = History(
    "ledger.bank.example",
    12,
    "ab" * 32,
    (Attempt("2026-11-02T08:00:00Z", "loans 1.3.0", "BLOCKED", "cd" * 32),),
    (0.0825, 0.0975),
    (BreakGlass("2026-11-20T22:14:00Z", "production", "loans 1.3.9", ("p.lead",), "it was night", "2026-12-20"),),
    2,
)


def waived(folder: Path, *waivers: SignedWaiver, rules: Any = (EQUAL, ENOUGH), **more: Any) -> Judged:
    asked = Asked(stage=None, now=NOW, waivers=waivers or (signed(),), **more)
    return judged(folder, *rules, data=UNEQUAL, asked=asked)


def said_of(found: Judged) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(canonical(found.predicate()))
    return said


def whole(said: dict[str, Any]) -> dict[str, Any]:
    """Return a changed predicate with digests that fit it again, as a dishonest signer would make it."""
    said["verdictDigest"] = verdict_digest_of(said)
    said["inputsDigest"] = inputs_digest_of(said)
    return said


def verified(said: Mapping[str, Any]) -> None:
    check_policies_own(said)
    check_follows(said)
    rejudge(said, now=NOW)


def test_judging_a_waived_report_again_gives_exactly_that_report(tmp_path: Path) -> None:
    all_ = (
        signed(),
        signed(id="W-2", expires="2026-11-01"),
        signed(id="W-3", rule="house/R-2", allows={"at_least": "50"}),
        signed(id="W-4", valid_from="2026-12-01"),
        signed(id="W-5", allows={"at_most": "12 pp"}),
        SignedWaiver(signed(id="W-6", expires="2026-11-02").waiver, ()),
    )
    found = waived(tmp_path, *all_, trust=("bank.models", 7, "ef" * 32), history=HISTORY)
    said = said_of(found)
    verified(said)
    again = rejudge(said, now=NOW)
    assert again.predicate() == found.predicate()
    assert again.report.history == HISTORY
    assert again.report.trust == ("bank.models", 7, "ef" * 32)
    assert [line.state for line in again.report.waivers] == [
        "used",
        "expired",
        "unused",
        "not_yet",
        "beyond",
        "expired",
    ]


def test_a_report_carries_what_anyone_needs_to_verify_its_waivers_again(tmp_path: Path) -> None:
    one = signed()
    (entry,) = said_of(waived(tmp_path, one))["waivers"]
    assert entry["text"].encode() == one.waiver.text
    assert entry["digest"] == one.waiver.digest
    assert entry["claims"] == [dict(one.claims[0])]
    assert entry["signers"] == [
        {"name": "keller", "who": KELLER.who, "role": KELLER.role, "keyId": KELLER.key_id, "at": KELLER.at}
    ]
    assert (entry["state"], entry["daysLeft"], entry["refused"]) == ("used", 129, "")
    excuse = {
        "waiver": "W-1",
        "rule": "house/R-1",
        "kind": "fail",
        "slices": ["sex"],
        "findings": [0],
        "until": "2027-03-31",
    }
    assert entry["excuses"] == [excuse]
    assert said_of(waived(tmp_path, one))["rules"][0]["excused"] == [excuse]


def test_a_rule_says_from_when_it_blocks(tmp_path: Path) -> None:
    rules = ({**EQUAL, "block_from": "2027-05-01"}, ENOUGH)
    said = said_of(judged(tmp_path, *rules))
    assert [rule["blockFrom"] for rule in said["rules"]] == ["2027-05-01", ""]


def test_signatures_time_and_attempts_do_not_change_the_verdict_digest(tmp_path: Path) -> None:
    one = signed()
    other = replace(one, approvers=(replace(KELLER, at="2026-11-20T00:00:00Z"),), claims=())
    first = waived(tmp_path, one).report.verdict_digest
    assert waived(tmp_path, other, history=HISTORY, trust=("x.y", 1, "")).report.verdict_digest == first
    assert waived(tmp_path, signed(ticket="RISK-2")).report.verdict_digest != first
    assert waived(tmp_path, signed(id="W-7")).report.verdict_digest != first
    assert judged(tmp_path, EQUAL, ENOUGH, data=UNEQUAL).report.verdict_digest != first


def test_the_inputs_digest_holds_waivers_trust_and_history(tmp_path: Path) -> None:
    one = signed()
    first = said_of(waived(tmp_path, one))["inputsDigest"]
    assert said_of(waived(tmp_path, replace(one, claims=())))["inputsDigest"] != first
    assert said_of(waived(tmp_path, one, history=HISTORY))["inputsDigest"] != first
    assert said_of(waived(tmp_path, one, trust=("x.y", 1, "")))["inputsDigest"] != first


def _first(said: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = said["waivers"][0]
    return entry


def _rewritten(said: dict[str, Any], old: str, new: str) -> None:
    from policykit.canon import digest

    text = _first(said)["text"].replace(old, new)
    assert text != _first(said)["text"]
    _first(said)["text"], _first(said)["digest"] = text, digest(text.encode())


def _stretched(said: dict[str, Any]) -> None:
    for excuse in (*said["rules"][0]["excused"], *_first(said)["excuses"]):
        excuse["until"] = "2028-01-01"


CHANGES: Mapping[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "the waiver is taken out": (lambda said: said["waivers"].clear(), "incomplete"),
    "the waiver says another text": (lambda said: _first(said).update(text="policykit: waiver/1"), "verdict_digest"),
    "the waiver goes further": (lambda said: _rewritten(said, "30 pp", "60 pp"), "rejudge"),
    "the waiver holds longer": (lambda said: _rewritten(said, "2027-03-31", "2028-03-31"), "rejudge"),
    "the waiver is no waiver": (lambda said: _rewritten(said, "waiver/1", "waiver/2"), "incomplete"),
    "the waiver is unused": (lambda said: _first(said).update(state="unused"), "incomplete"),
    "nobody signed it": (lambda said: _first(said).update(signers=[]), "incomplete"),
    "it was refused": (lambda said: _first(said).update(refused="too long"), "incomplete"),
    "more days are left": (lambda said: _first(said).update(daysLeft=400), "rejudge"),
    "another sentence": (lambda said: _first(said).update(told="all is well"), "rejudge"),
    "it excuses until another day": (_stretched, "rejudge"),
    "the excuse names another waiver": (
        lambda said: said["rules"][0]["excused"][0].update(waiver="W-9"),
        "incomplete",
    ),
    "the excuse is of another kind": (
        lambda said: [one.update(kind="doubt") for one in (said["rules"][0]["excused"][0], _first(said)["excuses"][0])],
        "incomplete",
    ),
    "the excuse is of no finding": (
        lambda said: [one.update(findings=[]) for one in (said["rules"][0]["excused"][0], _first(said)["excuses"][0])],
        "incomplete",
    ),
    "the rule is excused by nothing": (lambda said: said["rules"][0].update(excused=[]), "incomplete"),
    "the rule is absolute": (lambda said: said["rules"][0].update(enforcement="absolute"), "incomplete"),
    "another rule is excused": (
        lambda said: said["rules"][1].update(excused=said["rules"][0]["excused"]),
        "incomplete",
    ),
    "the attempts are fewer": (lambda said: said["history"]["attempts"].clear(), "incomplete"),
    "the looks are fewer": (lambda said: said["history"].update(looks=1), "incomplete"),
    "the trust file has no version": (lambda said: said["trust"].pop("version"), "incomplete"),
    "the fail is a pass": (lambda said: said["rules"][0].update(status="pass"), "incomplete"),
    "it blocks another day": (lambda said: said["rules"][0].update(blockFrom="2030-01-01"), "rejudge"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_report_is_refused_though_its_digests_fit(tmp_path: Path, name: str) -> None:
    change, reason = CHANGES[name]
    said = said_of(waived(tmp_path, trust=("bank.models", 7, "ef" * 32), history=HISTORY))
    verified(said)
    change(said)
    with pytest.raises(VerificationError) as refused:
        verified(whole(said))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "change",
    [
        lambda said: _first(said).update(claims=[]),
        lambda said: said["history"]["attempts"][0].update(decision="ALLOWED"),
        lambda said: said["trust"].update(version=8),
        lambda said: said["history"].update(spent=[0.05, 0.05]),
    ],
)
def test_what_was_carried_over_is_held_by_the_inputs_digest(tmp_path: Path, change: Any) -> None:
    said = said_of(waived(tmp_path, trust=("bank.models", 7, "ef" * 32), history=HISTORY))
    change(said)
    with pytest.raises(VerificationError) as refused:
        check_follows(said)
    assert refused.value.reason == "verdict_digest"


def test_a_decision_without_its_waivers_is_another_decision(tmp_path: Path) -> None:
    said = said_of(waived(tmp_path))
    said["rules"][0]["excused"] = []
    said["waivers"] = []
    with pytest.raises(VerificationError) as refused:
        check_follows(whole(copy.deepcopy(said)))
    assert refused.value.reason == "decision"
    assert "BLOCKED follows from its rules" in str(refused.value)


def test_a_refused_waiver_keeps_its_finding(tmp_path: Path) -> None:
    rules = ({**EQUAL, "enforcement": "absolute"}, ENOUGH)
    asked = Asked(stage=None, now=NOW, waivers=(signed(),))
    said = said_of(judged(tmp_path, *rules, asked=asked))
    assert check_follows(said) is Decision.BLOCKED
    said["notices"], said["decision"] = [], "ALLOWED"
    with pytest.raises(VerificationError) as refused:
        check_follows(whole(said))
    assert refused.value.reason == "incomplete"
    assert "is refused, and no finding says so" in str(refused.value)


# ── the command line ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "w", women=(300, 1000), report=False)


def gate_words(world: World, *more: str, trusted: bool = True) -> list[str]:
    base = ["gate", str(world.bundle), "--policies", str(world.policy), "--stage", "production", "-q"]
    return [*base, *(world.trust_words if trusted else []), *more]


def shown(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    out = capsys.readouterr()
    return out.out, out.err


def test_the_gate_takes_waivers_that_were_signed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(gate_words(world)) == 1
    world.waiver()
    capsys.readouterr()
    code = run(gate_words(world, "--waivers", str(world.waivers), "--output", "json"))
    out, err = shown(capsys)
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert said["trust"] == {"id": "bank.models", "version": 1, "digest": world.authority().trust.digest}
    assert [entry["state"] for entry in said["waivers"]] == ["used"]
    assert [one["who"] for one in said["waivers"][0]["signers"]] == ["n.okafor@bank.example"]


def test_waivers_without_a_trust_file_are_nobodys_word(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.waiver()
    assert run(gate_words(world, "--waivers", str(world.waivers), trusted=False)) == 4
    assert "waivers are named, and no trust file says who may excuse" in shown(capsys)[1]


def test_an_unsigned_waiver_is_untrusted(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.waiver(signed_by=())
    assert run(gate_words(world, "--waivers", str(world.waivers))) == 4
    assert "waiver_unsigned" in shown(capsys)[1]


def test_a_waiver_that_does_not_fit_its_rule_is_invalid(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.waiver(allows={"at_most": "12 %"})
    assert run(gate_words(world, "--waivers", str(world.waivers))) == 2
    err = shown(capsys)[1]
    assert "PK710" in err
    assert "W-1.yaml:" in err


def test_a_place_for_waivers_from_a_branch_has_to_be_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(gate_words(world, "--waivers-from", "main")) == 2
    assert "nobody said where waivers lie" in shown(capsys)[1]


def gate_file(world: World, **more: Any) -> Path:
    said = {
        "policykit": "gate/1",
        "policies": ["policies/"],
        "trust": {"path": "trust.yaml", "roots": [f"keys/{name}.pub.pem" for name in ("root-a", "root-b")]},
        "waivers": {"path": "waivers/"},
        **more,
    }
    path = world.folder / "policykit.yaml"
    path.write_text(json.dumps(said))
    return path


def test_a_gate_file_names_them_all(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.waiver()
    words = ["gate", str(world.bundle), "--stage", "production", "-q", "--state", str(world.state)]
    assert run([*words, "--config", str(gate_file(world)), "--output", "json"]) == 0
    assert json.loads(shown(capsys)[0])["trust"]["id"] == "bank.models"


def test_signing_takes_no_waiver_from_here_unasked(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.waiver()
    gate_file(world)
    monkeypatch.chdir(world.folder)
    words = ["gate", "bundle", "--stage", "production", "-q", "--state", "state", "--policies", "policies"]
    signing = ["--sign", "keys/gate.key.pem", "--output", "attestation=r.json"]
    assert run([*words, *signing]) == 1
    assert run([*words, *signing, "--config", "policykit.yaml"]) == 0
    capsys.readouterr()


def test_measurements_are_judged_with_waivers_too(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.waiver()
    measured = tmp_path / "m.json"
    how = ["--policies", str(world.policy), "--stage", "production"]
    assert run(["measure", str(world.bundle), *how, "--output", str(measured), "-q"]) == 0
    assert run(["judge", str(measured), *how]) == 1
    assert run(["judge", str(measured), *how, *world.trust_words, "--waivers", str(world.waivers)]) == 0
    assert "1 waived until" in shown(capsys)[0]


def test_attempts_are_counted_and_printed_on_page_one(world: World, capsys: pytest.CaptureFixture[str]) -> None:

    folder = world.folder / "ledger"
    create(folder, "ledger.bank.example", world.signer("office"))
    words = gate_words(world, "--ledger", str(folder), trusted=False)
    assert run(words) == 1
    first = " ".join(shown(capsys)[0].split())
    assert "attempt 1 against this held-out data" in first
    log_files(folder, [world.gate().read_bytes()], world.signer("office"), keys=[world.signer("gate").public])
    assert run([*words, "--output", "json"]) == 1
    said = json.loads(shown(capsys)[0])
    assert said["history"]["looks"] == 2
    assert said["history"]["spent"][0] > 0.05
    assert run(words) == 1
    assert "attempt 2 against this held-out data" in " ".join(shown(capsys)[0].split())

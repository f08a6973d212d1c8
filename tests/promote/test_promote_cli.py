"""`policykit promote` and `policykit rollback`, as they are typed."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.claims_file import add_claim, read_claims
from policykit.attest.envelope import seal, unseal
from policykit.attest.statement import BREAK_GLASS, TRUST, statement
from policykit.canon import digest
from policykit.cli.start import run
from policykit.terms.bundle import Bundle
from tests.promote.conftest import Office

TRUST_FILE = {
    "policykit": "trust/1",
    "id": "acme.models",
    "version": 1,
    "title": "Who may promote models at ACME",
    "expires": "2099-06-30",
    "signed_by": {"role": "trust-authority", "count": 1},
    "roles": {
        "trust-authority": ["office"],
        "release-office": ["office"],
        "evaluator": ["evaluator"],
        "incident-lead": ["lead-a", "lead-b"],
    },
    "stages": {
        "production": {
            "report": {"signed_by": "evaluator"},
            "permit": {"signed_by": "release-office"},
            "rollback": {"within": "30 days"},
            "break_glass": {"role": "incident-lead", "count": 2},
        }
    },
}


@pytest.fixture
def trust(tmp_path: Path, office: Office, key_files: dict[str, tuple[Path, Path]]) -> list[str]:
    """Write a signed trust file, and return the words that name it."""
    folder = tmp_path / "trust"
    folder.mkdir()
    keys = {}
    for name in ("office", "evaluator", "lead-a", "lead-b"):
        key = office.trust.keys[name]
        keys[name] = {"pem": key.pem, **({"who": key.who} if key.who else {})}
    text = json.dumps({**TRUST_FILE, "keys": keys}).encode()
    (folder / "trust.yaml").write_bytes(text)
    said = {"document": {"kind": "trust", "id": "acme.models", "digest": digest(text)}, "role": "trust-authority"}
    add_claim(
        folder / "claims.jsonl",
        seal(statement([("trust.yaml", digest(text))], said, predicate_type=TRUST), office.signers["office"]),
    )
    root = str(key_files["office"][1])
    return ["--trust", str(folder / "trust.yaml"), "--trust-root", root, "--state", str(tmp_path / "state")]


def permitted(office: Office, bundle: Bundle, path: Path) -> str:
    now = datetime.now(UTC)
    data = office.permit(
        bundle,
        issued=(now - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        until=(now + timedelta(days=1)).date().isoformat(),
    )
    path.write_bytes(data)
    return str(path)


def test_promote_status_and_rollback_as_they_are_typed(
    tmp_path: Path,
    office: Office,
    first: Bundle,
    second: Bundle,
    trust: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    goal, stage = str(tmp_path / "registry"), ["--stage", "production"]
    assert run(["promote", "--status", *stage, "--to", goal]) == 2
    assert f"there is no registry `{goal}`" in capsys.readouterr().err
    Path(goal).mkdir()
    for bundle in (first, second):
        permit = permitted(office, bundle, tmp_path / f"{bundle.version}.json")
        assert run(["promote", str(bundle.root), *stage, "--to", goal, "--permit", permit, *trust]) == 0
        out = capsys.readouterr().out
        assert f"promoted loans@{bundle.version} to production of {goal}" in out
        assert f"sha256 {bundle.manifest_digest}" in out
        assert "approved by b.keller@acme.example" in out
        if bundle is first:
            assert run(["promote", "--status", "--stage", "staging", "--to", goal]) == 0
            assert capsys.readouterr().out == f"nothing stands at staging of {goal}\n"
            assert run(["rollback", *stage, "--of", goal, "--list", *trust]) == 0
            told = f"nothing stood at production of {goal} before by right: nothing can come back\n"
            assert capsys.readouterr().out == told
    assert "before  loans@1.0.0" in out
    assert run(["promote", str(second.root), *stage, "--to", goal, "--permit", permit, *trust]) == 0
    assert "stands there already: nothing was changed" in capsys.readouterr().out
    assert run(["rollback", *stage, "--of", goal, "--dry-run", *trust]) == 4
    err = capsys.readouterr().err
    assert "was taken back is not known: none of the claims that were read know it [rollback_unheard]" in err
    assert "add `--claims` with the `claims.jsonl` that lay beside the permit, or `--ledger`" in err
    beside = tmp_path / "claims.jsonl"
    beside.touch()
    trust = [*trust, "--claims", str(beside)]
    assert run(["rollback", *stage, "--of", goal, "--dry-run", *trust]) == 0
    assert f"would bring back loans@1.0.0 to production of {goal}, where loans@2.0.0 stood" in capsys.readouterr().out
    assert run(["rollback", *stage, "--of", goal, "--reason", "too many refusals", *trust]) == 0
    assert "brought back loans@1.0.0" in capsys.readouterr().out
    assert run(["promote", "--status", *stage, "--to", goal]) == 0
    out = capsys.readouterr().out
    assert re.search(r"(?m)^  right   rolled back to; permit [0-9a-f]{12}: too many refusals$", out)
    assert run(["rollback", *stage, "--of", goal, "--to", "loans@2.0.0", *trust]) == 0
    assert run(["promote", "--status", *stage, "--to", goal]) == 0
    assert re.search(r"(?m)^  right   rolled back to; permit [0-9a-f]{12}$", capsys.readouterr().out)
    assert run(["rollback", *stage, "--of", goal, *trust]) == 0
    capsys.readouterr()
    assert run(["rollback", *stage, "--of", goal, "--list", *trust]) == 0
    assert "loans@2.0.0, there until" in capsys.readouterr().out


def test_a_revocation_beside_the_trust_file_is_found(
    tmp_path: Path, office: Office, first: Bundle, trust: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    permit = permitted(office, first, tmp_path / "permit.json")
    payload = digest(unseal(Path(permit).read_bytes()).payload)
    add_claim(tmp_path / "trust/claims.jsonl", office.revocation(payload))
    words = ["promote", str(first.root), "--stage", "production", "--to", str(tmp_path / "r"), "--permit", permit]
    assert run([*words, *trust]) == 4
    assert "[revoked]" in capsys.readouterr().err


def test_breaking_the_glass_is_signed_logged_and_red(
    tmp_path: Path,
    office: Office,
    first: Bundle,
    second: Bundle,
    trust: list[str],
    key_files: dict[str, tuple[Path, Path]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    goal, stage = str(tmp_path / "registry"), ["--stage", "production"]
    words = ["promote", str(first.root), *stage, "--to", goal, "--break-glass", "the old one is down", *trust]
    leads = [str(key_files[name][0]) for name in ("lead-a", "lead-b")]
    assert run([*words, "--sign", leads[0]]) == 4
    assert "[break_glass_signers]" in capsys.readouterr().err
    assert run([*words, "--sign", leads[0], "--sign", leads[1], "--color", "always"]) == 0
    out = capsys.readouterr().out
    assert "\x1b[31m" in out
    assert "GLASS BROKEN for loans@1.0.0" in out
    assert "by a.silva@acme.example and b.keller@acme.example: the old one is down" in out
    claims = read_claims(tmp_path / "claims.jsonl")
    assert len(claims) == 2
    assert all(json.loads(unseal(claim).payload)["predicateType"] == BREAK_GLASS for claim in claims)
    permit = permitted(office, second, tmp_path / "permit.json")
    assert run(["promote", str(second.root), *stage, "--to", goal, "--permit", permit, *trust]) == 0
    capsys.readouterr()
    assert run(["promote", "--status", *stage, "--to", goal]) == 0
    assert "GLASS BROKEN for loans@1.0.0" in capsys.readouterr().out, "thirty days, whatever stands there now"
    assert run(["rollback", *stage, "--of", goal, "--list", *trust]) == 0
    assert capsys.readouterr().out.count("GLASS BROKEN") == 1


def test_a_glass_broken_twice_reads_once_and_for_another_reason_again(
    tmp_path: Path,
    first: Bundle,
    trust: list[str],
    key_files: dict[str, tuple[Path, Path]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import policykit.cli.promote as typed

    moments = iter(datetime(2026, 11, 22, 10, minute, tzinfo=UTC) for minute in range(60))

    class Clock(datetime):
        """A clock that goes on by a minute each time it is looked at."""

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return next(moments)

    monkeypatch.setattr(typed, "datetime", Clock)
    goal, stage = str(tmp_path / "registry"), ["--stage", "production"]
    leads = [word for name in ("lead-a", "lead-b") for word in ("--sign", str(key_files[name][0]))]
    for reason in ("fire", "fire", "water", "fire"):
        words = ["promote", str(first.root), *stage, "--to", goal, "--break-glass", reason, *trust, *leads]
        assert run(words) == 0
    capsys.readouterr()
    assert run(["promote", "--status", *stage, "--to", goal]) == 0
    out = capsys.readouterr().out
    assert out.count("keller@acme.example: fire (red") == 1
    assert out.count("keller@acme.example: water (red") == 1


def test_a_broken_glass_is_in_the_ledger_and_without_it_nothing_moves(
    tmp_path: Path,
    first: Bundle,
    trust: list[str],
    key_files: dict[str, tuple[Path, Path]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    from policykit.stories.history import history_of

    ledger, own = tmp_path / "ledger", str(key_files["evaluator"][0])
    leads = [word for name in ("lead-a", "lead-b") for word in ("--sign", str(key_files[name][0]))]
    words = ["promote", str(first.root), "--stage", "production", "--to", str(tmp_path / "r"), "--break-glass", "fire"]
    words += [*trust, *leads, "--ledger", str(ledger), "--ledger-key", own]
    assert run(words) != 0, "there is no ledger"
    assert not (tmp_path / "claims.jsonl").exists()
    assert not (tmp_path / "r/stages/production").exists()
    assert run(["ledger", "init", str(ledger), "--origin", "ledger.acme.example", "--sign", own]) == 0
    assert run(words) == 0
    (broken,) = history_of(ledger, first, stage="production", now=datetime.now(UTC)).break_glass
    assert (broken.reason, len(broken.who)) == ("fire", 2)


@pytest.fixture
def stage_ledger(
    tmp_path: Path, office: Office, key_files: dict[str, tuple[Path, Path]], trust: list[str]
) -> list[str]:
    """Write the next version of the trust file, whose stage names a ledger; return the words that name it."""
    path = tmp_path / "trust/trust.yaml"
    said = json.loads(path.read_text())
    said["keys"]["log"] = {"pem": office.trust.keys["lead-a-too"].pem}
    said["ledgers"] = {"main": {"origin": "ledger.acme.example", "key": "log"}}
    said["stages"]["production"]["ledger"] = "main"
    path.write_text(json.dumps({**said, "version": 2}))
    text = path.read_bytes()
    claim = {"document": {"kind": "trust", "id": "acme.models", "digest": digest(text)}, "role": "trust-authority"}
    signed = statement([("trust.yaml", digest(text))], claim, predicate_type=TRUST)
    add_claim(path.parent / "claims.jsonl", seal(signed, office.signers["office"]))
    return trust


def test_where_the_stage_names_a_ledger_the_glass_is_broken_in_that_one_or_not_at_all(
    tmp_path: Path,
    first: Bundle,
    stage_ledger: list[str],
    key_files: dict[str, tuple[Path, Path]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    leads = [word for name in ("lead-a", "lead-b") for word in ("--sign", str(key_files[name][0]))]
    words = ["promote", str(first.root), "--stage", "production", "--to", str(tmp_path / "r"), "--break-glass", "fire"]
    words += [*stage_ledger, *leads]
    assert run(words) == 4
    err = capsys.readouterr().err
    assert "is logged in the ledger `ledger.acme.example`, and no ledger was given [break_glass_ledger]" in err
    assert "add `--ledger FOLDER --ledger-key KEY`" in err
    log, own = str(key_files["lead-a-too"][0]), str(key_files["evaluator"][0])
    for folder, origin, key, reason in (
        ("own", "evil.example", own, "ledger_origin"),
        ("named", "ledger.acme.example", own, "ledger_key"),
        ("mixed", "evil.example", log, "ledger_origin"),
    ):
        where = str(tmp_path / folder)
        assert run(["ledger", "init", where, "--origin", origin, "--sign", key]) == 0
        assert run([*words, "--ledger", where, "--ledger-key", key]) == 4
        assert f"[{reason}]" in capsys.readouterr().err
    assert not (tmp_path / "claims.jsonl").exists(), "no trace"
    assert not (tmp_path / "r/stages").exists(), "and no effect"
    real = str(tmp_path / "real")
    assert run(["ledger", "init", real, "--origin", "ledger.acme.example", "--sign", log]) == 0
    assert run([*words, "--ledger", real, "--ledger-key", own]) == 4, "the key of the ledger is another"
    assert run([*words, "--ledger", real, "--ledger-key", log]) == 0


def test_what_the_registry_says_by_itself_is_not_called_shown(
    tmp_path: Path,
    office: Office,
    first: Bundle,
    trust: list[str],
    key_files: dict[str, tuple[Path, Path]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    goal = tmp_path / "registry"
    target = ["--stage", "production", "--to", str(goal)]
    asked = ["promote", "--status", *target]
    leads = [word for name in ("lead-a", "lead-b") for word in ("--sign", str(key_files[name][0]))]
    assert run(["promote", str(first.root), *target, "--break-glass", "fire", *leads, *trust]) == 0
    assert run([*asked, *trust]) == 0, "two people stand for it, as their signatures show"
    current = goal / "stages/production/current"
    said = json.loads(current.read_text())
    current.write_text(json.dumps({**said, "how": "permit", "permit": "0" * 64, "who": ["m.keller@bank.example"]}))
    capsys.readouterr()
    assert run(asked) == 0
    out = capsys.readouterr().out
    assert "right   NONE that can be shown: the registry keeps no paper by which `loans@1.0.0` may stand" in out
    assert "m.keller" not in out
    assert run([*asked, *trust]) == 4
    assert "[paper_missing]" in capsys.readouterr().err
    current.write_text(json.dumps({**said, "how": "permit"}))
    assert run([*asked, *trust]) == 4, "what two people signed in an emergency is no permit"
    capsys.readouterr()
    permit = permitted(office, first, tmp_path / "permit.json")
    assert run(["promote", str(first.root), *target, "--permit", permit, *trust]) == 0
    assert run(asked) == 0
    assert "nothing was verified: this is what the registry says; add `--trust FILE`" in capsys.readouterr().out
    assert run([*asked, *trust]) == 0
    assert "nothing was verified" not in capsys.readouterr().out
    payload = digest(unseal(Path(permit).read_bytes()).payload)
    add_claim(tmp_path / "trust/claims.jsonl", office.revocation(payload))
    assert run([*asked, *trust]) == 4
    assert "[revoked]" in capsys.readouterr().err


def test_a_registry_inside_the_bundle_is_refused(
    tmp_path: Path, office: Office, first: Bundle, trust: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    permit, inside = permitted(office, first, tmp_path / "permit.json"), f"{first.root}/registry"
    words = ["promote", str(first.root), "--stage", "production", "--permit", permit, *trust]
    assert run([*words, "--to", inside]) == 2
    err = capsys.readouterr().err
    assert f"the registry `{inside}` lies inside the bundle" in err
    assert "name a folder that is not part of what is promoted" in err
    assert run([*words, "--to", str(tmp_path / "beside")]) == 0, "and nothing was left in the bundle"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["promote", "B", "--to", "r"], 2, "no stage was given"),
        (["promote", "--to", "r", "--stage", "s"], 2, "no bundle was given"),
        (["promote", "B", "--to", "r", "--stage", "s"], 2, "a bundle is promoted with a permit"),
        (["promote", "B", "--to", "r", "--stage", "s", "--permit", "p"], 4, "no trust file was given"),
        (["promote", "B", "--to", "moon:x", "--stage", "s", "--permit", "p"], 2, "no registry is called `moon`"),
        (
            ["promote", "B", "--to", "mlflow:x", "--stage", "s", "--permit", "p"],
            2,
            "does not name a model of an MLflow",
        ),
        (["rollback", "--of", "r"], 2, "no stage was given"),
        (["promote", "B", "--to", "", "--stage", "s", "--permit", "p"], 2, "no registry is named"),
        (
            ["promote", "B", "--to", "folder:", "--stage", "s", "--permit", "p"],
            2,
            "no registry is named after `folder:`",
        ),
        (
            ["promote", "B", "--to", "mlflow:http://h", "--stage", "s", "--permit", "p"],
            2,
            "does not name a model of an",
        ),
        (["promote", "--status", "--to", "/etc", "--stage", "s"], 2, "there is no registry `/etc`"),
        (["rollback", "--of", "", "--stage", "s"], 2, "no registry is named"),
        (["rollback", "--of", "/etc", "--stage", "s"], 2, "there is no registry `/etc`"),
        (["rollback", "--of", "nowhere", "--stage", "s"], 2, "there is no registry `nowhere`"),
    ],
)
def test_what_is_missing_is_said(
    words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(words) == code
    assert told in capsys.readouterr().err


def test_signing_and_claims_that_make_no_sense_are_said(
    tmp_path: Path, office: Office, first: Bundle, trust: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    permit = permitted(office, first, tmp_path / "permit.json")
    words = ["promote", str(first.root), "--stage", "production", "--to", str(tmp_path / "r"), *trust]
    assert run([*words, "--permit", permit, "--sign", "k"]) == 2
    assert "only who breaks the glass signs here" in capsys.readouterr().err
    assert run([*words, "--permit", permit, "--claims", str(tmp_path / "none")]) == 74
    assert "cannot read the claims: no such file" in capsys.readouterr().err
    assert run([*words, "--break-glass", "why", "--ledger", "l"]) == 2
    assert "a ledger is written with its key" in capsys.readouterr().err
    assert run([*words, "--permit", permit]) == 0
    listing = ["rollback", "--stage", "production", "--of", str(tmp_path / "r")]
    assert run([*listing, *trust, "--claims", "none"]) == 74
    capsys.readouterr()
    assert run(listing) == 4
    assert "no trust file was given" in capsys.readouterr().err

"""`policykit ledger …` as it is typed: what it says, and how it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from policykit.attest.claims_file import add_claim
from policykit.attest.envelope import seal, unseal
from policykit.attest.keys import load_public_key, load_signer
from policykit.attest.ledger.disk import Disk
from policykit.attest.statement import BREAK_GLASS, PAYLOAD_TYPE, REVOCATION, statement
from policykit.attest.strict_json import strict_json
from policykit.canon import canonical, digest
from policykit.cli.start import run
from policykit.stories.gate import Asked, gate
from policykit.stories.open import Table, open_all
from policykit.stories.outputs import statement_bytes
from tests.build import ACCURATE, EQUAL, people, write_bundle, write_policy

Say = Callable[..., str]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with keys, two reports on the same rows (BLOCKED, then ALLOWED), and nothing remembered."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLICYKIT_STATE", str(tmp_path / "state"))
    for name in ("ledger", "gate", "w1"):
        assert run(["keys", "new", name, "--unencrypted"]) == 0
    write_policy(tmp_path / "strict.yaml", ACCURATE, EQUAL)
    write_policy(tmp_path / "mild.yaml", ACCURATE)
    for number, policy in enumerate(("strict.yaml", "mild.yaml")):
        bundle = write_bundle(tmp_path / f"b{number}", people(women=(300, 1000)))
        (bundle / "model.bin").write_text(str(number))
        opened = open_all(bundle, [tmp_path / policy], None, Table())
        made = gate(
            opened.bundle, opened.policies, Asked(stage=None, now=datetime(2026, 11, 22, 9 + number, tzinfo=UTC))
        )
        signed = seal(statement_bytes(made), load_signer("gate.key.pem", None))
        (tmp_path / f"r{number}.json").write_bytes(signed)
    return tmp_path


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Type a command that has to end with a code, and return what it said."""

    def typed(line: str, code: int = 0) -> str:
        capsys.readouterr()
        found = run(["ledger", *line.split()])
        told = capsys.readouterr()
        assert found == code, told.out + told.err
        return told.out + told.err

    return typed


@pytest.fixture
def begun(house: Path, say: Say) -> Path:
    say("init L --origin ledger.acme.example --sign ledger.key.pem")
    return house


def signed(payload: dict[str, Any], kind: str) -> bytes:
    return seal(statement([("x", "ab" * 32)], payload, predicate_type=kind), load_signer("gate.key.pem", None))


def test_a_ledger_is_begun_appended_to_proven_and_verified(begun: Path, say: Say) -> None:
    said = say("append L r0.json r1.json --sign ledger.key.pem --key gate.pub.pem")
    assert "r0.json: entry 0\nr1.json: entry 1\nledger.acme.example holds 2 entries, root " in said
    assert "r1.json: is there already, entry 1" in say("append L r1.json --sign ledger.key.pem")
    before = (begun / "r1.json").read_bytes()
    assert say("prove L r1.json --output proven.json") == "proven.json: entry 1 of 2\n"
    assert (begun / "r1.json").read_bytes() == before
    assert say("prove L r1.json") == "r1.json: entry 1 of 2\n"
    assert (begun / "r1.json").read_bytes() == (begun / "proven.json").read_bytes()
    assert run(["verify", "proven.json", "--key", "gate.pub.pem"]) == 0
    said = say("verify L --key ledger.pub.pem")
    assert "ledger.acme.example holds together: 2 entries, root " in said
    assert "kept     2 files; 0 entries without their file" in said
    assert "history  goes on from the 2 entries seen before" in said
    assert "its own: that shows it holds together, not whose it is" in say("verify L")


def test_a_proof_is_asked_of_a_ledger_that_holds_the_file(begun: Path, say: Say) -> None:
    said = say("prove L r0.json", code=4)
    assert "the ledger does not hold this file" in said
    assert "policykit ledger append FOLDER FILE --sign KEY" in said
    assert unseal((begun / "r0.json").read_bytes()).tlog == ()


def test_an_unknown_signer_a_wrong_key_and_a_folder_without_a_ledger_are_refused(begun: Path, say: Say) -> None:
    assert "no key at hand fits the signature" in say("append L r0.json --sign ledger.key.pem", code=4)
    wrong = say("append L r0.json --sign gate.key.pem --key gate.pub.pem", code=4)
    assert "not signed with the key you accept" in wrong
    assert "there is no ledger in `nowhere`" in say("verify nowhere", code=4)
    assert "cannot read the report: no such file" in say("append L nothing.json --sign ledger.key.pem", code=74).lower()
    assert "cannot be the origin of a ledger" in say("init M --origin https://x.y --sign ledger.key.pem", code=2)
    (begun / "bad.json").write_text("{")
    assert "is not JSON" in say("append L bad.json --sign ledger.key.pem --key gate.pub.pem", code=4)


def test_what_is_signed_has_to_be_a_statement(begun: Path, say: Say) -> None:
    (begun / "odd.json").write_bytes(seal(canonical({"no": PAYLOAD_TYPE}), load_signer("gate.key.pem", None)))
    assert "not an in-toto statement" in say("append L odd.json --sign ledger.key.pem --key gate.pub.pem", code=4)


def test_one_entry_is_not_several(begun: Path, say: Say) -> None:
    assert "holds 1 entry, root" in say("append L r0.json --sign ledger.key.pem --key gate.pub.pem")
    said = say("verify L")
    assert "holds together: 1 entry, root" in said
    assert "kept     1 file; 0 entries without their file" in said
    assert "goes on from the 1 entry seen before" in said
    assert "1 entry, 0 without their file" in say("index L")


def test_of_claims_each_line_is_logged(begun: Path, say: Say) -> None:
    for name in ("r0.json", "r1.json"):
        add_claim(begun / "claims.jsonl", (begun / name).read_bytes())
    said = say("append L claims.jsonl r1.json --sign ledger.key.pem --key gate.pub.pem")
    assert "claims.jsonl:1: entry 0\nclaims.jsonl:2: entry 1\nr1.json: is there already, entry 1\n" in said
    assert "ledger.acme.example holds 2 entries, root " in said
    assert say("prove L r0.json") == "r0.json: entry 0 of 2\n"
    again = say("append L claims.jsonl --sign ledger.key.pem")
    assert "claims.jsonl:1: is there already, entry 0\nclaims.jsonl:2: is there already, entry 1\n" in again


def test_a_line_of_somebody_unknown_is_named_and_nothing_is_logged(begun: Path, say: Say) -> None:
    (begun / "stranger.json").write_bytes(
        seal(unseal((begun / "r1.json").read_bytes()).payload, load_signer("w1.key.pem", None))
    )
    for name in ("r0.json", "stranger.json", "r1.json"):
        add_claim(begun / "claims.jsonl", (begun / name).read_bytes())
    said = say("append L r1.json claims.jsonl --sign ledger.key.pem --key gate.pub.pem", code=4)
    assert "policykit: claims.jsonl:2: no key at hand fits the signature of this file" in said
    assert "holds together: 0 entries" in say("verify L")
    assert not (begun / "L" / "objects").exists()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"a": 1}', "claims.jsonl:2: "),
        (b"[]", "claims.jsonl: line 2 is not a signed file [claims_file]"),
        (b'{"a": ', "claims.jsonl: line 2 is not JSON"),
    ],
)
def test_a_line_that_is_no_signed_file_is_named(begun: Path, say: Say, line: bytes, told: str) -> None:
    add_claim(begun / "claims.jsonl", (begun / "r0.json").read_bytes())
    with (begun / "claims.jsonl").open("ab") as file:
        file.write(line + b"\n")
    assert told in say("append L claims.jsonl --sign ledger.key.pem --key gate.pub.pem", code=4)
    assert "holds together: 0 entries" in say("verify L")


def test_claims_that_are_not_there_or_empty_are_nothing_to_log(begun: Path, say: Say) -> None:
    assert "there are no claims at `claims.jsonl`" in say("append L claims.jsonl --sign ledger.key.pem", code=74)
    (begun / "claims.jsonl").write_bytes(b"")
    assert "`claims.jsonl` holds no signed file" in say("append L claims.jsonl --sign ledger.key.pem", code=2)


def test_a_proof_is_not_written_into_claims(begun: Path, say: Say) -> None:
    add_claim(begun / "claims.jsonl", (begun / "r0.json").read_bytes())
    before = (begun / "claims.jsonl").read_bytes()
    told = "`claims.jsonl` holds claims, and a proof is written into one signed file"
    said = say("append L claims.jsonl --prove --sign ledger.key.pem --key gate.pub.pem", code=2)
    assert told in said
    assert "give the signed file itself" in said
    assert told in say("prove L claims.jsonl", code=2)
    assert "holds together: 0 entries" in say("verify L")
    assert (begun / "claims.jsonl").read_bytes() == before


def test_digests_only_keeps_no_file(begun: Path, say: Say) -> None:
    say("append L r0.json --sign ledger.key.pem --key gate.pub.pem --digest-only")
    assert "kept     0 files; 1 entry without their file" in say("verify L")
    assert not (begun / "L" / "objects").exists()


def test_a_witness_signs_and_the_ledger_still_holds(begun: Path, say: Say) -> None:
    say("append L r0.json --sign ledger.key.pem --key gate.pub.pem")
    said = say("witness L --sign w1.key.pem --name w1 --state seen-by-w1 --key ledger.pub.pem")
    assert "w1 witnessed ledger.acme.example at 1 entry, root " in said
    assert "w1" in (begun / "L" / "checkpoint").read_text()
    say("append L r1.json --sign ledger.key.pem")
    say("witness L --sign w1.key.pem --name w1 --state seen-by-w1")
    say("verify L --key ledger.pub.pem")


def test_an_audit_tells_what_was_looked_at_twice_turned_revoked_and_broken(begun: Path, say: Say) -> None:
    target = digest(unseal((begun / "r1.json").read_bytes()).payload)
    (begun / "revoked.json").write_bytes(
        signed(
            {"revokes": f"sha256:{target}", "kind": "report", "reason": "wrong rows", "time": "2026-11-23T00:00:00Z"},
            REVOCATION,
        )
    )
    glass = {
        "stage": "production",
        "bundle": {"name": "loans", "version": "1"},
        "reason": "fire",
        "time": "2026-11-24T00:00:00Z",
    }
    (begun / "glass.json").write_bytes(signed(glass, BREAK_GLASS))
    say("append L r0.json r1.json revoked.json glass.json --sign ledger.key.pem --key gate.pub.pem")
    said = say("audit L --key ledger.pub.pem")
    assert "reports  2, each follows from what it says" in said
    assert "note: entries 0, 1: 2 looks at the held-out file sha256 " in said
    assert "note: entries 0, 1: `loans` was BLOCKED, then ALLOWED on the same held-out data" in said
    assert "note: entries 1, 2: entry 1 was revoked: wrong rows" in said
    assert "note: entry 3: `loans` went to `production` without a permit: fire" in said
    assert "an audit asks whose ledger this is" in say("audit L", code=2)


def test_an_audit_finds_a_report_that_does_not_follow_from_itself(begun: Path, say: Say) -> None:
    said = strict_json(unseal((begun / "r0.json").read_bytes()).payload)
    said["predicate"]["decision"] = "ALLOWED"
    (begun / "lie.json").write_bytes(seal(canonical(said), load_signer("gate.key.pem", None)))
    say("append L r1.json lie.json --sign ledger.key.pem --key gate.pub.pem")
    told = say("audit L --key ledger.pub.pem", code=4)
    assert "error: entry 1: the report says ALLOWED, and BLOCKED follows from its rules (decision)" in told
    assert "each follows" not in told
    say("verify L --key ledger.pub.pem")


def test_an_audit_finds_a_report_without_its_parts(begun: Path, say: Say) -> None:
    said = strict_json(unseal((begun / "r0.json").read_bytes()).payload)
    del said["predicate"]["rules"]
    (begun / "odd.json").write_bytes(seal(canonical(said), load_signer("gate.key.pem", None)))
    (begun / "odder.json").write_bytes(seal(canonical({**said, "subject": 3}), load_signer("gate.key.pem", None)))
    say("append L odd.json odder.json --sign ledger.key.pem --key gate.pub.pem")
    told = say("audit L --key ledger.pub.pem", code=4)
    assert "error: entry 0: the report is not written as a gate report is: it has no 'rules'" in told
    assert "error: entry 1: " in told


def test_a_stray_file_is_named(begun: Path, say: Say) -> None:
    say("append L r0.json --sign ledger.key.pem --key gate.pub.pem")
    data = (begun / "r1.json").read_bytes()
    name = digest(unseal(data).payload)
    (begun / "L" / "objects" / name[:2]).mkdir(exist_ok=True)
    (begun / "L" / "objects" / name[:2] / f"{name}.sigstore.json").write_bytes(data)
    assert f"stray    objects/{name[:2]}/{name}.sigstore.json: no entry stands for it" in say("verify L")


def test_the_index_is_made_anew_and_lists_what_is_kept(begun: Path, say: Say) -> None:
    say("append L r0.json r1.json --sign ledger.key.pem --key gate.pub.pem")
    (begun / "L" / "index.sqlite").write_text("garbage")
    said = say("index L")
    assert "0  2026-11-22T09:00:00Z  gate-report/v1  loans  1.4.0  BLOCKED" in said
    assert "1  2026-11-22T10:00:00Z  gate-report/v1  loans  1.4.0  ALLOWED" in said
    assert "2 entries, 0 without their file" in said


def test_the_root_for_other_programs_names_the_ledger_and_the_authority(begun: Path, say: Say) -> None:
    from tests.attest.timestamp_authority import make_authority

    made = make_authority(begun / "tsa")
    (begun / "tsa.pem").write_bytes(made.certificates)
    said = say("export-root L --output root.json --timestamp-authority tsa.pem --key ledger.pub.pem")
    key = load_public_key(begun / "ledger.pub.pem")
    assert said == f"wrote root.json: ledger.acme.example, key sha256:{key.id}\n"
    root = strict_json((begun / "root.json").read_bytes())
    assert root["tlogs"][0]["baseUrl"] == "https://ledger.acme.example"
    assert len(root["timestampAuthorities"][0]["certChain"]["certificates"]) == 2
    (begun / "none.pem").write_text("nothing")
    assert "these are not certificates" in say("export-root L -o x.json --timestamp-authority none.pem", code=4)
    assert not (begun / "x.json").exists()


def test_a_stamp_is_asked_for_kept_and_handed_out_with_the_proof(begun: Path, say: Say) -> None:
    from policykit.attest.timestamp import stamped_at
    from tests.attest.timestamp_authority import make_authority, serving

    made = make_authority(begun / "tsa")
    with serving(made.reply) as url:
        say(f"append L r0.json --sign ledger.key.pem --key gate.pub.pem --timestamp {url}")
    say("prove L r0.json")
    envelope = unseal((begun / "r0.json").read_bytes())
    (token,) = envelope.timestamps
    assert stamped_at(token, envelope.signature, made.certificates).tzinfo == UTC
    gone = say(f"append L r1.json --sign ledger.key.pem --timestamp {url}", code=74)
    assert "cannot get a time stamp" in gone
    assert "holds together: 1 entry, root" in say("verify L")
    with serving(made.reply) as url:  # a stamp may come later
        say(f"append L r1.json --sign ledger.key.pem --timestamp {url}")


def test_a_full_disk_ends_with_74_and_says_that_nothing_was_appended(
    begun: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Disk, path: Path, data: bytes) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Disk, "write", full)
    said = say("append L r0.json --sign ledger.key.pem --key gate.pub.pem", code=74)
    assert "cannot write to the ledger: no space left on device; nothing was appended" in said
    assert "nothing is logged twice" in said
    monkeypatch.undo()


def test_a_ledger_of_the_trust_file_is_found_by_its_origin(begun: Path, say: Say) -> None:
    from policykit.attest.authority import Authority
    from policykit.errors import LedgerError
    from policykit.stories.audit import audit_ledger
    from policykit.stories.ledger import verify_ledger, whose
    from policykit.terms.trust import Quorum, Trust, TrustKey, TrustLedger

    say("append L r0.json --sign ledger.key.pem --key gate.pub.pem")

    def trusting(origin: str, *names: str, least: int = 0) -> Authority:
        keys = {}
        for name in names:
            pem = (begun / f"{name}.pub.pem").read_text()
            keys[name] = TrustKey(name, pem, load_public_key(begun / f"{name}.pub.pem").id)
        ledger = TrustLedger("main", origin, "ledger", ("w1",), least)
        trust = Trust("acme", 1, "t", "2030-01-01", Quorum("r"), keys, ledgers={"main": ledger})
        return Authority(trust, datetime(2026, 11, 22, tzinfo=UTC))

    home = "ledger.acme.example"
    known = trusting(home, "ledger", "gate", "w1")
    by = whose(begun / "L", None, known)
    assert verify_ledger(begun / "L", by).kept == 1
    assert not [each for each in audit_ledger(begun / "L", by, authority=known).found if each.level == "error"]
    (found,) = audit_ledger(begun / "L", by, authority=trusting(home, "ledger", "w1")).found
    assert (found.level, found.entries) == ("error", (0,))
    assert "which the trust file does not know" in found.text
    with pytest.raises(LedgerError) as caught:
        whose(begun / "L", None, trusting("other.example", "ledger", "w1"))
    assert caught.value.reason == "ledger_origin"
    needs = whose(begun / "L", None, trusting(home, "ledger", "w1", least=1))
    with pytest.raises(LedgerError) as caught:
        verify_ledger(begun / "L", needs)
    assert caught.value.reason == "ledger_witness"
    say("witness L --sign w1.key.pem --name w1")
    assert verify_ledger(begun / "L", needs).witnesses == ("w1",)
    with pytest.raises(LedgerError) as caught:
        whose(begun / "nowhere", None, known)
    assert caught.value.reason == "ledger_missing"


def test_helping_and_appending_import_nothing_heavy(begun: Path) -> None:
    import subprocess

    words = "ledger append L r0.json --sign ledger.key.pem --key gate.pub.pem"
    code = (
        "import sys; from policykit.cli.start import run; "
        f"assert run({words.split()!r}) == 0; assert run(['ledger', 'verify', 'L']) == 0; "
        "print({'numpy', 'scipy', 'pandas', 'polars', 'narwhals', 'sklearn', 'rich', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("set()"), done.stdout

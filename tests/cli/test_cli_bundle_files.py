"""`policykit bundle files`: the very bytes whose digest is signed, so that other people's tools can be given them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from policykit.cli.start import run
from policykit.load.bundle import load_bundle
from tests.build import people, write_bundle


def test_the_digest_of_what_is_printed_is_the_subject_of_every_report(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    bundle = write_bundle(tmp_path / "bundle", people())
    assert run(["bundle", "files", str(bundle)]) == 0
    printed = capsysbinary.readouterr().out
    assert hashlib.sha256(printed).hexdigest() == load_bundle(bundle).manifest_digest


def test_keys_are_pinned_by_the_digest_of_their_file_and_with_the_person_they_are_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["keys", "new", "meier", "--unencrypted"]) == 0
    capsys.readouterr()
    assert run(["keys", "pin", "meier.pub.pem=p.meier@clinic.example"]) == 0
    digest = hashlib.sha256(Path("meier.pub.pem").read_bytes()).hexdigest()
    line = f'  meier: {{path: "meier.pub.pem", sha256: {digest}, who: "p.meier@clinic.example"}}\n'
    assert capsys.readouterr().out == line


def test_what_is_no_key_is_not_pinned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "no.pub.pem").write_text("nothing")
    assert run(["keys", "pin", str(tmp_path / "no.pub.pem")]) == 4
    assert "this is not a public key [key]" in capsys.readouterr().err

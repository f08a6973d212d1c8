"""A report signed by a key that never leaves its token: SoftHSM2, through PKCS#11 and the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

pytestmark = pytest.mark.slow

Run = Callable[..., CompletedProcess[str]]
SIGN = ("gate", "b", "-p", "p.yaml", "-o", "attestation=r.json", "--sign")


@pytest.mark.parametrize("uri", ["hsm:2?label=policykit", "hsm:2", "hsm:"])
def test_a_report_is_signed_in_the_token_and_verified_with_the_key_that_was_shown(
    hsm: dict[str, str], house: Path, command: Run, uri: str
) -> None:
    shown = command("keys", "show", uri, **hsm)
    assert shown.returncode == 0, shown.stderr
    Path("hsm.pub.pem").write_text(shown.stdout)
    made = command(*SIGN, uri, **hsm)
    assert made.returncode == 0, made.stderr
    read = command("verify", "r.json", "--key", "hsm.pub.pem", "--bundle", "b")
    assert read.returncode == 0, read.stderr


@pytest.mark.parametrize(
    ("uri", "change", "message"),
    [
        ("hsm:2", {"POLICYKIT_KEY_PASSWORD": "00000000"}, "`hsm:2` did not sign (the PIN is wrong)"),
        ("hsm:2", {"POLICYKIT_KEY_PASSWORD": ""}, "the token asks for its PIN"),
        ("hsm:3", {}, "ECDSA secp384r1 keys are not accepted"),
        ("hsm:9", {}, "`hsm:9` did not give its public key"),
        ("hsm:2?label=nobody", {}, "`hsm:2` did not give its public key"),
        ("hsm:2", {"PYKCS11LIB": "/nowhere.so"}, "`hsm:2` did not give its public key"),
        ("hsm:2", {"PYKCS11LIB": ""}, "the variable `PYKCS11LIB` is not set"),
        ("hsm:2?pin-value=73129058", {}, "this names no key of `hsm:`"),
    ],
)
def test_what_is_missing_is_one_clear_error_and_the_pin_is_never_shown(
    hsm: dict[str, str], house: Path, command: Run, uri: str, change: dict[str, str], message: str
) -> None:
    done = command(*SIGN, uri, **(hsm | change))
    assert done.returncode == 2
    assert message in done.stderr
    assert "73129058" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert not Path("r.json").exists()

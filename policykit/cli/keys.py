"""`policykit keys`: keys to sign reports with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import click

from policykit.cli.line import say
from policykit.cli.options import password
from policykit.errors import UsageError


@click.group("keys")
def command() -> None:
    """Make a key pair to sign reports with, or show the public half of a signer."""


@command.command("new", short_help="Write a new key pair.")
@click.argument("name")
@click.option("--unencrypted", is_flag=True, help="Write the private key without a password.")
@click.option(
    "--algorithm",
    type=click.Choice(["ed25519", "ecdsa-p256"]),
    default="ed25519",
    show_default=True,
    help="The kind of key.",
)
def new(name: str, algorithm: Literal["ed25519", "ecdsa-p256"], *, unencrypted: bool) -> int:
    """Write NAME.key.pem (encrypted with POLICYKIT_KEY_PASSWORD) and NAME.pub.pem here; never overwrite."""
    from policykit.attest.keys import new_key

    secret = password()
    if secret is None and not unencrypted:
        raise UsageError(
            "a private key is written encrypted, and no password was given",
            hint="set POLICYKIT_KEY_PASSWORD, or say `--unencrypted`",
        )
    private, public = new_key(name, Path(), None if unencrypted else secret, algorithm=algorithm)
    say(f"wrote {private} (keep it secret) and {public} (give it to whoever verifies)")
    return 0


@command.command("show", short_help="Print the public half of a signer.")
@click.argument("signer")
def show(signer: str) -> int:
    """Print the public key of SIGNER, a key file or a URI such as awskms:alias/NAME, as a trust file takes it."""
    from policykit.attest.keys import load_signer

    click.echo(load_signer(signer, password(), os.environ).public.pem.decode(), nl=False)
    return 0


@command.command("pin", short_help="Print the lines that name public keys in a trust file.")
@click.argument("keys", nargs=-1, required=True, metavar="KEY[=WHO]...")
def pin(keys: tuple[str, ...]) -> int:
    """Print the lines that name each public key under `keys:` of a trust file, by the digest of its file.

    \b
    policykit keys pin keys/gate.pub.pem keys/keller.pub.pem=m.keller@acme.example >> trust.yaml
    """
    from hashlib import sha256

    from policykit.attest.keys import load_public_key
    from policykit.load.manifest_text import quoted

    for word in keys:
        path, _, who = word.partition("=")
        load_public_key(Path(path))  # nobody pins what is no key
        digest = sha256(Path(path).read_bytes()).hexdigest()
        person = f", who: {quoted(who)}" if who else ""
        name = Path(path).name.removesuffix(".pem").removesuffix(".pub")
        say(f"  {name}: {{path: {quoted(path)}, sha256: {digest}{person}}}")
    return 0

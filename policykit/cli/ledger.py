"""`policykit ledger`: a folder that keeps what was signed, and lets anyone prove it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from policykit.cli.line import say
from policykit.cli.options import authority_of, password, state_folder, trust_options
from policykit.cli.progress import watching
from policykit.cli.signing import sign_required
from policykit.cli.told import shown
from policykit.errors import UsageError

if TYPE_CHECKING:
    from policykit.attest.publickey import PublicKey
    from policykit.attest.signer import Signer
    from policykit.attest.state import State
    from policykit.stories.ledger import Held, Whose

F = TypeVar("F", bound=Callable[..., Any])


@click.group("ledger")
def command() -> None:
    """Keep and check the ledger of everything that was signed."""


def _folder(command: F) -> F:
    return click.argument("folder", type=click.Path(path_type=Path))(command)


def _key(command: F) -> F:
    return click.option(
        "--key", type=click.Path(path_type=Path), help="The ledger's public key (default: the one in the folder)."
    )(command)


def _signer_keys(command: F) -> F:
    return click.option(
        "--key",
        "keys",
        type=click.Path(path_type=Path),
        multiple=True,
        help="A public key that the files are signed with, where the ledger does not know it yet. Repeatable.",
    )(command)


def _state(command: F) -> F:
    return click.option(
        "--state",
        metavar="FOLDER",
        type=click.Path(path_type=Path),
        envvar="POLICYKIT_STATE",
        help="Where to remember what was seen (default: policykit in XDG_STATE_HOME, or in ~/.local/state).",
    )(command)


@command.command("init", short_help="Begin a ledger.")
@_folder
@click.option(
    "--origin", metavar="HOST", required=True, help="The host name the ledger goes by, such as ledger.acme.example."
)
@sign_required
def init(folder: Path, origin: str, sign: str) -> int:
    """Begin a ledger in FOLDER, signed with an ed25519 key of its own."""
    from policykit.attest.ledger.folder import create

    made = create(folder, origin, _signer(sign))
    say(f"began the ledger {made.origin} in {folder}")
    say(f"  key      sha256:{made.key.id}: give {folder / 'ledger.pub.pem'} to whoever checks it")
    return 0


@command.command("append", short_help="Log signed files.")
@_folder
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@sign_required
@_signer_keys
@click.option(
    "--timestamp", metavar="URL", help="A time stamp authority (RFC 3161) to stamp each file's signature first."
)
@click.option("--digest-only", is_flag=True, help="Log without keeping the files: attempts are then not counted.")
@click.option("--prove", "proving", is_flag=True, help="Write the proof into each of FILES at once, as `prove` does.")
@trust_options
def append(
    folder: Path,
    files: tuple[Path, ...],
    sign: str,
    keys: tuple[Path, ...],
    timestamp: str | None,
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    *,
    digest_only: bool,
    proving: bool,
) -> int:
    """Log signed FILES in FOLDER under one new checkpoint. A file that is there already keeps its place.

    Of claims (….jsonl) each line is logged as a file of its own. Either everything is logged or nothing.

    Whose signatures they are is found among the keys of the trust file, those given, and those the ledger remembers.
    """
    from policykit.stories.ledger import log_files
    from policykit.stories.to_log import check_loggable, to_log

    if proving:
        _expect_no_claims(files)
    authority = authority_of(trust, trust_root, state, now=datetime.now(UTC))
    named = [authority.key(name) for name in authority.trust.keys] if authority is not None else []
    given, signer = [*_public_keys(keys), *named], _signer(sign)
    logged = to_log(files)
    check_loggable(folder, logged, [signer.public, *given])
    done = log_files(
        folder,
        [each.data for each in logged],
        signer,
        keys=given,
        keep=not digest_only,
        timestamp=timestamp,
        state=_remembered(state),
    )
    for each, place, new in zip(logged, done.places, done.new, strict=True):
        say(f"{each.shown}: {'entry' if new else 'is there already, entry'} {place:,}")
    if proving:
        for path in files:
            _prove(folder, path, path, given)
    say(f"{done.ledger.origin} holds {_entries(done.ledger.size)}, root {done.ledger.checkpoint.root.hex()}")
    return 0


@command.command("prove", short_help="Write the proof that a file is logged into the file.")
@_folder
@click.argument("file", type=click.Path(path_type=Path))
@_signer_keys
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Where to write it (default: FILE itself).")
def prove(folder: Path, file: Path, keys: tuple[Path, ...], output: Path | None) -> int:
    """Write the proof that FOLDER holds FILE into the file: anyone then checks it without the ledger."""
    from policykit.attest.envelope import unseal

    _expect_no_claims((file,))
    entry = unseal(_prove(folder, file, output or file, _public_keys(keys))).tlog[-1]
    say(f"{output or file}: entry {entry['logIndex']} of {entry['inclusionProof']['treeSize']}")
    return 0


@command.command("verify", short_help="Check that a ledger holds together, and goes on from what was seen.")
@_folder
@_key
@trust_options
def verify(folder: Path, key: Path | None, trust: Path | None, trust_root: tuple[str, ...], state: Path | None) -> int:
    """Read all of FOLDER: checkpoint, tiles, entries and kept files, and that it goes on from what was seen before."""
    from policykit.stories.ledger import verify_ledger

    by, _ = _whose(folder, key, trust, trust_root, state)
    _show(verify_ledger(folder, by, state=_remembered(state)), by)
    return 0


@command.command("witness", short_help="Sign that a ledger only grew.")
@_folder
@sign_required
@click.option(
    "--name", metavar="NAME", required=True, help="The name of this witness, such as witness.acme.example/w1."
)
@_key
@_state
def witness(folder: Path, sign: str, name: str, key: Path | None, state: Path | None) -> int:
    """Sign that the ledger only grew since this witness last saw it."""
    from policykit.stories.ledger import witness_ledger

    ledger = witness_ledger(
        folder,
        name,
        _signer(sign),
        key=_public_key(key),
        state=_remembered(state),
        seconds=int(datetime.now(UTC).timestamp()),
    )
    say(f"{name} witnessed {ledger.origin} at {_entries(ledger.size)}, root {ledger.checkpoint.root.hex()}")
    return 0


@command.command("audit", short_help="Verify a ledger, and every signature and report it keeps.")
@_folder
@_key
@trust_options
def audit(folder: Path, key: Path | None, trust: Path | None, trust_root: tuple[str, ...], state: Path | None) -> int:
    """Check FOLDER as `verify` does, then every signature and report it keeps; say what was looked at twice, or revoked.

    Exits 4 where a kept file cannot be believed.
    """
    from policykit.decide.exit_code import Exit
    from policykit.stories.audit import audit_ledger

    by, authority = _whose(folder, key, trust, trust_root, state)
    if by.key is None:
        raise UsageError(
            "an audit asks whose ledger this is, and no key was given",
            hint="add `--key PUB`, or `--trust FILE --trust-root KEY`",
        )
    with watching() as progress:
        progress("reading the ledger and judging its reports", 0, 0)
        found = audit_ledger(folder, by, authority=authority, state=_remembered(state))
    _show(found.held, by)
    click.echo(
        f"  reports  {found.reports:,}, each follows from what it says"
        if not _errors(found.found)
        else f"  reports  {found.reports:,}"
    )
    for each in found.found:
        where = ", ".join(f"{index:,}" for index in each.entries)
        say(f"{each.level}: {'entry' if len(each.entries) == 1 else 'entries'} {where}: {each.text}")
    return int(Exit.UNTRUSTED) if _errors(found.found) else 0


@command.command("export-root", short_help="Write the trusted root with which others check proofs.")
@_folder
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True, help="Where to write it.")
@click.option(
    "--timestamp-authority",
    metavar="PEM",
    type=click.Path(path_type=Path),
    help="Certificates of a time stamp authority: its own first, the root last.",
)
@_key
def export_root(folder: Path, output: Path, timestamp_authority: Path | None, key: Path | None) -> int:
    """Write the trusted root that cosign and others check this ledger's proofs with."""
    from policykit.attest.ledger.folder import open_ledger
    from policykit.attest.ledger.trusted_root import trusted_root
    from policykit.canon import canonical
    from policykit.load.write import replace_file

    ledger = open_ledger(folder, key=_public_key(key))
    pem = timestamp_authority.read_bytes() if timestamp_authority is not None else None
    replace_file(output, canonical(trusted_root(ledger.origin, ledger.key, timestamp_authority=pem)))
    say(f"wrote {output}: {ledger.origin}, key sha256:{ledger.key.id}")
    return 0


@command.command("index", short_help="Make the index anew, and list the files that are kept.")
@_folder
@_key
def index(folder: Path, key: Path | None) -> int:
    """Make the index of FOLDER anew, and list the files it keeps."""
    from policykit.stories.ledger import listed

    with watching() as progress:
        progress("reading the ledger", 0, 0)
        found, unread, ledger = listed(folder, key=_public_key(key))
    for place, facts in found:
        kind = facts.kind.removeprefix("https://policykit.dev/")
        what = (place, facts.at, kind, facts.name, facts.version, facts.stage, facts.decision)
        click.echo("  ".join(shown(str(word)) for word in what if word != ""))
    say(f"{_entries(ledger.size)}, {unread:,} without their file")
    return 0


def _prove(folder: Path, file: Path, output: Path, keys: list[PublicKey]) -> bytes:
    from policykit.attest.envelope import read_report
    from policykit.load.write import replace_file
    from policykit.stories.ledger import prove_file

    made = prove_file(folder, read_report(file), keys=keys)
    replace_file(output, made)
    return made


def _show(held: Held, by: Whose) -> None:
    ledger = held.ledger
    say(f"{ledger.origin} holds together: {_entries(ledger.size)}, root {ledger.checkpoint.root.hex()}")
    whose = "" if by.key is not None else ", its own: that shows it holds together, not whose it is"
    say(f"  signed   by the key sha256:{ledger.key.id}{whose}")
    files = "file" if held.kept == 1 else "files"
    say(f"  kept     {held.kept:,} {files}; {_entries(held.unread)} without their file")
    for path in held.strays:
        say(f"  stray    {shown(path)}: no entry stands for it")
    if held.witnesses:
        say(f"  witness  {', '.join(held.witnesses)}")
    seen = "never seen here before" if held.seen is None else f"goes on from the {_entries(held.seen)} seen before"
    say(f"  history  {seen}")


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"


def _expect_no_claims(files: tuple[Path, ...]) -> None:
    """Refuse to write proofs into claims: a proof belongs to one signed file, which then stands by itself."""
    from policykit.stories.to_log import are_claims

    for path in files:
        if are_claims(path):
            hint = "leave it out, or give the signed file itself: its proof is written into it"
            raise UsageError(f"`{path}` holds claims, and a proof is written into one signed file", hint=hint)


def _errors(found: Any) -> bool:
    return any(each.level == "error" for each in found)


def _whose(
    folder: Path, key: Path | None, trust: Path | None, trust_root: tuple[str, ...], state: Path | None
) -> tuple[Whose, Any]:
    from policykit.stories.ledger import whose

    authority = authority_of(trust, trust_root, state, now=datetime.now(UTC))
    if authority is not None and key is not None:
        raise UsageError("the trust file names the ledger's key, and another was given", hint="leave out `--key`")
    return whose(folder, _public_key(key), authority), authority


def _signer(source: str) -> Signer:
    from policykit.attest.keys import load_signer

    return load_signer(source, password(), os.environ)


def _public_key(path: Path | None) -> PublicKey | None:
    from policykit.attest.keys import load_public_key

    return load_public_key(path) if path is not None else None


def _public_keys(paths: tuple[Path, ...]) -> list[PublicKey]:
    from policykit.attest.keys import load_public_key

    return [load_public_key(path) for path in paths]


def _remembered(state: Path | None) -> State:
    from policykit.attest.state import State

    return State(state or state_folder(os.environ))

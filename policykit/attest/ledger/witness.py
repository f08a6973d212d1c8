"""Witnessing: somebody else signs that the ledger only grew since they last looked, so that nobody can be shown another one."""

from __future__ import annotations

from pathlib import Path

from policykit.attest.ledger.disk import Disk, locked, put
from policykit.attest.ledger.folder import CHECKPOINT, Ledger, check_grown, open_ledger
from policykit.attest.ledger.note import Checkpoint, cosign, expect_ed25519
from policykit.attest.publickey import PublicKey
from policykit.attest.signer import Signer
from policykit.errors import StorageError, UsageError


def witness(
    folder: Path,
    name: str,
    signer: Signer,
    *,
    key: PublicKey | None,
    since: Checkpoint | None,
    seconds: int,
    disk: Disk | None = None,
) -> Ledger:
    """Add the witness's signature under the checkpoint, once the ledger was shown to have grown from what it last saw.

    `seconds` is now, since 1970. The text of the checkpoint and the other signatures stay as they are.

    Raises:
        UsageError: the witness's key is the ledger's own.
        LedgerError: the ledger does not hold together, or did not just grow.
        StorageError: it cannot be written.
    """
    disk = disk or Disk()
    expect_ed25519(signer.public)
    open_ledger(folder, key=key)
    try:
        with locked(folder, disk):
            ledger = open_ledger(folder, key=key)
            if ledger.key == signer.public:
                hint = "a witness is somebody else: give a key of its own"
                raise UsageError("the ledger's own key witnesses nothing", hint=hint)
            if since is not None:
                check_grown(ledger, since)
            note = cosign(ledger.note, name, signer, seconds=seconds)
            put(disk, folder, {CHECKPOINT: note})
    except OSError as error:
        told = (error.strerror or type(error).__name__).lower()
        raise StorageError(f"cannot write to the ledger: {told}", where=str(folder)) from error
    return Ledger(folder, ledger.key, ledger.checkpoint, note, ledger.tiles)

"""Why a ledger, a proof from it or a time stamp was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

LEDGER: Final[Mapping[str, Reason]] = {
    # the folder
    "ledger_missing": Reason(
        "There is no ledger in the folder that was named.",
        "Check the path, or begin a ledger with `policykit ledger init`.",
    ),
    "ledger_checkpoint": Reason(
        "The checkpoint, which stands for the whole ledger, cannot be read.",
        "Fetch the ledger again from where it is kept.",
    ),
    "ledger_origin": Reason(
        "The ledger goes by another name than the one you asked for.",
        "Give the folder or the file of the ledger you mean, or correct its origin in the trust file.",
    ),
    "ledger_key": Reason(
        "The checkpoint of the ledger is not signed with the key you accept.",
        "Take the ledger's public key from its operator, never from beside the ledger.",
    ),
    "ledger_signature": Reason(
        "The signature of the checkpoint does not fit what it says: it was changed after signing.",
        "Fetch the ledger again from its operator, and ask what happened.",
    ),
    "ledger_root": Reason(
        "The entries in the folder are not those that the signed checkpoint stands for.",
        "Restore the ledger from a copy that holds, and find out who changed this one.",
    ),
    "ledger_missing_tile": Reason(
        "A file of the ledger is missing, so what it held can no longer be shown.",
        "Copy the ledger again from where it is kept; every file of it is needed.",
    ),
    "ledger_damaged": Reason(
        "A file of the ledger is cut short, or longer than it should be.",
        "Copy the ledger again from where it is kept.",
    ),
    "ledger_entry": Reason(
        "An entry of the ledger is not the one in its tree, or not about the file it is shown for.",
        "Do not use the proof or the ledger, and ask its operator for a copy that holds.",
    ),
    "ledger_object": Reason(
        "A signed file that the ledger keeps is not the one that was logged.",
        "Append the signed file again from where it was made: the ledger then keeps it anew.",
    ),
    "ledger_unread": Reason(
        "The ledger does not keep the files of all its entries, so nobody can say that nothing in it was taken back.",
        "Append the missing files again from where they were made, or verify without `--ledger`.",
    ),
    # what was seen before
    "ledger_rollback": Reason(
        "The ledger is shorter than it was when you last saw it: entries were taken out, or this is an old copy.",
        "Ask its operator for the ledger of today; if this is it, tell the auditor.",
    ),
    "ledger_fork": Reason(
        "The history of the ledger is another one than you, or a witness, saw before.",
        "Trust nothing in it, and tell the auditor: somebody wrote its history anew.",
    ),
    "ledger_witness": Reason(
        "Too few witnesses have signed that the ledger only grew.",
        "Wait until the witnesses have seen it, then ask for the proof again with `policykit ledger prove`.",
    ),
    # a file and its proof
    "ledger_absent": Reason(
        "The file is not in the ledger, or brings no proof that it is.",
        "Log it with `policykit ledger append`, then write the proof into it with `policykit ledger prove`.",
    ),
    "ledger_proof": Reason(
        "The proof inside the file does not show that the ledger holds it.",
        "Ask for a new proof with `policykit ledger prove`; if that fails, do not use the file.",
    ),
    "ledger_signer": Reason(
        "Nobody said whose signature the file carries, so it cannot be logged as anybody's.",
        "Give the signer's public key with `--key`; the ledger remembers it from then on.",
    ),
    # time stamps
    "timestamp": Reason(
        "The time stamp does not show when the file was signed.",
        "Ask the authority for a new time stamp, and check that its certificates are the ones you trust.",
    ),
}

"""Why a signer, or the trust file itself, was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

TRUST: Final[Mapping[str, Reason]] = {
    # the trust file
    "trust_root": Reason(
        "Not every root key that was given signed the trust file, or none was given and it was never accepted here before.",
        "Give the public keys of those who sign trust files with `--trust-root`, taken from somebody you know.",
    ),
    "trust_unsigned": Reason(
        "The trust file is not signed by as many of those who may change it as it has to be.",
        "Have them sign exactly this file with `policykit approve`, and keep `claims.jsonl` beside it.",
    ),
    "trust_expired": Reason(
        "The trust file has run out, so nobody may be believed by it.",
        "Get the next version from those who keep it.",
    ),
    "trust_rollback": Reason(
        "The trust file is older than one that was accepted here: keys taken back since would count again.",
        "Get the newest version, and find out who handed out the old one.",
    ),
    "trust_changed": Reason(
        "The trust file has the version of one that was accepted here, and says something else.",
        "Do not use it before those who sign it have said which one is theirs: every change needs a new version.",
    ),
    "trust_file": Reason(
        "A file beside the trust file is missing, or is not the one that the trust file was signed with.",
        "Take the trust file and everything beside it again from where they are kept.",
    ),
    "trust_stage": Reason(
        "The trust file says nothing about this stage, so nobody may sign for it.",
        "Check the name of the stage, or have the stage added to the trust file.",
    ),
    # the signer
    "role": Reason(
        "The signer is known, but does not have the role that this needs.",
        "Have it signed by somebody of that role, or have the role given in the next version of the trust file.",
    ),
    "unknown_signer": Reason(
        "It was signed by somebody the trust file does not know.",
        "Ask who signed it; only a name in the trust file counts.",
    ),
    "key_not_yet": Reason(
        "It was signed with a key that was not valid yet.",
        "Have it signed again from the day on which the key holds.",
    ),
    "key_expired": Reason(
        "It was signed with a key that had run out, or nothing proves that it was signed before.",
        "Have it signed again with the key that followed, or with a time stamp while the key still holds.",
    ),
    "key_revoked": Reason(
        "It was signed with a key that was taken back, and nothing proves that it was signed before.",
        "Have it signed again with another key, and ask why the first one was taken back.",
    ),
    # what was seen before
    "clock": Reason(
        "The clock of this machine is behind a time that was seen or proven already, so nothing can be said to be in time.",
        "Set the clock; if an earlier run had a wrong clock, remove what was remembered of it.",
    ),
    "state": Reason(
        "What this machine remembers of earlier verifications cannot be read or written.",
        "Give a folder you may write to with `--state`; if it is damaged, find out how before you remove it.",
    ),
    "claims_file": Reason(
        "The file of signed claims is cut short, or holds a line that is not a signed file.",
        "Take it again from where it is kept: each line is one signed file, and whole.",
    ),
}

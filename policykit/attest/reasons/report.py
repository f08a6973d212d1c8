"""Why a signed file or a report was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

REPORT: Final[Mapping[str, Reason]] = {
    # the file
    "unreadable": Reason(
        "The report, the key or the bundle could not be read, so nothing is shown.",
        "Check the paths you gave; a report alone, without its key, proves nothing.",
    ),
    "size": Reason(
        "The file is larger than any signed report can be, so it was not read.",
        "Ask whoever sent it for the signed report itself; this is some other file.",
    ),
    "json": Reason(
        "The file, or the statement inside it, is not well-formed: it was cut short, changed, or is something else.",
        "Fetch the file again from where it was signed; if it is still so, do not use it.",
    ),
    "duplicate_member": Reason(
        "The file says the same thing twice, so two programs could read two different things in it.",
        "Do not use it: no program of ours writes such a file; ask who made it.",
    ),
    "envelope": Reason(
        "The file is not a signed report in the one form that is accepted.",
        "Give the file that `--output attestation`, `permit` or `approve` wrote, as it was written.",
    ),
    "newer": Reason(
        "The file was written by a newer version of policykit than the one that reads it.",
        "Check it with that version of policykit, or a newer one.",
    ),
    "since": Reason(
        "The report of the last release, which this one is to be compared with, is not authentic by the key or trust file given.",
        "Compare with a report that was signed by a key you accept, or leave `--since` out.",
    ),
    "base64": Reason(
        "The signed bytes or the signature are not written in the one spelling that is accepted.",
        "Fetch the file again from where it was signed; if it is still so, do not use it.",
    ),
    "payload_type": Reason(
        "What was signed is not a statement about files.",
        "Give a gate report or a permit: another program signed this for something else.",
    ),
    "signature_count": Reason(
        "The file carries no signature, or more than the one that a file may carry.",
        "Ask for one file for each signer; they are kept side by side in `claims.jsonl`.",
    ),
    # what it is judged by
    "policies_changed": Reason(
        "The policies that were fetched are not the ones that the gate file pins by their digest.",
        "Read what changed there; write the new digest into the gate file only if its owners meant it.",
    ),
    # the signature
    "key": Reason(
        "The key given to check with is not a public key of an accepted kind.",
        "Give the `NAME.pub.pem` of an ed25519 or ECDSA P-256 key, never the private half.",
    ),
    "no_key": Reason(
        "Nobody said whose signature to accept, and a signature by just anybody proves nothing.",
        "Name a trust file with `--trust` and `--trust-root`, or a public key with `--key`.",
    ),
    "wrong_key": Reason(
        "The report says that it was signed with another key than the one you accept.",
        "Ask who signed it; take their public key from somebody you trust, never from beside the report.",
    ),
    "bad_signature": Reason(
        "The signature does not fit: the report was changed after signing, or somebody else signed it.",
        "Do not use it: fetch it again from where it was signed, or have the gate run again.",
    ),
    # the statement
    "statement_type": Reason(
        "What was signed is not a statement of the kind that says something about files.",
        "Give a gate report or a permit: another program signed this for something else.",
    ),
    "predicate_type": Reason(
        "The statement is signed, but it is not of the kind that was asked for.",
        "Give the kind of file that was asked for: a gate report, or the permit of this very stage.",
    ),
    "incomplete": Reason(
        "The report lacks something that every gate report says.",
        "Have the gate run again with this version of policykit.",
    ),
    "time": Reason(
        "The report does not say when it was made, or says a time that has not come yet.",
        "Compare the clock here with that of the machine that made the report, and set the wrong one.",
    ),
    "as_of": Reason(
        "The report judges as of another day than the one it was made on.",
        "Have the gate run without `--as-of`; accept another day only when looking back.",
    ),
    # what it is about
    "subject": Reason(
        "The report is about other files than the ones you hold, or than the ones it lists itself.",
        "Do not go on with these files: have the gate judge exactly the ones you hold.",
    ),
    "digest_mismatch": Reason(
        "A file is not the one that its own manifest names.",
        "Find out which of the two is right; if it is the file, make the manifest anew and have it judged.",
    ),
    "changed_while_reading": Reason(
        "A file changed while it was read, so nothing can be said of it.",
        "Wait until nothing writes there, and try again.",
    ),
    "stage": Reason(
        "The report is about another stage than the one you asked about.",
        "Have the gate run for this stage: a report for one stage says nothing about another.",
    ),
    "nonce": Reason(
        "The report answers another request than yours: it may be an old one, shown again.",
        "Ask for a report made for this request, with its nonce.",
    ),
    # how it was made
    "policy_digest": Reason(
        "The report was not made with the policies you require, or gives one a digest that is not its own.",
        "Have the gate run with the policies that are required, as they are kept by their owners.",
    ),
    "engine": Reason(
        "The report was made by a version of policykit older than the one you require.",
        "Have the gate run again with the version that is required, or a newer one.",
    ),
    "mode": Reason(
        "The report was made in audit mode, in which the gate stops nothing.",
        "Have the gate run in enforce mode.",
    ),
    "scope": Reason(
        "The report covers only some of the rules, or was a trial.",
        "Have the gate run on the whole bundle with all of its rules.",
    ),
    "decision": Reason(
        "The decision in the report does not follow from its own rules.",
        "Do not use it: whoever signed it did not run the gate as it is; tell the owner of that key.",
    ),
    "verdict_digest": Reason(
        "A digest in the report is not the digest of what the report says: it was changed before it was signed.",
        "Do not use it: whoever signed it did not run the gate as it is; tell the owner of that key.",
    ),
    "measured": Reason(
        "The report rests on measurements from a file that nobody signed.",
        "Have the measurements signed where they are taken, or have the gate measure the bundle itself.",
    ),
    "rejudge": Reason(
        "Judging the measurements in the report again gives something else than the report states.",
        "Judge it again with the version of policykit that it names; if it still differs, do not use it.",
    ),
    "age": Reason(
        "The report is older than you accept.",
        "Have the gate run again today; a permit that is too old is issued anew from a new report.",
    ),
}

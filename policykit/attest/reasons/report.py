"""Why a signed file or a report was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

REPORT: Final[Mapping[str, Reason]] = {
    # the file
    "unreadable": Reason("The report, the key or the bundle could not be read, so nothing is shown."),
    "size": Reason("The file is larger than any signed report can be, so it was not read."),
    "json": Reason(
        "The file, or the statement inside it, is not well-formed: it was cut short, changed, or is something else."
    ),
    "duplicate_member": Reason(
        "The file says the same thing twice, so two programs could read two different things in it."
    ),
    "envelope": Reason("The file is not a signed report in the one form that is accepted."),
    "newer": Reason("The file was written by a newer version of policykit than the one that reads it."),
    "base64": Reason("The signed bytes or the signature are not written in the one spelling that is accepted."),
    "payload_type": Reason("What was signed is not a statement about files."),
    "signature_count": Reason("The file carries no signature, or more than the one that a file may carry."),
    # the signature
    "key": Reason("The key given to check with is not a public key of an accepted kind."),
    "no_key": Reason("Nobody said whose signature to accept, and a signature by just anybody proves nothing."),
    "wrong_key": Reason("The report says that it was signed with another key than the one you accept."),
    "bad_signature": Reason(
        "The signature does not fit: the report was changed after signing, or somebody else signed it."
    ),
    # the statement
    "statement_type": Reason("What was signed is not a statement of the kind that says something about files."),
    "predicate_type": Reason("The statement is signed, but it is not a gate report."),
    "incomplete": Reason("The report lacks something that every gate report says."),
    "time": Reason("The report does not say when it was made, or says a time that has not come yet."),
    "as_of": Reason("The report judges as of another day than the one it was made on."),
    # what it is about
    "subject": Reason("The report is about other files than the ones you hold, or than the ones it lists itself."),
    "digest_mismatch": Reason("A file is not the one that its own manifest names."),
    "changed_while_reading": Reason("A file changed while it was read, so nothing can be said of it."),
    "stage": Reason("The report is about another stage than the one you asked about."),
    "nonce": Reason("The report answers another request than yours: it may be an old one, shown again."),
    # how it was made
    "policy_digest": Reason(
        "The report was not made with the policies you require, or gives one a digest that is not its own."
    ),
    "engine": Reason("The report was made by a version of policykit older than the one you require."),
    "mode": Reason("The report was made in audit mode, in which the gate stops nothing."),
    "scope": Reason("The report covers only some of the rules, or was a trial."),
    "decision": Reason("The decision in the report does not follow from its own rules."),
    "verdict_digest": Reason(
        "A digest in the report is not the digest of what the report says: it was changed before it was signed."
    ),
    "measured": Reason("The report rests on measurements from a file that nobody signed."),
    "rejudge": Reason("Judging the measurements in the report again gives something else than the report states."),
    "age": Reason("The report is older than you accept."),
}

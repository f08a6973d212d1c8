"""Why a report was refused: one sentence for every reason code, for the person who has to act on it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # the file
        "unreadable": "The report, the key or the bundle could not be read, so nothing is shown.",
        "size": "The file is larger than any signed report can be, so it was not read.",
        "json": "The file, or the statement inside it, is not well-formed: it was cut short, changed, or is something else.",
        "duplicate_member": "The file says the same thing twice, so two programs could read two different things in it.",
        "envelope": "The file is not a signed report in the one form that is accepted.",
        "newer": "The file was written by a newer version of policykit than the one that reads it.",
        "base64": "The signed bytes or the signature are not written in the one spelling that is accepted.",
        "payload_type": "What was signed is not a statement about files.",
        "signature_count": "The file carries no signature, or more than the one that a file may carry.",
        # the signature
        "key": "The key given to check with is not a public key of an accepted kind.",
        "no_key": "Nobody said whose signature to accept, and a signature by just anybody proves nothing.",
        "wrong_key": "The report says that it was signed with another key than the one you accept.",
        "bad_signature": "The signature does not fit: the report was changed after signing, or somebody else signed it.",
        # the statement
        "statement_type": "What was signed is not a statement of the kind that says something about files.",
        "predicate_type": "The statement is signed, but it is not a gate report.",
        "incomplete": "The report lacks something that every gate report says.",
        "time": "The report does not say when it was made, or says a time that has not come yet.",
        "as_of": "The report judges as of another day than the one it was made on.",
        # what it is about
        "subject": "The report is about other files than the ones you hold, or than the ones it lists itself.",
        "digest_mismatch": "A file is not the one that its own manifest names.",
        "changed_while_reading": "A file changed while it was read, so nothing can be said of it.",
        "stage": "The report is about another stage than the one you asked about.",
        "nonce": "The report answers another request than yours: it may be an old one, shown again.",
        # how it was made
        "policy_digest": "The report was not made with the policies you require, or gives one a digest that is not its own.",
        "engine": "The report was made by a version of policykit older than the one you require.",
        "mode": "The report was made in audit mode, in which the gate stops nothing.",
        "scope": "The report covers only some of the rules, or was a trial.",
        "decision": "The decision in the report does not follow from its own rules.",
        "verdict_digest": "A digest in the report is not the digest of what the report says: it was changed before it was signed.",
        "measured": "The report rests on measurements from a file that nobody signed.",
        "rejudge": "Judging the measurements in the report again gives something else than the report states.",
        "age": "The report is older than you accept.",
    }
)

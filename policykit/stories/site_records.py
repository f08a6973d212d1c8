"""Each input of a site in short: taken from what the last run kept where its bytes are the same, else read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from policykit.attest.envelope import Envelope, pae
from policykit.attest.ledger.entry import Verifier, entry_of, key_of
from policykit.attest.ledger.objects import hinted
from policykit.attest.ledger.tree import leaf_hash
from policykit.attest.statement import GATE_REPORT
from policykit.errors import PolicykitError, VerificationError
from policykit.stories.believed import check_believed
from policykit.stories.site_crew import crew
from policykit.stories.site_json import act_to_json, head_to_json, rules_to_json
from policykit.stories.site_read import Opened, act_of, head_of, opened
from policykit.stories.site_sources import Input, unchanged
from policykit.stories.site_state import Record
from policykit.stories.site_vouch import Vouching
from policykit.terms.instant import rfc3339
from policykit.terms.site import Vouched


@dataclass(frozen=True)
class Reader:
    """What reading an input needs: by whose word signatures count, the keys that each ledger names, and the clock."""

    vouching: Vouching
    keys: Mapping[int, Mapping[str, Verifier]]
    now: datetime

    def record(self, one: Input) -> Record:
        """Return an input in short.

        Raises:
            StorageError: it cannot be read any more, or changed: nothing is remembered of it.
        """
        data = unchanged(one)
        try:
            return self._record(one, opened(data))
        except PolicykitError as error:
            return Record("unread", str(error))
        except (RecursionError, MemoryError):
            return Record("unread", "it is too large to be read")

    def _record(self, one: Input, found: Opened) -> Record:
        leaf, unfit = "", ""
        if one.source in self.keys:
            if found.envelope is None:
                return Record("unread", "it is not signed, and a ledger keeps what is")
            leaf, unfit = _leaf(found.envelope, self.keys[one.source])
        if unfit:
            return Record("unread", unfit, leaf=leaf)
        if found.kind != GATE_REPORT:
            if found.envelope is None:
                return Record("unread", "it is a statement of another kind, and not signed")
            act, vouched = self.vouching.of_act(found.envelope, found.kind, found.said, act_of(found))
            ahead = not vouched.signer and act.at > rfc3339(self.now)  # it may count once its time has come
            return Record("act", act_to_json(act), "", leaf, vouched, passing=ahead)
        try:
            check_believed(found.statement, now=self.now, signed=False)
        except VerificationError as error:
            return Record("unread", str(error), leaf=leaf, passing=True)
        head, rules = head_of(found, one.sha256)
        vouched = self.vouching.of(found.envelope, head.stage)
        if vouched.signer:
            why = head.doubt or self.vouching.refused(found.said, head.id)
            vouched = (
                Vouched(why=why) if why else replace(vouched, unfit=self.vouching.unfit(found.statement, head.stage))
            )
        return Record("report", head_to_json(head), rules_to_json(rules), leaf, vouched)


def records(
    inputs: Sequence[Input], known: Mapping[str, Record], reader: Reader, *, same_terms: bool, jobs: int
) -> Mapping[str, Record]:
    """Return each input in short, by the SHA-256 of its bytes."""
    found, fresh = dict[str, Record](), list[Input]()
    for one in inputs:
        record = known.get(one.sha256)
        if record is not None and same_terms and (bool(record.leaf) or one.source not in reader.keys):
            found[one.sha256] = record
        elif one.sha256 not in found:
            fresh.append(one)
    with crew(reader, jobs=jobs, tasks=len(fresh)) as work:
        for one, record in zip(fresh, work(_read, fresh), strict=True):
            if not (one.sha256 in found and found[one.sha256].leaf):  # the same file in a folder stands in no ledger
                found[one.sha256] = record
    return found


def _read(reader: Any, one: Input) -> Record:
    record: Record = reader.record(one)
    return record


def _leaf(envelope: Envelope, keys: Mapping[str, Verifier]) -> tuple[str, str]:
    """Return the hash of the entry that would stand for a signed file, or why none can."""
    verifier = envelope.certificate or keys.get(hinted(envelope))
    if verifier is None:
        return "", "no entry of the ledger names the key that it is signed with"
    leaf = leaf_hash(entry_of(envelope, verifier)).hex()
    if not key_of(verifier).verifies(envelope.signature, pae(envelope.payload)):
        return leaf, "the signature does not fit the file"
    return leaf, ""

"""Why a waiver was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

WAIVERS: Final[Mapping[str, Reason]] = {
    "waiver_unsigned": Reason(
        "A waiver for this bundle is not signed by enough of those who may excuse, so it is worth nothing.",
        "Have it signed with `policykit approve WAIVER --sign KEY`, or remove it.",
    ),
    "waiver_signer": Reason(
        "A waiver for this bundle is signed by somebody who may not excuse here, in another role, or for another stage.",
        "Have it signed as it now stands, for this stage, by a person of the role that the trust file names.",
    ),
    "waiver_requester": Reason(
        "A waiver was approved by the person who asked for it, or it cannot be told who asked.",
        "Have somebody else of that role approve it, and name who asked by their e-mail address.",
    ),
    "waiver_terms": Reason(
        "The trust file lets no waiver count at this stage.",
        "Mend what the rule asks for, or ask the owners of the trust file to say under `waivers` who may excuse.",
    ),
    "waiver_trust": Reason(
        "The decision rests on a waiver, and nobody said who may excuse.",
        "Verify it with the trust file: `--trust`, `--trust-root` and `--stage`.",
    ),
    "waiver_refused": Reason(
        "A waiver that the decision rests on goes further than the trust file lets a waiver go.",
        "Ask for a narrower or shorter waiver, and have the gate run again with it.",
    ),
    "waiver_expired": Reason(
        "A waiver that the decision rests on does not hold today.",
        "Mend what it excused, or ask for a new one, and have the gate run again.",
    ),
    "waiver_changed": Reason(
        "A waiver in the report is not the one that was signed, or does not excuse what the report says it does.",
        "Do not use it: whoever signed the report did not run the gate as it is; tell the owner of that key.",
    ),
}

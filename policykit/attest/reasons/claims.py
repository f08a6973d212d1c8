"""Why approvals, permits and revocations were refused, and reports where a trust file asks more of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policykit.attest.reasons.reason import Reason

CLAIMS: Final[Mapping[str, Reason]] = {
    # what the trust file asks of a report at a stage
    "stage_unsaid": Reason(
        "The trust file asks other things at each stage, and nobody said for which stage this is.",
        "Name the stage with `--stage`.",
    ),
    "trust_older": Reason(
        "The report was made under a newer version of the trust file than the one you hold, or under another one.",
        "Fetch the newest trust file from its owners; if yours is the newest, have the gate run again with it.",
    ),
    "evidence": Reason(
        "A rule that has to hold rests on evidence that somebody only declared, and this stage asks for stronger.",
        "Give the bundle the rows that the numbers come from, so that the gate can count them itself.",
    ),
    "block_from": Reason(
        "A rule that only advised when the report was made has begun to bind since, and it did not pass.",
        "Have the gate run again today, and mend or waive what it then blocks.",
    ),
    "attempts": Reason(
        "The same held-out data was used more often than this stage accepts, or the report does not say how often.",
        "Have the gate run with `--ledger`; when the data is used up, ask its owners for fresh rows.",
    ),
    "timestamp_missing": Reason(
        "This stage asks for a time stamp by an authority, and the report carries none.",
        "Have it made again with `policykit gate … --sign KEY --timestamp URL`, the URL of the authority that the trust file names.",
    ),
    # approvals and permits
    "approvals": Reason(
        "Not enough people of the right role have approved this very report for this stage.",
        "Ask people named by the trust file to run `policykit approve REPORT` in that role; the author and the gate do not count.",
    ),
    "author": Reason(
        "Nobody says whose model this is, so it cannot be told whether its author approved it.",
        "Name the owner under `facts: {owners: {model: …}}` in the bundle's manifest, and give `--bundle`.",
    ),
    "evaluations": Reason(
        "This stage asks for several independent evaluations with one result, and there are fewer.",
        "Have another evaluator judge the same bundle, and name their report with `--reports`.",
    ),
    "not_allowed": Reason(
        "The report is genuine and does not allow the release: no permit follows from it.",
        "Read which rules stop it; mend the model, or ask for a waiver, and have the gate run again.",
    ),
    "signer": Reason(
        "The key that would sign is not one that may sign this for this stage.",
        "Have it signed by somebody whose role in the trust file allows it.",
    ),
    "permit_report": Reason(
        "The permit was issued for another report than the one beside it.",
        "Give the report that the permit names, or none.",
    ),
}

"""`policykit approve`: put your name under what somebody made."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from policykit.cli.line import say
from policykit.cli.options import authority_of, password, stage_option, state_folder, trust_options
from policykit.cli.signing import accepted_key, expect_stampable, sign_required, timestamp_option
from policykit.errors import UsageError

if TYPE_CHECKING:
    from policykit.attest.authority import Authority

_BEGINNING: Final = re.compile(rb'\s*\{\s*"(?:dsseEnvelope|mediaType|verificationMaterial)"')


@click.command("approve")
@click.argument("file", type=click.Path(path_type=Path))
@sign_required
@click.option("--role", metavar="ROLE", help="The role you sign in: where you have several, or without a trust file.")
@stage_option
@click.option("--comment", default="", metavar="TEXT", help="A remark, signed with the rest.")
@trust_options
@accepted_key
@click.option("--bundle", type=click.Path(path_type=Path), help="The bundle the report must be about.")
@click.option(
    "--review",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="For a workflow: the review it saw, as JSON; it signs for the reviewer.",
)
@click.option(
    "--claims",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Where to add it (default: claims.jsonl beside FILE).",
)
@timestamp_option
def command(
    file: Path,
    sign: str,
    role: str | None,
    stage: str | None,
    comment: str,
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    key: Path | None,
    bundle: Path | None,
    review: Path | None,
    claims: Path | None,
    timestamp: str | None,
) -> int:
    """Sign FILE (a gate report, a waiver, a policy or a trust file) and add the signed file to the claims beside it.

    A report is verified first, by the trust file or by `--key`. With a trust file, a signature that would not count is refused.

    \b
    policykit approve report.json --sign keller.key.pem --trust trust.yaml --stage production
    policykit approve waivers/W-2027-014.yaml --sign keller.key.pem --trust trust.yaml
    """
    from policykit.attest.claims_file import add_claim
    from policykit.attest.envelope import read_report, unseal
    from policykit.attest.keys import load_signer
    from policykit.attest.state import State
    from policykit.cli.told import shown
    from policykit.cli.told import signer as told
    from policykit.cli.under import goal_of, under
    from policykit.stories.approve import Wish, approve_report, is_signed_file
    from policykit.stories.approve_document import approve_document
    from policykit.stories.review import read_review

    now = datetime.now(UTC)
    expect_stampable(timestamp, sign)
    data = read_report(file, what="the file to approve")
    is_report = is_signed_file(data)
    if not is_report and _was_signed(data):
        unseal(data)  # says what is wrong with it, as `verify` does
    _expect_fitting(is_report=is_report, key=key, bundle=bundle)
    reviewed = read_review(review, now=now) if review is not None else {}
    authority = authority_of(trust, trust_root, state, now=now)
    wish = Wish(role, stage, comment, reviewed, timestamp)
    signer = load_signer(sign, password(), os.environ)
    if is_report:
        terms = None
        if authority is not None:
            wish = replace(wish, stage=stage or _only_stage(authority))
            terms = under(
                authority, wish.stage, claims if claims and claims.exists() else None, file, state, approved=False
            )
        made = approve_report(data, signer, wish, under=terms, key=key, now=now, bundle=bundle)
    else:
        seen = State(state or state_folder(os.environ))
        made = approve_document(file, data, signer, wish, authority=authority, now=now, state=seen)
    goal = goal_of(claims, file)
    add_claim(goal, made.data)
    who = told(made.by) if made.by is not None else f"the key {made.key_id}" if made.key_id else "an identity"
    as_role = f" as {shown(made.role)}" if made.role and made.by is None else ""
    unchecked = "" if made.by else "; whether that counts is for a trust file to say"
    say(f"approved {made.what}, sha256 {made.sha256}: signed by {who}{as_role}, added to {goal}{unchecked}")
    return 0


def _was_signed(data: bytes) -> bool:
    """Say whether these bytes were a signed file before they were cut, doubled or changed: no document begins so."""
    return _BEGINNING.match(data) is not None


def _only_stage(authority: Authority) -> str | None:
    stages = tuple(authority.trust.stages)
    return stages[0] if len(stages) == 1 else None


def _expect_fitting(*, is_report: bool, key: Path | None, bundle: Path | None) -> None:
    for name, given in (("--key", key), ("--bundle", bundle)):
        if given is not None and not is_report:
            raise UsageError(f"`{name}` is for a gate report, and this is a document", hint="leave it out")

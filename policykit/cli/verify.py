"""`policykit verify`: who signed a report or a permit, and what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from policykit.cli.line import say, say_problems
from policykit.cli.options import authority_of, trust_options
from policykit.cli.under import heard_option, ledger_option
from policykit.errors import DocumentError, StorageError, UsageError, VerificationError

if TYPE_CHECKING:
    from policykit.stories.verified_permit import AuthenticPermit
    from policykit.stories.verify import Under

OLDEST = 36_500


@click.command("verify")
@click.argument("report", type=click.Path(path_type=Path))
@trust_options
@click.option("--stage", "-s", metavar="STAGE", help="The stage it must be about.")
@click.option("--key", type=click.Path(path_type=Path), help="Without a trust file: the public key to accept.")
@click.option(
    "--bundle", type=click.Path(path_type=Path), help="The bundle it must be about: its bytes are hashed again."
)
@click.option("--nonce", help="The word it must answer.")
@click.option(
    "--policy-digest", multiple=True, metavar="SHA256", help="A policy it must have been made with. Repeatable."
)
@click.option("--max-age", metavar="DAYS", type=int, help="How many days old it may be.")
@heard_option
@ledger_option
@click.option("--approved", is_flag=True, help="Ask for the approvals of the stage as well.")
@click.option("--rejudge", is_flag=True, help="Judge its measurements again by its own policies.")
@click.option(
    "--as", "kind", type=click.Choice(["report", "permit"]), help="Refuse whatever is not this (default: either)."
)
@click.option("--report", "of", type=click.Path(path_type=Path), help="For a permit: the report it was issued for.")
@click.option("--accept-audit", is_flag=True, help="Accept a report made in audit mode.")
@click.option("--accept-as-of", is_flag=True, help="Accept a report that judges as of another day than it was made on.")
def command(
    report: Path,
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    stage: str | None,
    key: Path | None,
    bundle: Path | None,
    nonce: str | None,
    policy_digest: tuple[str, ...],
    max_age: int | None,
    claims: tuple[Path, ...],
    ledger: Path | None,
    kind: Literal["report", "permit"] | None,
    of: Path | None,
    *,
    approved: bool,
    rejudge: bool,
    accept_audit: bool,
    accept_as_of: bool,
) -> int:
    """Check who signed REPORT and everything it claims; then exit with the decision's own code, 0 for a permit.

    By a trust file, which says what each stage asks, or by one public key. What is not authentic, and a call with neither,
    exits 4: absence of a proof is no proof.

    \b
    policykit verify report.json --trust trust.yaml --trust-root root.pub.pem --stage production --bundle bundle/
    policykit verify permit.sigstore.json --as permit --trust trust.yaml --stage production --bundle bundle/
    policykit verify report.json --key gate.pub.pem
    """
    from policykit.attest.envelope import read_report
    from policykit.attest.verify import Asked
    from policykit.cli.told import permit_lines, report_lines
    from policykit.cli.under import under
    from policykit.decide.exit_code import of_decision
    from policykit.stories.verify import authentic

    now = datetime.now(UTC)
    asked = Asked(
        stage=stage,
        nonce=nonce,
        policy_digests=policy_digest,
        modes=("enforce", "audit") if accept_audit else ("enforce",),
        any_day=accept_as_of,
        oldest=_days(max_age),
    )
    if trust is not None and key is not None:
        raise UsageError("a trust file and a key were given", hint="leave `--key` out: the trust file names the keys")
    needing = {
        "--claims": claims or None,
        "--ledger": ledger,
        "--approved": approved or None,
        "--report": of,
        "--as": kind,
    }
    for name, given in needing.items():
        if given is not None and trust is None:
            raise UsageError(f"`{name}` means something only under a trust file", hint="add `--trust FILE`")
    with _untrusted():
        data = read_report(report)
        authority = authority_of(trust, trust_root, state, now=now)
        terms = (
            None
            if authority is None
            else under(authority, stage, claims, report, state, approved=approved, ledger=ledger)
        )
        permit = None
        if terms is not None and _is_permit(data, kind, of):
            _expect_of_permit(
                nonce, policy_digest, rejudge=rejudge, approved=approved, mode=accept_audit, day=accept_as_of
            )
            permit = _permit(data, terms, bundle, of, max_age)
        if terms is not None and permit is not None:
            lines, code = permit_lines(permit, terms, at_hand=bundle is not None), 0
        else:
            found = authentic(data, key, asked, now=now, bundle=bundle, again=rejudge, under=terms)
            lines = report_lines(found, terms, rejudged=rejudge, at_hand=bundle is not None)
            code = int(of_decision(found.decision))
    for line in lines:
        say(line)
    return code


def _is_permit(data: bytes, kind: Literal["report", "permit"] | None, of: Path | None) -> bool:
    """Return whether it is to be verified as a permit: by its own word, or by `--as` and `--report`."""
    from policykit.stories.verified_permit import is_permit

    return is_permit(data, kind or ("permit" if of is not None else None))


def _permit(data: bytes, terms: Under, bundle: Path | None, of: Path | None, max_age: int | None) -> AuthenticPermit:
    """Return what an authentic permit says, no older than `max_age` days and than the stage accepts."""
    from policykit.stories.permitted import check_young
    from policykit.stories.verified_permit import verify_permit

    found = verify_permit(data, terms, bundle=bundle, report=of)
    check_young(found.said, max_age, terms.authority.now)
    return found


def _expect_of_permit(
    nonce: str | None, policies: tuple[str, ...], *, rejudge: bool, approved: bool, mode: bool, day: bool
) -> None:
    """Refuse what can be asked of a report alone: an answer that was not checked would look like one that was."""
    given = {
        "--nonce": nonce is not None,
        "--policy-digest": bool(policies),
        "--rejudge": rejudge,
        "--approved": approved,
        "--accept-audit": mode,
        "--accept-as-of": day,
    }
    for name, asked in given.items():
        if asked:
            hint = "leave it out; `policykit permit` asked for all that, or verify the report as well"
            raise UsageError(f"`{name}` can be asked of a report, and this is a permit", hint=hint)


@contextmanager
def _untrusted() -> Iterator[None]:
    """Say UNTRUSTED of whatever could not be shown, for whatever reason: a file that cannot be read proves nothing."""
    try:
        yield
    except (DocumentError, StorageError, OSError) as error:
        click.echo("UNTRUSTED")
        if isinstance(error, DocumentError) and error.problems:
            say_problems(error.problems)
        told = f"nothing could be shown: {str(error).lower() if isinstance(error, OSError) else error}"
        raise VerificationError("unreadable", told, hint=getattr(error, "hint", "")) from error
    except VerificationError:
        click.echo("UNTRUSTED")
        raise


def _days(max_age: int | None) -> timedelta | None:
    if max_age is None:
        return None
    if max_age < 0:
        raise UsageError("an age is not negative", hint="write `--max-age 30`")
    if max_age > OLDEST:
        raise UsageError(f"an age is at most {OLDEST:,} days", hint="write `--max-age 30`, or leave it out")
    return timedelta(days=max_age)

"""What a trust file asks of a report at a stage, beyond what every report is asked: one small refusal each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from policykit.attest.claims import Statement, evaluated_at, said_of
from policykit.attest.quote import quoted
from policykit.errors import VerificationError

if TYPE_CHECKING:
    from policykit.terms.source import Source
    from policykit.terms.trust import Trust

STAMPED_WITHIN: Final = timedelta(hours=1)


def check_trust_version(statement: Statement, trust: Trust) -> None:
    """Refuse a report made under a newer version of the trust file than the one at hand, or under another of the same version."""
    stated = said_of(statement, "trust")
    if not isinstance(stated, dict):
        raise _malformed("trust")
    if not stated or stated.get("id") != trust.id:
        return  # made without one, or by somebody else's: what it rests on is verified under this one
    version = stated.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise _malformed("trust")
    same_but_other = version == trust.version and stated.get("digest") != trust.digest
    if version > trust.version or same_but_other:
        told = f"another version {version}" if same_but_other else f"version {version}"
        raise VerificationError(
            "trust_older",
            f"the report was made under {told} of `{trust.id}`, and version {trust.version} is at hand",
            hint="fetch the newest trust file from its owners",
        )


def check_evidence(statement: Statement, weakest: Source) -> None:
    """Refuse a report in which a blocking rule rests on evidence weaker than `weakest`."""
    from policykit.terms.source import Source

    strength = list(Source)
    enough = [source.value for source in strength[: strength.index(weakest) + 1]]
    for rule in _rules(statement):
        if rule.get("advisory") is True or not (rule.get("status") == "pass" or rule.get("excused")):
            continue  # nothing that stops a release is let through on weak evidence
        weak = [finding for finding in _rested_on(rule) if finding.get("source") not in enough]
        if weak:
            source = weak[0].get("source") or "unknown"
            raise VerificationError(
                "evidence",
                f"the rule {quoted(_name(rule))} rests on {quoted(source)} evidence, and `{weakest}` is asked for",
                hint="give the bundle what the number can be recomputed from",
            )


def check_blocking_since(statement: Statement, today: date) -> None:
    """Refuse a report in which a rule only advised, whose day to block has come since, and which did not pass."""
    for rule in _rules(statement):
        begins = rule.get("blockFrom")
        if rule.get("advisory") is not True or rule.get("enforcement") == "advisory" or not begins:
            continue
        if _day(begins) <= today and rule.get("status") not in ("pass", "not_applicable"):
            raise VerificationError(
                "block_from",
                f"the rule {quoted(_name(rule))} blocks from {begins}, and it did not pass when it only advised",
                hint="run the gate again: it blocks now",
            )


def check_attempts(statement: Statement, at_most: int) -> None:
    """Refuse a report on held-out data that was looked at too often, and one that does not say how often."""
    history = said_of(statement, "history")
    if not isinstance(history, dict) or not history:
        raise VerificationError(
            "attempts",
            f"the report does not say how often its held-out data was used, and at most {at_most} times are accepted",
            hint="run the gate with the ledger: `--ledger`",
        )
    looks, unread = history.get("looks"), history.get("unread")
    if not isinstance(looks, int) or not isinstance(unread, int):
        raise _malformed("history")
    if looks > at_most:
        raise VerificationError(
            "attempts",
            f"this was attempt {looks} against the same held-out data, and at most {at_most} are accepted",
            hint="ask the owners of the data for fresh rows",
        )
    if unread:
        raise VerificationError(
            "attempts",
            f"{unread} entries of the ledger could not be read, so there may have been more than {looks} attempts",
            hint="keep every signed report in the ledger's folder, and run the gate again",
        )


def check_stamp(statement: Statement, stamped: datetime) -> None:
    """Refuse a report whose time stamp is not from about the time at which it says it was made."""
    made = evaluated_at(statement)
    if abs(stamped - made) > STAMPED_WITHIN:
        raise VerificationError(
            "time",
            f"the report says it was made at {made:%Y-%m-%dT%H:%M:%SZ}, and was stamped at {stamped:%Y-%m-%dT%H:%M:%SZ}",
            hint="one of the two is wrong: run the gate again, and have the report stamped at once",
        )


def excused(statement: Statement) -> bool:
    """Return whether the decision of a report rests on a waiver: some rule did not pass and was excused."""
    return any(rule.get("excused") for rule in _rules(statement))


def _day(text: object) -> date:
    try:
        return date.fromisoformat(text if isinstance(text, str) else "")
    except ValueError as error:
        raise _malformed("rules") from error


def _rested_on(rule: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the findings that a rule's outcome rests on; of parts where any is enough, those of one part that is strong enough."""
    findings = rule.get("findings")
    if not isinstance(findings, list) or not all(isinstance(finding, dict) for finding in findings):
        raise _malformed("rules")
    shown = [finding for finding in findings if finding.get("status") in ("pass", "fail")]
    shown += [finding for finding in findings if finding.get("status") == "undecided" and finding.get("source")]
    if rule.get("combine") != "any_of" or rule.get("status") != "pass":
        yield from shown
        return
    passed = {f.get("part") for f in findings} - {f.get("part") for f in findings if f.get("status") != "pass"}
    parts = [[finding for finding in shown if finding.get("part") == part] for part in sorted(passed, key=repr)]
    yield from min(parts, key=lambda part: max((_rank(finding) for finding in part), default=9), default=[])


def _rank(finding: Mapping[str, Any]) -> int:
    from policykit.terms.source import Source

    order = [source.value for source in Source]
    source = finding.get("source")
    return order.index(source) if source in order else len(order)


def _rules(statement: Statement) -> list[Mapping[str, Any]]:
    rules = said_of(statement, "rules")
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise _malformed("rules")
    return rules


def _name(rule: Mapping[str, Any]) -> str:
    return f"{rule.get('policy')}/{rule.get('id')}"


def _malformed(name: str) -> VerificationError:
    return VerificationError(
        "incomplete", f"the report has no usable `{name}`", hint="it was not made by policykit: make it again"
    )

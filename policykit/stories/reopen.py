"""Open a stored report again to show what it says: nothing is judged, and nobody's word is taken without a key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policykit.attest.envelope import unseal
from policykit.attest.statement import GATE_REPORT, STATEMENT_TYPE
from policykit.attest.strict_json import strict_json
from policykit.attest.verify import Asked, read_statement
from policykit.errors import PolicykitError, UsageError, VerificationError
from policykit.report.members import text
from policykit.report.told import told_of
from policykit.stories.pages import Page
from policykit.stories.said import (
    FROM_JSON_ERRORS,
    material,
    notice,
    policy_line,
    rule_line,
    unreadable,
    waiver_line,
)
from policykit.terms.bundle_json import bundle_from_json
from policykit.terms.decision import Decision, Notice
from policykit.terms.report import SEMANTICS, Evidenced, Report
from policykit.terms.result import UNVERIFIED
from policykit.terms.told import Told

if TYPE_CHECKING:
    from policykit.stories.located import Around
    from policykit.stories.outputs import Wanted
    from policykit.stories.screen import Screen
    from policykit.stories.verify import Under
    from policykit.terms.policy import Policy, Rule

NOBODY: Final = "unverified: no signature was checked, so anybody may have written what this page says"
UNSIGNED: Final = "unverified: this report is not signed, so anybody may have written what this page says"


@dataclass(frozen=True, slots=True)
class Stored:
    """A report as it was stored: what it says, and who was shown to have signed it (empty: nobody, and `stamp` says so)."""

    said: Mapping[str, Any]
    subject: str = ""
    signer: str = ""
    stamp: str = ""

    @property
    def stamps(self) -> tuple[tuple[str, str], ...]:
        """Return what has to stand on every page."""
        return ((UNVERIFIED, self.stamp),) if self.stamp else ()

    @property
    def told(self) -> Told:
        """Return what it says in short."""
        return told_of(self.said, subject=self.subject, signer=self.signer)


def stored(
    data: bytes, key: Path | None, *, now: datetime, under: Under | None = None, stage: str | None = None
) -> Stored:
    """Return a stored report: verified as `verify` does it where a key or a trust file is given, else UNVERIFIED.

    Signed reports, statements and plain `--output json` files are read. Audits, trials, partial runs and reports as of another
    day are shown for what they are, and say so on every page.

    Raises:
        VerificationError: a key or trust file is given and a step does not hold; or this is no report, or one by a newer version.
    """
    if key is not None or under is not None:
        from policykit.stories.verify import authentic

        asked = Asked(stage=stage, modes=("enforce", "audit"), scopes=("full", "partial", "trial"), any_day=True)
        found = authentic(data, key, asked, now=now, under=under)
        signer = f"{found.by.name} as {found.by.role}" if found.by is not None else f"key {found.key_id}"
        return Stored(found.said, found.subject, signer)
    value = strict_json(data)
    if not isinstance(value, dict):
        raise unreadable("it is JSON, and no report")
    if "mediaType" in value or "dsseEnvelope" in value:
        statement = read_statement(unseal(data).payload, GATE_REPORT)
        return Stored(statement["predicate"], statement["subject"][0]["digest"]["sha256"], stamp=NOBODY)
    if value.get("_type") == STATEMENT_TYPE or "predicateType" in value:
        statement = read_statement(data, GATE_REPORT)
        return Stored(statement["predicate"], statement["subject"][0]["digest"]["sha256"], stamp=UNSIGNED)
    if "decision" in value and "error" in value and value["decision"] is None:
        raise unreadable("nothing was judged when this file was written, so there is nothing to show")
    return Stored(value, stamp=UNSIGNED)


def reopened(said: Mapping[str, Any], *, subject: str = "") -> Report:
    """Return the report that a predicate is: its own verdicts and numbers, its rules read again from the policies inside it.

    Where a policy inside cannot be read by this version, its rules are shown by what the report itself says of them.

    Raises:
        VerificationError: reasons `newer`, `incomplete`.
    """
    _expect_known(said)
    told_of(said)
    try:
        return _report(said, subject)
    except FROM_JSON_ERRORS as error:
        raise unreadable("a part of it is not written as a report is") from error


def _expect_known(said: Mapping[str, Any]) -> None:
    engine = said.get("engine")
    semantics = engine.get("semantics") if isinstance(engine, dict) else None
    if isinstance(semantics, str) and re.fullmatch(r"[0-9]{1,9}", semantics) and int(semantics) > int(SEMANTICS):
        raise VerificationError(
            "newer",
            "the report was made by a newer version, whose numbers mean other things",
            hint="render it with the version of policykit it names",
        )


def _report(said: Mapping[str, Any], subject: str) -> Report:
    gate, bundle = said["gate"], bundle_from_json(said["bundle"])
    rules = _rules_of(said["policies"])
    evidence, lost = _evidence(said)
    described = said["bundle"]
    if not all(isinstance(described.get(name, {}), dict) for name in ("task", "attributes")):
        raise TypeError("no members")
    return Report(
        name=bundle.name,
        version=bundle.version,
        labels=bundle.labels,
        subject=subject or (bundle.manifest_digest if bundle.files else ""),
        model_files=tuple((file.path, file.sha256) for file in bundle.files if file.role == "model"),
        stage=text(gate["stage"]) or None,
        decision=Decision(said["decision"]),
        reason=text(said["reason"]),
        rules=tuple(rule_line(one, rules.get((one["policy"], one["id"]))) for one in said["rules"]),
        policies=tuple(policy_line(one) for one in said["policies"]),
        materials=tuple(material(one, said.get("schemas", {})) for one in said["materials"]),
        evidence=evidence,
        notices=(*(notice(one) for one in said["notices"]), *lost),
        as_of=text(said["asOf"]),
        time_evaluated=text(said["timeEvaluated"]),
        mode="audit" if gate["mode"] == "audit" else "enforce",
        scope=gate["scope"] if gate["scope"] in ("full", "trial") else "partial",
        gate_id=text(gate.get("id", "")),
        nonce=text(gate.get("nonce", "")),
        engine=text(said["engine"]["version"]),
        sources=text(said["engine"].get("sources", "")),
        measured=text(gate.get("measured", "here")),
        task=described.get("task", {}),
        attributes=described.get("attributes", {}),
        protected_attributes=bundle.protected_attributes,
        other_files=sum(1 for file in bundle.files if file.role == "other"),
        verdict_digest=text(said["verdictDigest"]),
        waivers=tuple(waiver_line(one) for one in said.get("waivers", ())),
        **_trust_and_history(said),
    )


def _trust_and_history(said: Mapping[str, Any]) -> dict[str, Any]:
    from policykit.report.excused import history_from_json, trust_from_json

    trust, history = trust_from_json(said.get("trust", {})), history_from_json(said.get("history", {}))
    return {"trust": trust, "history": history}


def _rules_of(policies: Sequence[Mapping[str, Any]]) -> Mapping[tuple[str, str], Rule]:
    """Return the rules of the policies inside a report by (policy, rule); those that cannot be read are left out."""
    from policykit.load.policies import read_policies

    texts = [(p["path"], p["text"], p["settings"]) for p in policies]
    try:
        found = read_policies(texts) if texts else ()
    except PolicykitError:
        found = tuple(policy for text in texts for policy in _one(text))
    return {(policy.ref, rule.id): rule for policy in found for rule in policy.rules}


def _one(text: tuple[str, str, Mapping[str, str]]) -> tuple[Policy, ...]:
    from policykit.load.policies import read_policies

    try:
        return read_policies([text])
    except PolicykitError:
        return ()


def _evidence(said: Mapping[str, Any]) -> tuple[tuple[Evidenced, ...], tuple[Notice, ...]]:
    """Return what was measured; where this version cannot read it, a note in its place."""
    from policykit.terms.measure import identity
    from policykit.terms.taken_json import taken_from_json

    try:
        taken = taken_from_json(said.get("measurements", []))
    except ValueError:
        told = "this version cannot read the measurements in the report, so they are not listed"
        return (), (Notice("note", "evidence_unread", told),)
    known = {identity(measure): measure for measure in taken}
    return tuple(Evidenced(key, known[key], taken[known[key]]) for key in sorted(known)), ()


def lying_in(said: Mapping[str, Any], arguments: Sequence[str]) -> Mapping[str, str]:
    """Return the files among `arguments` that hold a policy of the report to the letter, by the policy (`id@version`)."""
    from policykit.load.texts import texts

    if not arguments:
        return {}
    written = {text: shown for shown, text in texts(arguments)}
    return {policy["policy"]: written[policy["text"]] for policy in said["policies"] if policy["text"] in written}


def placed(report: Report, places: Mapping[str, str]) -> Report:
    """Return the report with its rules placed in the files at hand."""
    return replace(
        report,
        rules=tuple(
            replace(line, rule=replace(line.rule, place=replace(line.rule.place, path=places[line.policy])))
            if line.policy in places
            else line
            for line in report.rules
        ),
    )


def rendered(
    found: Stored,
    outputs: Sequence[Wanted],
    screen: Screen,
    *,
    before: Told | None = None,
    around: Around | None = None,
    places: Mapping[str, str] | None = None,
) -> tuple[bytes, ...]:
    """Return a stored report in every format asked; `places` are the files its policies lie in here.

    Raises:
        UsageError: `json` of a report that nobody's signature was checked of: it would say nothing of that.
    """
    from policykit.render.json_text import json_text

    if found.stamp and any(wanted.format == "json" for wanted in outputs):
        raise UsageError(
            "`json` is the report itself, with no place for the word that nobody's signature was checked",
            hint="verify it with `--key`, or with `--trust` and `--trust-root`; or ask for another format",
        )

    report = placed(reopened(found.said, subject=found.subject), places or {})
    page = Page(report, before=before, around=around, stamps=found.stamps)
    return tuple(
        (json_text(found.said) if wanted.format == "json" else page.shown(wanted.format, screen)).encode(
            "utf-8", errors="replace"
        )
        for wanted in outputs
    )

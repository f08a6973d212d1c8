"""Ask for a waiver: from a report, the draft of a document that says what is excused, how far and until when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from policykit.errors import StorageError, UsageError
from policykit.judge.loosened import Unfit
from policykit.judge.parts import limits_for
from policykit.load.waiver_text import waiver_text
from policykit.load.write import replace_file
from policykit.stories.gate import iso_day
from policykit.stories.proposal import check_of, proposed
from policykit.stories.rejudge import rejudge
from policykit.terms.nearest import nearest
from policykit.terms.policy import Enforcement
from policykit.terms.report import Report, RuleLine
from policykit.terms.sentence import list_words
from policykit.terms.trust import WaiverTerms
from policykit.terms.verdict import Cause, Finding, Status
from policykit.terms.waiver import Binding, Waiver

_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
_NUMBERED = re.compile(r"W-([0-9]{4})-([0-9]{3,9})\.ya?ml")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks to be excused, in their own words; days are ISO days, both inclusive."""

    rule: str  # policy-id/RULE-ID
    reason: str
    requested_by: str
    expires: str
    valid_from: str = ""  # empty: today
    only_for: tuple[tuple[str, str], ...] = ()
    binds: Binding = "version"
    doubt: Cause | None = None  # which doubt, where a rule fails or doubts for several reasons
    ticket: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A waiver nobody signed yet, what it would excuse (slices and reasons), and what it leaves open."""

    waiver: Waiver
    excuses: tuple[str, ...]
    leaves: tuple[str, ...]


def draft(said: Mapping[str, Any], wish: Wish, folder: Path, *, now: datetime, terms: WaiverTerms | None) -> Draft:
    """Return the draft of the narrowest waiver that excuses what stops the rule in a verified report.

    `terms` is what the trust file lets a waiver do at the report's stage, where there is one.

    Raises:
        UsageError: nothing is there to excuse, nobody may excuse it, or the wish does not fit together.
        VerificationError: judged again, the report says something else.
    """
    report = rejudge(said, now=now).report
    line = _line(report, wish.rule)
    _expect_waivable(line, wish.rule)
    chosen, cause, others = _chosen(line, wish)
    starts = iso_day(wish.valid_from) if wish.valid_from else now.date().isoformat()
    ends = iso_day(wish.expires)
    if ends < max(starts, now.date().isoformat()):
        raise UsageError(f"a waiver that ends on {ends} excuses nothing", hint="name a later day with `--expires`")
    waiver = Waiver(
        id=_named(wish.id, folder, now.date()),
        rule=f"{line.policy.partition('@')[0]}/{line.rule.id}",
        bundle=report.name,
        version=report.version if wish.binds == "version" else None,
        build=report.subject if wish.binds == "build" else None,
        only_for=wish.only_for,
        allows=proposed(line.rule, chosen, cause),
        reason=_said(wish.reason, "reason", "--reason"),
        ticket=wish.ticket,
        requested_by=_said(wish.requested_by, "name", "--requested-by"),
        valid_from=starts,
        expires=ends,
        check=_one_check(chosen),
    )
    _expect_one_meaning(waiver, line)
    if terms is not None:
        from policykit.stories.waivers import too_broad

        trouble = too_broad(waiver, terms)
        if trouble:
            raise UsageError(f"the trust file would not let this waiver count: {trouble}", hint="ask for less")
    return Draft(waiver, tuple(_told(f) for f in chosen), tuple(_told(f) for f in others))


def write_draft(drafted: Draft, folder: Path) -> Path:
    """Write the draft as `ID.yaml` into the folder, which is made; never over another file."""
    path = folder / f"{drafted.waiver.id}.yaml"
    if path.exists() or path.is_symlink():
        raise UsageError(f"`{path}` exists already, and is not overwritten", hint="choose another `--id`")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make the folder `{folder}`: {(error.strerror or '').lower()}") from error
    replace_file(path, waiver_text(drafted.waiver))
    return path


def _line(report: Report, asked: str) -> RuleLine:
    """Return the rule that is called so: `policy/RULE`, with or without a version."""
    policy, _, rule = asked.rpartition("/")
    for line in report.rules:
        if line.rule.id == rule and policy in (line.policy, line.policy.partition("@")[0]):
            return line
    known = [f"{line.policy.partition('@')[0]}/{line.rule.id}" for line in report.rules]
    near = nearest(asked, known) or next((name for name in known if name.endswith(f"/{asked}")), "")
    hint = f"did you mean `{near}`?" if near else "write it as `policy/RULE`; the report lists its rules"
    raise UsageError(f"the report has no rule `{asked}`", hint=hint)


def _expect_waivable(line: RuleLine, asked: str) -> None:
    if line.rule.enforcement is Enforcement.ABSOLUTE:
        raise UsageError(f"nobody can waive `{asked}`: it is absolute", hint="mend what it asks for")
    if line.rule.enforcement is Enforcement.ADVISORY:
        raise UsageError(f"`{asked}` only advises, so there is nothing to waive", hint="read it, and go on")
    if line.verdict.status in (Status.PASS, Status.NOT_APPLICABLE):
        said = "passed" if line.verdict.status is Status.PASS else "does not apply"
        raise UsageError(f"`{asked}` {said}, so there is nothing to waive", hint="name a rule that stops the release")
    if not line.verdict.findings:
        raise UsageError(f"`{asked}` asked nothing, and a waiver excuses an answer", hint="mend the policy or the run")


def _chosen(line: RuleLine, wish: Wish) -> tuple[list[Finding], Cause | None, list[Finding]]:
    """Return the findings to excuse, why they are open (None: they fail), and those that stay open."""
    stopping = [f for f in line.verdict.findings if f.status in (Status.FAIL, Status.UNDECIDED)]
    meant = [f for f in stopping if set(wish.only_for) <= set(f.slice)]
    if not meant:
        names = list_words(f"`{_slice(f)}`" for f in stopping)
        raise UsageError(
            f"nothing in `{wish.rule}` is open for {_words(wish.only_for)}", hint=f"what stops it: {names}"
        )
    kinds: Sequence[tuple[Literal["fail", "undecided"], Cause | None]]
    kinds = [(("fail", None) if f.status is Status.FAIL else ("undecided", f.cause)) for f in meant]
    failing = ("fail", None) in kinds
    wanted = ("undecided", wish.doubt) if wish.doubt is not None else ("fail", None) if failing else kinds[0]
    if wanted not in kinds:
        causes = list_words(dict.fromkeys(f"`{cause}`" for _, cause in kinds if cause is not None))
        hint = f"its doubts: {causes}" if causes else "it fails: leave `--doubt` out"
        raise UsageError(f"nothing in `{wish.rule}` is undecided for `{wish.doubt}`", hint=hint)
    chosen = [f for f, kind in zip(meant, kinds, strict=True) if kind == wanted]
    return chosen, wanted[1], [f for f in stopping if f not in chosen]


def _one_check(chosen: Sequence[Finding]) -> str:
    """Return the check that all of these answer: the waiver is for that question, whatever the rule asks one day."""
    checks = {finding.check for finding in chosen}
    return next(iter(checks)) if len(checks) == 1 else ""


def _expect_one_meaning(waiver: Waiver, line: RuleLine) -> None:
    """Refuse a draft that the gate would: its number fits parts of the rule that ask different things."""
    checks = {finding.part: check_of(finding) for finding in line.verdict.findings}
    found = limits_for(waiver, line.rule, line.verdict.findings, checks)
    if isinstance(found, Unfit):
        raise UsageError(f"no waiver can say this: {found.message}", hint=found.hint)


def _named(asked: str, folder: Path, today: date) -> str:
    """Return the id asked for, else the next free `W-YEAR-NUMBER` of the folder."""
    if asked:
        if not _ID.fullmatch(asked):
            raise UsageError(
                f"`{asked}` cannot name a waiver", hint="use letters, digits, `.`, `_` and `-`; begin with a letter"
            )
        return asked
    taken = [
        found for path in (folder.iterdir() if folder.is_dir() else ()) if (found := _NUMBERED.fullmatch(path.name))
    ]
    numbers = [int(found[2]) for found in taken if int(found[1]) == today.year]
    return f"W-{today.year}-{max(numbers, default=0) + 1:03}"


def _said(text: str, what: str, option: str) -> str:
    if not text.strip():
        raise UsageError(f"the {what} is empty", hint=f"say it with `{option}`: it stands in every report")
    return " ".join(text.split())


def _told(finding: Finding) -> str:
    return f"{finding.name}: {finding.reason}" if finding.name else finding.reason


def _slice(finding: Finding) -> str:
    return " ".join(f"{what}={value}" for what, value in finding.slice) or "the whole"


def _words(only_for: Sequence[tuple[str, str]]) -> str:
    return " ".join(f"`{what}={value}`" for what, value in only_for) or "anything"

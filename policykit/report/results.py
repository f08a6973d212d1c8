"""What a report found, one line a finding: for alerts, test cases and annotations in other people's programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from policykit.report import telling, versus
from policykit.report.fingerprint import asked_by, fingerprint, told_apart
from policykit.report.lacking import needed_words, rests_on
from policykit.report.numbers import plain, prose
from policykit.report.stamps import only_looked
from policykit.report.views import CAUSES, LOOKS, advisory, look_of, order
from policykit.terms.layout import Look
from policykit.terms.place import NOWHERE, Place
from policykit.terms.report import Decision, Report, RuleLine
from policykit.terms.result import UNVERIFIED, WHOLE, Asking, Excused, Result, Results
from policykit.terms.verdict import Finding, Status
from policykit.terms.waiver import WaiverLine

Locate = Callable[[Place], Place]
"""Turns a place as it was named on the command line into one that counts from the root of the repository."""

_WORD = dict(LOOKS)
_OPEN = (Status.FAIL, Status.UNDECIDED)
_RANK = {look: rank for rank, (look, _) in enumerate(LOOKS)}
_DECIDED: dict[Decision, Look] = {Decision.ALLOWED: "pass", Decision.BLOCKED: "fail", Decision.HELD: "undecided"}


def results(
    report: Report,
    stamps: tuple[tuple[str, str], ...],
    *,
    exit_code: int,
    locate: Locate = lambda place: place,
    beside: Place = NOWHERE,
    commit: tuple[str, str, str] = ("", "", ""),
) -> Results:
    """Return everything `report` found, worst first; `beside` is the place of what has none of its own."""
    beside = locate(beside if beside != NOWHERE else _first_place(report))
    lines = sorted(report.rules, key=order)
    owners = {policy.ref: policy.owner for policy in report.policies}
    waivers = {line.signed.waiver.id: line for line in report.waivers}
    about = (report.name, report.stage or "")
    asked = {(line.policy, line.rule.id): _asking(line, owners, locate, beside) for line in lines}
    found = told_apart(
        _result(line, at, asked[line.policy, line.rule.id], waivers, about, report.as_of, locate)
        for line in report.rules
        for at in _told(line)
    )
    places = {name: place for place, name in enumerate(asked)}
    whole = [*_whole(report, beside, about), *_unverified(stamps, beside, about)]
    return Results(
        name=report.name,
        version=report.version,
        stage=report.stage or "",
        decision=str(report.decision),
        reason=prose(report.reason),
        exit_code=exit_code,
        asked=tuple({one.name: one for one in asked.values()}.values()),
        found=tuple(sorted(found, key=lambda one: (_rank(one), places[one.asking.policy, one.asking.id]))),
        whole=told_apart(whole),
        stamps=stamps,
        notes=tuple((n.level, n.code, prose(n.text)) for n in report.notices if n.level != "error"),
        facts=tuple(_facts(report)),
        time=report.time_evaluated,
        engine=report.engine,
        gate=report.gate_id or report.name,
        commit=commit,
    )


def _first_place(report: Report) -> Place:
    """Return the file of the first rule, else of the first policy, else of a bundle's manifest: somewhere to point at."""
    paths = (*(line.rule.place.path for line in report.rules), *(policy.path for policy in report.policies))
    return Place(next((path for path in paths if path), "bundle.yaml"))


def _rank(result: Result) -> int:
    return _RANK[result.look] + (9 if result.quiet else 0)


def _told(line: RuleLine) -> Iterator[int | None]:
    """Return the place of each finding, then None where none of them tells why the rule did not pass.

    Of `any_of` only the whole is told: a part that fails is no failure where another may carry the rule.
    """
    verdict = line.verdict
    if line.rule.combine == "any_of":
        yield None
        return
    yield from range(len(verdict.findings))
    settled = verdict.status in (Status.PASS, Status.NOT_APPLICABLE) and verdict.findings
    if not settled and all(finding.status not in _OPEN for finding in verdict.findings):
        yield None


def _asking(line: RuleLine, owners: Mapping[str, str], locate: Locate, beside: Place) -> Asking:
    rule = line.rule
    return Asking(
        name=f"{line.policy.rpartition('@')[0] or line.policy}/{rule.id}",
        policy=line.policy,
        id=rule.id,
        title=prose(rule.title),
        sentence=prose(line.sentence),
        checks=tuple(dict.fromkeys(clause.check for clause in rule.clauses)),
        severity=str(rule.severity),
        enforcement=str(rule.enforcement),
        owner=rule.owner or owners.get(line.policy, ""),
        why=prose(rule.why),
        fix=prose(rule.fix),
        controls=tuple(control.id for control in rule.controls),
        place=locate(rule.place) if rule.place != NOWHERE else beside,
    )


def _result(
    line: RuleLine,
    at: int | None,
    asking: Asking,
    waivers: Mapping[str, WaiverLine],
    about: tuple[str, str],
    as_of: str,
    locate: Locate,
) -> Result:
    """Return the finding at `at`; None: the rule as a whole."""
    finding = line.verdict.findings[at] if at is not None else _whole_rule(line)
    excuses = [excuse for excuse in line.excuses if at is None or at in excuse.findings]
    look: Look = "waived" if excuses else look_of(finding.status, caution=finding.caution)
    seen = finding.observed
    unit = finding.unit or line.unit
    told = versus.numbers(seen, finding.check, unit, finding.limit, line.verdict.confidence)
    clauses = line.rule.clauses
    written = clauses[finding.part].place if at is not None and 1 < len(clauses) > finding.part else NOWHERE
    return Result(
        asking=asking,
        about=finding.name,
        part=finding.part if at is not None else 0,
        check=finding.check or clauses[0].check,
        status=str(finding.status),
        look=look,
        word=_WORD[look],
        cause=str(finding.cause or ""),
        because=CAUSES[finding.cause] if finding.cause else "",
        reason=plain(finding.reason),
        quiet=advisory(line, as_of),
        observed=told.observed,
        interval=told.interval,
        limit=finding.limit,
        needed=needed_words(finding),
        source=finding.source,
        rows=rests_on(seen.n, finding.check) if seen else "",
        excused=tuple(_excused(excuse.waiver, excuse.until, waivers) for excuse in excuses),
        place=locate(written) if written != NOWHERE else asking.place,
        fingerprint=fingerprint(*about, asking.name, *(asked_by(line, finding) if at is not None else ("whole",))),
        parts=tuple(_parts(line)) if at is None else (),
        models=told.models,
        together=versus.held_to(finding.together, finding.check, unit, finding.limit),
    )


def _whole_rule(line: RuleLine) -> Finding:
    """Return the rule as a whole as one finding: its own verdict, with the numbers of the finding that decided it."""
    verdict = line.verdict
    whole = Finding((), verdict.status, verdict.cause, telling.reason(line))
    if line.rule.combine != "any_of" or not verdict.findings:
        return whole
    first = verdict.findings[telling.reading_order(line)[0]]
    return replace(first, slice=(), status=whole.status, cause=whole.cause, reason=whole.reason)


def _parts(line: RuleLine) -> Iterator[str]:
    """Return what became of each part of `any_of`, a line each."""
    for finding in line.verdict.findings:
        of = f" of {finding.name}" if finding.name else ""
        word = _WORD[look_of(finding.status, caution=finding.caution)]
        yield plain(f"part {finding.part + 1}, {finding.check}{of}: {word}: {finding.reason}")


def _excused(waiver: str, until: str, waivers: Mapping[str, WaiverLine]) -> Excused:
    line = waivers.get(waiver)
    if line is None:
        return Excused(waiver, until, "", "", "")
    by = ", ".join(f"{one.who or one.name} ({one.role})" for one in line.signed.approvers)
    return Excused(waiver, until, prose(line.signed.waiver.reason), by, line.signed.waiver.digest)


def _whole(report: Report, beside: Place, about: tuple[str, str]) -> list[Result]:
    """Return what is true of the run as a whole: the decision, what blocks it without being a rule, labels that lack."""
    looked = only_looked(report)
    look: Look = "undecided" if looked else _DECIDED[report.decision]
    found = [_run("decision", "the gate lets it through", look, looked or prose(report.reason), beside, about)]
    found += [
        _run(notice.code, "something about the run as a whole blocks it", "fail", prose(notice.text), beside, about)
        for notice in report.notices
        if notice.level == "error"
    ]
    found += [
        _run(
            "label",
            f"a label that {policy.ref} asks about is missing",
            "undecided",
            prose(policy.why),
            beside,
            about,
            policy.ref.rpartition("@")[0],
        )
        for policy in report.policies
        if policy.held
    ]
    return found


def _unverified(stamps: tuple[tuple[str, str], ...], beside: Place, about: tuple[str, str]) -> Iterator[Result]:
    """Yield what no program may take for green: a report whose signature nobody checked."""
    for name, meaning in stamps:
        if name == UNVERIFIED:
            why = meaning.removeprefix(f"{UNVERIFIED}: ")
            yield _run(UNVERIFIED, "whether this report is genuine", "undecided", f"UNVERIFIED: {why}", beside, about)


def _run(code: str, title: str, look: Look, reason: str, place: Place, about: tuple[str, str], of: str = "") -> Result:
    asking = Asking(
        name=f"{WHOLE}/{code}",
        policy=WHOLE,
        id=code,
        title=title,
        sentence="",
        checks=(),
        severity="high",
        enforcement="absolute",
        owner="",
        place=place,
    )
    print_of = fingerprint(*about, asking.name, of)
    status = {"pass": "pass", "fail": "fail"}.get(look, "undecided")
    return Result(asking, "", 0, "", status, look, _WORD[look], "", "", reason, place=place, fingerprint=print_of)


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    yield from (
        ("decision", str(report.decision)),
        ("reason", prose(report.reason)),
        ("mode", report.mode),
        ("scope", report.scope),
        ("stage", report.stage or ""),
        ("asOf", report.as_of),
        ("subject", report.subject),
        ("verdictDigest", report.verdict_digest),
    )

"""What the decision rests on: evidence, data, policies, digests, and what it does not prove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policykit.report.numbers import prose, several, whole
from policykit.terms.layout import EvidenceRow, Fact, MaterialRow, PolicyRow, Provenance, RuleView
from policykit.terms.plan import Measurement
from policykit.terms.policy import Source
from policykit.terms.report import Evidenced, Material, PolicyLine, Report

_MEANING = {
    Source.RECOMPUTED: "counted from the rows themselves",
    Source.ATTESTED: "signed by someone the trust file accepts",
    Source.DECLARED: "the bundle says so about itself",
}


def provenance(rules: Sequence[RuleView], *, measured: str = "here") -> tuple[Provenance, ...]:
    """Return how many findings rest on each source of evidence, strongest first; `measured` is where the rows were counted."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        for finding in rule.findings:
            if finding.source:
                found.setdefault(finding.source, []).append(rule.id)
    known = [str(source) for source in Source]
    return tuple(
        Provenance(source, _meaning(source, measured) if source in known else "", len(ids), tuple(dict.fromkeys(ids)))
        for source, ids in sorted(
            found.items(), key=lambda item: (item[0] not in known, item[0] in known and known.index(item[0]))
        )
    )


def _meaning(source: str, measured: str) -> str:
    """Return what a source of evidence means: only what was counted in this run was counted here.

    `measured` comes from a report, and none of it is repeated.
    """
    meaning = _MEANING[Source(source)]
    if source != Source.RECOMPUTED:
        return meaning
    match measured:
        case "here":
            return f"{meaning}, here"
        case "file":
            return f"{meaning}, elsewhere: read from a file that nobody signed"
        case _:
            return f"{meaning}, elsewhere: read from a file that somebody signed"


def evidence(item: Evidenced) -> EvidenceRow:
    """Return one measurement without its values."""
    measure, taken = item.measure, item.taken
    dataset = str(getattr(measure, "dataset", "") or getattr(measure, "path", "") or getattr(measure, "left", ""))
    what = type(measure).__name__.lower()
    if not isinstance(taken, Measurement):
        return EvidenceRow(
            item.id, what, dataset, "", "", f"{str(taken.cause).replace('_', ' ')}: {prose(taken.detail)}"
        )
    marks = [word for word, true in (("from the cache", taken.cached), ("sampled", taken.sampled)) if true]
    return EvidenceRow(item.id, what, dataset, str(taken.source), taken.engine, ", ".join(marks))


def material(line: Material) -> MaterialRow:
    """Return one data set as shown."""
    return MaterialRow(
        role=line.role,
        rows="not known" if line.rows is None else whole(line.rows),
        columns=whole(len(line.columns)),
        collected=line.collected or "not stated",
        digest=line.digest,
        schema_digest=line.schema_digest,
    )


def policy(line: PolicyLine) -> PolicyRow:
    """Return one policy as shown."""
    settings = ", ".join(f"{name} = {value}" for name, value in line.settings.items())
    return PolicyRow(
        line.ref, prose(line.title), line.owner, line.path, line.digest, prose(line.why), settings, line.matched
    )


def facts(report: Report) -> tuple[Fact, ...]:
    """Return what was judged, when, by what."""
    stated = (
        Fact("bundle", f"{report.name} {report.version}".strip()),
        Fact("stage", report.stage or "none asked for"),
        Fact("labels", _mapping(report.labels)),
        Fact("protected attributes", ", ".join(report.protected_attributes)),
        Fact("as of", report.as_of),
        Fact("evaluated", report.time_evaluated),
        Fact("mode", report.mode),
        Fact("scope", report.scope),
        Fact("gate", report.gate_id, code=True),
        Fact("nonce", report.nonce, code=True),
        Fact("engine", report.engine),
        Fact("measured", report.measured if report.measured != "here" else ""),
        Fact("trust", f"{report.trust[0]}, version {report.trust[1]}" if report.trust is not None else ""),
        Fact("ledger", _ledger(report)),
    )
    return tuple(fact for fact in stated if fact.value)


def digests(report: Report) -> tuple[Fact, ...]:
    """Return the digests by which the bundle, the verdicts and the engine are known again."""
    stated = (
        Fact("manifest", report.subject, code=True),
        Fact("verdicts", report.verdict_digest, code=True),
        Fact("engine", report.sources, code=True),
        Fact("trust file", report.trust[2] if report.trust is not None else "", code=True),
        Fact("ledger root", report.history.root if report.history is not None else "", code=True),
    )
    return tuple(fact for fact in stated if fact.value)


def model_files(report: Report) -> tuple[Fact, ...]:
    """Return the model's files and their SHA-256; undeclared files are only counted."""
    files = tuple(Fact(path, sha256, code=True) for path, sha256 in report.model_files)
    more = Fact("files the manifest does not name", whole(report.other_files)) if report.other_files else None
    return (*files, more) if more else files


def unproven(report: Report, rules: Sequence[RuleView]) -> tuple[str, ...]:
    """Return what a pass does not prove, for this report."""
    declared = {rule.id for rule in rules if any(finding.source == Source.DECLARED for finding in rule.findings)}
    pointed = [rule.id for rule in rules if rule.confidence.strip().lower().startswith("none")]
    said = [
        "That the model is fit for its purpose: only the rules listed here were asked, and nothing else.",
        "That tomorrow's people look like these rows: the numbers hold for the data that was measured, as it was collected.",
        "That the labels are true: a model is compared with what the data says happened.",
        "That no gap exists: within a limit is not zero, and a 95 % bound is wrong about once in twenty times at the limit.",
    ]
    if declared:
        rest = "rests" if len(declared) == 1 else "rest"
        said.append(
            f"That what the bundle says about itself is true: {several(len(declared), 'rule')} {rest} on declared evidence."
        )
    if pointed:
        said.append(f"That a point is more than a point: judged without confidence, {', '.join(pointed[:8])}.")
    if report.measured != "here":
        by = "that nobody signed" if report.measured == "file" else "whose signer answers for them"
        said.append(f"That the numbers were counted from the data: they were read from a file {by}.")
    excused = sum(1 for line in report.rules if line.excused)
    if excused:
        said.append(f"That what is waived is fine: {several(excused, 'rule')} did not pass, and people answer for it.")
    if report.history is not None and report.history.unread:
        unread = several(report.history.unread, "entry", "entries")
        said.append(f"That nobody looked more often: the files of {unread} of the ledger are not kept here.")
    if not report.subject:
        said.append("That these were the bytes of a bundle: tables in memory have no digest, and cannot be signed.")
    said.append("That anybody still agrees: a report is about one bundle, one stage and one day.")
    return tuple(said)


def _ledger(report: Report) -> str:
    if report.history is None:
        return ""
    return f"{report.history.origin}, {several(report.history.size, 'entry', 'entries')} when it was read"


def _mapping(labels: Mapping[str, tuple[str, ...]]) -> str:
    return ", ".join(f"{name}: {' | '.join(values)}" for name, values in labels.items())

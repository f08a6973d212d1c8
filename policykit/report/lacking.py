"""What is lacking where a rule is not settled: of what (rows, samples, people), how many more, and above all whose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policykit.report.numbers import several, whole
from policykit.stats.order_statistics import samples_lacking
from policykit.terms.report import Material, Report, RuleLine
from policykit.terms.verdict import Cause, Finding, Status, StillNeeded

_THINGS = {"data": "rows", "drift": "rows", "latency": "samples", "privacy": "people", "governance": "releases"}
_COUNTED = {
    "fairness.equal_opportunity_difference": "those whose label is the favourable outcome",
    "performance.recall": "those whose label is the positive class",
    "performance.precision": "those predicted as the positive class",
    "performance.f1": "those labelled or predicted as the positive class",
}
"""Of two classes, the rows that these checks count; all others leave none out but those without a label or a prediction."""
_RESTS_ON = {
    "artifact": ("file", "files"),
    "data.freshness": ("", ""),
    "data.schema": ("column", "columns"),
    "governance": ("", ""),
    "latency": ("sample", "samples"),
    "privacy.dp_budget": ("release", "releases"),
    "privacy.dp_epsilon": ("person", "people"),
}
"""What a check, or all of its family, counts; empty where it reads one document, and a count of it says nothing."""
_OPEN = (Cause.STRADDLES, Cause.TOO_FEW)


@dataclass(frozen=True, slots=True)
class Lacking:
    """How many rows that count one finding lacks: at least `least`, at most `most` more (None: nobody knows)."""

    finding: Finding
    least: int
    most: int | None
    enough: int | None = None  # so many in all give it a bound, whatever they say
    labelled: tuple[int, int | None] | None = None  # in rows of the data set, at today's share; None: all of them count


def brief(line: RuleLine, report: Report) -> str:
    """Say how many rows are lacking and whose, where nothing failed and rows are what a rule lacks: the most of its findings."""
    found = [one for finding in _unsettled(line) if (one := lacking(finding, line, report)) is not None]
    if not found or line.verdict.status is not Status.UNDECIDED:
        return ""
    most = max(found, key=lambda one: one.least)
    if most.enough is not None:
        return f"at least {whole(most.least)} more {thing(most.finding)} ({whole(most.enough)} in all)"
    finding = most.finding
    where = finding.needed.where if finding.needed is not None else ""
    told = f"{_amount(most.least, most.most)} more {_rows(line, finding, report, counted=most.labelled is not None)}"
    told += f", above all from `{where}`" if where else ""
    if most.labelled is not None:
        told += f": {_amount(*most.labelled)} {thing(finding)} at today's share"
    return told


def lacking(finding: Finding, line: RuleLine, report: Report) -> Lacking | None:
    """Return how many more rows one finding lacks; None where no number is known."""
    few = bound(finding)
    if few is not None:
        there, enough = few
        return Lacking(finding, enough - there, enough - there, enough)
    needed, observed = finding.needed, finding.observed
    if needed is None or needed.few is None or observed is None:
        return None
    n, least = observed.n, needed.few - observed.n
    most = needed.many - n if needed.many is not None else None
    rows = _rows_there(line, finding, report.materials)
    if not _part(line, finding, report.task):
        return Lacking(finding, least, most)
    if rows is None or not 0 < n < rows:
        return Lacking(finding, least, most)
    return Lacking(finding, least, most, None, (_at_share(least, n, rows), _at_share(most, n, rows) if most else None))


def bound(finding: Finding) -> tuple[int, int] | None:
    """Return how many samples there are and how many a bound takes, where an order statistic lacks them."""
    if finding.cause is not Cause.TOO_FEW or thing(finding) != "samples":
        return None
    return samples_lacking(finding.reason)


def still_needed(needed: StillNeeded, what: str = "rows that count") -> str:
    """Say how many rows in all would settle a question."""
    lacks = f" (`{needed.where}` lacks them most)" if needed.where else ""
    never = "no number settles it if the truth sits at the limit"
    match needed.few, needed.many:
        case None, None:
            return f"no number of {what.partition(' ')[0]}{lacks} would settle it: the truth seems to sit at the limit"
        case None, int(many):
            return f"up to about {whole(many)} {what} in all{lacks}; {never}"
        case int(few), None:
            return f"from about {whole(few)} {what} in all{lacks}; {never}"
        case int(few), int(many):
            amount = whole(few) if few == many else f"{whole(few)} to {whole(many)}"
            return f"about {amount} {what} in all{lacks} would probably settle it; {never}"
        case _:
            return ""


def needed_words(finding: Finding) -> str:
    """Return what one finding lacks, counted in all; empty where nothing is known of it."""
    few = bound(finding)
    if few is not None:
        return f"{whole(few[1])} samples in all, {whole(few[0])} are there: with fewer, no sample bounds it from above"
    if finding.needed is None:
        return ""
    what = thing(finding)
    return still_needed(finding.needed, "rows that count" if what.endswith("rows") else what)


def thing(finding: Finding) -> str:
    """Return what a finding counts: `labelled rows`, `rows`, `samples`, `people`, `releases`."""
    return _THINGS.get(finding.check.partition(".")[0], "labelled rows")


def rests_on(count: int, check: str) -> str:
    """Return what a number rests on: `1,000 samples`, `4 releases`, `812 rows`; empty where that is one document, or nothing."""
    one, many = _RESTS_ON.get(check) or _RESTS_ON.get(check.partition(".")[0]) or ("row", "rows")
    return several(count, one, many) if count and one else ""


def lacks_rows(line: RuleLine) -> bool:
    """Return whether rows of people are what a blocking rule lacks: of samples anybody takes more."""
    if line.verdict.cause not in _OPEN or line.verdict.advisory or line.excused:
        return False
    found = [*_unsettled(line)]
    return not found or any(thing(finding).endswith(("rows", "people")) for finding in found)


def lacks_samples(line: RuleLine) -> bool:
    """Return whether samples are all that a rule lacks."""
    found = [*_unsettled(line)]
    return bool(found) and all(thing(finding) == "samples" for finding in found)


def _unsettled(line: RuleLine) -> Iterator[Finding]:
    return (one for one in line.verdict.findings if one.status is Status.UNDECIDED and one.cause in _OPEN)


def _rows(line: RuleLine, finding: Finding, report: Report, *, counted: bool) -> str:
    """Return what the rows of a number are called: those that count, where it counts a part of them."""
    part = _part(line, finding, report.task)
    return f"rows that count ({part})" if part and (counted or not _known(line, finding, report)) else thing(finding)


def _known(line: RuleLine, finding: Finding, report: Report) -> bool:
    return _rows_there(line, finding, report.materials) is not None


def _part(line: RuleLine, finding: Finding, task: Mapping[str, Any]) -> str:
    """Return which rows a finding counts, where it leaves the others out; empty: every row that has what it asks for."""
    counted = _COUNTED.get(finding.check, "")
    if finding.check.startswith("performance.") and task.get("kind") == "multiclass-classification":
        counted = ""
    grouped = [f"`{name}={value}`" for name, value in finding.slice if name not in ("attribute", "column")]
    parts = [counted] if counted else []
    parts += [f"those in {' and '.join(grouped)}"] if grouped else []
    parts += ["those the rule selects"] if line.rule.where is not None else []
    return ", of ".join(parts)


def _rows_there(line: RuleLine, finding: Finding, materials: Sequence[Material]) -> int | None:
    """Return how many rows the data set of a finding has; None where that is not known."""
    roles = {clause.data for clause in line.rule.clauses if clause.check == finding.check}
    return next((one.rows for one in materials if roles == {one.role}), None)


def _at_share(more: int, n: int, rows: int) -> int:
    """Return how many rows of the data set hold `more` rows that count, if as many of them count as today: n of `rows`."""
    return -(-more * rows // n)


def _amount(few: int, many: int | None) -> str:
    least, most = about(few), about(many) if many is not None else ""
    if few < 2 and most:
        return f"up to about {most}"
    return f"about {least}" if most in ("", least) else f"about {least} to {most}"


def about(rows: int) -> str:
    """Round up to two digits: nobody knows the third."""
    step = 10 ** max(0, len(str(max(rows, 1))) - 2)
    return whole(-(-max(rows, 1) // step) * step)

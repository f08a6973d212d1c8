"""Plan every page of a site: where it lies, what it is made from, and how it is made. Nothing is drawn here."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final, Literal

from policykit.canon import digest
from policykit.render.site.pages import Site
from policykit.report import register
from policykit.report.site_names import called, copy_path, list_path, model_path, month_path, report_path, stage_path
from policykit.report.told_page import act_row
from policykit.stories.site_json import rules_from_json
from policykit.stories.site_shelf import Ordered
from policykit.terms.site import Filed, RuleSaid, Signed
from policykit.terms.site_layout import (
    ActRow,
    Listing,
    MonthCount,
    OverviewPage,
    Paged,
    Row,
    RuleEntry,
    Standing,
    WaiverEntry,
)

PER_PAGE: Final = 400
PER_MODEL: Final = 250
PER_RULES: Final = 150
_MOST: Final = 25
_MOST_UNREAD: Final = 200
_RECENT: Final = 30


@dataclass(frozen=True, slots=True)
class Task:
    """One page: where it lies, the digest of all that it is made from, and what makes it.

    `of` is a layout for `list`, the place of a report for `report` and `copy`, a name and a page for `model`.
    """

    path: str
    kind: Literal["list", "report", "copy", "model", "machine"]
    made_from: str
    of: Any
    template: str = ""
    paged: Paged | None = None
    here: str = ""
    as_of: str = ""


@dataclass(frozen=True)
class Work:
    """All that pages are made from."""

    ordered: Ordered
    site: Site
    as_of: date
    engine: str
    with_reports: bool
    by_key: bool = False

    @cached_property
    def reports(self) -> Sequence[Filed]:
        """Return every report in order."""
        return self.ordered.shelf.reports

    @cached_property
    def rows(self) -> Sequence[Row]:
        """Return each report as a line of a list."""
        return [register.row(one, taken_back=self.ordered.taken_back, asked=self.site.asked) for one in self.reports]

    @cached_property
    def around(self) -> Sequence[tuple[int | None, int | None]]:
        """Return the places of the reports before and after each, of the same model, stage, gate and weight."""
        last, before = dict[tuple[str, str, str, bool, bool], int](), list[int | None]()
        shelf = self.ordered.shelf
        after: list[int | None] = [None] * len(self.reports)
        for place, one in enumerate(self.reports):
            key = (one.head.name, one.head.stage, one.head.gate, shelf.counts(one), shelf.decides(one))
            other = last.get(key)
            before.append(other)
            if other is not None:
                after[other] = place
            last[key] = place
        return list(zip(before, after, strict=True))

    @cached_property
    def models(self) -> Mapping[str, Sequence[int]]:
        """Return the places of the reports of each model."""
        found = defaultdict[str, list[int]](list)
        for place, one in enumerate(self.reports):
            found[one.head.name].append(place)
        return dict(sorted(found.items()))

    @cached_property
    def standings(self) -> Sequence[Standing]:
        """Return where each model stands in each stage."""
        return register.standings(self.ordered.shelf)

    @cached_property
    def registered(self) -> Sequence[WaiverEntry]:
        """Return the register of waivers."""
        return register.waivers(self.ordered.shelf, self.as_of)

    @cached_property
    def catalogue(self) -> Sequence[RuleEntry]:
        """Return every rule."""
        return register.rules(self.ordered.shelf, _newest_rules(self))

    @cached_property
    def rule_paths(self) -> Mapping[str, str]:
        """Return where each rule stands in the catalogue, which may go over several pages."""
        return {
            one.name: f"{list_path('rules', 1 + place // PER_RULES)}#{one.anchor}"
            for place, one in enumerate(self.catalogue)
        }

    def newest(self, name: str) -> Filed:
        """Return the report that a list of models shows of one."""
        return register.newest_of(self.ordered.shelf, [self.reports[place] for place in self.models[name]])

    def changed(self, name: str) -> tuple[Filed, Filed] | None:
        """Return the newest report of a model that decides, and the one before it; of none, the newest whose word counts."""
        shelf = self.ordered.shelf
        places = [place for place in self.models[name] if shelf.counts(self.reports[place])]
        places = [place for place in places if shelf.decides(self.reports[place])] or places
        before = self.around[places[-1]][0] if places else None
        return (self.reports[before], self.reports[places[-1]]) if before is not None else None

    def rules_of(self, one: Filed) -> tuple[RuleSaid, ...]:
        """Return the rules of a report, with their measurements."""
        return rules_from_json(self.ordered.records[one.sha256].long)

    def acts_of(self, one: Filed) -> Sequence[Signed]:
        """Return what was signed about a report."""
        return self.ordered.by_report.get(one.head.id, ())

    def key(self, *parts: object) -> str:
        """Return the digest of what a page is made from; everything that the engine and the site say is part of it."""
        said = [
            self.engine,
            self.site.title,
            self.site.asked,
            *(part if isinstance(part, str) else repr(part) for part in parts),
        ]
        return digest(json.dumps(said, ensure_ascii=True).encode())


def tasks(work: Work) -> Iterator[Task]:
    """Yield every page of the site."""
    keys = [_report_key(work, place) for place in range(len(work.reports))]
    # reports of one model follow each other, so that each is read once for itself and for the one after it
    for place in (place for places in work.models.values() for place in places):
        one = work.reports[place]
        yield Task(report_path(one.head), "report", keys[place], place)
        if work.with_reports:
            yield Task(copy_path(one.head, one.sha256), "copy", one.sha256, place)
    for name, places in work.models.items():
        signed = work.key(*(keys[place] for place in places), list(work.ordered.by_model.get(name, ())))
        for page in range(1, _pages(len(places), PER_MODEL) + 1):
            yield Task(model_path(name, page), "model", work.key(signed, str(page)), (name, page))
    yield from _lists(work)
    yield _overview(work)
    yield from _machines(work, keys)


def _report_key(work: Work, place: int) -> str:
    one, (before, after) = work.reports[place], work.around[place]
    around = (
        (work.reports[before].sha256, *_shown(work.rows[before])) if before is not None else (),
        _shown(work.rows[after]) if after is not None else (),
    )
    back = ("report", one.head.id) in work.ordered.taken_back
    linked = [work.rule_paths.get(name, "") for name, _ in one.head.rules]
    return work.key(
        one.sha256,
        around,
        one.vouched,
        one.entry,
        one.file,
        back,
        linked,
        work.with_reports,
        work.by_key,
        tuple(work.acts_of(one)),
    )


def _shown(row: Row) -> tuple[str, ...]:
    return row.path, row.version, row.decision, row.day


def _pages(count: int, each: int) -> int:
    return max(1, -(-count // each))


def _lists(work: Work) -> Iterator[Task]:
    rows = {one.head.id: row for one, row in zip(work.reports, work.rows, strict=True)}
    newest = [(rows[work.newest(name).head.id], len(places)) for name, places in work.models.items()]
    yield from _listed(work, "models", "models", newest, list_path, "Models", models=len(newest))
    months = list[MonthCount]()
    for name, found in register.by_month(work.reports):
        mine = [rows[one.head.id] for one in found]
        months.append(register.month_count(work.ordered.shelf, name, found, mine))
        yield from _listed(work, "month", name, mine, month_path, "Decisions", reports=len(mine))
    said = Listing("reports", len(work.reports), len(work.models), months=tuple(months))
    yield Task("reports.html", "list", work.key(said), said, "months", here="Decisions")
    of = defaultdict[str, list[Standing]](list)
    for standing in work.standings:
        of[standing.stage].append(standing)
    for stage, mine_of in sorted(of.items()):
        yield from _listed(work, "stage", stage, mine_of, lambda name, page: stage_path(name, page), "")
    yield from _listed(
        work, "waivers", "waivers", work.registered, list_path, "Waivers", each=PER_RULES, as_of=work.as_of.isoformat()
    )
    yield from _listed(work, "rules", "rules", work.catalogue, list_path, "Rules", each=PER_RULES)


def _listed(
    work: Work,
    template: str,
    name: str,
    rows: Sequence[Any],
    path: Any,
    here: str,
    *,
    reports: int = 0,
    models: int = 0,
    each: int = PER_PAGE,
    as_of: str = "",
) -> Iterator[Task]:
    pages = _pages(len(rows), each)
    for page in range(1, pages + 1):
        said = Listing(name, reports, models, tuple(rows[(page - 1) * each : page * each]))
        around = Paged(
            page, pages, path(name, page - 1) if page > 1 else "", path(name, page + 1) if page < pages else ""
        )
        yield Task(path(name, page), "list", work.key(said, around, as_of), said, template, around, here, as_of)


def _newest_rules(work: Work) -> Mapping[str, RuleSaid]:
    """Return each rule in the words of the newest report that was judged by it."""
    counting = [one for one in work.reports if work.ordered.shelf.counts(one)]
    found, wanted = dict[str, RuleSaid](), {name for one in counting for name, _ in one.head.rules}
    for one in reversed(counting):
        if any(name in wanted for name, _ in one.head.rules):
            for rule in work.rules_of(one):
                if rule.name in wanted:
                    found[rule.name] = rule
                    wanted.discard(rule.name)
        if not wanted:
            break
    return found


def _overview(work: Work) -> Task:
    stopped = sorted((one for one in work.standings if one.stopped), key=lambda one: one.newest.day, reverse=True)
    expiring = register.expiring(work.ordered.shelf, work.registered, work.as_of)
    days = [row.day[:10] for row in work.rows if row.day]
    decided = [one.head.time[:10] for one in work.reports if work.ordered.shelf.decides(one)]
    since = date.fromordinal(max(1, work.as_of.toordinal() - _RECENT)).isoformat()
    unread = work.ordered.unread
    broken = [one for one in work.ordered.shelf.acts if one.act.kind == "break_glass"][::-1][:_MOST]
    said = OverviewPage(
        reports=len(work.reports),
        decisions=len(decided),
        models=len(work.models),
        first=min(days, default=""),
        last=max(days, default=""),
        ledgers=work.ordered.ledgers,
        through=_through(work.standings),
        recent=sum(since < day <= work.as_of.isoformat() for day in decided),
        stages=register.stages(work.standings),
        stopped=tuple(stopped[:_MOST]),
        more_stopped=max(0, len(stopped) - _MOST),
        expiring=expiring[:_MOST],
        more_expiring=max(0, len(expiring) - _MOST),
        newest=tuple(work.rows[::-1][:_MOST]),
        broken=tuple(_broken(one, work) for one in broken),
        unread=unread[:_MOST_UNREAD],
        more_unread=max(0, len(unread) - _MOST_UNREAD),
    )  # fmt: skip
    as_of = work.as_of.isoformat()
    return Task("index.html", "list", work.key(said, as_of), said, "overview", None, "Overview", as_of)


def _through(standings: Sequence[Standing]) -> int:
    """Return how many models every gate of a stage lets through, over all stages."""
    of = defaultdict[tuple[str, str], list[bool]](list)
    for one in standings:
        of[one.name, one.stage].append(one.allowed is not None and not one.stopped)
    return sum(map(all, of.values()))


def _broken(one: Signed, work: Work) -> tuple[ActRow, str, str]:
    """Return when the glass was broken, for which model, and its page where it has one."""
    name = called(f"{one.act.name} {one.act.version}".strip())
    return act_row(one), name, model_path(one.act.name) if one.act.name in work.models else ""


def _machines(work: Work, keys: Sequence[str]) -> Iterator[Task]:
    """Yield the lists for programs: nothing in them that is not in what the reports' own pages are made from."""
    made_from = work.key(work.as_of.isoformat(), *keys, tuple(work.standings))
    for path in ("reports.csv", "index.json"):
        yield Task(path, "machine", made_from, None)

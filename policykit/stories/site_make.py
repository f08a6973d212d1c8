"""Make one page of a site and write it: what the plan named is read again, laid out, and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from policykit.canon import digest
from policykit.render.site.pages import page
from policykit.report import register
from policykit.report.changes import changes
from policykit.report.site_names import called, copy_path, model_path
from policykit.report.told_page import MOST_CHANGES, act_row, change_row, told_page
from policykit.report.trends import trends
from policykit.stories.site_output import put
from policykit.stories.site_plan import PER_MODEL, Task, Work
from policykit.stories.site_read import opened
from policykit.stories.site_sources import Input, unchanged
from policykit.terms.site import Filed
from policykit.terms.site_layout import ChangeRow, ModelPage, Paged
from policykit.terms.told import Told

MOST_ACTS: Final = 60


@dataclass(frozen=True)
class Maker:
    """What pages are made from, and where they go."""

    work: Work
    output: Path

    def make(self, task: Task) -> str:
        """Write one page; return the SHA-256 of its bytes.

        Raises:
            StorageError: it cannot be written, or what it is made from changed meanwhile.
        """
        data = self._bytes(task)
        put(self.output, task.path, data)
        return digest(data)

    def _bytes(self, task: Task) -> bytes:
        work = self.work
        match task.kind:
            case "machine":
                return self._machine(task.path)
            case "copy":
                return unchanged(work.ordered.inputs[work.reports[task.of].sha256])
            case "report":
                return page("report", task.path, work.site, self._report(task.of))
            case "model":
                name, number = task.of
                said, around = self._model(name, number)
                return page("model", task.path, work.site, said, paged=around, here="Models")
            case "list":
                return page(
                    task.template, task.path, work.site, task.of, paged=task.paged, here=task.here, as_of=task.as_of
                )

    def _machine(self, path: str) -> bytes:
        from policykit.render.site.machine import index, table

        work = self.work
        lines = list(zip(work.reports, work.rows, strict=True))
        if path == "reports.csv":
            return table(lines)
        return index(lines, work.standings, work.site.title, work.as_of.isoformat())

    def _report(self, place: int) -> Any:
        work = self.work
        one, (before, after) = work.reports[place], work.around[place]
        told = self._told(one)
        other = work.reports[before] if before is not None else None
        return told_page(
            one,
            told,
            before=other,
            after=work.reports[after] if after is not None else None,
            changes=changes(self._told(other), told) if other is not None else (),
            acts=work.acts_of(one),
            taken_back=work.ordered.taken_back,
            asked=work.site.asked,
            rule_paths=work.rule_paths,
            by_key=work.by_key,
            copy=copy_path(one.head, one.sha256).rpartition("/")[2] if work.with_reports else "",
        )

    def _model(self, name: str, number: int) -> tuple[ModelPage, Paged]:
        work, places = self.work, self.work.models[name]
        reports, first = [work.reports[place] for place in places], number == 1
        pages = -(-len(places) // PER_MODEL)
        newest = places[::-1][(number - 1) * PER_MODEL : number * PER_MODEL]
        drawn, more = (
            trends((one, work.rules_of(one)) for one in reports if work.ordered.shelf.decides(one))
            if first
            else ((), 0)
        )
        acts = list(work.ordered.by_model.get(name, ()))[::-1] if first else []
        changed, more_changes = self._changed(name) if first else ((), 0)
        said = ModelPage(
            name=called(name),
            count=len(places),
            first=reports[0].head.time[:10],
            last=reports[-1].head.time[:10],
            standings=tuple(one for one in work.standings if one.name == name) if first else (),
            changes=changed,
            more_changes=more_changes,
            trends=drawn,
            more_trends=more,
            waivers=_waivers(work, name) if first else (),
            acts=tuple(act_row(one) for one in acts[:MOST_ACTS]),
            more_acts=max(0, len(acts) - MOST_ACTS),
            rows=tuple(work.rows[place] for place in newest),
        )
        return said, Paged(
            number,
            pages,
            model_path(name, number - 1) if number > 1 else "",
            model_path(name, number + 1) if number < pages else "",
        )

    def _changed(self, name: str) -> tuple[tuple[ChangeRow, ...], int]:
        both = self.work.changed(name)
        if both is None:
            return (), 0
        found = changes(self._told(both[0]), self._told(both[1]))
        return tuple(change_row(one) for one in found[:MOST_CHANGES]), max(0, len(found) - MOST_CHANGES)

    def _told(self, one: Filed) -> Told:
        return _told(self.work.ordered.inputs[one.sha256])


def make(maker: Any, task: Task) -> str:
    """Make one page."""
    digest_of_it: str = maker.make(task)
    return digest_of_it


@lru_cache(maxsize=4)
def _told(one: Input) -> Told:
    return opened(unchanged(one)).told()


def _waivers(work: Work, name: str) -> Any:
    """Return the waivers of a model, as they were told: without days left, so that a page stays as it is from day to day."""
    return tuple(one for one in register.waivers(_of(work, name), work.as_of.min))


def _of(work: Work, name: str) -> register.Shelf:
    return register.Shelf([work.reports[place] for place in work.models[name]], (), work.site.asked)

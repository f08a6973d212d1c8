"""`policykit site`: a static site of every decision, from ledgers and folders; made again, only what changed is written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from importlib.metadata import version as distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

import policykit
from policykit import version
from policykit.errors import UsageError
from policykit.load.write import replace_file
from policykit.render.site.pages import Site
from policykit.stories.site_crew import crew
from policykit.stories.site_make import Maker, make
from policykit.stories.site_output import digest_at, own_folder, tidy
from policykit.stories.site_plan import Task, Work, tasks
from policykit.stories.site_records import Reader, records
from policykit.stories.site_shelf import Ordered, ordered
from policykit.stories.site_sources import sources
from policykit.stories.site_state import FILE, Known, Page, read_state, seal_key, written_state
from policykit.stories.site_vouch import Vouching

if TYPE_CHECKING:
    from policykit.attest.publickey import PublicKey
    from policykit.attest.state import State
    from policykit.terms.site import Unread

TITLE: Final = "Release decisions"


@dataclass(frozen=True)
class Asked:
    """What a site is asked for: from what, to where, by whose word, as of which day, with how many processes.

    Days left are counted from `as_of`; what says it was made after `now` is left out.
    """

    given: Sequence[Path]
    output: Path
    as_of: date
    now: datetime
    title: str = TITLE
    vouching: Vouching = field(default_factory=Vouching)
    ledger_key: PublicKey | None = None
    with_reports: bool = False
    jobs: int = 1
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class Built:
    """What was made: how much is on the site, how many of its files were written, deleted, and left alone as not its own."""

    reports: int
    models: int
    unread: int
    unverified: int
    pages: int
    written: int
    deleted: int
    left: int


def site(asked: Asked, *, state: State, progress: Callable[[str, int, int], None] | None = None) -> Built:
    """Write the site; files that are as they have to be stay as they are.

    Raises:
        UsageError: the folder is not empty and no site of ours, or something given is not there; or no report could be read
            and the site was not said to be allowed to be empty: then what is there stays.
        LedgerError: a ledger does not hold together.
        StorageError: something cannot be written, or changed meanwhile.
    """
    own_folder(asked.output)
    tell = progress or (lambda *_: None)
    key, engine = seal_key(state), _engine()
    last = read_state(asked.output, key)
    known = last if last.engine == engine else Known()
    tell("reading", 0, 0)
    found = sources(asked.given, ledger_key=asked.ledger_key, authority=asked.vouching.authority, output=asked.output)
    vouching = asked.vouching.having_heard(found.back)
    terms = vouching.terms
    reader = Reader(vouching, {source: whole.keys for source, whole in found.ledgers.items()}, asked.now)
    kept = records(found.inputs, known.records, reader, same_terms=known.terms == terms, jobs=asked.jobs)
    shelf = ordered(found, kept, asked=asked.vouching.asked, trusted=asked.vouching.authority is not None)
    if not shelf.shelf.reports and not asked.may_be_empty:
        raise _nothing(asked.given, shelf.unread)
    work = Work(
        shelf,
        Site(asked.title, asked.vouching.asked),
        asked.as_of,
        engine,
        asked.with_reports,
        asked.vouching.key is not None,
    )
    planned = list(tasks(work))
    pages, stale = _fresh(planned, known, asked.output)
    with crew(Maker(work, asked.output), jobs=asked.jobs, tasks=len(stale)) as do:
        for place, (task, made) in enumerate(zip(stale, do(make, stale), strict=True)):
            pages[task.path] = Page(task.made_from, made)
            tell("drawing pages", place + 1, len(stale))
    gone, left = tidy(asked.output, keep=pages.keys(), known=last.pages.keys())
    now = Known(engine, terms, {name: one for name, one in kept.items() if not one.passing}, pages)
    if now != last:
        replace_file(asked.output / FILE, written_state(now, key))
    return _built(shelf, work, pages, len(stale), gone, left)


def _nothing(given: Sequence[Path], unread: Sequence[Unread]) -> UsageError:
    """Return why there is nothing to show: a wrong or an empty source must not wipe a site that is there."""
    where = ", ".join(f"`{path}`" for path in given)
    why = f"; `{unread[0].file}`: {unread[0].problem}" if unread else ""
    more = f", and {len(unread) - 1:,} more" if len(unread) > 1 else ""
    hint = "name a ledger or a folder that holds reports; a site that is to be empty is written with `--allow-empty`"
    return UsageError(f"no report could be read in {where}{why}{more}", hint=hint)


def _built(shelf: Ordered, work: Work, pages: dict[str, Page], written: int, gone: int, left: int) -> Built:
    reports = shelf.shelf.reports
    return Built(
        reports=len(reports),
        models=len(work.models),
        unread=len(shelf.unread),
        unverified=sum(not one.vouched.signer for one in reports),
        pages=len(pages),
        written=written,
        deleted=gone,
        left=left,
    )


def _fresh(planned: Sequence[Task], known: Known, output: Path) -> tuple[dict[str, Page], list[Task]]:
    """Return the pages that are as they have to be, by their very bytes, and those that have to be made."""
    may_stay = [task for task in planned if (page := known.pages.get(task.path)) and page.made_from == task.made_from]
    with ThreadPoolExecutor(2) as threads:
        halves = threads.map(
            lambda half: [digest_at(output, task.path) for task in half], (may_stay[::2], may_stay[1::2])
        )
        there = {
            task.path: found
            for half, digests in zip((may_stay[::2], may_stay[1::2]), halves, strict=True)
            for task, found in zip(half, digests, strict=True)
        }
    pages, stale = dict[str, Page](), list[Task]()
    for task in planned:
        page = known.pages.get(task.path)
        if page is not None and page.made_from == task.made_from and there.get(task.path) == page.sha256:
            pages[task.path] = page
        else:
            stale.append(task)
    if len({task.path for task in planned}) < len(planned):
        raise AssertionError("two pages of a site have one name")
    return pages, stale


def _engine() -> str:
    """Return the digest of the code that makes pages: by another one, every page is made anew."""
    templates = Path(policykit.__file__).parent / "render" / "templates"
    found = sha256(f"{version.sources()} {sys.version} {distribution('jinja2')}\n".encode())
    for path in sorted(templates.rglob("*.j2")):
        found.update(path.relative_to(templates).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()

"""A report in the formats people read: laid out once, drawn as often as asked."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from policykit.stories.screen import Screen
from policykit.terms.place import NOWHERE, Place
from policykit.terms.result import UNVERIFIED

if TYPE_CHECKING:
    from policykit.stories.located import Around
    from policykit.terms.layout import Layout
    from policykit.terms.report import Report
    from policykit.terms.result import Results
    from policykit.terms.told import Told


class Page:
    """One report, and whatever its formats share: each part is made when it is first asked for, and once."""

    def __init__(
        self,
        report: Report,
        *,
        before: Told | None = None,
        around: Around | None = None,
        beside: Place = NOWHERE,
        stamps: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Show `report` beside the one of the last release (`before`), with `stamps` across every page.

        `beside` is the place that alerts about the whole run point at: the bundle's manifest.
        """
        self._report, self._before, self._around = report, before, around
        self._beside, self._stamps = beside, stamps

    def shown(self, name: str, screen: Screen) -> str:
        """Return the report in the format `name`."""
        match name:
            case "markdown":
                from policykit.render.markdown import markdown

                return markdown(self._report, self._layout)
            case "comment":
                from policykit.render.comment import comment

                return comment(self._report, self._layout)
            case "html":
                from policykit.render.html import html

                return html(self._report, self._layout)
            case "github":
                from policykit.render.github import github

                return github(self._results)
            case "sarif":
                from policykit.render.sarif import sarif

                return sarif(self._results)
            case "junit":
                from policykit.render.junit import junit

                return junit(self._results)
            case _:
                from policykit.render.console import text

                encoding = "utf-8" if screen.unicode else "ascii"
                return text(self._report, self._layout, width=screen.width, color=screen.color, encoding=encoding)

    @cached_property
    def _layout(self) -> Layout:
        from policykit.report.layout import layout

        made = layout(self._report, self._before)
        return replace(made, stamps=(*self._stamps, *made.stamps)) if self._stamps else made

    @cached_property
    def _results(self) -> Results:
        from policykit.decide.exit_code import Exit, of_report
        from policykit.report.results import results
        from policykit.report.stamps import stamps_of

        stamps = (*self._stamps, *stamps_of(self._report))
        untrusted = any(name == UNVERIFIED for name, _ in self._stamps)  # ends as `verify` does without a key
        code = int(Exit.UNTRUSTED if untrusted else of_report(self._report))
        near = self._around
        if near is None:
            return results(self._report, stamps, exit_code=code, beside=self._beside)
        commit = (near.repository, near.revision, near.branch)
        return results(self._report, stamps, exit_code=code, locate=near.place, beside=self._beside, commit=commit)

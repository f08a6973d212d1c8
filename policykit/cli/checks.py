"""`policykit checks`: the catalogue."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import TYPE_CHECKING

import click

from policykit.cli.aloud import as_seen
from policykit.cli.options import color_option, screen
from policykit.errors import UsageError

if TYPE_CHECKING:
    from policykit.terms.check import Check


@click.command("checks")
@click.argument("check_id", metavar="[ID]", required=False)
@click.option(
    "--ask", metavar="QUESTION", help='Find checks in plain words: "are approvals similar for men and women?"'
)
@color_option
def command(check_id: str | None, ask: str | None, color: str) -> int:
    """List every check, show the page of one, or find one by asking."""
    from policykit.checks import catalogue, find, ids

    if check_id is not None:
        found = find(check_id)
        if found is None:
            from policykit.terms.nearest import nearest

            near = nearest(check_id, ids())
            raise UsageError(
                f"no check is called `{check_id}`",
                hint=f"did you mean `{near}`?" if near else "see `policykit checks`",
            )
        from policykit.author.check_page import page

        click.echo(as_seen(page(found), color))
        return 0
    from policykit.render.console import table

    listed = list(catalogue().values())
    if ask is not None:
        listed = _nearest(ask, listed)
    shown = screen(color)
    rows = [(check.id, check.question, check.unit.value) for check in listed]
    click.echo(table(("check", "the question it answers", "unit"), rows, width=shown.width, color=shown.color))
    return 0


_SAME = {
    "men": "group", "women": "group", "sex": "group", "gender": "group", "race": "group", "groups": "group", "people": "group",
    "approvals": "favourable", "approved": "favourable", "hired": "favourable", "selected": "favourable", "outcome": "favourable",
    "fair": "group", "fairness": "group", "bias": "group", "biased": "group", "slow": "fast", "quick": "fast", "quickly": "fast",
    "speed": "fast", "latency": "fast", "null": "missing", "nulls": "missing", "empty": "missing", "blank": "missing",
    "complete": "missing", "completeness": "missing", "filled": "missing", "old": "age", "fresh": "age", "recent": "age",
    "responsible": "answers", "owns": "answers",
    "repeated": "twice", "duplicate": "twice", "duplicates": "twice", "wrong": "right", "correct": "right", "good": "right",
}  # fmt: skip


def _nearest(question: str, listed: list[type[Check]]) -> list[type[Check]]:
    """Rank checks by the words they share with the question, rare words counting more."""
    from math import log

    texts = [
        _words(f"{check.id.replace('.', ' ').replace('_', ' ')} {check.question} {cleandoc(check.__doc__ or '')}")
        for check in listed
    ]
    weight = {word: log(1 + len(texts) / sum(word in text for text in texts)) for text in texts for word in text}
    asked = _words(question)
    titles = [_words(f"{check.id.replace('.', ' ').replace('_', ' ')} {check.question}") for check in listed]
    scores = [
        sum(weight.get(w, 0.0) * (3 if w in title else 1) for w in asked & text)
        for title, text in zip(titles, texts, strict=True)
    ]
    best = sorted(zip(scores, listed, strict=True), key=lambda pair: (-pair[0], pair[1].id))
    return [check for score, check in best if score > 0][:5]


_COMMON = frozenset({
    "any", "are", "does", "each", "for", "from", "has", "have", "how", "many", "most", "much", "not", "our", "that", "the", "their",
    "there", "this", "value", "what", "when", "which", "who", "with",
})  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(_SAME.get(word, word) for word in re.findall(r"[a-z]{3,}", text.lower())) - _COMMON

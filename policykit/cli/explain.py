"""`policykit explain`: what a policy, a rule or a code means, in plain words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policykit.cli.aloud import as_seen
from policykit.cli.options import color_option, config_option
from policykit.errors import UsageError

if TYPE_CHECKING:
    from policykit.render.console import Spoken
    from policykit.terms.policy import Policy


@click.command("explain")
@click.argument("what", metavar="WHAT", nargs=-1, required=True)
@config_option
@color_option
def command(what: tuple[str, ...], config: Path | None, color: str) -> int:
    """Read WHAT aloud: a policy file or folder, pack:NAME, a gate file (the policies that it names), a check's id, an error code
    (PK104), a reason of `verify`, or a word. Policies are read with the limits in force: what the gate file sets of them.
    """
    for word in what:
        click.echo(as_seen(_said(word, config), color))
    return 0


def _said(word: str, config: Path | None) -> str | Sequence[Spoken]:
    """Return what a word means: a page of Markdown, or the lines of policies."""
    if re.fullmatch(r"(?i)pk\d{3}", word):
        return _code(word.upper())
    from policykit.author.glossary import SPOKEN, meaning

    if word.startswith("pack:") or (Path(word).exists() and word not in SPOKEN):
        return list(_policies(word, config))
    from policykit.checks import find

    check = find(word)
    if check is not None:
        from policykit.author.check_page import page

        return page(check)
    from policykit.attest.reasons import REASONS

    pages = []
    if word in REASONS:
        reason = REASONS[word]
        pages.append(f"{word}: {reason.sentence}" + (f"\n\n{reason.do}" if reason.do else ""))
    said = meaning(word)
    if said is not None:
        pages.append(said)
    if pages:
        return "\n\n".join(pages)
    raise UsageError(
        f"`{word}` is no file, pack, check, code, reason or word",
        hint="try `policykit explain policies/` or `policykit explain PK104`; docs/glossary.md lists the words",
    )


def _code(code: str) -> str:
    from policykit.author.codes_page import code_page

    page = code_page(code)
    if page is None:
        raise UsageError(
            f"there is no code `{code}`", hint="codes are printed with each problem; docs/codes.md lists them"
        )
    return page


def _policies(word: str, config: Path | None) -> Iterator[Spoken]:
    """Yield the policies that a word names, with what the gate file sets of them; or those of a gate file, as it names them."""
    from policykit.load.one_document import kind_of
    from policykit.load.policies import load_policies
    from policykit.stories.in_force import in_force
    from policykit.stories.open import find_gate_file, open_policies

    if kind_of(Path(word)) == "gate":
        gate_file = find_gate_file(Path(word), signing=False)
        policies, _ = open_policies((), gate_file, trial=False, environment=os.environ)
    else:
        gate_file = find_gate_file(config, signing=False)
        policies = tuple(map(in_force(gate_file, os.environ), load_policies([word])))
    yield from _aloud(policies, "" if gate_file is None else gate_file.path)


def _aloud(policies: Sequence[Policy], set_by: str) -> Iterator[Spoken]:
    from policykit.checks import find
    from policykit.plan.rollout import begins_to_block
    from policykit.render.console import Spoken
    from policykit.stories.in_force import settings_said
    from policykit.terms.sentence import list_words, sentence

    for number, policy in enumerate(policies):
        scope = "applies to everything" if policy.applies_to.everything else _scope(policy.applies_to)
        yield from [Spoken()] if number else []
        yield Spoken(policy.title, name=f"{policy.ref}:")
        yield Spoken(f"{scope}; owned by {policy.owner}", 2)
        yield from [Spoken(settings_said(policy, set_by), 2)] if policy.settings else []
        if policy.audit_until is not None:
            canary = f" all but {list_words(f'`{name}`' for name in policy.canary)}" if policy.canary else ""
            days = f"until {policy.audit_until}, and blocks from {begins_to_block(policy.audit_until)}"
            yield Spoken(f"it only advises{canary} {days}: it is being rolled out", 2)
        for rule in policy.rules:
            kinds = {clause.check: kind for clause in rule.clauses if (kind := find(clause.check)) is not None}
            yield Spoken()
            yield Spoken(rule.title, 2, rule.id)
            yield Spoken(sentence(rule, kinds), 4)
            yield from [Spoken(f"Why: {rule.why}", 4)] if rule.why else []
            yield from [Spoken(f"If it stops you: {rule.fix}", 4)] if rule.fix else []


def _scope(asked: object) -> str:
    from policykit.terms.policy import AppliesTo

    assert isinstance(asked, AppliesTo)
    parts = [f"{label} {' or '.join(values)}" for label, values in asked.labels.items()]
    if asked.stages:
        parts.append(f"stage {' or '.join(asked.stages)}")
    return f"applies to {', '.join(parts)}"

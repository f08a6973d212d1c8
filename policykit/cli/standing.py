"""What stands at a stage and by what right, as lines to read: the right in red where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from policykit.cli.line import say
from policykit.errors import VerificationError

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.decide.promote.placed import Placed
    from policykit.decide.promote.registry import Registry


def show(
    registry: Registry, stage: str, now: datetime, color: str, authority: Authority | None, claims: Sequence[bytes]
) -> None:
    """Print what stands at the stage, and every glass broken there that is still red.

    Raises:
        VerificationError: under a trust file, what stands there has no right that can be shown.
    """
    found = registry.current(stage)
    if found is None:
        say(f"nothing stands at {stage} of {registry.name}")
    else:
        say(f"{shown(found)} stands at {stage} of {registry.name}, since {word(found.since) or 'an unknown day'}")
        _show_right(found, registry, now, color, authority, claims)
    shown_already = () if found is None else (found,)
    for earlier in red_ones(registry.history(stage)[:-1], now, but=shown_already):
        glass(earlier, now, color)


def _show_right(
    found: Placed,
    registry: Registry,
    now: datetime,
    color: str,
    authority: Authority | None,
    claims: Sequence[bytes],
) -> None:
    from policykit.stories.standing import check_kept, check_right

    try:
        if authority is None:
            check_kept(found, registry)
        else:
            check_right(found, registry, authority, claims=claims)
    except VerificationError as error:
        if found.how == "unknown":
            right(found, now, color)
        else:
            red(f"  right   NONE that can be shown: {error}", color)
        if authority is not None:
            raise
        return
    right(found, now, color)
    if authority is None:
        click.echo("  trust   nothing was verified: this is what the registry says; add `--trust FILE`")


def right(placed: Placed, now: datetime, color: str) -> None:
    """Print by what right something stands or stood there, by the registry's own word."""
    match placed.how:
        case "permit":
            who = ", ".join(map(word, placed.who)) or "nobody"
            say(f"  right   permit {word(placed.permit[:12])}, approved by {who}")
        case "rollback":
            why = f": {word(placed.reason)}" if placed.reason else ""
            say(f"  right   rolled back to; permit {word(placed.permit[:12])}{why}")
        case "break_glass":
            glass(placed, now, color)
        case "unknown":
            red("  right   NONE: it was put there by other means than policykit", color)


def glass(placed: Placed, now: datetime, color: str) -> None:
    """Show a broken glass, in red for as long as it is to be seen."""
    if is_red(placed, now):
        red(_broken(placed), color)
    else:
        click.echo(_broken(placed))


def red_ones(history: Sequence[Placed], now: datetime, *, but: Sequence[Placed] = ()) -> tuple[Placed, ...]:
    """Return every broken glass that is still red, each once: two of one day, by the same and for the same, read alike."""
    known = {_broken(each) for each in but if each.how == "break_glass"}
    fresh = {_broken(each): each for each in history if is_red(each, now) and _broken(each) not in known}
    return tuple(fresh.values())


def _broken(placed: Placed) -> str:
    who, day = " and ".join(map(word, placed.who)), word(placed.since[:10])
    return (
        f"  GLASS BROKEN for {shown(placed)} on {day} by {who}: {word(placed.reason)} (red until {word(placed.until)})"
    )


def is_red(placed: Placed, now: datetime) -> bool:
    """Return whether breaking this glass is still to be seen by everybody."""
    return placed.how == "break_glass" and now.date().isoformat() <= placed.until


def red(text: str, color: str) -> None:
    """Print a line in red where the screen can show it."""
    from policykit.cli.options import screen

    shown_in = screen(color).color
    click.echo(click.style(text, fg="red", bold=True) if shown_in else text, color=shown_in)


def shown(placed: Placed) -> str:
    """Return what a bundle is called, nothing hidden in it."""
    return word(placed.bundle)


def word(text: str) -> str:
    """Return foreign text as it may be shown."""
    from policykit.render.visible import visible

    return visible(text, longest=200)

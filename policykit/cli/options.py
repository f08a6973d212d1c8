"""Options that several verbs share, and the places they come from."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from click.core import ParameterSource

from policykit.errors import UsageError

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.stories.outputs import Screen
    from policykit.terms.gate_file import GateFile

_ENVIRONMENT: Final = ParameterSource.ENVIRONMENT
_COUNT: Final = "policykit.trust_root_count"

F = TypeVar("F", bound=Callable[..., Any])


def policies_option(command: F) -> F:
    """`--policies PATH…`, repeatable."""
    return click.option(
        "--policies",
        "-p",
        multiple=True,
        metavar="PATH",
        help="A policy file, a folder of them, or pack:NAME. Repeatable.",
    )(command)


def stage_option(command: F) -> F:
    """`--stage S`."""
    return click.option("--stage", "-s", metavar="STAGE", help="The stage the model would go to.")(command)


def as_of_option(command: F) -> F:
    """`--as-of DAY`."""
    return click.option(
        "--as-of", metavar="YYYY-MM-DD", help="The day as of which ages are judged (default: today, UTC)."
    )(command)


def config_option(command: F) -> F:
    """`--config FILE`."""
    return click.option(
        "--config", type=click.Path(path_type=Path), help="The gate file (default: ./policykit.yaml, unless signing)."
    )(command)


def color_option(command: F) -> F:
    """`--color`."""
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Colour in text.",
    )(command)


def trust_options(command: F) -> F:
    """`--trust FILE`, `--trust-root KEY…`, `--trust-root-count N`, `--state FOLDER`: by whose word; `authority_of` opens them.

    The count is kept in the context, and not handed to the verb.
    """
    for option in (
        click.option(
            "--state",
            metavar="FOLDER",
            type=click.Path(path_type=Path),
            envvar="POLICYKIT_STATE",
            help="Where to remember what was seen (default: policykit in XDG_STATE_HOME, or in ~/.local/state).",
        ),
        click.option(
            "--trust-root-count",
            metavar="N",
            type=click.IntRange(min=1),
            expose_value=False,
            callback=_keep_count,
            help="How many of the keys of --trust-root have to have signed it (default: all of them).",
        ),
        click.option(
            "--trust-root",
            metavar="KEY",
            multiple=True,
            envvar="POLICYKIT_TRUST_ROOT",
            help="A public key that has to have signed the trust file, or sha256: and its digest. Repeatable: then all of them.",
        ),
        click.option(
            "--trust",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="The trust file that says who may sign what; its signatures lie in claims.jsonl beside it.",
        ),
    ):
        command = option(command)
    return command


def _keep_count(context: click.Context, _: click.Parameter, count: int | None) -> None:
    context.meta[_COUNT] = count


def authority_of(
    trust: Path | None,
    trust_root: tuple[str, ...],
    state: Path | None,
    *,
    now: datetime,
    gate_file: GateFile | None = None,
) -> Authority | None:
    """Return the authority that these options name, else the one a gate file names, else None.

    What a gate file names that was found, and not named with `--config`, is never remembered: it may come with the change
    that is judged.

    Raises:
        UsageError: roots are given, and no trust file that they could be roots of; or they are counted, and none is given.
        VerificationError: the trust file is not one to believe.
    """
    context = click.get_current_context(silent=True)
    count = context.meta.get(_COUNT) if context is not None else None
    if count is not None and not trust_root:
        raise UsageError("root keys are counted, and none is given", hint="add `--trust-root KEY` for each of them")
    roots, remember = trust_root, True
    if trust is None and gate_file is not None and gate_file.trust is not None:
        trust, roots = Path(gate_file.trust), trust_root or gate_file.trust_roots
        remember = context is not None and context.params.get("config") is not None
    if trust is None:
        if trust_root and (context is None or context.get_parameter_source("trust_root") is not _ENVIRONMENT):
            raise UsageError("a root key is given, and no trust file", hint="add `--trust FILE`")
        return None
    from policykit.attest.state import State
    from policykit.stories.trusting import open_trust

    seen = State(state or state_folder(os.environ))
    return open_trust(trust, roots, state=seen, now=now, roots_at_least=count, remember=remember)


def state_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder in which this user's earlier verifications are remembered."""
    base = environment.get("XDG_STATE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "state") / "policykit"


def day(text: str | None) -> str:
    """Return an ISO day as given, or empty; raise `UsageError` where it is none."""
    from policykit.stories.gate import iso_day

    return "" if text is None else iso_day(text)


def screen(color: str) -> Screen:
    """Return what standard output can show."""
    import shutil

    from policykit.stories.outputs import Screen

    terminal = sys.stdout.isatty()
    wanted = color == "always" or (color == "auto" and terminal and not os.environ.get("NO_COLOR"))
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    columns = shutil.get_terminal_size((100, 24)).columns
    return Screen(width=max(60, min(columns, 200)), color=wanted, unicode=encoding.startswith("utf"))


def password() -> bytes | None:
    """Return the password for key files, from `POLICYKIT_KEY_PASSWORD`."""
    text = os.environ.get("POLICYKIT_KEY_PASSWORD")
    return text.encode() if text is not None else None

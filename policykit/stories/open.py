"""Open what a run is asked about: the bundle or table, the policies, the gate file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from policykit.errors import PolicyError, UsageError
from policykit.load.bundle import load_bundle
from policykit.load.gate_file import load_gate_file, load_inventory
from policykit.load.loose import bundle_from_table
from policykit.load.policies import load_policies
from policykit.load.scalars import is_stage, shown
from policykit.stories.models import expect_model
from policykit.stories.sources import Source, at_hand
from policykit.stories.unnamed import expect_no_files, without_words
from policykit.terms.bundle import Bundle
from policykit.terms.gate_file import GateFile
from policykit.terms.nearest import nearest
from policykit.terms.policy import Policy
from policykit.terms.report import Notice

GATE_FILE = "policykit.yaml"
FIRST_LOOK = "pack:first-look"
TABLES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Table:
    """What the first rung says of a table, in place of a manifest."""

    target: str | None = None
    prediction: str | None = None
    score: str | None = None
    protected: tuple[str, ...] = ()
    favourable: Any = None
    positive: Any = None

    @property
    def said(self) -> bool:
        """Return whether anything was said."""
        return self != Table()


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything a run needs, read and valid."""

    bundle: Bundle
    policies: tuple[Policy, ...]
    gate_file: GateFile | None = None
    trial: bool = False
    notices: tuple[Notice, ...] = ()  # what a reader of the report must know of where the policies come from


def find_gate_file(config: Path | None, *, signing: bool, policies: Sequence[str | Path] = ()) -> GateFile | None:
    """Return the gate file: the one named, else `policykit.yaml` here; signing, nothing is taken from here unasked.

    Where `policies` were named, a gate file that was only found may come with the change that is judged: it has no say in whose
    word counts and what is excused. Its `models` count: they only narrow what is judged.

    Raises:
        UsageError: the gate file here was not named, and names what only a named one may: signing, an inventory or models;
            beside policies that were named, anything of trust, waivers, labels, champion, ledger or plugins.
    """
    if config is not None:
        return load_gate_file(config)
    here = Path(GATE_FILE)
    if not here.is_file():
        return None
    found = replace(load_gate_file(here), found=True)
    if signing:
        if found.inventory is not None or found.models:
            named = "an inventory" if found.inventory is not None else "the models it judges"
            raise UsageError(
                f"`{GATE_FILE}` here names {named}, and signing takes nothing from here unasked",
                hint=f"name the gate file: `--config {GATE_FILE}`, or one that is kept where the judged cannot change it",
            )
        return None
    swaying = _swaying(found) if policies else ()
    if swaying:
        named = ", ".join(f"`{word}`" for word in swaying)
        raise UsageError(
            f"policies are named, and `{GATE_FILE}`, which was only found here, names {named} as well",
            hint=f"name it, if it is yours: `--config {GATE_FILE}`; or run in a folder without it",
        )
    return found


def _swaying(found: GateFile) -> tuple[str, ...]:
    """Return the keys of a gate file that say whose word counts, what is excused, and what is asked of whom."""
    said = {
        "trust": found.trust is not None or bool(found.trust_roots),
        "waivers": found.waivers is not None or bool(found.waivers_from) or found.waivers_longest is not None,
        "inventory": found.inventory is not None,
        "vocabulary": bool(found.vocabulary),
        "champion": found.champion_key is not None,
        "ledger": found.ledger is not None,
        "plugins": bool(found.plugins),
    }
    return tuple(name for name, there in said.items() if there)


def open_all(
    subject: Any,
    policies: Sequence[str | Path],
    gate_file: GateFile | None,
    table: Table,
    *,
    environment: Mapping[str, str] | None = None,
    signing: bool = False,
) -> Opened:
    """Return the bundle and the policies to judge it by.

    `subject` is a bundle folder or zip, a CSV or Parquet file of predictions, a table in memory, or a `Bundle`; `environment`
    says how policies elsewhere are reached, and where they are kept.
    """
    trial = not isinstance(subject, Bundle) and _is_table(subject)
    bundle = _bundle(subject, gate_file, table)
    expect_model(bundle.name, str(subject) if isinstance(subject, str | Path) else "", gate_file)
    found, notices = open_policies(policies, gate_file, trial=trial, environment=environment, signing=signing)
    return Opened(bundle, found, gate_file, trial, notices)


def policy_sources(policies: Sequence[str | Path], gate_file: GateFile | None, *, trial: bool) -> Sequence[Source]:
    """Return the policies named, else those of the gate file, else (for a table) the first look."""
    if policies:
        return policies
    if gate_file is not None and gate_file.policies:
        expect_no_files(gate_file)
        return gate_file.policies
    if trial:
        return [FIRST_LOOK]
    raise UsageError(
        "no policy was named, and a gate without a policy shows nothing",
        hint="add `--policies PATH` or `--policies pack:baseline`, or write a gate file with `policykit init`",
    )


def open_policies(
    policies: Sequence[str | Path],
    gate_file: GateFile | None,
    *,
    trial: bool,
    environment: Mapping[str, str] | None = None,
    signing: bool = False,
) -> tuple[tuple[Policy, ...], tuple[Notice, ...]]:
    """Return the policies a run is judged by, read and valid, and what is to be said of where they come from."""
    sources = policy_sources(policies, gate_file, trial=trial)
    found = at_hand(sources, environment=environment or {}, signing=signing)
    try:
        return load_policies(found.sources, vocabulary=vocabulary_of(gate_file)), found.notices
    except PolicyError as error:
        raise without_words(error, gate_file) from None


def expect_stage(stage: str | None, gate_file: GateFile | None) -> None:
    """Refuse what is no stage, and one outside the gate file's vocabulary: a misspelt one would apply no policy."""
    if stage is not None and not is_stage(stage):
        hint = "a stage is lower-case letters, digits and dashes, such as `production`"
        raise UsageError(f"`{shown(stage)}` is not a stage", hint=hint)
    known = vocabulary_of(gate_file).get("stage", ())
    if stage is None or not known or stage in known:
        return
    near = nearest(stage, known)
    hint = f"did you mean `{near}`?" if near else f"the gate file names {', '.join(f'`{name}`' for name in known)}"
    raise UsageError(f"`{stage}` is not a stage of the gate file's vocabulary", hint=hint)


def champion_key(gate_file: GateFile | None) -> Path | None:
    """Return the public key that the champion's report is verified with, where the gate file names one."""
    return Path(gate_file.champion_key) if gate_file is not None and gate_file.champion_key else None


def vocabulary_of(gate_file: GateFile | None) -> Mapping[str, tuple[str, ...]]:
    """Return the values that labels and stages may have, as the gate file says."""
    return gate_file.vocabulary if gate_file is not None else {}


def _bundle(subject: Any, gate_file: GateFile | None, table: Table) -> Bundle:
    if isinstance(subject, Bundle):
        return subject
    if _is_table(subject):
        return bundle_from_table(
            subject,
            target=table.target,
            prediction=table.prediction,
            score=table.score,
            protected=table.protected,
            favourable=table.favourable,
            positive=table.positive,
        )
    if table.said:
        raise UsageError(
            f"`{subject}` is a bundle, and its manifest says target, prediction and protected attributes",
            hint="leave those options out, or name a CSV or Parquet file",
        )
    inventory = None
    if gate_file is not None and gate_file.inventory is not None:
        inventory = load_inventory(Path(gate_file.inventory))
    return load_bundle(Path(subject), inventory=inventory, vocabulary=vocabulary_of(gate_file))


def _is_table(subject: Any) -> bool:
    if isinstance(subject, str | Path):
        path = Path(subject)
        return path.suffix.lower() in TABLES and not path.is_dir()
    return True

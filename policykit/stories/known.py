"""What is known before judging: by whose word, which waivers there are, and how often the held-out data was looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.errors import UsageError, VerificationError
from policykit.stories.champion import ALIKE, UNGUARDED, UNHEARD
from policykit.terms.bundle import Bundle
from policykit.terms.gate_file import GateFile
from policykit.terms.history import History
from policykit.terms.report import Notice
from policykit.terms.waiver import SignedWaiver, Waiver

if TYPE_CHECKING:
    from policykit.attest.authority import Authority
    from policykit.attest.ledger.folder import Ledger
    from policykit.attest.state import State


@dataclass(frozen=True, slots=True)
class Named:
    """Where waivers and the ledger are, as the command line says; what it leaves out the gate file may say."""

    waivers: tuple[Path, ...] = ()
    waivers_from: str = ""  # `base branch` or a git ref; empty: as they lie here
    ledger: Path | None = None
    claims: tuple[Path, ...] = ()  # more places to hear revocations in


@dataclass(frozen=True, slots=True)
class Known:
    """What a run takes from beside its bundle and its policies."""

    waivers: tuple[SignedWaiver, ...] = ()
    trust: tuple[str, int, str] | None = None
    history: History | None = None
    notices: tuple[Notice, ...] = ()


def known(
    named: Named,
    gate_file: GateFile | None,
    authority: Authority | None,
    bundle: Bundle,
    *,
    stage: str | None,
    now: datetime,
    environment: Mapping[str, str],
    trial: bool = False,
    state: State | None = None,
    schemas: Mapping[str, object] | None = None,
) -> Known:
    """Return the waivers that bind `bundle`, each with who approved it, and what the ledger knows; a trial is no attempt.

    `state` is what was seen of the ledger before; `schemas` what the data sets look like where they are not at hand.

    Raises:
        WaiverError: a waiver is wrong, with every problem of every file.
        VerificationError: `waiver_trust`: there are waivers and no trust file; `trust_stage`: the trust file knows no such
            stage; or a waiver is not signed as it has to be.
        LedgerError: the ledger does not hold together, or does not go on from what was seen.
    """
    trust = authority.trust if authority is not None else None
    ledger = _ledger(named, gate_file)
    unheard = _unheard(named, gate_file, authority, stage)
    history, counted = None, tuple[Notice, ...]()
    if ledger is not None and not trial:
        history, counted = _history(ledger, authority, bundle, stage=stage, now=now, state=state, schemas=schemas)
    return Known(
        () if unheard else _waivers(named, gate_file, authority, bundle, ledger, stage=stage, environment=environment),
        (trust.id, trust.version, trust.digest) if trust is not None else None,
        history,
        (*(unheard or _unguarded(named, gate_file, environment)), *counted),
    )


def _unguarded(named: Named, gate_file: GateFile | None, environment: Mapping[str, str]) -> tuple[Notice, ...]:
    """Return the warning that a change to a branch is judged with the waivers that it may bring itself."""
    from policykit.load.gate_waivers import unguarded

    told = dict.fromkeys(unguarded(source, environment) for source in _sources(named, gate_file))
    return tuple(Notice("warning", UNGUARDED, text) for text in told if text)


def _unheard(
    named: Named, gate_file: GateFile | None, authority: Authority | None, stage: str | None
) -> tuple[Notice, ...]:
    """Return the word that no waiver is read, where the trust file lets none count at this stage: one gate file serves several.

    A stage that the trust file does not list may be a slip of the pen, and is refused (`trust_stage`).
    """
    if not stage or authority is None or not _sources(named, gate_file):
        return ()
    if authority.stage(stage).waivers is not None:
        return ()
    return (Notice("warning", UNHEARD, f"no waiver was read: the trust file lets none count at `{stage}`"),)


def _waivers(
    named: Named,
    gate_file: GateFile | None,
    authority: Authority | None,
    bundle: Bundle,
    ledger: Path | None,
    *,
    stage: str | None,
    environment: Mapping[str, str],
) -> tuple[SignedWaiver, ...]:
    sources = _sources(named, gate_file)
    if not sources:
        return ()
    if authority is None:
        raise VerificationError(
            "waiver_trust",
            "waivers are named, and no trust file says who may excuse",
            hint="add `--trust FILE --trust-root KEY`, or name them in the gate file",
        )
    from policykit.stories.heard import taken_back
    from policykit.stories.logged import open_log
    from policykit.stories.waivers import signed_waivers

    found, signed = _signed_waivers(sources, environment)
    log = open_log(ledger, authority, None) if ledger is not None else None
    said = _heard(sources, authority, named, bundle, log)
    claims = dict.fromkeys((*signed, *taken_back(said)))  # approvals come with the waivers, from where those are read
    return signed_waivers(found, tuple(claims), bundle, authority, stage)


def heard_of(
    report: Path,
    named: Named,
    gate_file: GateFile | None,
    authority: Authority,
    bundle: Bundle,
    *,
    environment: Mapping[str, str],
    state: State | None = None,
) -> tuple[tuple[bytes, ...], Ledger | None]:
    """Return what was signed about an earlier report of `bundle`, from everywhere a run hears it, and the ledger at hand.

    That is beside the report, the bundle, the trust file and the waivers, wherever those are named or read from; in the claims
    that were named; and in the ledger, which the gate file may name.

    Raises:
        StorageError, VerificationError: as `stories.heard.heard`.
    """
    from policykit.stories.heard import heard
    from policykit.stories.logged import open_log

    sources, ledger = _sources(named, gate_file), _ledger(named, gate_file)
    log = open_log(ledger, authority, state) if ledger is not None else None
    _, signed = _signed_waivers(sources, environment)
    about = heard(authority, beside=report)
    return tuple(dict.fromkeys((*about, *_heard(sources, authority, named, bundle, log), *signed))), log


def _signed_waivers(
    sources: Sequence[GateFile], environment: Mapping[str, str]
) -> tuple[tuple[Waiver, ...], tuple[bytes, ...]]:
    """Return the waivers of all places, and what was signed about them, from where each is read."""
    from policykit.attest.claims_file import CLAIMS, claims_in
    from policykit.load.gate_waivers import waivers_of

    found: list[Waiver] = []
    claims: list[bytes] = []
    for source in sources:
        waivers, signed = waivers_of(source, environment)
        found += waivers
        claims += claims_in(signed, Path(source.waivers or "") / CLAIMS)
    return tuple(found), tuple(claims)


def _heard(
    sources: Sequence[GateFile], authority: Authority, named: Named, bundle: Bundle, log: Ledger | None
) -> tuple[bytes, ...]:
    from policykit.stories.heard import heard

    return heard(
        authority,
        beside=bundle.root.parent if bundle.root is not None else None,
        named=named.claims,
        waivers=[Path(source.waivers) for source in sources if source.waivers is not None],
        log=log,
    )


def _ledger(named: Named, gate_file: GateFile | None) -> Path | None:
    return named.ledger or (Path(gate_file.ledger) if gate_file is not None and gate_file.ledger else None)


def _sources(named: Named, gate_file: GateFile | None) -> tuple[GateFile, ...]:
    """Return a gate file for each place waivers are read from: how they are read, and how long they may last, stays said."""
    base = gate_file or GateFile("")
    base = replace(base, waivers_from=named.waivers_from or base.waivers_from)
    if named.waivers:
        return tuple(replace(base, waivers=str(path)) for path in named.waivers)
    if base.waivers is None and named.waivers_from:
        raise UsageError("nobody said where waivers lie", hint="add `--waivers PATH`")
    return (base,) if base.waivers is not None else ()


def _history(
    ledger: Path,
    authority: Authority | None,
    bundle: Bundle,
    *,
    stage: str | None,
    now: datetime,
    state: State | None,
    schemas: Mapping[str, object] | None,
) -> tuple[History, tuple[Notice, ...]]:
    from policykit.stories.history import remembered
    from policykit.stories.ledger import whose

    key = whose(ledger, None, authority).key
    found = remembered(ledger, bundle, stage=stage, now=now, key=key, state=state, schemas=schemas, authority=authority)
    if not found.alike:
        return found.history, ()
    told = (
        f"{found.alike:,} of the {len(found.history.attempts):,} earlier attempts are counted because their data has as many "
        "rows and the same columns: predictions lie in the data's own file, so its digest does not tell whether the rows are the same"
    )
    return found.history, (Notice("warning", ALIKE, told),)

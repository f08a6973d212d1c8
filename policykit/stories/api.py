"""policykit from Python: the same rooms in the same order as the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from policykit.stories.champion import champion_of
from policykit.stories.gate import Asked
from policykit.stories.gate import gate as run_gate
from policykit.stories.known import Named, known
from policykit.stories.open import Table, open_all
from policykit.terms.report import Report

if TYPE_CHECKING:
    from policykit.attest.authority import Authority


def gate(
    bundle: Any,
    policies: str | Path | Sequence[str | Path] = (),
    stage: str | None = None,
    *,
    target: str | None = None,
    prediction: str | None = None,
    score: str | None = None,
    protected: str | Sequence[str] = (),
    favourable: Any = None,
    positive: Any = None,
    as_of: str = "",
    only: Sequence[str] = (),
    mode: Literal["enforce", "audit"] = "enforce",
    cache: Path | None = None,
    champion_key: Path | None = None,
    trust: str | Path | None = None,
    trust_roots: str | Path | Sequence[str | Path] = (),
    waivers: str | Path | Sequence[str | Path] = (),
    ledger: str | Path | None = None,
) -> Report:
    """May this model go to its next stage? Return the report; `assert report.allowed` is a gate in a test.

    `bundle` is a bundle folder or zip (a path), a CSV or Parquet file of predictions, a pandas, Polars or Arrow table, or a
    `policykit.Bundle`. With a table, say `target`, `prediction` (or `score`), `protected` and `favourable`. `policies` are
    paths or `pack:NAME`; a table without policies gets `pack:first-look`. `as_of` is an ISO day (default: today, UTC).
    `champion_key` is the public key that the champion's report, where the bundle names one, is verified with.

    `waivers` are waiver documents or folders of them, with `claims.jsonl` beside: they need `trust`, the trust file, and
    `trust_roots`, the keys (public key files, or `sha256:` and a digest) that may sign it. `ledger` is the folder of the ledger
    whose attempts are counted. What was seen of a trust file before is not remembered here; the command line does that.

    Raises `PolicykitError`: `DocumentError` (a policy or manifest is wrong, with every problem), `UsageError`,
    `VerificationError` (a digest does not hold), `StorageError`.
    """
    named = list(_each(policies))
    names = (protected,) if isinstance(protected, str) else tuple(protected)
    table = Table(target, prediction, score, names, favourable, positive)
    opened = open_all(bundle, named, None, table)
    champion, notices = champion_of(opened.bundle, champion_key)
    now = datetime.now(UTC)
    beside = known(
        Named(tuple(Path(one) for one in _each(waivers)), ledger=Path(ledger) if ledger is not None else None),
        None,
        _authority(trust, trust_roots, now),
        opened.bundle,
        stage=stage,
        now=now,
        environment={},
        trial=opened.trial,
    )
    asked = Asked(
        stage=stage,
        now=now,
        as_of=as_of,
        only=tuple(only),
        mode=mode,
        trial=opened.trial,
        cache=cache,
        champion=champion,
        notices=(*notices, *beside.notices),
        waivers=beside.waivers,
        trust=beside.trust,
        history=beside.history,
    )
    return run_gate(opened.bundle, opened.policies, asked).report


def _each(paths: str | Path | Sequence[str | Path]) -> Sequence[str | Path]:
    return [paths] if isinstance(paths, str | Path) else paths


def _authority(trust: str | Path | None, roots: str | Path | Sequence[str | Path], now: datetime) -> Authority | None:
    if trust is None:
        return None
    from policykit.stories.trusting import open_trust

    return open_trust(Path(trust), [str(root) for root in _each(roots)], state=None, now=now)

"""policykit from Python: the same rooms in the same order as the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from policykit.stories.champion import champion_of
from policykit.stories.gate import Asked
from policykit.stories.gate import gate as run_gate
from policykit.stories.open import Table, open_all
from policykit.terms.report import Report


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
) -> Report:
    """May this model go to its next stage? Return the report; `assert report.allowed` is a gate in a test.

    `bundle` is a bundle folder or zip (a path), a CSV or Parquet file of predictions, a pandas, Polars or Arrow table, or a
    `policykit.Bundle`. With a table, say `target`, `prediction` (or `score`), `protected` and `favourable`. `policies` are
    paths or `pack:NAME`; a table without policies gets `pack:first-look`. `as_of` is an ISO day (default: today, UTC).
    `champion_key` is the public key that the champion's report, where the bundle names one, is verified with.

    Raises `PolicykitError`: `DocumentError` (a policy or manifest is wrong, with every problem), `UsageError`,
    `VerificationError` (a digest does not hold), `StorageError`.
    """
    named = [policies] if isinstance(policies, str | Path) else list(policies)
    names = (protected,) if isinstance(protected, str) else tuple(protected)
    table = Table(target, prediction, score, names, favourable, positive)
    opened = open_all(bundle, named, None, table)
    champion, notices = champion_of(opened.bundle, champion_key)
    asked = Asked(
        stage=stage,
        now=datetime.now(UTC),
        as_of=as_of,
        only=tuple(only),
        mode=mode,
        trial=opened.trial,
        cache=cache,
        champion=champion,
        notices=notices,
    )
    return run_gate(opened.bundle, opened.policies, asked).report

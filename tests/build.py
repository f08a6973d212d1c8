"""Builders: a bundle on disk, a policy in YAML, a run of the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from policykit.stories.gate import Asked, Judged, gate
from policykit.stories.open import Table, open_all
from tests.clock import NOW

Columns = Mapping[str, Sequence[Any]]


def rows(*parts: tuple[int, Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return columns from (how often, row) parts."""
    names = list(dict.fromkeys(name for _, row in parts for name in row))
    return {name: [row.get(name) for count, row in parts for _ in range(count)] for name in names}


def people(*, men: tuple[int, int] = (500, 1000), women: tuple[int, int] = (500, 1000)) -> dict[str, list[Any]]:
    """Return 0/1 predictions with (approved, all) people of each sex, all of them right."""
    groups = (("m", men), ("f", women))
    return rows(
        *(
            (n, {"sex": sex, "y": out, "yhat": out})
            for sex, (yes, all_) in groups
            for out, n in ((1, yes), (0, all_ - yes))
        )
    )


TASK = {"kind": "binary-classification", "target": "y", "prediction": "yhat", "positive": 1, "favourable": 1}


def write_bundle(folder: Path, data: Columns | None = None, *, file: str = "rows.parquet", **manifest: Any) -> Path:
    """Write a bundle with one evaluation data set; keywords replace manifest entries, None leaves one out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.table({name: list(values) for name, values in (people() if data is None else data).items()}), folder / file
    )
    said: dict[str, Any] = {
        "policykit": "bundle/1",
        "name": "loans",
        "version": "1.4.0",
        "task": TASK,
        "protected_attributes": ["sex"],
        "datasets": {"evaluation": {"path": file}},
        **manifest,
    }
    (folder / "bundle.yaml").write_text(
        json.dumps({name: value for name, value in said.items() if value is not None}, ensure_ascii=False)
    )
    return folder


def write_policy(path: Path, *rules: Mapping[str, Any], **head: Any) -> Path:
    """Write a policy with these rules; keywords replace its head, None leaves one out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said: dict[str, Any] = {
        "policykit": "policy/1",
        "id": "house",
        "version": "1",
        "title": "The rules of the house",
        "owner": "risk@bank.example",
        "applies_to": "everything",
        **head,
        "rules": [{"id": f"R-{i}", "title": f"Rule {i}", "why": "a test", **rule} for i, rule in enumerate(rules, 1)],
    }
    path.write_text(json.dumps({name: value for name, value in said.items() if value is not None}, ensure_ascii=False))
    return path


ACCURATE = {"check": "performance.accuracy", "at_least": "90 %"}
EQUAL = {"check": "fairness.demographic_parity_difference", "for_each": "protected_attributes", "at_most": "10 pp"}
ENOUGH = {"check": "data.row_count", "at_least": 100}


def judged(
    folder: Path, *rules: Mapping[str, Any], data: Columns | None = None, asked: Asked | None = None, **manifest: Any
) -> Judged:
    """Run the gate over a bundle of `data` with `rules`."""
    bundle = write_bundle(folder / "bundle", data, **manifest)
    opened = open_all(bundle, [write_policy(folder / "policy.yaml", *rules)], None, Table())
    return gate(opened.bundle, opened.policies, asked or Asked(stage=None, now=NOW))


def status(found: Judged, rule: str = "R-1") -> str:
    """Return `pass`, `fail`, `undecided(cause)` of one rule."""
    verdict = next(line.verdict for line in found.report.rules if line.rule.id == rule)
    return f"{verdict.status}({verdict.cause})" if verdict.cause is not None else str(verdict.status)

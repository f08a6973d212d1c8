"""One table a data set: its files opened, its predictions beside it, its digest."""

from __future__ import annotations

from policykit.canon import canonical, digest
from policykit.measure.joined import joined
from policykit.measure.scanned import Scanned
from policykit.measure.source import attempt, opened
from policykit.terms.bundle import Bundle, Dataset
from policykit.terms.verdict import Unmeasured


def table_of(bundle: Bundle, dataset: Dataset, *, proven: bool) -> Scanned | Unmeasured:
    """Return the table of `dataset`, or why there is none; `proven` says that its predictions are known to fit.

    Raises BundleError for a CSV file that is no table.
    """
    table = opened(bundle, dataset)
    if isinstance(table, Unmeasured) or dataset.predictions is None:
        return table
    return attempt(lambda: joined(bundle, dataset, table, proven=proven), f"`{dataset.predictions.path}`")


def paths_of(dataset: Dataset) -> tuple[str, ...]:
    """Return the paths of every file that `dataset` reads."""
    return (*dataset.files, *((dataset.predictions.path,) if dataset.predictions else ()))


def digest_of(bundle: Bundle, dataset: Dataset) -> str:
    """Return the digest of a data set: that of its one file, or over those of all its files; empty for tables in memory."""
    known = {file.path: file.sha256 for file in bundle.files}
    found = [known.get(path, "") for path in paths_of(dataset)]
    if dataset.table is not None or not found or not all(found):
        return ""
    return found[0] if len(found) == 1 else digest(canonical(found))

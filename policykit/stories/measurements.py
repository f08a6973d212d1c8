"""Measurements in a file, signed or not: measure where the data lives, judge anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from policykit.attest.envelope import read_report
from policykit.attest.keys import load_public_key
from policykit.attest.sealing import sealed
from policykit.attest.signer import Signer
from policykit.attest.statement import MEASUREMENTS, statement
from policykit.attest.verify import open_report
from policykit.errors import BundleError, Diagnostic, SigningError
from policykit.load.gate_file import load_inventory
from policykit.load.measurements import ReadMeasurements, load_measurements, read_measurements
from policykit.stories.consistent import check_own_files, signed_by, subjects_of
from policykit.stories.models import expect_model
from policykit.terms.bundle import Bundle
from policykit.terms.gate_file import GateFile
from policykit.terms.plan import Measurement


@dataclass(frozen=True, slots=True)
class Measured:
    """Measurements as read, and what a report says of where they come from: `file`, or `signed file (key …)`."""

    read: ReadMeasurements
    source: str
    signed: bool


def seal_measurements(
    document: Mapping[str, Any], bundle: Bundle, signer: Signer, *, timestamp: str | None = None
) -> bytes:
    """Return the signed file of a `measurements/1` document, stamped by the authority at `timestamp` where one is named.

    A bundle of tables in memory has no digest, and cannot have such a file.
    """
    if not bundle.files:
        raise SigningError(
            "tables in memory have no digest, so no statement can be made about them",
            hint="write a bundle folder with `policykit.record(…)` and measure that",
        )
    return sealed(statement(subjects_of(bundle), document, predicate_type=MEASUREMENTS), signer, timestamp=timestamp)


def open_measurements(path: Path, key: Path | None, gate_file: GateFile | None) -> Measured:
    """Read measurements; with a key, only those that it signed. The labels are those of the inventory, where there is one.

    Raises:
        VerificationError: the signature does not hold, or the file is signed and there is no key to check it with.
        DocumentError: it is no such document, or the bundle says other labels than the inventory.
    """
    if key is None:
        read = load_measurements(path)
        return Measured(_listed(read, gate_file, str(path)), "file", signed=False)
    verified = open_report(read_report(path), load_public_key(key), predicate_type=MEASUREMENTS)
    check_own_files(verified.statement)
    read = read_measurements(verified.predicate, str(path))
    return Measured(_listed(read, gate_file, str(path)), signed_by(verified.key.id), signed=True)


def expect_signable(measured: Measured) -> None:
    """Refuse to sign what was not seen: measurements that nobody signed, and those that came from a cache.

    Raises:
        SigningError: see the message.
    """
    if not measured.signed:
        raise SigningError(
            "measurements from a file nobody signed cannot be signed as recomputed",
            hint="measure with `--sign`, judge with `--key`",
        )
    if any(isinstance(found, Measurement) and found.cached for found in measured.read.taken.values()):
        raise SigningError(
            "measurements from a cache cannot be signed as recomputed", hint="measure again without `--cache`"
        )


def _listed(read: ReadMeasurements, gate_file: GateFile | None, where: str) -> ReadMeasurements:
    """Return the measurements of a model that is judged here, under the labels of the inventory, as the gate reads a bundle."""
    expect_model(read.bundle.name, where, gate_file)
    if gate_file is None or gate_file.inventory is None:
        return read
    known = load_inventory(Path(gate_file.inventory)).get(read.bundle.name)
    if known is None:
        raise _other(f"`{read.bundle.name}` is not in the inventory", where)
    for label, values in read.bundle.labels.items():
        listed = known.get(label, ())
        if set(values) != set(listed):
            said = f"says `{label}: {', '.join(listed)}`" if listed else f"says nothing of `{label}`"
            raise _other(f"the inventory {said}, and the measured bundle says otherwise", where)
    labels = {label: tuple(values) for label, values in known.items() if values}
    return replace(read, bundle=replace(read.bundle, labels=labels))


def _other(message: str, where: str) -> BundleError:
    hint = "measure with the same gate file (`--config`), or ask the owners of the inventory to change theirs"
    return BundleError(message, problems=[Diagnostic("PK317", message, where, hint=hint)], hint=hint, where=where)

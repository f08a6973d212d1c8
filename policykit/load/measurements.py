"""Measurements in a file: measure where the data lives, judge anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policykit.canon import canonical
from policykit.errors import Diagnostic, DocumentError, VerificationError
from policykit.load.write import read_error
from policykit.strict_json import NotJSON, strict_json
from policykit.terms.bundle import Bundle, Schema
from policykit.terms.bundle_json import bundle_from_json, bundle_to_json, iso_date, schema_from_json, schema_to_json
from policykit.terms.plan import Taken
from policykit.terms.report import SEMANTICS
from policykit.terms.taken_json import taken_from_json, taken_to_json
from policykit.terms.verdict import Unmeasured

KIND: Final = "measurements/1"
LARGEST: Final = 256 * 2**20
_MOST_VALUES: Final = 12_000_000
_MEMBERS: Final = {
    "policykit",
    "semantics",
    "engine",
    "stage",
    "as_of",
    "subject",
    "bundle",
    "schemas",
    "measurements",
}


@dataclass(frozen=True, slots=True)
class ReadMeasurements:
    """What was measured of one bundle, and when: enough to judge it again. The bundle has no root, facts or documents."""

    bundle: Bundle
    schemas: Mapping[str, Schema | Unmeasured]
    taken: Taken
    stage: str | None
    as_of: str
    engine: str


def measurements_document(
    bundle: Bundle,
    schemas: Mapping[str, Schema | Unmeasured],
    taken: Taken,
    *,
    stage: str | None,
    as_of: str,
    engine: str,
) -> dict[str, Any]:
    """Return a `measurements/1` document as JSON."""
    return {
        "policykit": KIND,
        "semantics": SEMANTICS,
        "engine": engine,
        "stage": stage,
        "as_of": as_of,
        "subject": bundle.manifest_digest if bundle.files else "",
        "bundle": bundle_to_json(bundle),
        "schemas": {role: schema_to_json(schema) for role, schema in schemas.items()},
        "measurements": taken_to_json(taken),
    }


def dump_measurements(
    bundle: Bundle,
    schemas: Mapping[str, Schema | Unmeasured],
    taken: Taken,
    *,
    stage: str | None,
    as_of: str,
    engine: str,
) -> bytes:
    """Return the bytes of a `measurements/1` document; the same measurements give the same bytes."""
    return canonical(measurements_document(bundle, schemas, taken, stage=stage, as_of=as_of, engine=engine))


def load_measurements(source: Path | bytes) -> ReadMeasurements:
    """Read a `measurements/1` document that nobody signed.

    Raises:
        DocumentError: bytes that are no such document, or one of another version.
        VerificationError: reason `digest_mismatch`, where the stated subject is not the digest of the stated files;
            `no_key`, where the file is signed.
        StorageError: a file that cannot be read.
    """
    where = "measurements" if isinstance(source, bytes) else str(source)
    data = source if isinstance(source, bytes) else _bytes(source)
    if len(data) > LARGEST:
        raise _not(f"`{where}` has more than {LARGEST >> 20} MB", where)
    try:
        body = strict_json(data, most_values=_MOST_VALUES)
    except NotJSON as error:
        raise _not(f"`{where}` {error}", where) from error
    if isinstance(body, dict) and "dsseEnvelope" in body:
        message = f"`{where}` is signed, and no key was given to check the signature with"
        raise VerificationError("no_key", message, hint="give the public key of whoever measured with `--key`")
    return read_measurements(body, where)


def read_measurements(body: Any, where: str) -> ReadMeasurements:
    """Read a `measurements/1` document that is JSON already.

    Raises:
        DocumentError, VerificationError: as `load_measurements`.
    """
    _expect_kind(body, where)
    try:
        read = _read(body)
    except ValueError as error:
        raise _not(f"`{where}` does not hold together: {error}", where) from error
    expected = read.bundle.manifest_digest if read.bundle.files else ""
    if body["subject"] != expected:
        message = f"`{where}` names another subject than the files it lists"
        raise VerificationError("digest_mismatch", message, hint="measure the bundle again", where=where)
    return read


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        raise read_error(f"cannot read `{path}`", error, path) from error


def _expect_kind(body: Any, where: str) -> None:
    kind = body.get("policykit") if isinstance(body, dict) else None
    if kind == KIND:
        if body.get("semantics") != SEMANTICS:
            raise _not(
                f"`{where}` was measured by a version whose numbers mean something else",
                where,
                hint="measure the bundle again with this version",
            )
        return
    if isinstance(kind, str) and kind.startswith("measurements/"):
        raise _not(
            f"`{where}` is of a kind that this version does not know: `{kind[:40]}`", where, hint="update policykit"
        )
    raise _not(f"`{where}` is not a measurements document", where)


def _read(body: dict[str, Any]) -> ReadMeasurements:
    if set(body) != _MEMBERS:
        raise ValueError("it has members that this version does not know, or lacks some")
    stage, as_of, engine, schemas = body["stage"], body["as_of"], body["engine"], body["schemas"]
    if not isinstance(engine, str) or not isinstance(as_of, str) or not (stage is None or isinstance(stage, str)):
        raise ValueError("`engine`, `as_of` and `stage` are texts")
    if not isinstance(schemas, dict):
        raise ValueError("`schemas` is no object")
    iso_date(as_of)
    return ReadMeasurements(
        bundle=bundle_from_json(body["bundle"]),
        schemas={role: schema_from_json(schema) for role, schema in schemas.items()},
        taken=taken_from_json(body["measurements"]),
        stage=stage,
        as_of=as_of,
        engine=engine,
    )


def _not(message: str, where: str, *, hint: str = "write it with `policykit measure`") -> DocumentError:
    return DocumentError(message, problems=[Diagnostic("PK390", message, where, hint=hint)], hint=hint, where=where)

"""Read many reports at once, signed and not: each by itself, so that one bad file hides no other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policykit.attest.envelope import LARGEST_REPORT, read_report, unseal
from policykit.attest.keys import load_public_key
from policykit.attest.statement import DOMAIN, GATE_REPORT, STATEMENT_TYPE
from policykit.attest.strict_json import strict_json
from policykit.attest.verify import open_report, read_statement
from policykit.canon import digest
from policykit.errors import PolicykitError, VerificationError
from policykit.report.told import told_of
from policykit.stories.believed import check_believed, unfit
from policykit.terms.told import Told

if TYPE_CHECKING:
    from policykit.attest.authority import Authority, Signed
    from policykit.attest.publickey import PublicKey
    from policykit.terms.signatory import Signatory

MOST_FILES: Final = 100_000
MOST_BYTES: Final = 8 * 1024**3
"""Of all files of one reading together: a folder of huge files ends in a message, not in a day of reading."""

_REPORTS: Final = f"{GATE_REPORT.rpartition('/')[0]}/"
"""How the types of reports of every version begin."""
_OF_A_REPORT: Final = frozenset({"bundle", "gate", "decision", "rules"})


@dataclass(frozen=True, slots=True)
class Found:
    """One file: what the report in it says, or why nothing is shown of it.

    `told.signer` is set only where the signature was verified. `other`: it is no report and does not claim to be one, such
    as a permit or a load test that lies in the same folder.
    """

    path: Path
    told: Told | None
    problem: str
    other: bool = False


def read_reports(
    paths: Sequence[Path], *, key: Path | None = None, authority: Authority | None = None, now: datetime
) -> Iterator[Found]:
    """Yield every report in these files and folders (there: each `*.json`, in order of path), and every file that is none.

    With `key`, or under `authority`, the signature of a signed report has to hold and the report to be whole: about its own
    files, by its own policies, its decision following from its rules, its waivers approved, not taken back. One that is not is
    never shown as an unsigned one. What its stage asks for and it does not show (pinned policies, engine, evidence) is told in
    `told.unfit`; its age and approvals are for `verify`.

    A report that lies in several files is yielded once, and the verified one of them. Links in folders are not followed.

    Raises:
        StorageError, VerificationError: the key cannot be read or is none. Never for a report.
    """
    reader = _Reader(load_public_key(key) if key is not None else None, authority, now, {})
    read = [_read(path, reader) if not problem else (Found(path, None, problem), "") for path, problem in _files(paths)]
    verified = {same for found, same in read if same and found.told is not None and found.told.signer}
    seen = set[str]()
    for found, same in read:
        if same and (same in seen or (same in verified and found.told is not None and not found.told.signer)):
            continue
        seen.add(same)
        yield found


@dataclass(frozen=True, slots=True)
class _Reader:
    """By whose word files are read; `heard` keeps the claims of each folder."""

    key: PublicKey | None
    authority: Authority | None
    now: datetime
    heard: dict[Path, tuple[bytes, ...]]


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each file once, with why it cannot be read where that is plain already."""
    left, room = MOST_FILES, MOST_BYTES
    found = dict(each for place in paths for each in _under(place))
    for path, problem in found.items():
        left -= 1
        if left < 0:
            yield path, f"there are more than {MOST_FILES:,} files: it and the rest were not read"
            return
        if not problem:
            room -= min(_size(path), LARGEST_REPORT)
            if room < 0:
                yield path, f"the files before it hold more than {MOST_BYTES // 1024**3} GiB: it was not read"
                continue
        yield path, problem


def _under(path: Path) -> Iterator[tuple[Path, str]]:
    if not path.is_dir():
        yield path, "" if path.exists() or path.is_symlink() else "there is no such file or folder"
        return
    failed: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=failed.append):
        folders.sort()
        for name in [*folders, *names]:
            at = Path(folder) / name
            if at.is_symlink() and (name in folders or name.endswith(".json")):
                yield at, "it is a link, and links in folders are not followed: name it to have it read"
        for name in sorted(names):
            at = Path(folder) / name
            if name.endswith(".json") and not at.is_symlink():
                yield at, ""
    for error in failed:
        yield Path(os.fsdecode(error.filename)), f"the folder cannot be read: {(error.strerror or str(error)).lower()}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _read(path: Path, reader: _Reader) -> tuple[Found, str]:
    """Return what is in one file, and by what the same report is known again elsewhere."""
    try:
        data = read_report(path)
        value = strict_json(data)
    except PolicykitError as error:
        return Found(path, None, str(error)), ""
    except (RecursionError, MemoryError):
        return Found(path, None, "it is too large to be read"), ""
    try:
        return _found(path, data, value, reader)
    except PolicykitError as error:
        return Found(path, None, str(error)), ""
    except (RecursionError, MemoryError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return Found(path, None, "this is not written as a report is"), ""


def _found(path: Path, data: bytes, value: object, reader: _Reader) -> tuple[Found, str]:
    if not isinstance(value, dict):
        return _other(path, "it is JSON, and no report"), ""
    if "mediaType" in value or "dsseEnvelope" in value:
        return _signed(path, data, reader)
    if "_type" in value:
        if value.get("_type") == STATEMENT_TYPE and _is_ours(value.get("predicateType")):
            return _other(path, "it is a statement of another kind, and no report"), ""
        return _unsigned(path, read_statement(data, GATE_REPORT), digest(data), reader)
    if value.keys() >= _OF_A_REPORT:
        check_believed({"predicate": value}, now=reader.now, signed=False)
        return Found(path, told_of(value, path=str(path)), ""), _same(value)
    if value.keys() >= {"decision", "error", "problems"}:
        return Found(path, None, f"nothing was judged: {value['error']}"), ""
    return _other(path, "it is JSON, and no report"), ""


def _other(path: Path, problem: str) -> Found:
    return Found(path, None, problem, other=True)


def _is_ours(kind: object) -> bool:
    """Return whether a statement is one of policykit's other kinds: permits and approvals lie beside reports."""
    return isinstance(kind, str) and kind.startswith(f"{DOMAIN}/") and not kind.startswith(_REPORTS)


def _signed(path: Path, data: bytes, reader: _Reader) -> tuple[Found, str]:
    envelope = unseal(data)
    peeked = strict_json(
        envelope.payload
    )  # not believed: only to tell a permit, which somebody else signs, from a report
    if isinstance(peeked, dict) and peeked.get("_type") == STATEMENT_TYPE and _is_ours(peeked.get("predicateType")):
        return _other(path, "it is a signed statement of another kind, and no report"), ""
    if reader.authority is not None:
        signed = reader.authority.open_any(data, roles=_roles(reader.authority), predicate_type=GATE_REPORT)
        by = _of_the_stage(signed, data, reader.authority)
        check_believed(signed.statement, now=reader.now, signed=True)
        _check_under(signed.statement, signed.payload_digest, path, reader)
        found, same = _told(path, signed.statement, signed.payload_digest, _name(by))
        return _held_against(found, signed.statement, reader.authority), same
    if reader.key is not None:
        verified = open_report(data, reader.key)
        check_believed(verified.statement, now=reader.now, signed=True)
        _check_alone(verified.statement)
        return _told(path, verified.statement, digest(verified.payload), f"key {verified.key.id}")
    return _unsigned(path, read_statement(envelope.payload, GATE_REPORT), digest(envelope.payload), reader)


def _unsigned(path: Path, statement: Mapping[str, Any], payload: str, reader: _Reader) -> tuple[Found, str]:
    """Return what a report says that nobody vouches for; one from the future would stay the newest for ever."""
    check_believed(statement, now=reader.now, signed=False)
    return _told(path, statement, payload, "")


def _told(path: Path, statement: Mapping[str, Any], payload: str, signer: str) -> tuple[Found, str]:
    subject, said = statement["subject"][0]["digest"]["sha256"], statement["predicate"]
    told = told_of(said, subject=subject, payload=payload.removeprefix("sha256:"), signer=signer, path=str(path))
    return Found(path, told, ""), _same(said)


def _held_against(found: Found, statement: Mapping[str, Any], authority: Authority) -> Found:
    """Return the report with what its stage asks for and it does not show."""
    if found.told is None:
        return found
    return replace(found, told=replace(found.told, unfit=unfit(statement, authority.stage(found.told.stage))))


def _same(said: Mapping[str, Any]) -> str:
    """Return by what the same report is known again, signed or plain: everything it says."""
    return sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _roles(authority: Authority) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stage.report_signed_by for stage in authority.trust.stages.values()))


def _of_the_stage(signed: Signed, data: bytes, authority: Authority) -> Signatory:
    """Return who signed, once it is somebody who may for the very stage that the report is about."""
    gate = signed.predicate.get("gate")
    stage = gate.get("stage") if isinstance(gate, dict) else None
    if not isinstance(stage, str):
        raise VerificationError("incomplete", "the report does not say which stage it is about")
    role = authority.stage(stage).report_signed_by
    if role == signed.by.role:
        return signed.by
    return authority.open(data, role=role, predicate_type=GATE_REPORT).by


def _name(by: Signatory) -> str:
    return f"{by.name}{f' ({by.who})' if by.who else ''} as {by.role}"


def _check_alone(statement: Mapping[str, Any]) -> None:
    """Refuse what a key alone cannot vouch for: who may excuse stands in a trust file."""
    from policykit.attest.stage import excused

    if statement["predicate"].get("decision") != "BLOCKED" and excused(statement):
        raise VerificationError(
            "waiver_trust",
            "the decision rests on a waiver, and a key alone does not say who may excuse: name a trust file",
        )


def _check_under(statement: Mapping[str, Any], payload: str, path: Path, reader: _Reader) -> None:
    """Refuse a report whose waivers do not hold, and one that was taken back."""
    from policykit.attest.stage import excused
    from policykit.stories.claimed import check_not_revoked, revocations
    from policykit.stories.heard import heard
    from policykit.stories.waivers import reverified

    if reader.authority is None:
        return
    if path.parent not in reader.heard:
        reader.heard[path.parent] = heard(reader.authority, beside=path)
    claims = reader.heard[path.parent]
    if excused(statement):
        reverified(statement["predicate"], reader.authority, claims=claims)
    if claims:
        check_not_revoked("report", payload, "the report", revocations(claims, reader.authority))

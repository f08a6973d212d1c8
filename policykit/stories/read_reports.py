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

from policykit.attest.claims_file import CLAIMS, read_claims
from policykit.attest.envelope import LARGEST_REPORT, read_report, unseal
from policykit.attest.keys import load_public_key
from policykit.attest.statement import DOMAIN, GATE_REPORT, STATEMENT_TYPE
from policykit.attest.strict_json import strict_json
from policykit.attest.verify import open_report, read_statement
from policykit.canon import digest
from policykit.errors import PolicykitError, VerificationError
from policykit.report.told import told_of
from policykit.stories.believed import check_believed, unfit
from policykit.stories.claimed import TakenBack, check_not_revoked, revocations
from policykit.stories.heard import WAIVERS
from policykit.stories.heard_among import claims_beside, heard_among, said_back, takes_back
from policykit.terms.told import Told

if TYPE_CHECKING:
    from policykit.attest.authority import Authority, Signed
    from policykit.attest.publickey import PublicKey
    from policykit.terms.signatory import Signatory

MOST_FILES: Final = 100_000
MOST_BYTES: Final = 8 * 1024**3
"""Of all files of one reading together: a folder of huge files ends in a message, not in a day of reading."""

_NO_WORD: Final = 2
"""What the word of an unsigned report is worth beside a signed one."""
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

    A report that lies in several files is yielded once: the one that was taken back, else the verified one of them. What takes
    back is heard wherever it lies in what was given, before the first report is looked at; without a trust file everybody's
    word does. Links in folders are not followed.

    Raises:
        StorageError, VerificationError: the key cannot be read or is none, or the claims beside the trust file cannot be
            read. Never for a report.
    """
    files = [*_files(paths)]
    reader, unheard = _reader(paths, files, load_public_key(key) if key is not None else None, authority, now)
    yield from unheard
    read = [
        _read(path, reader) if not problem else (Found(path, None, problem), "")
        for path, problem in files
        if problem or path.name != CLAIMS
    ]
    worth = dict[str, int]()
    for found, same in read:
        worth[same] = min(_worth(found), worth.get(same, _NO_WORD))
    seen = set[str]()
    for found, same in read:
        if same and (same in seen or _worth(found) > worth[same]):
            continue
        seen.add(same)
        yield found


@dataclass(frozen=True, slots=True)
class _Reader:
    """By whose word files are read, and what counts no more: by who may say so, or (`said_back`, reports) by anybody.

    `deaf` are the folders whose claims cannot be read, with the reason: of a report in one, nobody knows whether it still counts.
    """

    key: PublicKey | None
    authority: Authority | None
    now: datetime
    claims: tuple[bytes, ...]
    back: TakenBack
    said_back: frozenset[str]
    deaf: Mapping[Path, str]

    def taken_back(self, payload: str) -> str:
        """Return why the report with these signed bytes counts no more; empty where it does."""
        if payload in self.said_back:
            return "somebody took the report back, and without a trust file everybody may: name one to have only those heard who may"
        try:
            check_not_revoked("report", payload, "the report", self.back)
        except VerificationError as error:
            return str(error)
        return ""


def _reader(
    paths: Sequence[Path],
    files: Sequence[tuple[Path, str]],
    key: PublicKey | None,
    authority: Authority | None,
    now: datetime,
) -> tuple[_Reader, Sequence[Found]]:
    """Return what reads every report, once all that takes something back was heard, and the claims that cannot be read."""
    found, unheard, deaf = list[bytes](), list[Found](), dict[Path, str]()
    named = [beside for path in paths for beside in claims_beside(path)]
    for path in dict.fromkeys((*(path for path, problem in files if not problem), *named)):
        try:
            signed = read_claims(path) if path.name == CLAIMS else (read_report(path),)
            found += filter(takes_back, signed)
        except PolicykitError as error:
            if path.name == CLAIMS:
                deaf[path.parent.parent if path.parent.name == WAIVERS else path.parent] = str(error)
                unheard.append(Found(path, None, str(error)))
    claims = heard_among(authority, found)
    back = revocations(claims, authority) if authority is not None else {}
    said = said_back(claims) if authority is None else frozenset[str]()
    return _Reader(key, authority, now, claims, back, said, deaf), unheard


def _worth(found: Found) -> int:
    """Return which of several files with one report is shown: what was taken back stands before what is signed."""
    return 0 if found.told is None else 1 if found.told.signer else _NO_WORD


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
            if at.is_symlink() and (name in folders or _is_read(name)):
                yield at, "it is a link, and links in folders are not followed: name it to have it read"
        for name in sorted(names):
            at = Path(folder) / name
            if _is_read(name) and not at.is_symlink():
                yield at, ""
    for error in failed:
        yield Path(os.fsdecode(error.filename)), f"the folder cannot be read: {(error.strerror or str(error)).lower()}"


def _is_read(name: str) -> bool:
    return name.endswith(".json") or name == CLAIMS


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _read(path: Path, reader: _Reader) -> tuple[Found, str]:
    """Return what is in one file, and by what the same report is known again elsewhere, taken back or not."""
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
        deaf = next((reader.deaf[folder] for folder in path.parents if folder in reader.deaf), "")
        if deaf:
            return Found(path, None, f"nobody knows whether it still counts: {deaf}"), ""
        signed = reader.authority.open_any(data, roles=_roles(reader.authority), predicate_type=GATE_REPORT)
        by = _of_the_stage(signed, data, reader.authority)
        check_believed(signed.statement, now=reader.now, signed=True)
        _check_waived(signed.statement, reader)
        found, same = _told(path, signed.statement, signed.payload_digest, _name(by), reader)
        return _held_against(found, signed.statement, reader.authority), same
    if reader.key is not None:
        verified = open_report(data, reader.key)
        check_believed(verified.statement, now=reader.now, signed=True)
        _check_alone(verified.statement)
        return _told(path, verified.statement, digest(verified.payload), f"key {verified.key.id}", reader)
    return _unsigned(path, read_statement(envelope.payload, GATE_REPORT), digest(envelope.payload), reader)


def _unsigned(path: Path, statement: Mapping[str, Any], payload: str, reader: _Reader) -> tuple[Found, str]:
    """Return what a report says that nobody vouches for; one from the future would stay the newest for ever."""
    check_believed(statement, now=reader.now, signed=False)
    return _told(path, statement, payload, "", reader)


def _told(path: Path, statement: Mapping[str, Any], payload: str, signer: str, reader: _Reader) -> tuple[Found, str]:
    subject, said = statement["subject"][0]["digest"]["sha256"], statement["predicate"]
    why = reader.taken_back(payload)
    if why:
        return Found(path, None, why), _same(said)
    told = told_of(said, subject=subject, payload=payload, signer=signer, path=str(path))
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


def _check_waived(statement: Mapping[str, Any], reader: _Reader) -> None:
    """Refuse a report whose waivers do not hold."""
    from policykit.attest.stage import excused
    from policykit.stories.waivers import reverified

    if reader.authority is not None and excused(statement):
        reverified(statement["predicate"], reader.authority, claims=reader.claims)

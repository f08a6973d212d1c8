"""What the last run knew: each input in short, and each page it wrote. Believed only where this user sealed it.

The state lies in the site, so whoever may write there could change it: it carries a seal made with a key that is kept with
what this user saw before, and never in the site. Without that key, or where the seal does not fit, everything is made anew.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from policykit.errors import VerificationError
from policykit.terms.site import Vouched

if TYPE_CHECKING:
    from policykit.attest.state import State

FILE: Final = ".policykit-site"
"""In this file the state is kept; a folder that holds it is a site of ours."""
MARK: Final = b"policykit site 1 "
_LARGEST: Final = 1024 * 1024 * 1024

Kind = Literal["report", "act", "unread"]


@dataclass(frozen=True, slots=True)
class Record:
    """One input in short, as JSON texts: `short` is all that lists need, `long` what a page about its model needs.

    `leaf` is the hash of its entry in a ledger, `vouched` who was shown to have signed it under the terms of the state;
    `passing` says that it has to be read again next time: a report from the future becomes one of today.
    """

    kind: Kind
    short: str
    long: str = ""
    leaf: str = ""
    vouched: Vouched = field(default_factory=Vouched)
    passing: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page that was written: the digest of all that it was made from, and the SHA-256 of its bytes."""

    made_from: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the last run knew, by the SHA-256 of each input and the path of each page."""

    engine: str = ""
    terms: str = ""
    records: Mapping[str, Record] = field(default_factory=dict)
    pages: Mapping[str, Page] = field(default_factory=dict)


def seal_key(state: State) -> bytes:
    """Return the key that this user seals states with; one for this run alone where none can be kept."""
    try:
        said = state.seen("site", "seal")
        if said is None:
            state.remember("site", "seal", {"key": secrets.token_hex(32)})
            said = state.seen("site", "seal")
        key = bytes.fromhex(str(said["key"])) if said is not None else b""
    except (VerificationError, KeyError, ValueError):
        key = b""
    return key if len(key) == 32 else secrets.token_bytes(32)


def is_ours(folder: Path) -> bool:
    """Return whether a folder says that it is a site of ours."""
    try:
        with (folder / FILE).open("rb") as file:
            return file.read(len(MARK)) == MARK
    except OSError:
        return False


def read_state(folder: Path, key: bytes) -> Known:
    """Return what the last run knew; nothing where its seal does not fit, or there is none."""
    try:
        with (folder / FILE).open("rb") as file:
            first = file.readline(len(MARK) + 80)
            rest = file.read(_LARGEST)
    except OSError:
        return Known()
    if not hmac.compare_digest(first, _head(rest, key)):
        return Known()
    return _known(rest.decode())


def written_state(known: Known, key: bytes) -> bytes:
    """Return the bytes of the state, sealed."""
    lines = [json.dumps({"engine": known.engine, "terms": known.terms})]
    for name, record in sorted(known.records.items()):
        lines.append(
            "\t".join(
                (
                    "r",
                    name,
                    record.kind,
                    record.leaf,
                    json.dumps([record.vouched.signer, record.vouched.why, record.vouched.unfit]),
                    _line(record.short),
                    record.long,
                )
            )
        )
    lines += [f"p\t{path}\t{page.made_from}\t{page.sha256}" for path, page in sorted(known.pages.items())]
    rest = ("\n".join(lines) + "\n").encode()
    return _head(rest, key) + rest


def _head(rest: bytes, key: bytes) -> bytes:
    return MARK + hmac.new(key, rest, sha256).hexdigest().encode() + b"\n"


def _line(text: str) -> str:
    """Return a text with nothing in it that parts lines or columns: JSON of ours never has any."""
    return text.replace("\t", " ").replace("\n", " ")


def _known(text: str) -> Known:
    first, *lines = text.split("\n")
    said = json.loads(first)
    records, pages = dict[str, Record](), dict[str, Page]()
    for line in lines:
        what, _, rest = line.partition("\t")
        if what == "r":
            name, kind, leaf, vouched, short, long = rest.split("\t")
            records[name] = Record(_KINDS[kind], short, long, leaf, Vouched(*json.loads(vouched)))
        elif what == "p":
            path, made_from, sha = rest.split("\t")
            pages[path] = Page(made_from, sha)
    return Known(said["engine"], said["terms"], records, pages)


_KINDS: Final[Mapping[str, Kind]] = {"report": "report", "act": "act", "unread": "unread"}

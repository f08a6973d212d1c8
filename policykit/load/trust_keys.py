"""Whose signatures a trust file knows: keys, identities, and accounts that a workflow records."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal, TypeVar

from policykit.load.beside import beside, read_beside
from policykit.load.exact import sha256
from policykit.load.fields import fields
from policykit.load.node import Node
from policykit.load.scalars import IDENTIFIER, Problems, choice, day, is_map, shown, text
from policykit.load.trust_words import ACCOUNT, IDENTITY, KEY, REVOKED
from policykit.terms.nearest import nearest
from policykit.terms.trust import Revoked, TrustAccount, TrustIdentity, TrustKey

LARGEST_KEY: Final = 64 * 1024
_PEM: Final = re.compile(
    r"-----BEGIN ([A-Z0-9 ]{1,40})-----[ \t]*\r?\n([A-Za-z0-9+/=\s]*?)\r?\n?-----END \1-----", re.ASCII
)
# The one encoding of each kind of key, so that one key has one id: RFC 8410 (ed25519), RFC 5480 (P-256, not compressed).
_ED25519: Final = bytes.fromhex("302a300506032b6570032100")
_P256: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_LENGTHS: Final = {_ED25519: 44, _P256: 91}
_BURNT: Final = "take it out, make a new key, and never use this one again: it has been written where others read"
_MAKE: Final = "`policykit keys new NAME` makes one; the public half is in `NAME.pub.pem`"

Entry = TypeVar("Entry")


def read_keys(node: Node, folder: Path, problems: Problems) -> dict[str, TrustKey]:
    """Return the keys by name; one key under two names would count twice, so it is refused."""
    found = named(node, "a key", problems, lambda name, value: _key(name.text, value, folder, problems))
    first: dict[str, str] = {}
    for name, key in found.items():
        if key.id in first:
            message = f"`{name}` is the same key as `{first[key.id]}`"
            problems.append(
                _at(node, name).problem("PK603", message, hint="one key has one name: delete one of the two")
            )
        first.setdefault(key.id, name)
    return found


def read_identities(node: Node, roots: Mapping[str, object], problems: Problems) -> dict[str, TrustIdentity]:
    """Return the workflows that sign without a key of their own."""
    found = named(node, "an identity", problems, lambda name, value: _identity(name, value, roots, problems))
    twice(node, {name: (each.issuer, each.subject) for name, each in found.items()}, "identity", problems)
    return found


def read_accounts(node: Node, recorders: Mapping[str, object], problems: Problems) -> dict[str, TrustAccount]:
    """Return the accounts whose reviews count as approvals."""
    found = named(node, "an account", problems, lambda name, value: _account(name, value, recorders, problems))
    pairs = {name: (each.platform.casefold(), each.login.casefold()) for name, each in found.items()}
    twice(node, pairs, "account", problems)
    return found


def named(node: Node, what: str, problems: Problems, read: Callable[[Node, Node], Entry | None]) -> dict[str, Entry]:
    """Return the entries of a map of names; each is read as `read(name, value)`."""
    if not is_map(node, problems):
        return {}
    if not node.pairs:
        problems.append(node.problem("PK021", f"{what} is missing here", hint="add one, or delete the line"))
    found: dict[str, Entry] = {}
    for name, value in node.pairs:
        if IDENTIFIER.fullmatch(name.text) is None:
            hint = "begin with a letter; then letters, digits, `.`, `-` and `_`, 64 characters at most"
            problems.append(name.problem("PK103", f"`{shown(name.text)}` is not a name", hint=hint))
        entry = read(name, value)
        if entry is not None:
            found[name.text] = entry
    return found


def twice(node: Node, ids: Mapping[str, object], what: str, problems: Problems) -> None:
    """Add a problem for each entry of `node` that is the same as an earlier one under another name."""
    first: dict[object, str] = {}
    for name, found in ids.items():
        if found in first:
            message = f"`{name}` is the same {what} as `{first[found]}`"
            problems.append(_at(node, name).problem("PK603", message, hint="one name is enough: delete one of the two"))
        first.setdefault(found, name)


def known(node: Node, names: Mapping[str, object], what: str, problems: Problems) -> str | None:
    """Return a name that must be one of `names`; `what` says of what ("a role", "a key")."""
    word = text(node, problems)
    if word is None or word in names:
        return word
    near = nearest(word, names)
    hint = "" if near else (f"there are: {', '.join(sorted(names))}" if names else "the file has none")
    problems.append(node.problem("PK604", f"`{shown(word)}` is not {what} of this file", suggestion=near, hint=hint))
    return None


def spki(pem: str) -> tuple[bytes, str]:
    """Return the key that a PEM text holds in DER, and what is wrong with it; one of the two is empty."""
    if "PRIVATE KEY-----" in pem:
        return b"", "this is a private key, which belongs in no document"
    blocks = _PEM.findall(pem)
    if len(blocks) != 1 or _PEM.sub("", pem).strip():
        return b"", "this is not one public key in PEM form"
    kind, body = blocks[0]
    if kind != "PUBLIC KEY":
        return b"", f"`{kind}` is what the text says it is, and `PUBLIC KEY` belongs here"
    try:
        der = base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        return b"", "the key is not base64"
    if any(der.startswith(begin) and len(der) == length for begin, length in _LENGTHS.items()):
        return der, ""
    return b"", "this is neither an ed25519 nor an ECDSA P-256 key"


def _key(name: str, node: Node, folder: Path, problems: Problems) -> TrustKey | None:
    written = fields(node, "a key", problems, known=tuple(KEY))
    if node.kind != "map":
        return None
    given = {key: day(written[key], problems) for key in ("valid_from", "valid_until") if key in written}
    revoked = _revoked(written["revoked"], problems) if "revoked" in written else None
    begin, end = given.get("valid_from"), given.get("valid_until")
    if begin is not None and end is not None and end < begin:
        message = f"`valid_until` is before `valid_from`: {end} is before {begin}"
        problems.append(written["valid_until"].problem("PK606", message, hint="the last day comes after the first"))
    if begin is not None and revoked is not None and revoked.since is not None and revoked.since < begin:
        since = written["revoked"].get("since") or written["revoked"]
        message = f"the key is revoked since {revoked.since}, before it counts: {begin}"
        problems.append(since.problem("PK606", message, hint="leave `since` out where it never counted"))
    who = text(written["who"], problems) if "who" in written else ""
    der = _der(written, node, folder, problems)
    if der is None:
        return None
    body = base64.b64encode(der).decode("ascii")
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    pem = "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])
    return TrustKey(name, pem, hashlib.sha256(der).hexdigest(), who or "", begin, end, revoked, node.place)


def _der(written: Mapping[str, Node], at: Node, folder: Path, problems: Problems) -> bytes | None:
    if ("pem" in written) == ("path" in written):
        message = "a key has `pem` or `path`, not both" if "pem" in written else "the key itself is missing"
        problems.append(at.problem("PK602", message, hint="write `pem:` with the public key, or `path:` with its file"))
        return None
    if "path" in written:
        return _file(written, folder, problems)
    if "sha256" in written:
        problems.append(written["sha256"].problem("PK602", "`sha256` pins a file, and there is none", hint="delete it"))
    pem = text(written["pem"], problems)
    return None if pem is None else _checked(pem, written["pem"], problems)


def _file(written: Mapping[str, Node], folder: Path, problems: Problems) -> bytes | None:
    node = written["path"]
    path = beside(node, folder, problems)
    pinned = sha256(written["sha256"], problems) if "sha256" in written else None
    if path is None or ("sha256" in written and pinned is None):
        return None
    try:
        data, why = read_beside(path, LARGEST_KEY), ""
    except OSError as error:
        data, why = b"", (error.strerror or "it is not a file").lower()
    found = hashlib.sha256(data).hexdigest()
    name = shown(node.text)
    if pinned is None:
        message = f"`{name}` is not pinned, and the signature of this document covers no other file"
        add = "`sha256:`" if why else f"`sha256: {found}`"
        problems.append(node.problem("PK609", message, hint=f"add {add}, or write the key itself under `pem:`"))
    elif why:
        hint = "the path is counted from the folder of the trust file"
        problems.append(node.problem("PK602", f"`{name}` cannot be read: {why}", hint=hint))
    elif len(data) > LARGEST_KEY:
        problems.append(node.problem("PK602", f"`{name}` is too large for a key", hint=_MAKE))
    elif pinned != found:
        message = f"`{name}` is not the file that was pinned"
        problems.append(written["sha256"].problem("PK609", message, hint=f"its SHA-256 is {found}"))
    else:
        return _checked(data.decode("latin-1"), node, problems)
    return None


def _checked(pem: str, node: Node, problems: Problems) -> bytes | None:
    der, wrong = spki(pem)
    if not wrong:
        return der
    problems.append(node.problem("PK602", wrong, hint=_BURNT if "private" in wrong else _MAKE))
    return None


def _revoked(node: Node, problems: Problems) -> Revoked | None:
    written = fields(node, "`revoked`", problems, known=tuple(REVOKED), needed=("as",))
    how = choice(written["as"], ("superseded", "compromised"), problems) if "as" in written else None
    since = day(written["since"], problems) if "since" in written else None
    kind: Literal["superseded", "compromised"] = "superseded" if how == "superseded" else "compromised"
    return None if how is None else Revoked(kind, since)


def _identity(name: Node, node: Node, roots: Mapping[str, object], problems: Problems) -> TrustIdentity | None:
    needed = ("issuer", "subject", "root")
    written = fields(node, "an identity", problems, known=tuple(IDENTITY), needed=needed)
    said = {key: text(written[key], problems) for key in ("issuer", "subject", "who") if key in written}
    root = known(written["root"], roots, "one of `roots`", problems) if "root" in written else None
    if "*" in (said.get("subject") or ""):
        hint = "write the whole subject: the workflow file, `@`, and the branch or tag"
        problems.append(written["subject"].problem("PK614", "a subject is exact; `*` stands for nothing", hint=hint))
    issuer, subject = said.get("issuer"), said.get("subject")
    if issuer is None or subject is None or root is None:
        return None
    return TrustIdentity(name.text, issuer, subject, root, said.get("who") or "", node.place)


def _account(name: Node, node: Node, recorders: Mapping[str, object], problems: Problems) -> TrustAccount | None:
    written = fields(node, "an account", problems, known=tuple(ACCOUNT), needed=tuple(ACCOUNT))
    said = {key: text(written[key], problems) for key in ("platform", "login", "who") if key in written}
    what = "a key or an identity"
    by = known(written["recorded_by"], recorders, what, problems) if "recorded_by" in written else None
    platform, login, who = said.get("platform"), said.get("login"), said.get("who")
    if platform is None or login is None or who is None or by is None:
        return None
    return TrustAccount(name.text, platform, login, who, by, node.place)


def _at(node: Node, name: str) -> Node:
    """Return where an entry of a map is named."""
    return next(key for key, _ in node.pairs if key.text == name)

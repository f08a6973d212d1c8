"""The trust file: who may judge, excuse, approve and promote. Every problem of it at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from policykit.errors import Diagnostic, TrustError
from policykit.load import trust_words as words
from policykit.load.beside import beside
from policykit.load.exact import count, sha256
from policykit.load.fields import fields
from policykit.load.files import printable
from policykit.load.header import read_header
from policykit.load.node import Node
from policykit.load.scalars import Problems, day, identifier, shown, text, texts, whole
from policykit.load.trust_keys import known, named, read_accounts, read_identities, read_keys, twice
from policykit.load.trust_stage import Names, read_quorum, read_stages
from policykit.load.yaml import parse, read_data
from policykit.terms.nearest import nearest
from policykit.terms.signatory import person
from policykit.terms.trust import Quorum, Trust, TrustAccount, TrustFile, TrustIdentity, TrustKey, TrustLedger

_ORIGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?")


def load_trust(path: Path) -> Trust:
    """Return the trust file at `path`; nothing of it is believed yet: its signatures are for `attest` to check.

    Raises:
        TrustError: with every problem of the file.
    """
    name = printable(str(path))
    data, problems = read_data(path, name)
    if data is None:
        raise _refused(list(problems), name)
    return read_trust(data, path)


def read_trust(text: bytes, path: Path) -> Trust:
    """Return the trust file that `text` is; files it names are counted from the folder of `path`.

    Raises:
        TrustError: with every problem of the file.
    """
    name = printable(str(path))
    root, faults = parse(text, name)
    problems: Problems = list(faults)
    found = None if root is None else read_trust_document(root, path, problems)
    if found is None or problems:
        raise _refused(problems, name)
    return replace(found, text=text, digest=hashlib.sha256(text).hexdigest())


def read_trust_document(root: Node, path: Path, problems: Problems) -> Trust | None:
    """Return what a document says about trust, as far as it can be read; what is wrong is added to `problems`."""
    kind = read_header(root, problems)
    if kind != "trust":
        if kind is not None:
            hint = "begin the file with `policykit: trust/1`"
            problems.append(root.problem("PK601", f"this is a {kind} document, not a trust file", hint=hint))
        return None
    written = fields(root, "a trust file", problems, known=tuple(words.TRUST), needed=words.TRUST_NEEDED)
    folder = path.parent
    keys = read_keys(written["keys"], folder, problems) if "keys" in written else {}
    roots = _files(written["roots"], "a root", folder, problems) if "roots" in written else {}
    key_names = _names(written.get("keys"))
    identities = (
        read_identities(written["identities"], _names(written.get("roots")), problems)
        if "identities" in written
        else {}
    )
    recorders = {**key_names, **_names(written.get("identities"))}
    accounts = read_accounts(written["accounts"], recorders, problems) if "accounts" in written else {}
    authorities: dict[str, TrustFile] = {}
    if "timestamp_authorities" in written:
        authorities = _files(written["timestamp_authorities"], "a time stamp authority", folder, problems)
    ledgers = _ledgers(written["ledgers"], key_names, problems) if "ledgers" in written else {}
    _one_name_each(written, problems)
    members = {**recorders, **_names(written.get("accounts"))}
    roles = _roles(written["roles"], members, problems) if "roles" in written else {}
    people = {role: _people(names, keys, identities, accounts) if names else None for role, names in roles.items()}
    signed_by = read_quorum(written["signed_by"], people, problems) if "signed_by" in written else Quorum("")
    stages = (
        read_stages(written["stages"], Names(people, ledgers, authorities), problems) if "stages" in written else {}
    )
    name = identifier(written["id"], problems) if "id" in written else None
    return Trust(
        id=name or "",
        version=(count(written["version"], problems) if "version" in written else None) or 0,
        title=(text(written["title"], problems) if "title" in written else None) or "",
        expires=(day(written["expires"], problems) if "expires" in written else None) or "",
        authority=signed_by,
        keys=keys,
        identities=identities,
        accounts=accounts,
        roots=roots,
        timestamp_authorities=authorities,
        ledgers=ledgers,
        roles=roles,
        stages=stages,
        path=str(path),
        place=root.place,
    )


def _refused(problems: Problems, name: str) -> TrustError:
    shown_lines = [replace(each, excerpt="") if "PRIVATE KEY" in each.excerpt else each for each in problems]
    ordered: list[Diagnostic] = sorted(shown_lines, key=lambda each: (each.line, each.column))
    return TrustError(f"the trust file `{name}` is wrong", problems=ordered, where=name)


def _names(node: Node | None) -> dict[str, object]:
    """Return the names in a map as written, whether or not what they name could be read: one mistake is told once."""
    return {} if node is None else dict.fromkeys(node.keys())


def _one_name_each(written: Mapping[str, Node], problems: Problems) -> None:
    """Add a problem for a name that stands for two things: a role that lists it would mean either."""
    first: dict[str, str] = {}
    for part in ("keys", "identities", "accounts"):
        for name, _ in written[part].pairs if part in written else ():
            if first.setdefault(name.text, part) != part:
                message = f"`{shown(name.text)}` is a name of `{first[name.text]}` already"
                problems.append(name.problem("PK603", message, hint="choose another name; roles list it by its name"))


def _roles(node: Node, members: Mapping[str, object], problems: Problems) -> dict[str, tuple[str, ...]]:
    def role(_: Node, value: Node) -> tuple[str, ...]:
        listed = texts(value, problems) or ()
        at = {item.text.strip(): item for item in (value.items or (value,))}
        for member in listed:
            if member not in members:
                near = nearest(member, members)
                hint = "" if near else "a role lists names of keys, identities and accounts"
                message = f"`{shown(member)}` is no key, identity or account of this file"
                problems.append(at[member].problem("PK604", message, suggestion=near, hint=hint))
        return listed

    return named(node, "a role", problems, role)


def _people(
    members: tuple[str, ...],
    keys: Mapping[str, TrustKey],
    identities: Mapping[str, TrustIdentity],
    accounts: Mapping[str, TrustAccount],
) -> int:
    """Return how many distinct people a role has; where nobody is named, the key or workflow itself counts."""
    found: set[str] = set()
    for member in members:
        one = keys.get(member) or identities.get(member) or accounts.get(member)
        found.add(f"who {person(one.who)}" if one is not None and one.who else f"name {member}")
    return len(found)


def _files(node: Node, what: str, folder: Path, problems: Problems) -> dict[str, TrustFile]:
    def file(name: Node, value: Node) -> TrustFile | None:
        written = fields(value, what, problems, known=tuple(words.FILE), needed=tuple(words.FILE))
        path = beside(written["path"], folder, problems) if "path" in written else None
        pinned = sha256(written["sha256"], problems) if "sha256" in written else None
        return None if path is None or pinned is None else TrustFile(name.text, str(path), pinned)

    return named(node, what, problems, file)


def _ledgers(node: Node, keys: Mapping[str, object], problems: Problems) -> dict[str, TrustLedger]:
    def ledger(name: Node, value: Node) -> TrustLedger | None:
        written = fields(value, "a ledger", problems, known=tuple(words.LEDGER), needed=("origin", "key"))
        origin = text(written["origin"], problems) if "origin" in written else None
        if origin is not None and _ORIGIN.fullmatch(origin) is None:
            hint = "write the host alone, such as `ledger.acme.example`"
            problems.append(written["origin"].problem("PK615", f"`{shown(origin)}` is not a host", hint=hint))
        key = known(written["key"], keys, "a key", problems) if "key" in written else None
        witnesses = _witnesses(written["witnesses"], keys, key, problems) if "witnesses" in written else ()
        asked = _witnessed_by(written, len(witnesses), problems)
        return None if origin is None or key is None else TrustLedger(name.text, origin, key, witnesses, asked)

    found = named(node, "a ledger", problems, ledger)
    twice(node, {name: each.origin for name, each in found.items()}, "ledger", problems)
    return found


def _witnesses(node: Node, keys: Mapping[str, object], own: str | None, problems: Problems) -> tuple[str, ...]:
    found = texts(node, problems) or ()
    at = {item.text.strip(): item for item in (node.items or (node,))}
    for name in found:
        if name == own:
            message = f"`{shown(name)}` signs the ledger itself, and is no witness of it"
            problems.append(at[name].problem("PK605", message, hint="a witness is somebody else"))
        else:
            known(at[name], keys, "a key", problems)
    return found


def _witnessed_by(written: Mapping[str, Node], there: int, problems: Problems) -> int:
    if "witnessed_by" not in written:
        if "witnesses" in written:
            message = "the ledger names witnesses, and not how many must have signed"
            problems.append(written["witnesses"].problem("PK102", message, hint="add `witnessed_by: 1`"))
        return 0
    asked = whole(written["witnessed_by"], problems)
    if asked is not None and not 0 <= asked <= there:
        message = f"`witnessed_by: {asked}` does not fit {there} witness{'' if there == 1 else 'es'}"
        problems.append(written["witnessed_by"].problem("PK605", message, hint="name more witnesses, or ask for fewer"))
    return asked or 0

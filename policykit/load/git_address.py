"""The address of a git repository, and the name of what is read there: only forms that can run nothing and ask nobody."""

from __future__ import annotations

import re
from typing import Final

from policykit.load.files import printable
from policykit.load.scalars import shown

PROTOCOLS: Final = ("https", "ssh", "file")
LONGEST: Final = 2_000  # characters
_SCP: Final = re.compile(
    r"(?P<user>[A-Za-z0-9._][A-Za-z0-9._-]*@)(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?P<path>[^-:/][^:]*)"
)
_URL: Final = re.compile(r"(?P<protocol>https|ssh|file)://(?P<host>[^/]*)(?P<path>/.+)")
_HOST: Final = re.compile(
    r"(?:(?P<who>[^@]*)@)?(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9._-]*)(?::[0-9]{1,5})?"
)
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+#=@-]{0,199}")
_PROTOCOL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def wrong_address(word: str) -> tuple[str, str] | None:
    """Return what is wrong with the address of a repository, and how to mend it; None where git may be given it.

    What is wrong is said so that it fits behind the address, and neither part holds anything of it.
    """
    hint = "write `https://host/path`, `ssh://git@host/path`, `git@host:path` or `file:///path`"
    if len(word) > LONGEST or any(not " " < each < "\x7f" for each in word):
        return "holds a character that no address has, or too many", hint
    if "?" in word or "#" in word:
        return "asks for more than a repository, and what it asks with may be a secret", _QUERY
    if _SCP.fullmatch(word) is not None:
        return None
    found = _URL.fullmatch(word)
    if found is None:
        return "is no address that policies are fetched from", hint
    if found["protocol"] == "file":
        return None if not found["host"] else ("names a host, which files do not have", hint)
    host = _HOST.fullmatch(found["host"])
    if host is None:
        return "names no host", hint
    if ":" in (host["who"] or "") or (host["who"] or "").startswith("-"):
        return "holds a password, which everybody can read", _SECRET
    if "@" in found["path"]:
        return "holds an `@` behind its host, as where a password with a slash in it stands before", _SECRET
    return None


def is_ref(word: str) -> bool:
    """Return whether git may be asked for this tag, branch or commit: no option, no range, no pattern."""
    odd = ".." in word or "@{" in word or "//" in word or word.endswith((".", "/", ".lock")) or "/." in word
    return _NAME.fullmatch(word) is not None and not odd


def is_commit(word: str) -> bool:
    """Return whether this is the whole id of a commit."""
    return _COMMIT.fullmatch(word) is not None


def public_address(word: str) -> str:
    """Return an address without who asks, their password, and what may hold one: all up to the last `@`, and any query."""
    found = _PROTOCOL.match(word)
    protocol, rest = ("", word) if found is None else (found[0], word[found.end() :])
    if protocol.lower() == "file://" and rest.startswith("/"):
        return word.partition("?")[0]  # a path, which may hold anything
    plain, query = rest.partition("@")[0], "?" in rest or "#" in rest
    if query:
        return f"{protocol}…" if "@" in rest else protocol + re.split("[?#]", plain)[0]
    return protocol + rest.rpartition("@")[2]


def public_words(said: str, address: str) -> str:
    """Return what git said of an address, with every other address in it left out.

    A configuration may lead it elsewhere (`url.….insteadOf`), and hold a password where it does.
    """
    told = re.sub(r"(?s)://.*@", "://", said.replace(address, "\0"))
    told = re.sub(r"[^\s'\"\0]*@", "", told)
    told = re.sub(r"://[^\s'\"\0]*", "://…", told)
    folder = address.removeprefix("file://") if address.startswith("file://") else ""
    told = re.sub(r"'(/[^']*)'", lambda quoted: quoted[0] if folder and folder.startswith(quoted[1]) else "'…'", told)
    return told.replace("\0", public_address(address))


def legible(word: str) -> str:
    """Return words that others chose with everything shown that could not be seen, or could move the cursor."""
    return "".join(each if each.isprintable() else f"<U+{ord(each):04X}>" for each in shown(printable(word)))


def origin(address: str, at: str, commit: str) -> str:
    """Return where policies come from, as a report says it: `git+https://host/repository@v3;commit=…`."""
    shown = public_address(address)
    protocol = "" if "://" in shown else "ssh://"
    told = f";commit={commit}" if commit and commit != at else ""
    return f"git+{protocol}{shown}@{at}{told}"


_SECRET: Final = "leave it to git's credential helper, or to `insteadOf` in the configuration of whoever runs the gate"
_QUERY: Final = f"write it without `?` and `#`; where a token is needed, {_SECRET}"

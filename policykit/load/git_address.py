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
_WHO: Final = re.compile(r"(://)[^/@\s]*@")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def wrong_address(word: str) -> tuple[str, str] | None:
    """Return what is wrong with the address of a repository, and how to mend it; None where git may be given it.

    What is wrong is said so that it fits behind the address, and neither part holds anything of it.
    """
    hint = "write `https://host/path`, `ssh://git@host/path`, `git@host:path` or `file:///path`"
    if len(word) > LONGEST or any(not " " < each < "\x7f" for each in word):
        return "holds a character that no address has, or too many", hint
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
        told = "leave it to git's credential helper, or to `insteadOf` in the configuration of whoever runs the gate"
        return "holds a password, which everybody can read", told
    return None


def is_ref(word: str) -> bool:
    """Return whether git may be asked for this tag, branch or commit: no option, no range, no pattern."""
    odd = ".." in word or "@{" in word or "//" in word or word.endswith((".", "/", ".lock")) or "/." in word
    return _NAME.fullmatch(word) is not None and not odd


def is_commit(word: str) -> bool:
    """Return whether this is the whole id of a commit."""
    return _COMMIT.fullmatch(word) is not None


def public_address(word: str) -> str:
    """Return an address, or what git said of one, without who asks and their password."""
    return _WHO.sub(r"\1", word)


def legible(word: str) -> str:
    """Return words that others chose with everything shown that could not be seen, or could move the cursor."""
    return "".join(each if each.isprintable() else f"<U+{ord(each):04X}>" for each in shown(printable(word)))


def origin(address: str, at: str, commit: str) -> str:
    """Return where policies come from, as a report says it: `git+https://host/repository@v3;commit=…`."""
    shown = public_address(address)
    protocol = "" if "://" in shown else "ssh://"
    told = f";commit={commit}" if commit and commit != at else ""
    return f"git+{protocol}{shown}@{at}{told}"

"""The address of a model on an MLflow server, taken apart: whoever may sign in there is kept out of everything that is shown."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from policykit.errors import UsageError

_ODD: Final = re.compile(r"[\s\\?#\x00-\x1f\x7f]")
_USER: Final = "MLFLOW_TRACKING_USERNAME"
_PASSWORD: Final = "MLFLOW_TRACKING_PASSWORD"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is: the server without whoever signs in, the model, the version where one is named."""

    server: str
    model: str
    version: str = ""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def environment(self) -> AbstractContextManager[None]:
        """Let MLflow find user and password where it looks for them, for as long as it is entered."""
        return _set({_USER: self.user, _PASSWORD: self.password} if self.user else {})


def address(target: str) -> Address:
    """Return `http(s)://[USER:PASSWORD@]HOST[:PORT][/PATH]/MODEL[@VERSION]` taken apart. What is wrong is never quoted.

    Raises:
        UsageError: it names no model of a server, or half of who signs in.
    """
    place, slash, model = target.rpartition("/")
    model, at, version = model.partition("@")
    found = _split(place)
    if found is None or not slash or not model or (at and not version) or _ODD.search(target):
        hint = "write `mlflow:http://127.0.0.1:5000/loan-default`, with `@7` for a version that is there already"
        raise UsageError("the address does not name a model of an MLflow server", hint=hint)
    if at and not (version.isascii() and version.isdecimal()):
        hint = "write its number, as in `loan-default@7`"
        raise UsageError("what follows the `@` is not the number of a version of MLflow", hint=hint)
    user, password = unquote(found.username or ""), unquote(found.password or "")
    if bool(user) != bool(password):
        hint = f"write `USER:PASSWORD@`, or set `{_USER}` and `{_PASSWORD}`, or `MLFLOW_TRACKING_TOKEN`"
        raise UsageError("the address names a user without a password, or a password without a user", hint=hint)
    host = found.netloc.rpartition("@")[2]
    return Address(f"{found.scheme}://{host}{found.path}", model, version, user, password)


def _split(place: str) -> SplitResult | None:
    """Return the address of a server taken apart; None where it is none, or where a password may have been cut at a slash."""
    try:
        found = urlsplit(place)
        named = found.scheme in ("http", "https") and found.hostname and (found.port is None or found.port > 0)
    except ValueError:
        return None
    return found if named and "@" not in found.path else None


@contextmanager
def _set(words: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in words}
    os.environ.update(words)
    try:
        yield
    finally:
        for name, text in before.items():
            if text is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = text

"""Deliver a message through `apprise`: within a time, without a word of what is secret, and without ever raising."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from policykit.decide.notify.address import Address
from policykit.terms.layout import Tone
from policykit.terms.message import Message, Sent

SECONDS: Final = 20.0
"""For all addresses together, which are told at once: a server that trickles its answer holds up nobody."""

_TONES: Final[dict[Tone, str]] = {"allowed": "success", "blocked": "failure", "held": "warning"}
_LOGGERS: Final = ("apprise", "urllib3", "requests", "charset_normalizer", "asyncio")
_ANSWERED: Final = re.compile(r"error=(\d{3})\b")
_WHY: Final = (
    (re.compile(r"timed? ?out", re.IGNORECASE), "it did not answer in time"),
    (re.compile(r"refused", re.IGNORECASE), "it refused the connection"),
    (re.compile(r"certificate|SSL", re.IGNORECASE), "its certificate is not one to trust"),
    (re.compile(r"resolve|getaddrinfo|name or service|nodename", re.IGNORECASE), "its host is not known"),
    (re.compile(r"authenticat|\b535\b|credential", re.IGNORECASE), "it did not accept the user or the password"),
)
_EXTRA: Final = "policykit with the extra `notify`"


def deliver(message: Message, addresses: Sequence[Address], *, seconds: float = SECONDS) -> tuple[Sent, ...]:
    """Send a message to every address at once, and return what became of each. It never raises, and never waits longer."""
    if not addresses:
        return ()
    found: dict[int, Sent] = {}
    with _silent() as restored:
        try:
            import apprise  # noqa: F401
        except ImportError:
            told = Sent("", "telling people needs the extra `notify`, which is not installed", f"install {_EXTRA}")
            return tuple(Sent(each.shown, told.problem, told.hint) for each in addresses)
        threads = [
            threading.Thread(target=_told, args=(message, each, found, at), daemon=True)
            for at, each in enumerate(addresses)
        ]
        for thread in threads:
            thread.start()
        ends = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            restored.clear()  # it goes on, and would log
        late = "it did not answer in time"
        return tuple(found.get(at, Sent(each.shown, late)) for at, each in enumerate(addresses))


def _told(message: Message, to: Address, found: dict[int, Sent], at: int) -> None:
    try:
        found[at] = Sent(to.shown, _send(message, to))
    except Exception:  # noqa: BLE001 - whatever a service's module does: its words may hold what is secret
        found[at] = Sent(to.shown, "it could not be told")


def _send(message: Message, to: Address) -> str:
    """Send to one address; return what went wrong, in words of ours: those of others may hold the address."""
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

    asset = AppriseAsset(
        app_id="policykit",
        app_desc="policykit",
        app_url="",
        async_mode=False,
        http_redirects=False,
        secure_logging=True,
        service_timeout=0,
        storage_mode="memory",
    )
    door = Apprise(asset=asset)
    if not door.add(Apprise.instantiate(to.url, asset=asset) or ""):
        return "it is no address of a service that can be told"
    result = door.notify(
        body=message.body,
        title=message.title,
        notify_type=NotifyType(_TONES[message.tone]),
        body_format=NotifyFormat.TEXT,
        log_level=logging.DEBUG,
    )
    return "" if result else _why(" ".join(str(entry) for entry in result.logs()))


def _why(logged: str) -> str:
    answered = _ANSWERED.search(logged)
    if answered is not None:
        return f"it answered {answered[1]}"
    return next((words for pattern, words in _WHY if pattern.search(logged)), "it could not be told")


@contextmanager
def _silent() -> Iterator[list[tuple[logging.Logger, bool, int]]]:
    """Keep what the libraries log to themselves: their lines may hold addresses. What is yielded is put back at the end."""
    quiet = logging.NullHandler()
    before = [(logger, logger.propagate, logger.level) for logger in map(logging.getLogger, _LOGGERS)]
    for logger, _, _ in before:
        logger.propagate = False
        logger.addHandler(quiet)
    logging.getLogger(_LOGGERS[0]).setLevel(logging.DEBUG)  # what went wrong is told there, and read by `_why` alone
    try:
        yield before
    finally:
        for logger, propagate, level in before:
            logger.propagate = propagate
            logger.setLevel(level)
            logger.removeHandler(quiet)

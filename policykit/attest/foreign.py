"""Bytes of strangers in libraries of others: whatever happens in there is a refusal, never a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from policykit.errors import VerificationError


@contextmanager
def refused(refusal: Callable[[], VerificationError]) -> Iterator[None]:
    """Turn whatever a library raises inside the block into this refusal; refusals of ours pass as they are.

    A panic in a library's Rust half is not even an `Exception`, and would end the program with 1, which reads as BLOCKED:
    rfc3161-client 1.0 panics where a certificate that it is given has a name that is not UTF-8.
    """
    try:
        yield
    except (VerificationError, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:
        raise refusal() from error

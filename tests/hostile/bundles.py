"""What the tests of bundles made to harm share: how long, how large, and with which codes they are refused."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from policykit.errors import BundleError
from policykit.load.bundle import load_bundle

MANIFEST = "policykit: bundle/1\nname: n\nversion: 1\ndatasets: {evaluation: {path: e.csv}}\n"


@contextmanager
def quick(seconds: float = 1.0) -> Iterator[None]:
    """Expect at most so much work of this process: other programs on the machine do not count."""
    started = time.process_time()
    yield
    assert time.process_time() - started < seconds


@contextmanager
def small(memory: int = 200 * 2**20) -> Iterator[None]:
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < memory


def codes(path: Path) -> set[str]:
    with pytest.raises(BundleError) as refused:
        load_bundle(path)
    assert refused.value.problems
    return {problem.code for problem in refused.value.problems}


def first(path: Path) -> str:
    with pytest.raises(BundleError) as refused:
        load_bundle(path)
    return refused.value.problems[0].message

"""Do many small tasks with one or more processes: what they share is handed to each process once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

FEWEST: Final = 64
"""With fewer tasks than this, starting a process costs more than it saves."""
_CHUNK: Final = 32
T = TypeVar("T")
R = TypeVar("R")
Work = Callable[[Callable[[Any, T], R], Iterable[T]], Iterable[R]]


@contextmanager
def crew(shared: object, *, jobs: int, tasks: int) -> Iterator[Work[Any, Any]]:
    """Give a function that does tasks, in order: `work(do, tasks)` yields `do(shared, task)` for each.

    More than one process is used only where a process can be had that knows what this one knows.
    """
    if jobs < 2 or tasks < FEWEST or "fork" not in multiprocessing.get_all_start_methods():
        yield lambda do, each: (do(shared, one) for one in each)
        return
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_Held.take, initargs=(shared,)) as pool:
        yield lambda do, each: pool.map(_Task(do), each, chunksize=_CHUNK)


class _Held:
    """What a process was handed when it began."""

    shared: object = None

    @classmethod
    def take(cls, shared: object) -> None:
        """Keep what is shared."""
        cls.shared = shared


class _Task:
    """A task as it travels to another process: by the name of what does it."""

    def __init__(self, do: Callable[[Any, Any], Any]) -> None:
        self._do = do

    def __call__(self, one: Any) -> Any:
        """Do one task."""
        return self._do(_Held.shared, one)

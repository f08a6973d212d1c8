"""A tape: bytes that are read once, from the front, in small pieces, however many there are."""

from __future__ import annotations

from typing import Final, Protocol

CHUNK: Final = 1 << 18
LONGEST_LINE: Final = 1 << 16


class Readable(Protocol):
    """Anything that gives bytes: a file, a member of a zip, a decompressor."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""
        ...


class Short(Exception):
    """The bytes end in the middle of something."""


class Swollen(Exception):
    """The bytes are more than what they were made from can honestly hold."""


class Tape:
    """A stream with a small window on it. `jump` moves a stream that can be moved, so that what is skipped is not read."""

    def __init__(self, stream: Readable, *, size: int | None = None) -> None:
        """Read `stream` from where it stands; `size` says how many bytes there are, for a stream that can seek."""
        self._stream = stream
        self._size = size
        self._window = b""
        self.at = 0
        self.before = 0  # bytes in front of the window

    @property
    def place(self) -> int:
        """Return how many bytes were passed."""
        return self.before + self.at

    def more(self) -> bool:
        """Return whether there is another byte."""
        return self.at < len(self._window) or self._fill()

    def byte(self) -> int:
        """Return the next byte."""
        if self.at >= len(self._window) and not self._fill():
            raise Short
        found = self._window[self.at]
        self.at += 1
        return found

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes, which the caller knows to be few."""
        end = self.at + count
        if end <= len(self._window):
            found = self._window[self.at : end]
            self.at = end
            return found
        parts = [self._window[self.at :]]
        left = count - len(parts[0])
        self.at = len(self._window)
        while left:
            if not self._fill():
                raise Short
            parts.append(self._window[:left])
            self.at = len(parts[-1])
            left -= self.at
        return b"".join(parts)

    def line(self, *, or_rest: bool = False) -> bytes:
        """Return what comes before the next line feed, and pass that; of a very long line, only its beginning.

        `or_rest`: where none follows, all but the last byte of what is left, as the machine in Python takes it.
        """
        found = bytearray()
        while True:
            end = self._window.find(b"\n", self.at)
            stop = end if end >= 0 else len(self._window)
            found += self._window[self.at : min(stop, self.at + LONGEST_LINE + 1 - len(found))]
            self.at = stop
            if end >= 0:
                self.at += 1
                return bytes(found)
            if not self._fill():
                if or_rest:
                    return bytes(found[:-1])
                raise Short

    def skip(self, count: int) -> None:
        """Pass `count` bytes without keeping them."""
        here = len(self._window) - self.at
        if count <= here:
            self.at += count
            return
        left = count - here
        self.at = len(self._window)
        if self._size is not None and left > CHUNK:
            if self.place + left > self._size:
                raise Short
            self.before += len(self._window) + left
            self._window, self.at = b"", 0
            self._stream.seek(left, 1)  # type: ignore[attr-defined]  # whoever gives a size gives a stream that can seek
            return
        while left:
            if not self._fill():
                raise Short
            step = min(left, len(self._window))
            self.at = step
            left -= step

    def _fill(self) -> bool:
        self.before += len(self._window)
        self._window, self.at = self._stream.read(CHUNK), 0
        return bool(self._window)

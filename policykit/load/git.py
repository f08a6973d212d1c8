"""What a git repository keeps, read without trusting it: no hooks, no network, no settings of the project that run anything."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from policykit.errors import UsageError
from policykit.load.files import printable

SECONDS: Final = 60
MOST_ENTRIES: Final = 10_000
MOST_SAID: Final = 16 * 2**20  # bytes of a list of files: a tree can name one folder over and over
_HASH: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_KEPT: Final = ("PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "SYSTEMROOT")
_QUIET: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",  # a commit that is not all here is not fetched
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_SETTINGS: Final = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.attributesFile=/dev/null"),
    *("-c", "protocol.allow=never", "-c", "core.alternateRefsCommand=", "-c", "core.quotePath=false"),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """One file as a commit holds it: its path from the root of the repository, its mode as git writes it, its size in bytes."""

    path: str
    mode: str
    name: str  # of the object
    size: int


@dataclass(frozen=True, slots=True)
class Git:
    """A repository that is there."""

    root: Path
    environment: Mapping[str, str] = field(repr=False)

    def commit(self, word: str) -> str | None:
        """Return the commit that a branch, tag or other name of git stands for; None where nothing is called so."""
        done = self._run(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{word}^{{commit}}"])
        return _hash(done.stdout)

    def exact(self, ref: str) -> str | None:
        """Return the commit of exactly this ref, such as `refs/heads/main`; None where there is none."""
        done = self._run(["show-ref", "--verify", "--hash", "--", ref])
        found = _hash(done.stdout)
        return None if found is None else self.commit(found)

    def listed(self, commit: str, path: str) -> tuple[Stored, ...]:
        """Return the files of a commit at `path` or below, sorted by path; none where it has no such path."""
        words = ["ls-tree", "-r", "-z", "--long", "--full-tree", commit, "--", *([path] if path != "." else [])]
        done = _git(self.root, ["--literal-pathspecs", *words], self.environment, most=MOST_SAID)
        cut = len(done.stdout) > MOST_SAID
        if done.returncode and not cut:
            raise self._broken(done.stderr)
        lines = [line for line in done.stdout.split(b"\0") if line]
        if cut or len(lines) > MOST_ENTRIES:
            message = f"there are more than {MOST_ENTRIES:,} files under `{printable(path)}`"
            raise UsageError(message, hint="keep what policykit reads in a folder of its own")
        return tuple(sorted(map(_stored, lines), key=lambda entry: entry.path))

    def read(self, stored: Sequence[Stored]) -> tuple[bytes, ...]:
        """Return the bytes of files, in their order."""
        if not stored:
            return ()
        asked = "".join(f"{entry.name}\n" for entry in stored).encode("ascii")
        done = self._run(["cat-file", "--batch"], asked)
        said, found, at = done.stdout, list[bytes](), 0
        for entry in stored:
            head = f"{entry.name} blob {entry.size}\n".encode("ascii")
            start = at + len(head)
            at = start + entry.size + 1
            if said[start - len(head) : start] != head or len(said) < at:
                raise self._broken(done.stderr)
            found.append(said[start : at - 1])
        return tuple(found)

    def _run(self, words: Sequence[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return _git(self.root, words, self.environment, given)

    def _broken(self, said: bytes) -> UsageError:
        hint = "fetch the whole history: a checkout of one commit, or a partial one, may lack it"
        return UsageError(f"git cannot read what the commit holds{first_line(said)}", hint=hint, where=str(self.root))


def open_repository(place: Path, environment: Mapping[str, str]) -> Git:
    """Return the git repository that `place` lies in; the place itself, and folders above it, may be gone.

    What a change could have put in the way is passed by: a repository that begins at `place`, or one behind a link.

    Raises:
        UsageError: there is none, git is not installed, git refuses it, or it is a part of another repository.
    """
    roots = [each for each in (*place.parents, place) if os.path.lexists(each / ".git")]
    if not roots:
        hint = "leave `read_from` out where waivers are not kept in git"
        raise UsageError(f"`{printable(str(place))}` lies in no git repository", hint=hint)
    root = roots[0]
    for outer in roots[1:]:
        if outer in root.parents and root.resolve() != outer.resolve() / root.relative_to(outer):
            root = outer
    kept = {name: environment[name] for name in _KEPT if name in environment}
    found = Git(root, {**kept, **_QUIET})
    done = _git(root, ["rev-parse", "--is-inside-work-tree", "--show-superproject-working-tree"], found.environment)
    if done.returncode or not done.stdout.startswith(b"true"):
        hint = "see that it belongs to you: `git status` there says what is wrong"
        raise UsageError(f"git refuses `{printable(str(root))}`{first_line(done.stderr)}", hint=hint)
    if done.stdout.strip() != b"true":
        message = f"`{printable(str(root))}` is a part of another repository, which a change could point elsewhere"
        raise UsageError(
            message, hint="keep waivers in the repository that is judged, or name a folder without `read_from`"
        )
    return found


def missing() -> UsageError:
    """Return the error of a machine without git."""
    return UsageError("git is not installed here, and something is to be read from it", hint="install git")


def first_line(said: bytes) -> str:
    """Return the first line of what git said, as it goes on behind a colon; empty where it said nothing."""
    line = said.decode("utf-8", "replace").strip().split("\n")[0].removeprefix("fatal: ")
    return f": {line[:1].lower()}{line[1:160]}" if line else ""


def _git(
    root: Path, words: Sequence[str], environment: Mapping[str, str], given: bytes = b"", *, most: int = 0
) -> subprocess.CompletedProcess[bytes]:
    """Run git; with `most`, end it as soon as it has said more bytes than that."""
    command = ["git", "--no-pager", *_SETTINGS, "-C", str(root), *words]
    try:
        if most:
            return _cut(command, environment, most)
        return subprocess.run(
            command, input=given, capture_output=True, env=dict(environment), timeout=SECONDS, check=False
        )
    except FileNotFoundError as error:
        raise missing() from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"git has not answered in {SECONDS} seconds", hint="see whether the disk answers") from error
    except ValueError as error:  # a zero byte
        raise UsageError("a name for git holds a character that no name has", hint="write it again") from error


def _cut(command: Sequence[str], environment: Mapping[str, str], most: int) -> subprocess.CompletedProcess[bytes]:
    with (
        tempfile.TemporaryFile() as told,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told, env=dict(environment)
        ) as running,
    ):
        late = threading.Event()

        def end() -> None:
            late.set()
            running.kill()

        watch = threading.Timer(SECONDS, end)
        watch.start()
        try:
            said = running.stdout.read(most + 1) if running.stdout is not None else b""
            if len(said) > most:
                running.kill()
            running.wait()
        finally:
            watch.cancel()
            running.kill()
        if late.is_set():
            raise subprocess.TimeoutExpired(list(command), SECONDS)
        told.seek(0)
        return subprocess.CompletedProcess(list(command), running.returncode, said, told.read())


def _stored(line: bytes) -> Stored:
    head, _, path = line.partition(b"\t")
    mode, _, name, size = head.decode("ascii").split()
    return Stored(os.fsdecode(path), mode, name, int(size) if size.isdigit() else 0)


def _hash(said: bytes) -> str | None:
    word = said.decode("ascii", "replace").strip()
    return word if _HASH.fullmatch(word) else None

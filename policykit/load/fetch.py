"""One commit of a repository elsewhere, fetched to be read: nothing is checked out, run, asked for, or kept."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from policykit.errors import StorageError, UsageError
from policykit.load.git import Git, first_line, missing
from policykit.load.git_address import (
    PROTOCOLS,
    is_commit,
    is_ref,
    legible,
    public_address,
    public_words,
    wrong_address,
)

SECONDS: Final = 60
LARGEST: Final = 256 * 2**20  # bytes: of any file that git writes meanwhile
MEMORY: Final = 4 * 2**30  # bytes: of each of its processes
_KEPT: Final = (  # of the environment: how whoever runs the gate reaches the network, and who they are there
    *("PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR"),
    *("SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO"),
    *("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"),
)
_GIVEN: Final = "GIT_CONFIG_"  # `GIT_CONFIG_COUNT` and its pairs: how a job hands a token over
_QUIET: Final = {
    "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS),  # whatever the configuration allows, and wherever it redirects
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ATTR_NOSYSTEM": "1",
    "LC_ALL": "C",
}
_SETTINGS: Final = tuple(
    f"{name}={value}"
    for name, value in {
        "core.hooksPath": "/dev/null",
        "core.fsmonitor": "false",
        "core.askPass": "",
        "core.alternateRefsCommand": "",
        "core.quotePath": "false",
        "core.bigFileThreshold": "1m",  # what is larger is never inflated in memory
        "credential.interactive": "false",
        "fetch.unpackLimit": "1",  # one file, which can be bounded
        "transfer.unpackLimit": "1",
        "submodule.recurse": "false",
        "gc.auto": "0",
        "maintenance.auto": "false",
        "safe.bareRepository": "all",
    }.items()
)
_FETCH: Final = ("--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--force")
_HERE: Final = "refs/policykit/fetched"


@contextmanager
def fetched_commit(address: str, at: str, environment: Mapping[str, str]) -> Iterator[tuple[Git, str]]:
    """Fetch the commit that `at` names in the repository at `address`, to be read until the block ends.

    It goes into an empty repository of its own, so that no configuration, hook or attribute of a project is asked.

    Raises:
        StorageError: the repository cannot be reached, does not answer in time, or is far too large.
        UsageError: it has no such commit, or git may not be given these words.
    """
    wrong = wrong_address(address)
    if wrong is not None or not is_ref(at):
        told = wrong[0] if wrong is not None else f"cannot be asked for `{legible(at)}`"
        raise UsageError(f"`{legible(public_address(address))}` {told}")
    with tempfile.TemporaryDirectory(prefix="policykit-git-", ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "repository"
        given = {n: v for n, v in environment.items() if n in _KEPT or n.startswith(_GIVEN)}
        kept = {**given, **_QUIET, "GIT_DIR": str(place), "GIT_CEILING_DIRECTORIES": folder}
        kept.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
        for form in ("sha1", "sha256"):
            _expect_done(
                _run(["init", "--quiet", "--bare", "--template=", f"--object-format={form}"], kept), address, at
            )
            done = _run(["fetch", *_FETCH, "--", address, f"+{at}:{_HERE}"], kept)
            if b"mismatched algorithms" not in done.stderr:
                break
            place.rename(Path(folder) / "other")
        _expect_done(done, address, at)
        git = Git(place, kept)
        commit = git.commit(_HERE)
        if commit is None or (is_commit(at) and commit != at):
            raise _absent(address, at)
        yield git, commit


def _run(words: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "--no-pager", *(word for setting in _SETTINGS for word in ("-c", setting)), *words]
    try:
        running = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            cwd=Path(environment["GIT_DIR"]).parent,
            start_new_session=True,  # no terminal to ask at, and one group to end
        )
    except FileNotFoundError as error:
        raise missing() from error
    with running:
        try:
            _bound(running.pid)
            out, said = running.communicate(timeout=SECONDS)
        except BaseException as error:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise StorageError(f"git has not answered in {SECONDS} seconds", hint=_REACH) from error
            raise
    return subprocess.CompletedProcess(command, running.returncode, out, said)


def _bound(process: int) -> None:
    """Let neither git nor what it starts fill the disk or the memory, where the system can see to it."""
    import resource

    if hasattr(resource, "prlimit"):
        for kind, most in ((resource.RLIMIT_FSIZE, LARGEST), (resource.RLIMIT_AS, MEMORY)):
            with suppress(OSError, ValueError):
                resource.prlimit(process, kind, (most, most))


def _expect_done(done: subprocess.CompletedProcess[bytes], address: str, at: str) -> None:
    if done.returncode == 0:
        return
    said = done.stderr
    if any(word in said for word in (b"couldn't find remote ref", b"not our ref", b"no such remote ref")):
        raise _absent(address, at)
    named = public_address(address)
    if any(word in said for word in (b"signal 25", b"File too large", b"invalid index-pack output")):
        hint = "keep policies in a small repository of their own"
        told = f"what it sends is broken, or has more than {LARGEST // 2**20} MiB"
        raise StorageError(f"`{named}` cannot be fetched: {told}", hint=hint)
    said = public_words(_own(said).decode("utf-8", "replace"), address).encode()  # before it is cut
    told = "".join(each if each.isprintable() else " " for each in first_line(said))
    raise StorageError(f"`{named}` cannot be fetched{told}", hint=_REACH)


def _own(said: bytes) -> bytes:
    """Return what git itself said, without what it passes on from the other side."""
    return b"\n".join(line for line in said.split(b"\n") if line.strip() and not line.startswith(b"remote:"))


def _absent(address: str, at: str) -> UsageError:
    hint = "write a tag, a branch, or the whole id of a commit of that repository"
    return UsageError(f"there is no `{at}` in `{public_address(address)}`", hint=hint)


_REACH: Final = (
    "check the address, the network and who may read it; "
    "what a `digest:` pins is fetched once for each `git`, `at` and `path`"
)

"""Repositories of policies for tests: made here, and fetched by `file://`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from policykit.terms.gate_file import PolicySource

PLAIN = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
_WHO = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
}


def text(name: str = "house", least: int = 100, **head: str) -> str:
    """Return a policy of one rule about the number of rows; `head` adds keys."""
    keys = "".join(f"{key}: {value}\n" for key, value in head.items())
    return (
        f"policykit: policy/1\nid: {name}\nversion: 1\ntitle: The rules of the house\nowner: risk@bank.example\n"
        f"applies_to: everything\n{keys}rules:\n"
        f"  - {{id: ROWS, title: Enough rows, check: data.row_count, at_least: {least}, why: Few rows show little.}}\n"
    )


class Central:
    """A repository with one policy, `policies/house.yaml`, tagged `v3`."""

    def __init__(self, folder: Path, form: str = "sha1") -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", f"--object-format={form}")
        self.write("policies/house.yaml", text())
        self.write("README.md", "Policies of the bank\n")
        self.first = self.commit("v3")

    @property
    def url(self) -> str:
        return f"file://{self.folder}"

    def git(self, *words: str, given: bytes = b"") -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *words],
            cwd=self.folder,
            env={**PLAIN, **_WHO},
            input=given,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()

    def write(self, path: str, said: str | bytes) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(said.encode() if isinstance(said, str) else said)

    def commit(self, tag: str = "") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change", "--allow-empty")
        if tag:
            self.git("tag", "-f", tag)
        return self.git("rev-parse", "HEAD")

    def plant(self, *entries: tuple[str, str, bytes], tag: str = "v3") -> None:
        """Tag a commit whose `policies` holds these (mode, name, bytes) as they are, whatever git thinks of them."""
        lines = []
        for mode, name, data in entries:
            kind = "commit" if mode == "160000" else "tree" if mode == "40000" else "blob"
            found = data.decode() if kind != "blob" else self.git("hash-object", "-w", "--stdin", given=data)
            lines.append((mode, name, found))
        raw = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(found) for mode, name, found in lines)
        policies = self.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=raw)
        root = self.git("mktree", given=f"040000 tree {policies}\tpolicies\n".encode())
        self.git("tag", "-f", tag, self.git("commit-tree", root, "-m", "planted"))

    def source(self, *, at: str = "v3", path: str = "policies", digest: str = "") -> PolicySource:
        return PolicySource(path, {}, "policykit.yaml", self.url, at, digest, 2, 12)

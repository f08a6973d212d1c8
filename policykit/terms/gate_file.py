"""The gate file: what a team writes down once, so that `policykit gate bundle/` needs no flags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from policykit.errors import Diagnostic
from policykit.terms.place import Place

Labels = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PolicySource:
    """Where policies are: a file, a folder or `pack:NAME`, and what is set of their parameters.

    `place` names the file that says so, for messages; empty where the command line does. Where `git` is the address of a
    repository, `path` is a file or folder inside it (empty: all of it) at the tag, branch or commit `at`, and `digest` the
    SHA-256 that pins what is found there (hex; empty: not pinned); `line` and `column` are where the entry begins.
    """

    path: str
    settings: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    git: str = ""
    at: str = ""
    digest: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class GateFile:
    """A gate file as read. Paths are resolved against its folder; None or empty where it says nothing.

    `vocabulary` holds the values of labels, of `stage`, and own `controls`. `sign` is a path or `env:NAME`, honoured only
    where the gate file was named on the command line. `output` holds `json=report.json` and the like, `notify` who is told:
    addresses such as `mailto://…`, or `env:NAME` of a variable that holds one. `models` are the names of the bundles it judges,
    each with where it is written; empty: any. `warnings` never change an exit code.
    """

    path: str
    policies: tuple[PolicySource, ...] = ()
    vocabulary: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inventory: str | None = None
    models: Mapping[str, Place] = field(default_factory=dict)
    sign: str | None = None
    output: tuple[str, ...] = ()
    champion_key: str | None = None
    trust: str | None = None
    trust_roots: tuple[str, ...] = ()  # public key files, or `sha256:…` of a key, that may sign the trust file
    waivers: str | None = None  # a folder or file
    waivers_from: str = ""  # `base branch`, a git ref, or empty: as they lie here
    waivers_longest: int | None = None  # days; None: as long as the trust file allows
    ledger: str | None = None
    plugins: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    found: bool = False  # nobody named it: it lay where the run began

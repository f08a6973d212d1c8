"""The gate file: what a team writes down once, so that `policykit gate bundle/` needs no flags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Labels = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PolicySource:
    """Where policies are: a file, a folder or `pack:NAME`, and what is set of their parameters.

    `place` names the file that says so, for messages; empty where the command line does.
    """

    path: str
    settings: Mapping[str, str] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True, slots=True)
class GateFile:
    """A gate file as read. Paths are resolved against its folder; None or empty where it says nothing.

    `vocabulary` holds the values of labels, of `stage`, and own `controls`. `sign` is a path or `env:NAME`, honoured only
    where the gate file was named on the command line. `output` holds `json=report.json` and the like.
    """

    path: str
    policies: tuple[PolicySource, ...] = ()
    vocabulary: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inventory: str | None = None
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

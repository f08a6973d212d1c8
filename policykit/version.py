"""Which policykit this is: said here once, and nowhere else."""

from __future__ import annotations

from functools import cache

VERSION = "0.3.0"


@cache
def sources() -> str:
    """Return the SHA-256 of this policykit's own code, the same in a checkout and where it is installed.

    Every commit between two releases has the version of the one before; this tells them apart. It is taken of the lines
    that `sha256sum` would print for each `*.py` of the package, sorted by path. Empty where the code cannot be read as files:
    then it is not known which one this is.
    """
    from hashlib import sha256
    from pathlib import Path

    root = Path(__file__).parent
    try:
        found = sorted((path.relative_to(root).as_posix(), path) for path in root.rglob("*.py"))
        lines = [f"{sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in found]
    except OSError:
        return ""
    return sha256("".join(lines).encode()).hexdigest() if lines else ""

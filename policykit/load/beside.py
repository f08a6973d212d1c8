"""Files beside a document: named by it, inside its folder, and never a link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from policykit.load.contents import unsafe
from policykit.load.node import Node
from policykit.load.scalars import Problems, shown, text

_HINT = "name a file in the folder of this document or below it"


def beside(node: Node, folder: Path, problems: Problems) -> Path | None:
    """Return the path that `node` names, counted from `folder`; None, with the problem, where it leaves the folder.

    Whether the file is there is not asked.
    """
    word = text(node, problems)
    if word is None:
        return None
    wrong = unsafe(word)
    if wrong:
        problems.append(
            node.problem("PK607", f"the path `{shown(word)}` {wrong.replace('the bundle', 'its folder')}", hint=_HINT)
        )
        return None
    steps = [folder.joinpath(*word.split("/")[:count]) for count in range(1, word.count("/") + 2)]
    try:
        linked = any(step.is_symlink() for step in steps)
    except OSError as error:  # a name that is too long for any file
        message = f"`{shown(word)}` cannot be a path: {(error.strerror or '').lower()}"
        problems.append(node.problem("PK607", message, hint=_HINT))
        return None
    if linked:
        message = f"`{shown(word)}` goes through a link"
        problems.append(node.problem("PK607", message, hint="put the file itself in its place"))
        return None
    return steps[-1]


def read_beside(path: Path, most: int) -> bytes:
    """Return the bytes of a file, or the first `most` + 1 of them where there are more; raise OSError, also of a link or pipe."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(0, "it is not a file")
        return stream.read(most + 1)

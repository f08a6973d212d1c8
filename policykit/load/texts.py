"""The documents that lie in files and folders, as texts: to find again where one of them was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policykit.errors import Diagnostic, PolicyError
from policykit.load import files
from policykit.load.yaml import parse_file


def texts(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield what each YAML document is known by, and its text as a report keeps it; one that cannot be read is passed over.

    Raises:
        PolicyError: an argument is not there.
    """
    problems: list[Diagnostic] = []
    found = [file for argument in arguments for file in files.find(argument, problems)]
    if problems:
        raise PolicyError("the policies cannot be found", problems=problems)
    for file in found:
        root, _ = parse_file(file.path, file.shown)
        if root is not None:
            yield file.shown, "\n".join(root.source.lines)

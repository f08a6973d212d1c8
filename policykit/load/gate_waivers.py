"""The waivers that a gate file names, read as it says: as they lie here, or as the base branch has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from policykit.errors import Diagnostic, WaiverError
from policykit.load.base_branch import CLAIMS, LARGEST_CLAIMS, base_of, joined, waivers_at
from policykit.load.beside import read_beside
from policykit.load.scalars import shown
from policykit.load.waiver_document import load_waivers
from policykit.load.write import read_error
from policykit.terms.gate_file import GateFile
from policykit.terms.waiver import Waiver


def waivers_of(gate_file: GateFile, environment: Mapping[str, str]) -> tuple[tuple[Waiver, ...], bytes]:
    """Return the waivers of a gate file and the lines of every `claims.jsonl` beside them; none where it names none.

    Raises:
        UsageError: they are to be read from a branch that is not here.
        WaiverError: with every problem of every file; one that lasts longer than the gate file allows is one.
        StorageError: the claims cannot be read.
    """
    if gate_file.waivers is None:
        return (), b""
    path = Path(gate_file.waivers)
    if gate_file.waivers_from:
        found, claims = waivers_at(gate_file.waivers_from, path, environment)
    else:
        found = load_waivers(path)
        folders = {path if path.is_dir() else path.parent, *(Path(waiver.path).parent for waiver in found)}
        claims = joined(_claims(folder) for folder in sorted(folders))
    problems = [] if gate_file.waivers_longest is None else too_long(found, gate_file.waivers_longest)
    if problems:
        raise WaiverError("waivers last longer than the gate file allows", problems=problems, where=gate_file.path)
    return found, claims


def unguarded(gate_file: GateFile, environment: Mapping[str, str]) -> str:
    """Return what to warn of where a change to a branch is judged with the waivers that it may bring; else empty."""
    if gate_file.waivers is None or gate_file.waivers_from:
        return ""
    branch, _ = base_of(environment)
    told = f"this is a change to `{shown(branch)}`, and waivers are read as the change has them"
    return f'{told}: `--waivers-from "base branch"`, or `read_from: base branch` in the gate file' if branch else ""


def too_long(found: Sequence[Waiver], longest: int) -> list[Diagnostic]:
    """Return a problem for each waiver that lasts more than `longest` days, first and last counted."""
    problems: list[Diagnostic] = []
    for waiver in found:
        if waiver.days > longest:
            at = waiver.place
            message = f"`{waiver.id}` lasts {waiver.days:,} days; the gate file allows {longest:,}"
            hint = "let it expire earlier; a new one can follow it"
            problems.append(Diagnostic("PK707", message, at.path, at.line, at.column, hint=hint))
    return problems


def _claims(folder: Path) -> bytes:
    path = folder / CLAIMS
    try:
        data = read_beside(path, LARGEST_CLAIMS)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise read_error(f"cannot read `{path}`", error, path) from error
    if len(data) > LARGEST_CLAIMS:
        raise WaiverError(f"`{path}` has more than {LARGEST_CLAIMS:,} bytes", where=str(path))
    return data

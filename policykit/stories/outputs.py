"""A run in every format people and machines ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.errors import SigningError, UsageError
from policykit.stories.consistent import subjects_of
from policykit.stories.pages import Page
from policykit.stories.screen import Screen as Screen
from policykit.terms.nearest import nearest
from policykit.terms.place import NOWHERE, Place

if TYPE_CHECKING:
    from policykit.attest.signer import Signer
    from policykit.stories.gate import Judged
    from policykit.stories.located import Around
    from policykit.terms.bundle import Bundle
    from policykit.terms.told import Told

SHOWN = ("text", "json", "markdown", "html", "sarif", "junit", "github", "comment")
"""What a report that is there already can be shown in."""
FORMATS = (*SHOWN, "statement", "attestation")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One output: its format, and the file it goes to (None: standard output)."""

    format: str
    path: Path | None


def parse_outputs(
    asked: tuple[str, ...], *, signing: bool = True, formats: Sequence[str] = FORMATS
) -> tuple[Wanted, ...]:
    """Read `FORMAT[=PATH]` words, where these formats can be written; raise `UsageError` for what cannot be."""
    if not asked:
        return (Wanted("text", None),)
    found = tuple(_one(word, formats) for word in asked)
    if sum(1 for wanted in found if wanted.path is None) > 1:
        raise UsageError("two outputs without a path cannot both go to standard output", hint="write `FORMAT=PATH`")
    paths = [wanted.path for wanted in found if wanted.path is not None]
    if len(set(paths)) < len(paths):
        raise UsageError("two outputs go to the same file", hint="give each its own path")
    if any(wanted.format == "attestation" for wanted in found) and not signing:
        raise UsageError("an attestation is signed, and no key was given", hint="add `--sign NAME.key.pem`")
    return found


def _one(word: str, formats: Sequence[str]) -> Wanted:
    name, equals, path = word.partition("=")
    if name not in formats:
        there = f"the formats are {', '.join(formats)}"
        if name in FORMATS:
            raise UsageError(f"`{name}` is not written here, but by `gate`", hint=there)
        suffix = Path(name).suffix.removeprefix(".")
        near = f"{suffix}={word}" if suffix in formats and not equals else nearest(name, formats)
        meant = f"did you mean `{near}`? " if near else ""
        raise UsageError(f"there is no output format `{name}`", hint=meant + there)
    if equals and path in ("", "-"):
        raise UsageError(f"`{word}` names no file", hint=f"write `{name}=PATH`, or `{name}` for standard output")
    return Wanted(name, Path(path) if equals else None)


def all_written(
    judged: Judged,
    outputs: Sequence[Wanted],
    screen: Screen,
    signer: Signer | None = None,
    *,
    timestamp: str | None = None,
    before: Told | None = None,
    around: Around | None = None,
) -> tuple[bytes, ...]:
    """Return the bytes of every output; what they share is made once.

    `timestamp` is the authority to ask for a stamp on what is signed, `before` what the report of the last release says, `around`
    the repository that annotations count their files from.
    """
    page = Page(judged.report, before=before, around=around, beside=_manifest(judged.plan.bundle))
    return tuple(_one_written(judged, wanted, screen, signer, timestamp, page) for wanted in outputs)


def _manifest(bundle: Bundle) -> Place:
    """Return the file of the bundle that speaks for it: its manifest, or the zip; nowhere for tables in memory."""
    if bundle.root is None:
        return NOWHERE
    return Place(str(bundle.root / "bundle.yaml" if bundle.root.is_dir() else bundle.root))


def _one_written(
    judged: Judged, wanted: Wanted, screen: Screen, signer: Signer | None, timestamp: str | None, page: Page
) -> bytes:
    match wanted.format:
        case "json":
            from policykit.render.json_text import json_text

            return json_text(judged.predicate()).encode()
        case "statement":
            return statement_bytes(judged)
        case "attestation":
            from policykit.attest.sealing import sealed

            if signer is None:
                raise SigningError("an attestation needs a key", hint="add `--sign NAME.key.pem`")
            return sealed(statement_bytes(judged), signer, timestamp=timestamp)
        case name:
            return page.shown(name, screen).encode("utf-8", errors="replace")


def statement_bytes(judged: Judged) -> bytes:
    """Return the in-toto statement in canonical bytes; a bundle of tables in memory has no digest and cannot have one."""
    from policykit.attest.statement import statement

    report = judged.report
    if not report.subject:
        raise SigningError(
            "tables in memory have no digest, so no statement can be made about them",
            hint="write a bundle folder with `policykit.record(…)` and gate that",
        )
    return statement(subjects_of(judged.plan.bundle), judged.predicate())

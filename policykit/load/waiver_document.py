"""Waivers: who asks that which rule be set aside, for what, how far and until when."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from policykit.errors import Diagnostic, WaiverError
from policykit.load import files
from policykit.load import waiver_words as words
from policykit.load.exact import rule_id, sha256, version
from policykit.load.fields import fields
from policykit.load.header import read_header
from policykit.load.node import Node
from policykit.load.scalars import Problems, day, identifier, is_list, is_map, shown, text
from policykit.load.waiver_limits import read_allows
from policykit.load.yaml import parse, read_data
from policykit.terms.signatory import person
from policykit.terms.waiver import Allows, Waiver

_PLACE = "give a waiver, or a folder of waivers"
_HEAD = "begin the file with `policykit: waiver/1`"


def load_waivers(path: Path) -> tuple[Waiver, ...]:
    """Return the waivers in a file, or in a folder and below; documents of other kinds in a folder are skipped.

    Nothing of them is believed yet: their signatures are for `attest` to check. A folder may hold no waiver.

    Raises:
        WaiverError: with every problem of every file; one that cannot be read, or does not say what it is, is one.
    """
    problems: Problems = []
    texts: list[tuple[bytes, str, bool]] = []
    for file in files.find(str(path), problems, hint=_PLACE):
        data, faults = read_data(file.path, file.shown)
        problems.extend(faults)
        if data is not None:
            texts.append((data, file.shown, file.named))
    return read_waivers(texts, str(path), problems)


def read_waivers(
    texts: Sequence[tuple[bytes, str, bool]], where: str, problems: Problems | None = None
) -> tuple[Waiver, ...]:
    """Return the waivers among texts given as (bytes, shown path, whether it must be one), as `load_waivers` does."""
    found: list[Waiver] = []
    faults: Problems = [*(problems or ())]
    for data, shown_path, must in texts:
        here: Problems = []
        waiver = _read(data, shown_path, here, must=must)
        faults.extend(_sorted(here))
        found.extend([waiver] if waiver is not None else [])
    faults.extend(same_id(found))
    if faults:
        count = "1 problem" if len(faults) == 1 else f"{len(faults)} problems"
        raise WaiverError(f"the waivers have {count}", problems=faults, where=where)
    return tuple(found)


def read_waiver(text: bytes, shown: str) -> Waiver:
    """Return the waiver that `text` is, called `shown` in messages.

    Raises:
        WaiverError: with every problem of it.
    """
    problems: Problems = []
    found = _read(text, shown, problems, must=True)
    if found is None or problems:
        raise WaiverError(f"the waiver `{shown}` is wrong", problems=_sorted(problems), where=shown)
    return found


def same_id(found: Sequence[Waiver]) -> list[Diagnostic]:
    """Return a problem for each waiver that has the id of an earlier one: a report that names it would mean either."""
    first: dict[str, Waiver] = {}
    problems: list[Diagnostic] = []
    for waiver in found:
        other = first.setdefault(waiver.id.casefold(), waiver)
        if other is not waiver:
            at = waiver.place
            message = f"`{waiver.id}` is the id of the waiver in {other.place.path} already"
            hint = "an id is for ever: give this one its own"
            problems.append(Diagnostic("PK705", message, at.path, at.line, at.column, hint=hint))
    return problems


def read_waiver_document(root: Node, problems: Problems) -> Waiver | None:
    """Return what a document says as a waiver, once it is known to be one; what is wrong is added to `problems`."""
    written = fields(root, "a waiver", problems, known=tuple(words.WAIVER), needed=words.WAIVER_NEEDED)
    name = identifier(written["id"], problems) if "id" in written else None
    rule = rule_id(written["rule"], problems) if "rule" in written else None
    bundle, of_version, build = _binds(written["binds"], problems) if "binds" in written else (None, None, None)
    allows = read_allows(written["allows"], problems) if "allows" in written else None
    said = {key: text(written[key], problems) for key in ("reason", "ticket", "requested_by") if key in written}
    days = {key: day(written[key], problems) for key in ("valid_from", "expires") if key in written}
    begin, end = days.get("valid_from"), days.get("expires")
    if begin is not None and end is not None and end < begin:
        message = f"it expires before it counts: {end} is before {begin}"
        problems.append(written["expires"].problem("PK706", message, hint="the last day comes after the first"))
    approvers = (
        _approvers(written["approved_by"], said.get("requested_by"), problems) if "approved_by" in written else ()
    )
    return Waiver(
        id=name or "",
        rule=rule or "",
        bundle=bundle or "",
        allows=allows or Allows(),
        reason=said.get("reason") or "",
        requested_by=said.get("requested_by") or "",
        valid_from=begin or "",
        expires=end or "",
        version=of_version,
        build=build,
        only_for=_only_for(written["only_for"], problems) if "only_for" in written else (),
        ticket=said.get("ticket") or "",
        check=(identifier(written["check"], problems) if "check" in written else None) or "",
        approved_by=approvers,
        path=root.source.path,
        place=written["id"].place if "id" in written else root.place,
    )


def _read(data: bytes, shown_path: str, problems: Problems, *, must: bool) -> Waiver | None:
    root, faults = parse(data, shown_path)
    problems.extend(faults)
    kind = None if root is None else read_header(root, problems)
    if root is None or kind is None:
        return None
    if kind != "waiver":
        if must:
            problems.append(root.problem("PK701", f"this is a {kind} document, not a waiver", hint=_HEAD))
        return None
    found = read_waiver_document(root, problems)
    return None if found is None else replace(found, text=data, digest=hashlib.sha256(data).hexdigest())


def _binds(node: Node, problems: Problems) -> tuple[str | None, str | None, str | None]:
    written = fields(node, "`binds`", problems, known=tuple(words.BINDS), needed=("bundle",))
    if "version" in written and "build" in written:
        message = "a waiver is bound to a `version` or to a `build`, not to both"
        hint = "keep `build` for these very files, or `version` for whatever is called so"
        problems.append(written["build"].problem("PK702", message, hint=hint))
    return (
        text(written["bundle"], problems) if "bundle" in written else None,
        version(written["version"], problems) if "version" in written else None,
        sha256(written["build"], problems) if "build" in written else None,
    )


def _only_for(node: Node, problems: Problems) -> tuple[tuple[str, str], ...]:
    if not is_map(node, problems):
        return ()
    if not node.pairs:
        hint = "write for example `{attribute: age_band}`, or delete the line"
        problems.append(node.problem("PK021", "it is for nothing", hint=hint))
    read = [(name.text.strip(), text(value, problems)) for name, value in node.pairs]
    for name, _ in node.pairs:
        if not name.text.strip():
            problems.append(name.problem("PK021", "a text is missing here"))
    return tuple((name, value) for name, value in read if value is not None)


def _approvers(node: Node, requester: str | None, problems: Problems) -> tuple[tuple[str, str], ...]:
    if not is_list(node, problems):
        return ()
    found: dict[tuple[str, str], None] = {}
    for item in node.items:
        written = fields(item, "an approver", problems, known=tuple(words.APPROVER), needed=tuple(words.APPROVER))
        said: Mapping[str, str | None] = {key: text(value, problems) for key, value in written.items()}
        who, role = said.get("who"), said.get("role")
        if who is not None and requester is not None and person(who) == person(requester):
            message = f"`{shown(who)}` asks for this waiver, and cannot approve it"
            problems.append(written["who"].problem("PK704", message, hint="somebody else has to approve it"))
        if who is not None and role is not None:
            if (who, role) in found:
                problems.append(item.problem("PK025", f"`{shown(who)}` is listed twice"))
            found[who, role] = None
    return tuple(found)


def _sorted(problems: Sequence[Diagnostic]) -> list[Diagnostic]:
    return sorted(problems, key=lambda problem: (problem.line, problem.column))

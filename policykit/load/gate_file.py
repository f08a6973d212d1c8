"""The gate file `policykit.yaml`, and the inventory it names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from policykit.errors import Diagnostic, DocumentError
from policykit.load.exact import days, sha256
from policykit.load.fields import fields
from policykit.load.files import printable
from policykit.load.gate_secrets import without_secrets
from policykit.load.gate_sources import read_sources, resolved
from policykit.load.header import read_header
from policykit.load.node import Node
from policykit.load.scalars import IDENTIFIER, Problems, is_map, shown, text, texts
from policykit.load.words import (
    GATE,
    GATE_CHAMPION,
    GATE_REPORT,
    GATE_REPORT_LATER,
    GATE_TRUST,
    GATE_WAIVERS,
)
from policykit.load.yaml import parse, read_data
from policykit.terms.gate_file import GateFile, Labels
from policykit.terms.place import Place

LARGEST_INVENTORY = 16 * 1024 * 1024  # bytes
_TOLD = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|[A-Za-z][A-Za-z0-9+.-]*://\S+")
_PUBLIC = re.compile(r"(?i)env:.*|mailtos?://(?:[^/?#@:\s]*@)?[^/?#@\s]*/?(?:\?[^#\s]*)?")
"""What holds nothing that opens anything: the name of a variable, and mail without a password (`_PASSWORD` looks behind `?`)."""
_PASSWORD = re.compile(r"(?i)[?&;]\s*(?:pass|password|token|secret|\w*key|\w*secret\w*)\s*=")
_PACKAGE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def load_gate_file(path: Path) -> GateFile:
    """Return the gate file at `path`, its paths resolved against its folder; raise `DocumentError` with every problem."""
    name = printable(str(path))
    data, faults = read_data(path, name)
    root, faults = (None, faults) if data is None else parse(data, name)
    problems: Problems = list(faults)
    found = None
    if root is not None:
        kind = read_header(root, problems)
        if kind == "gate":
            found = read_gate_document(root, path, problems)
        elif kind is not None:
            problems.append(root.problem("PK401", f"this is a {kind} document, not a gate file", hint=_HEAD))
    if problems or found is None:
        said = without_secrets(problems, data or b"", root)
        ordered = sorted(said, key=lambda problem: (problem.line, problem.column))
        raise DocumentError(f"the gate file `{name}` is wrong", problems=ordered, where=name)
    return found


def load_inventory(path: Path) -> Mapping[str, Labels]:
    """Return the labels of each model by name, from a CSV file whose first column is called `name`.

    Several values of one label are separated by `;`; an empty field is no label. Raises `DocumentError`.
    """
    shown_path = printable(str(path))
    problems: Problems = []
    rows = _rows(path, shown_path, problems)
    header = [name.strip() for name in rows[0][1]] if rows else []
    found: dict[str, Labels] = {}
    if not problems:
        problems.extend(_header(header, shown_path))
    if not problems:
        for line, row in rows[1:]:
            if len(row) != len(header):
                message = f"the line has {len(row)} fields, the first line {len(header)}"
                problems.append(
                    Diagnostic("PK403", message, shown_path, line, 1, hint="quote a field that holds a comma")
                )
            elif not row[0].strip():
                problems.append(Diagnostic("PK403", "the line names no model", shown_path, line, 1))
            elif row[0].strip() in found:
                message = f"`{shown(row[0])}` is listed twice"
                problems.append(Diagnostic("PK403", message, shown_path, line, 1, hint="one line for each model"))
            else:
                found[row[0].strip()] = _labels(header[1:], row[1:])
    if problems:
        raise DocumentError(f"the inventory `{shown_path}` is wrong", problems=problems, where=shown_path)
    return found


def read_gate_document(root: Node, path: Path, problems: Problems) -> GateFile:
    """Return what a document says as a gate file, its paths resolved against the folder of `path`; problems are added."""
    written = fields(root, "a gate file", problems, known=tuple(GATE))
    folder = path.parent
    champion = (
        fields(written["champion"], "`champion`", problems, known=tuple(GATE_CHAMPION)) if "champion" in written else {}
    )
    report: dict[str, Node] = {}
    if "report" in written:
        report = fields(written["report"], "`report`", problems, known=tuple(GATE_REPORT), later=GATE_REPORT_LATER)
    trust = _path_or(written.get("trust"), "`trust`", GATE_TRUST, problems)
    waivers = _path_or(written.get("waivers"), "`waivers`", GATE_WAIVERS, problems)
    notify, warnings = _notify(report["notify"], problems) if "notify" in report else ((), ())
    return GateFile(
        path=str(path),
        policies=read_sources(written["policies"], folder, problems) if "policies" in written else (),
        vocabulary=_vocabulary(written["vocabulary"], problems) if "vocabulary" in written else {},
        inventory=resolved(written.get("inventory"), folder, problems),
        models=_models(written["models"], problems) if "models" in written else {},
        sign=_sign(report.get("sign"), folder, problems),
        output=texts(report["output"], problems) or () if "output" in report else (),
        champion_key=resolved(champion.get("key"), folder, problems),
        trust=resolved(trust.get("path"), folder, problems),
        trust_roots=_roots(trust["roots"], folder, problems) if "roots" in trust else (),
        waivers=resolved(waivers.get("path"), folder, problems),
        waivers_from=(text(waivers["read_from"], problems) or "") if "read_from" in waivers else "",
        waivers_longest=days(waivers["longest"], problems) if "longest" in waivers else None,
        ledger=resolved(written.get("ledger"), folder, problems),
        plugins=_plugins(written["plugins"], problems) if "plugins" in written else (),
        notify=notify,
        warnings=warnings,
    )


def _vocabulary(node: Node, problems: Problems) -> dict[str, tuple[str, ...]]:
    if not is_map(node, problems):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for name, value in node.pairs:
        if IDENTIFIER.fullmatch(name.text) is None:
            problems.append(
                name.problem("PK103", f"`{shown(name.text)}` is not a label", hint="write for example `use_case`")
            )
        found[name.text] = texts(value, problems) or ()
    return found


def _models(node: Node, problems: Problems) -> dict[str, Place]:
    names = texts(node, problems) or ()
    at = {item.text.strip(): item for item in (node.items or (node,))}
    return {name: at[name].place for name in names}


def _path_or(node: Node | None, what: str, known: Mapping[str, str], problems: Problems) -> Mapping[str, Node]:
    """Return the keys of a map that may be written as its `path` alone."""
    if node is None:
        return {}
    return (
        {"path": node} if node.kind == "scalar" else fields(node, what, problems, known=tuple(known), needed=("path",))
    )


def _roots(node: Node, folder: Path, problems: Problems) -> tuple[str, ...]:
    """Return who may sign the trust file: paths from the folder of the gate file, or `sha256:` with the id of a key."""
    words = texts(node, problems) or ()
    at = {item.text.strip(): item for item in (node.items or (node,))}
    found: list[str] = []
    for word in words:
        digest = sha256(at[word], problems) if word.startswith("sha256:") else None
        if digest is not None:
            found.append(f"sha256:{digest}")
        elif not word.startswith("sha256:"):
            found.append(str(folder / word))
    return tuple(found)


def _plugins(node: Node, problems: Problems) -> tuple[str, ...]:
    """Return names of packages; an empty list says that there are none."""
    if node.kind == "list" and not node.items:
        return ()
    names = texts(node, problems) or ()
    at = {item.text.strip(): item for item in (node.items or (node,))}
    for name in names:
        if _PACKAGE.fullmatch(name) is None:
            hint = "write it as `pip install` takes it, without a version"
            problems.append(at[name].problem("PK103", f"`{shown(name)}` is not the name of a package", hint=hint))
    return names


def _notify(node: Node, problems: Problems) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    """Return who is told, and a warning for each address that may hold what opens it: any but mail without a password."""
    words = texts(node, problems) or ()
    at = {item.text.strip(): item for item in (node.items or (node,))}
    warnings: list[Diagnostic] = []
    for word in words:
        item, hint = at[word], "write `env:POLICYKIT_NOTIFY`, and set that variable where the gate runs"
        if _TOLD.fullmatch(word) is None:
            problems.append(item.problem("PK406", "this is no address to tell a decision to", hint=hint))
        elif _PUBLIC.fullmatch(word) is None or _PASSWORD.search(unquote(word)) is not None:
            message = "the address may hold a password or a token, which everybody can read who reads this file"
            warnings.append(replace(item.warning("PK523", message, hint=hint), excerpt=""))
    return words, tuple(warnings)


def _sign(node: Node | None, folder: Path, problems: Problems) -> str | None:
    word = None if node is None else text(node, problems)
    return word if word is None or ":" in word else str(folder / word)


def _rows(path: Path, name: str, problems: Problems) -> list[tuple[int, list[str]]]:
    """Return the lines of a CSV file that hold something, with their numbers."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_INVENTORY:
            why = "has more than 16 MiB" if path.is_file() else "is not there"
            problems.append(Diagnostic("PK402", f"the inventory `{shown(name)}` {why}", name))
            return []
        body = path.read_bytes().decode("utf-8-sig")
        reader = csv.reader(io.StringIO(body, newline=""), strict=True)
        return [(reader.line_num, row) for row in reader if row]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(Diagnostic("PK002", "the file is not UTF-8", name, line, 1, hint="save the file as UTF-8"))
    except csv.Error as error:
        problems.append(
            Diagnostic("PK402", f"this is not CSV: {error}", name, reader.line_num, 1, hint="close every quote")
        )
    except OSError as error:
        problems.append(Diagnostic("PK402", f"`{shown(name)}` cannot be read: {(error.strerror or '').lower()}", name))
    return []


def _header(header: list[str], name: str) -> list[Diagnostic]:
    if not header or header[0] != "name":
        hint = "write for example `name,use_case,jurisdiction`"
        return [Diagnostic("PK402", "the first column is not called `name`", name, 1, 1, hint=hint)]
    wrong = [label for label in header if IDENTIFIER.fullmatch(label) is None]
    twice = sorted({label for label in header if header.count(label) > 1})
    found = [Diagnostic("PK402", f"`{shown(label)}` is not a label", name, 1, 1) for label in wrong]
    return found + [Diagnostic("PK402", f"the column `{label}` is there twice", name, 1, 1) for label in twice]


def _labels(names: list[str], row: list[str]) -> Labels:
    read = {
        name: tuple(part.strip() for part in field.split(";") if part.strip())
        for name, field in zip(names, row, strict=True)
    }
    return {name: values for name, values in read.items() if values}


_HEAD = "begin the file with `policykit: gate/1`"

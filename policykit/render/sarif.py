"""The report as SARIF 2.1.0: alerts on the policy's own lines, waivers as suppressions, fingerprints that outlive edits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from gzip import compress
from hashlib import sha256
from typing import Any

from policykit.errors import Diagnostic
from policykit.render.json_text import json_text
from policykit.render.marks import automation
from policykit.render.markup import escaped
from policykit.render.uri import path_uri, uri
from policykit.render.visible import visible
from policykit.terms.place import Place
from policykit.terms.result import UNVERIFIED, Asking, Result, Results
from policykit.version import VERSION

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS = 5_000
"""GitHub keeps this many of one run."""
MOST_RULES = 20_000
MOST_BYTES = 9_500_000
"""GitHub takes 10 MB, compressed with gzip."""
MOST_TAGS = 20
LONGEST = 1_000
_LONGEST_NAME = 250
_LITERAL = re.compile(r"[\\\[\]]")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_SEMANTIC = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")


def sarif(results: Results) -> str:
    """Write the report as a SARIF log of one run; the worst comes first, and what GitHub would drop is left out and said."""
    told = [*results.stops, *(result for result in results.found if result.look == "waived"), *results.watch]
    most = MOST_RESULTS
    while True:
        made = json_text(_log(results, told[:most], left_out=max(0, len(told) - most)))
        if len(made) <= MOST_BYTES or len(compress(made.encode(), 6)) <= MOST_BYTES or most < 2:
            return made
        most = min(most, len(told)) // 2


def sarif_problems(
    error: str, hint: str, problems: Sequence[Diagnostic], *, exit_code: int, gate: str = "", stage: str = ""
) -> str:
    """Write why nothing was judged as a SARIF log: each problem at its line and column, and a run that did not succeed.

    `gate` and `stage` are what the run was about, so that its alerts close with the next one that finds them mended.
    """
    kept = problems[:MOST_RESULTS]
    codes = {problem.code: problem for problem in kept}
    rules = [{"id": _name(code), "shortDescription": _text("a document is wrong")} for code in codes]
    index = {code: at for at, code in enumerate(codes)}
    invocation = {
        "executionSuccessful": False,
        "exitCode": exit_code,
        "toolExecutionNotifications": [
            {
                "level": "error",
                "descriptor": {"id": "policykit/nothing-judged"},
                "message": _text(_joined(error, hint)),
            },
            *_left_out(len(problems) - len(kept)),
        ],
    }
    run = {
        "tool": {"driver": {**_driver(VERSION), "rules": rules}},
        "automationDetails": {"id": automation(gate, stage)},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": [_problem(problem, index) for problem in kept],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _log(results: Results, told: Sequence[Result], *, left_out: int) -> Mapping[str, Any]:
    shown = {result.asking.name: result.asking for result in told}
    every = {**shown, **{one.name: one for one in results.asked}}
    asked = [*(every if not left_out and len(every) <= MOST_RULES else shown).values()]
    index = {one.name: at for at, one in enumerate(asked)}
    run: dict[str, Any] = {
        "tool": {"driver": {**_driver(results.engine), "rules": [_rule(one) for one in asked]}},
        "automationDetails": {"id": automation(results.gate, results.stage)},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(results, left_out)],
        "results": [_result(result, index) for result in told],
        "properties": {
            **{name: visible(value) for name, value in results.facts},
            "bundle": visible(results.name),
            "version": visible(results.version),
            "stamps": [name for name, _ in results.stamps],
        },
    }
    repository, revision, branch = results.commit
    if repository:
        optional = {"revisionId": revision, "branch": branch}
        found = {name: visible(value) for name, value in optional.items() if value}
        run["versionControlProvenance"] = [{"repositoryUri": uri(repository), **found}]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver(version: str) -> dict[str, Any]:
    exact = {"semanticVersion": version} if _SEMANTIC.fullmatch(version) else {}
    return {"name": "policykit", "version": visible(version) or "unknown", **exact}


def _invocation(results: Results, left_out: int) -> Mapping[str, Any]:
    time = {"endTimeUtc": results.time} if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", results.time) else {}
    said = [
        {"level": level if level != "error" else "warning", "descriptor": {"id": _name(code)}, "message": _text(text)}
        for level, code, text in results.notes[:MOST_RESULTS]
    ]
    stamps = [
        {
            "level": "error" if name == UNVERIFIED else "warning",
            "descriptor": {"id": f"policykit/{name.replace(' ', '-')}"},  # audit, partial, …
            "message": _text(meaning),
        }
        for name, meaning in results.stamps
    ]
    return {
        "executionSuccessful": not results.unverified,
        "exitCode": results.exit_code,
        "exitCodeDescription": f"{'UNVERIFIED, and says ' if results.unverified else ''}{results.decision}: {visible(results.reason)}",
        **time,
        "toolConfigurationNotifications": stamps,
        "toolExecutionNotifications": [*_left_out(left_out), *said],
    }


def _left_out(count: int) -> Iterator[Mapping[str, Any]]:
    if count > 0:
        told = f"{count:,} more results are left out, the less grave ones: GitHub keeps no more. The json report holds them all."
        yield {"level": "warning", "descriptor": {"id": "policykit/left-out"}, "message": _text(told)}


def _rule(asking: Asking) -> Mapping[str, Any]:
    tags = ["policykit", *(check for check in asking.checks), *asking.controls]
    kept = list(dict.fromkeys(visible(tag, longest=100) for tag in tags))[:MOST_TAGS]
    said = [asking.sentence, asking.why and f"Why: {asking.why}", asking.fix and f"How to mend it: {asking.fix}"]
    owner = asking.owner and f"Who acts: {asking.owner}"
    lines = [line for line in (*said, owner) if line] or [asking.title]
    return {
        "id": _name(asking.name),
        "name": _name(asking.id),
        "shortDescription": _text(asking.title or asking.id),
        "fullDescription": _text(asking.sentence or asking.title or asking.id),
        "help": {
            **_text("\n".join(visible(line) for line in lines), longest=8_000, lines=True),
            "markdown": "\n\n".join(escaped(line) for line in lines).strip() or "–",
        },
        "defaultConfiguration": {"level": "warning" if asking.enforcement == "advisory" else "error"},
        "properties": {
            "tags": kept,
            "problem.severity": "warning" if asking.enforcement == "advisory" else "error",
            "severity": visible(asking.severity),
            "enforcement": visible(asking.enforcement),
            "policy": visible(asking.policy),
            "owner": visible(asking.owner),
        },
    }


def _result(result: Result, index: Mapping[str, int]) -> Mapping[str, Any]:
    asking = result.asking
    where = f"{asking.name} {result.about}".rstrip()
    return {
        "ruleId": _name(asking.name),
        "ruleIndex": index[asking.name],
        "kind": "fail",
        "level": _level(result),
        "message": _text("; ".join(_message(result))),
        "locations": [
            {
                "physicalLocation": _physical(result.place),
                "logicalLocations": [{"name": visible(asking.id), "fullyQualifiedName": visible(where)}],
            }
        ],
        "partialFingerprints": {
            "policykit/v1": result.fingerprint,
            "primaryLocationLineHash": result.fingerprint,  # the one that GitHub compares
        },
        "suppressions": [
            {
                "kind": "external",
                "status": "accepted",
                "justification": _plain(
                    f"waiver {one.waiver} until {one.until}, by {one.by or 'nobody named'}: {one.reason}"
                ),
                "properties": {
                    "waiver": visible(one.waiver),
                    "until": visible(one.until),
                    "digest": visible(one.digest),
                },
            }
            for one in result.excused
        ],
        "properties": {
            "status": result.status,
            "waived": result.look == "waived",
            "cause": result.cause,
            "advisory": result.quiet,
            **{
                name: visible(value)
                for name, value in (
                    ("about", result.about),
                    ("check", result.check),
                    ("observed", result.observed),
                    ("interval", result.interval),
                    ("limit", result.limit),
                    ("evidence", result.source),
                    ("owner", asking.owner),
                )
                if value
            },
        },
    }


def _level(result: Result) -> str:
    """Return how grave an alert is. What is waived is a note: GitHub reads no suppressions, and would fail what is allowed."""
    match result.look:
        case "fail" if result.quiet:
            return "warning"
        case "fail":
            return "error"
        case "undecided":
            return "note" if result.quiet else "error"
        case _:
            return "note"


def _message(result: Result) -> Iterator[str]:
    about = f"{result.about}: " if result.about else ""
    yield f"{result.asking.title}: {result.word}"
    yield f"{about}{result.reason or result.because}"
    yield from result.parts
    yield from filter(None, (result.together, result.models))
    if result.limit:
        yield f"limit {result.limit}"
    if result.needed:
        yield result.needed


def _problem(problem: Diagnostic, index: Mapping[str, int]) -> Mapping[str, Any]:
    mend = f"did you mean `{problem.suggestion}`?" if problem.suggestion else problem.hint
    place = Place(problem.path, problem.line, problem.column)
    return {
        "ruleId": _name(problem.code),
        "ruleIndex": index[problem.code],
        "kind": "fail",
        "level": problem.level,
        "message": _text(_joined(problem.message, mend)),
        "locations": [{"physicalLocation": _physical(place)}],
    }


def _physical(place: Place) -> Mapping[str, Any]:
    column = {"startColumn": place.column} if place.line and place.column else {}
    return {
        "artifactLocation": {"uri": path_uri(place.path or "bundle.yaml"), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": max(1, place.line), **column},
    }


def _text(text: str, *, longest: int = LONGEST, lines: bool = False) -> dict[str, str]:
    return {"text": _plain(text, longest=longest, lines=lines) or "–"}


def _plain(text: str, *, longest: int = LONGEST, lines: bool = False) -> str:
    """Return foreign text as a message of plain text: no brackets that make links of it, no placeholder, nothing hidden."""
    parts = text.split("\n") if lines else [text]
    shown = "\n".join(visible(part, longest=longest) for part in parts)
    safe = _literal(shown)
    return safe if len(safe) <= longest else f"{_literal(shown[: longest // 2 - 1])}…"


def _literal(text: str) -> str:
    return _PLACEHOLDER.sub(r"{{\1}}", _LITERAL.sub(lambda found: f"\\{found[0]}", text))


def _name(text: str) -> str:
    """Return what an id may be: visible, and no longer than GitHub takes; one that is cut is told apart by its digest."""
    shown = visible(text, longest=LONGEST) or "–"
    if len(shown) <= _LONGEST_NAME:
        return shown
    return f"{shown[: _LONGEST_NAME - 20]}… {sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _joined(error: str, hint: str) -> str:
    return f"{error}: {hint}" if hint else error

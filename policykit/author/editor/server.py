"""The language server: what the editor asks over standard input and output, answered by the functions beside this file.

It reads the document as it is in the editor, the gate file above it and, for a test, the policy beside it; it writes nothing,
runs nothing and opens no connection.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lsprotocol import types as lsp
from pygls.server import LanguageServer

from policykit.author.editor import actions, complete, hover, places, problems
from policykit.author.editor.beside import beside
from policykit.author.editor.positions import column_of, units_of
from policykit.errors import Diagnostic
from policykit.load.diagnose import visible
from policykit.version import VERSION

_PAUSE = 0.15  # seconds without a stroke, after which the document is looked at
_KINDS = {
    "key": lsp.CompletionItemKind.Property,
    "check": lsp.CompletionItemKind.Function,
    "word": lsp.CompletionItemKind.EnumMember,
    "unit": lsp.CompletionItemKind.Unit,
    "label": lsp.CompletionItemKind.Value,
    "control": lsp.CompletionItemKind.Reference,
    "parameter": lsp.CompletionItemKind.Variable,
    "rule": lsp.CompletionItemKind.Class,
}


def serve() -> None:
    """Answer on standard input and output until the editor says that it is done."""
    reading: Any = os.fdopen(
        os.dup(0), "rb"
    )  # copies: what is given is closed at the end, and there is an exit code to come
    writing: Any = os.fdopen(os.dup(1), "wb")
    make_server().start_io(reading, writing)


def make_server() -> LanguageServer:
    """Return the server with everything that it can answer."""
    # Whole texts: an editor and pygls do not agree on what else than a line feed ends a line (U+2028, U+0085).
    server = LanguageServer("policykit", VERSION, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
    published: dict[str, tuple[int | None, tuple[Diagnostic, ...]]] = {}

    def text_of(uri: str) -> str:
        return server.workspace.get_text_document(uri).source

    def publish(uri: str) -> None:
        text = text_of(uri)
        version = server.workspace.get_text_document(uri).version
        lines = text.split("\n")
        published[uri] = (version, _found(uri, text))
        server.publish_diagnostics(uri, [_told(each, lines) for each in published[uri][1]], version)

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        published.pop(params.text_document.uri, None)
        server.publish_diagnostics(params.text_document.uri, [])

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        document = params.text_document
        await asyncio.sleep(_PAUSE)
        known = server.workspace.text_documents.get(document.uri)
        if known is not None and known.version == document.version:
            publish(document.uri)

    triggers = [" ", ":", "$", "[", "{", ",", "."]

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=triggers))
    def completed(params: lsp.CompletionParams) -> lsp.CompletionList:
        uri, at = params.text_document.uri, params.position
        text = text_of(uri)
        line = _line(text.split("\n"), at.line)
        column = column_of(line, at.character)
        found = complete.completions(text, at.line + 1, column, beside(_path(uri), text))
        items = [_item(each, number, line, at) for number, each in enumerate(found)]
        return lsp.CompletionList(is_incomplete=any(each.what == "unit" for each in found), items=items)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hovered(params: lsp.HoverParams) -> lsp.Hover | None:
        uri, at = params.text_document.uri, params.position
        text = text_of(uri)
        column = column_of(_line(text.split("\n"), at.line), at.character)
        found = hover.hover(text, at.line + 1, column, beside(_path(uri), text).policies)
        if found is None:
            return None
        kind = lsp.MarkupKind.Markdown if found.markdown else lsp.MarkupKind.PlainText
        where = _range(text.split("\n"), found.line, found.column, found.length)
        return lsp.Hover(lsp.MarkupContent(kind, found.text), where)

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def outlined(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        text = text_of(params.text_document.uri)
        lines = text.split("\n")
        return [_symbol(each, lines) for each in places.symbols(text)]

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def defined(params: lsp.DefinitionParams) -> lsp.Location | None:
        uri, at = params.text_document.uri, params.position
        text = text_of(uri)
        found = places.definition(text, at.line + 1, column_of(_line(text.split("\n"), at.line), at.character))
        if found is None:
            return None
        return lsp.Location(uri, _range(text.split("\n"), found.line, found.column, found.length))

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    )
    def mended(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        text = text_of(uri)
        asked = range(params.range.start.line + 1, params.range.end.line + 2)
        version, known = published.get(uri, (None, ()))
        if version != server.workspace.get_text_document(uri).version:  # not published yet: the editor did not wait
            known = _found(uri, text)
        return [action for each in known if each.line in asked for action in _actions(each, text, uri)]

    return server


def _found(uri: str, text: str) -> tuple[Diagnostic, ...]:
    path = _path(uri)
    today = datetime.now(UTC).date().isoformat()
    return problems.diagnostics(path.as_posix(), text, beside(path, text), today)


def _path(uri: str) -> Path:
    """Return the path a URI names; a document that is in no file yet is as if it lay here, under a name of its own."""
    parts = urlsplit(uri)
    return (
        Path(unquote(parts.path))
        if parts.scheme == "file" and "\0" not in unquote(parts.path)
        else Path("untitled.yaml")
    )


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number].rstrip("\r") if 0 <= number < len(lines) else ""


def _range(lines: Sequence[str], line: int, column: int, length: int) -> lsp.Range:
    """Return a range in the units of the protocol: lines from 0, characters in UTF-16."""
    here = _line(lines, line - 1)
    start, end = units_of(here, column), units_of(here, column + length)
    return lsp.Range(lsp.Position(line - 1, start), lsp.Position(line - 1, max(end, start)))


def _told(problem: Diagnostic, lines: Sequence[str]) -> lsp.Diagnostic:
    meant = f"did you mean `{problem.suggestion}`?" if problem.suggestion else ""
    said = "\n".join(part for part in (problem.message, meant, problem.hint) if part)
    return lsp.Diagnostic(
        range=_range(lines, max(problem.line, 1), max(problem.column, 1), problem.length),
        message="\n".join(visible(part) for part in said.split("\n")),
        severity=lsp.DiagnosticSeverity.Warning if problem.level == "warning" else lsp.DiagnosticSeverity.Error,
        code=problem.code,
        source="policykit",
    )


def _item(found: complete.Completion, number: int, line: str, at: lsp.Position) -> lsp.CompletionItem:
    start = lsp.Position(at.line, min(units_of(line, found.start), at.character))
    after = "" if line[column_of(line, at.character) - 1 :].lstrip().startswith(":") else found.after
    return lsp.CompletionItem(
        label=found.label,
        kind=_KINDS[found.what],
        detail=visible(found.detail) or None,
        documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, found.about) if found.about else None,
        sort_text=f"{number:04d}",
        filter_text=found.label,
        text_edit=lsp.TextEdit(lsp.Range(start, at), f"{found.label}{after}"),
    )


def _symbol(found: places.Symbol, lines: Sequence[str]) -> lsp.DocumentSymbol:
    name = _range(lines, found.name_line, found.column, found.length)
    first = lsp.Position(found.line - 1, 0)
    last = lsp.Position(found.last_line - 1, units_of(_line(lines, found.last_line - 1), 10**9))
    return lsp.DocumentSymbol(
        name=found.name,
        detail=found.detail,
        kind=lsp.SymbolKind.Object if found.inside else lsp.SymbolKind.Property,
        range=lsp.Range(first, last),
        selection_range=name,
        children=[_symbol(each, lines) for each in found.inside],
    )


def _actions(problem: Diagnostic, text: str, uri: str) -> list[lsp.CodeAction]:
    found = actions.change(text, problem)
    if found is None:
        return []
    lines = text.split("\n")
    edit: Any = lsp.TextEdit(_range(lines, found.line, found.column, found.length), found.text)
    return [
        lsp.CodeAction(
            title=visible(found.title),
            kind=lsp.CodeActionKind.QuickFix,
            diagnostics=[_told(problem, lines)],
            edit=lsp.WorkspaceEdit(changes={uri: [edit]}),
            is_preferred=True,
        )
    ]

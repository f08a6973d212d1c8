"""Documents made to keep an editor busy: what is asked of them takes time as their size, and no longer."""

from __future__ import annotations

import time
from typing import Any

from lsprotocol import types as lsp
from pygls.workspace import Workspace

from policykit.author.editor.places import MOST, symbols
from policykit.author.editor.server import make_server

HEAD = "policykit: policy/1\n"


def asked(text: str) -> tuple[list[lsp.DocumentSymbol], float]:
    """Return the outline that an editor is told, and the seconds of the processor that it took."""
    server: Any = make_server()
    server.lsp._workspace = Workspace(None)  # pygls makes one when an editor connects
    uri = "file:///there/policy.yaml"
    server.workspace.put_text_document(lsp.TextDocumentItem(uri, "yaml", 1, text))
    answer = server.lsp.fm.features[lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL]
    before = time.process_time()
    found = answer(lsp.DocumentSymbolParams(lsp.TextDocumentIdentifier(uri)))
    return found, time.process_time() - before


def keys(count: int) -> str:
    return HEAD + "".join(f"k{number}: 1\n" for number in range(count))


def test_an_outline_takes_time_as_the_text_is_long() -> None:
    asked(keys(10))
    short = min(asked(keys(4_000))[1] for _ in range(3))
    assert min(asked(keys(16_000))[1] for _ in range(3)) < 10 * short + 0.1
    assert short < 1


def test_many_things_on_one_long_line_take_no_longer() -> None:
    found, seconds = asked(HEAD + "rules: [" + "{id: a}," * 30_000)
    assert seconds < 1
    assert len(found) == 2


def test_an_outline_lists_no_more_than_it_says() -> None:
    assert len(symbols(keys(MOST + 500))) == MOST
    rules = HEAD + "rules:\n" + "".join(f"  - {{id: R-{number}}}\n" for number in range(MOST + 500)) + "id: last\n"
    found = symbols(rules)
    assert sum(1 + len(each.inside) for each in found) == MOST
    assert [each.name for each in found] == ["policykit", "rules"]

"""`policykit lsp`: help while a policy is typed, in any editor that speaks the language server protocol."""

from __future__ import annotations

import click

from policykit.errors import UsageError


@click.command("lsp")
@click.option("--stdio", is_flag=True, help="Speak on standard input and output (always so; editors like to say it).")
def command(*, stdio: bool) -> int:  # noqa: ARG001 - there is no other way
    """Serve an editor: problems as you type, completion, meaning of words, outline, quick fixes.

    Speaks the language server protocol on standard input and output; docs/editor.md says how editors start it. Needs the extra
    `lsp`. Reads the documents that are open, the gate file above them and the policies beside a test; writes nothing.
    """
    try:
        from policykit.author.editor.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise UsageError(
            "the language server needs the extra `lsp`", hint="install policykit with it: docs/install.md"
        ) from error
    serve()
    return 0

"""`policykit schema`: the JSON Schema of a document, for editors."""

from __future__ import annotations

import click

from policykit.errors import UsageError


@click.command("schema")
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """Print the JSON Schema called NAME (policy, bundle, gate, …); without NAME, list them."""
    from policykit.author.schemas import schemas

    found = schemas()
    if name is None:
        for file in sorted(found):
            click.echo(file.removesuffix(".json"))
        return 0
    wanted = next((text for file, text in found.items() if file == name or file.split(".")[0] == name), None)
    if wanted is None:
        raise UsageError(f"there is no schema `{name}`", hint=f"the schemas are {', '.join(sorted(found))}")
    click.echo(wanted.rstrip("\n"))
    return 0

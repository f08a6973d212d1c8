"""Which models a gate judges: labels are looked up by a bundle's own name, so that a gate file may say which names it is for."""

from __future__ import annotations

from pathlib import Path

from policykit.errors import BundleError, Diagnostic, DocumentError
from policykit.load.gate_file import load_inventory
from policykit.load.scalars import shown
from policykit.terms.gate_file import GateFile


def expect_model(name: str, where: str, gate_file: GateFile | None) -> None:
    """Refuse a bundle by a name that the gate file does not list; one that lists none judges any.

    Raises:
        BundleError: it calls itself otherwise: by a slip, or to be judged as another model is.
    """
    if gate_file is None or not gate_file.models or name in gate_file.models:
        return
    message = f"`{shown(name)}` is none of the models that this gate judges"
    listed = ", ".join(f"`{shown(model)}`" for model in gate_file.models)
    hint = f"`models` in `{gate_file.path}` names {listed}; whoever answers for that file adds others"
    raise BundleError(message, problems=[Diagnostic("PK324", message, where, hint=hint)], hint=hint, where=where)


def inventory_problems(gate_file: GateFile) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the inventory of a gate file, and warn of models that it does not list."""
    if gate_file.inventory is None:
        return ()
    try:
        known = load_inventory(Path(gate_file.inventory))
    except DocumentError as error:
        return error.problems
    return tuple(
        Diagnostic(
            "PK525",
            f"`{shown(name)}` is not in the inventory, so that nothing is judged under this name",
            place.path,
            place.line,
            place.column,
            hint="write it as the inventory does, or have the owners of the inventory add it",
            level="warning",
        )
        for name, place in gate_file.models.items()
        if name not in known
    )

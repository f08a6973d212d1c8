"""From what people type after `--to` to the registry that it names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from policykit.decide.promote.registry import Registry
from policykit.errors import UsageError

if TYPE_CHECKING:
    from policykit.decide.promote.folder import Folder
    from policykit.decide.promote.mlflow import Mlflow

GROUP: Final = "policykit.registries"

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+-]{1,31}):(.*)", re.DOTALL)
_MLFLOW: Final = ("mlflow", "mlflow+http", "mlflow+https")


def open_registry(
    target: str,
    *,
    plugins: Collection[str] = (),
    installed: Iterable[EntryPoint] | None = None,
    there: bool = False,
) -> Registry:
    """Return the registry that `target` names: a folder, `folder:PATH`, `mlflow:URL/MODEL`, or `SCHEME:…` of a plug-in.

    A plug-in is an entry point of the group `policykit.registries`, named as its scheme; it is used only where its
    distribution is among `plugins`, which a gate file names. `installed` stands for the entry points of this machine.
    With `there` it has to be one already, as far as that can be asked: nothing is said of what never was a registry.

    Raises:
        UsageError: nothing is named, a scheme that nobody knows, a plug-in that the gate file does not name, or no registry.
        StorageError: it cannot be asked.
    """
    form = _SCHEME.fullmatch(target)
    scheme, rest = (form.group(1).lower(), form.group(2)) if form else ("folder", target)
    if not rest.strip():
        hint = "name a folder, or `mlflow:URL/MODEL`; a variable that is not set leaves nothing behind"
        raise UsageError("no registry is named" + (f" after `{scheme}:`" if form else ""), hint=hint)
    if scheme == "folder":
        from policykit.decide.promote.folder import Folder

        return _expected(Folder(Path(rest)), there=there)
    if scheme in _MLFLOW:
        from policykit.decide.promote.mlflow import Mlflow

        transport = scheme.partition("+")[2]
        return _expected(Mlflow(f"{transport}:{rest}" if transport else rest), there=there)
    found = entry_points(group=GROUP) if installed is None else installed
    return _plugin(scheme, rest, plugins, [each for each in found if each.name == scheme])


def _expected(registry: Folder | Mlflow, *, there: bool) -> Registry:
    """Return the registry; refuse one that is still to be made, where it is asked what stands in it."""
    if there and not registry.is_there():
        hint = "check how it is written; the first `policykit promote` makes it"
        raise UsageError(f"there is no registry `{registry.name}`", hint=hint)
    return registry


def _plugin(scheme: str, rest: str, plugins: Collection[str], found: list[EntryPoint]) -> Registry:
    if not found:
        hint = "there are `folder:PATH` and `mlflow:URL/MODEL`; for a folder of that name write `./`, then the name"
        raise UsageError(f"no registry is called `{scheme}`", hint=hint)
    named = {_normal(name) for name in plugins}
    for each in found:
        if each.dist is not None and _normal(each.dist.name) in named:
            return cast("Registry", each.load()(rest))
    owner = found[0].dist.name if found[0].dist is not None else scheme
    hint = f"write `plugins: [{owner}]` in a gate file, and give that with `--config`"
    raise UsageError(f"the registry `{scheme}` is a plug-in that the gate file does not name", hint=hint)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

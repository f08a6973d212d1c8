"""One check with its parameters, its data and its limit."""

from __future__ import annotations

from collections.abc import Mapping

from policykit import checks
from policykit.load.limit_document import read_limit
from policykit.load.lint import scope
from policykit.load.node import Node
from policykit.load.params_document import read_params
from policykit.load.scalars import Problems, identifier, shown, text
from policykit.load.words import LIMIT
from policykit.terms.check import Check
from policykit.terms.nearest import nearest
from policykit.terms.policy import Clause


def read_clause(
    written: Mapping[str, Node], at: Node, problems: Problems, *, was_set: bool = False
) -> tuple[Clause, type[Check]] | None:
    """Return the clause that the keys `check`, `with`, `data` and the limit keys state; None without a known check.

    `was_set`: a limit of it was set by the gate file, within the bounds the policy gives.
    """
    if "check" not in written:
        return None
    check = read_check(written["check"], problems)
    role = identifier(written["data"], problems) if "data" in written else None
    if check is None:
        return None
    problems.extend(scope.dataset(written, check))
    params = read_params(written.get("with"), written["check"], check, problems)
    limits = {key: node for key, node in written.items() if key in LIMIT}
    constraint = read_limit(limits, at, check, problems, was_set=was_set)
    return Clause(check.id, params, constraint, role or check.data, written["check"].place), check


def read_check(node: Node, problems: Problems) -> type[Check] | None:
    """Return the check that is called so."""
    name = text(node, problems)
    if name is None:
        return None
    check = checks.find(name)
    if check is None:
        near = nearest(name, checks.ids())
        hint = "" if near else "`policykit checks` lists them"
        problems.append(node.problem("PK104", f"no check is called `{shown(name)}`", suggestion=near, hint=hint))
    return check

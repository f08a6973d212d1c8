"""One document of any kind, looked at by itself: what an editor shows while it is being typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from policykit.errors import Diagnostic
from policykit.load.gate_file import read_gate_document
from policykit.load.gate_secrets import without_secrets
from policykit.load.header import read_header
from policykit.load.lint import excused, tested, trusted
from policykit.load.manifest_document import read_manifest
from policykit.load.node import Node
from policykit.load.policies import MOST_PROBLEMS, in_order
from policykit.load.policy_document import read_policy
from policykit.load.scalars import Problems
from policykit.load.test_document import read_test_document
from policykit.load.trust_document import read_trust_document
from policykit.load.waiver_document import read_waiver_document
from policykit.load.yaml import parse, parse_file
from policykit.terms.policy import Policy


def lint_text(
    text: str,
    path: Path,
    *,
    vocabulary: Mapping[str, tuple[str, ...]] | None = None,
    as_of: str | None = None,
    policies: Sequence[Policy] = (),
) -> tuple[Diagnostic, ...]:
    """Return every error and warning of a document, in order of place; `policies` are those that lie beside a test.

    What only shows between documents (two policies of one id, rules that another policy covers) is left to `lint`.
    """
    name, data = path.as_posix(), text.encode("utf-8", "surrogatepass")
    root, faults = parse(data, name)
    problems: Problems = list(faults)
    kind = None if root is None else read_header(root, problems)
    if root is None or kind is None:
        return _sorted(without_secrets(problems, text, root))
    if kind == "bundle":
        return _sorted(read_manifest(data, name)[1])
    _read(kind, root, path, problems, vocabulary or {}, as_of, policies)
    return _sorted(problems if kind != "gate" else without_secrets(problems, text, root))


def kind_of(path: Path) -> str | None:
    """Return what kind of document a file says it is; None where it is no file, or says nothing of it."""
    if not path.is_file():
        return None
    root, _ = parse_file(path, path.name)
    return None if root is None else read_header(root, [])


def policies_in(text: str, path: str) -> tuple[Policy, ...]:
    """Return the policy that a text states, as far as it can be read; nothing is said of what is wrong with it."""
    root, _ = parse(text.encode("utf-8", "surrogatepass"), path)
    if root is None or read_header(root, []) != "policy":
        return ()
    found = read_policy(root, path, text, {}, None, None, [])
    return () if found is None else (found.policy,)


def _read(
    kind: str,
    root: Node,
    path: Path,
    problems: Problems,
    vocabulary: Mapping[str, tuple[str, ...]],
    as_of: str | None,
    policies: Sequence[Policy],
) -> None:
    if kind == "policy":
        read_policy(root, path.name, "\n".join(root.source.lines), {}, vocabulary, as_of, problems)
    elif kind == "gate":
        read_gate_document(root, path, problems)
    elif kind == "waiver":
        waiver = read_waiver_document(root, problems)
        problems.extend(() if waiver is None else excused.expired(root, waiver, as_of))
    elif kind == "trust":
        trust = read_trust_document(root, path, problems)
        problems.extend(() if trust is None else trusted.problems(root, trust, as_of))
    elif kind == "test":
        test = read_test_document(root, problems)
        problems.extend(tested.problems(root, test, policies) if policies else ())


def _sorted(problems: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the problems in order of place, each place and message once, and no more than anybody reads."""
    once = {(each.line, each.column, each.code, each.message): each for each in problems}
    return tuple(in_order(tuple(once.values()))[:MOST_PROBLEMS])

"""Every refusal has its reason, and verifying is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import policykit
from policykit.attest.reasons import REASONS


def test_every_reason_that_the_code_gives_and_no_other_is_explained_in_one_sentence() -> None:
    given_reasons = set()
    for path in Path(policykit.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") in ("VerificationError", "LedgerError")
                and node.args
            ):
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}: a reason is a literal"
                given_reasons.add(node.args[0].value)
    assert given_reasons == REASONS.keys()
    for reason in REASONS.values():
        for sentence in reason:
            assert sentence.endswith(".") and sentence.count(". ") == 0 and len(sentence) < 160


def test_verifying_imports_nothing_heavy() -> None:
    heavy = "{'pydantic', 'numpy', 'pandas', 'polars', 'narwhals', 'scipy', 'sklearn', 'rich', 'yaml', 'jinja2'}"
    code = f"import sys, policykit.attest.verify, policykit.attest.keys; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

"""The README of each action: what goes in, what comes out, as its action.yml says."""

from __future__ import annotations

from pathlib import Path

import yaml

ACTIONS = Path(__file__).parent.parent / "actions"
PUBLIC = ("gate", "verify", "lint")
MORE = {
    "gate": "Whole workflows are in [examples/github](../../examples/github).",
    "verify": "A job of its own that others require, so that a gate that was skipped counts for nothing.",
    "lint": "Mistakes appear on the lines of the pull request that makes them.",
}

HOW = "How to add it to a repository: [docs/github.md](../../docs/github.md)."


def action_pages(header: str) -> dict[str, str]:
    """Return the README of each action by its path from the root."""
    return {f"actions/{name}/README.md": header + _page(name) for name in PUBLIC}


def _page(name: str) -> str:
    said = yaml.safe_load((ACTIONS / name / "action.yml").read_text(encoding="utf-8"))
    lines = [f"# {said['name']}", "", said["description"], "", f"{MORE[name]} {HOW}", ""]
    lines += ["## Inputs", "", "| input | what it says | default |", "|---|---|---|"]
    for word, given in said["inputs"].items():
        default = "**required**" if given.get("required") else f"`{given['default']}`" if given["default"] else ""
        lines.append(f"| `{word}` | {_cell(given['description'])} | {default} |")
    lines += ["", "## Outputs", "", "| output | what it says |", "|---|---|"]
    lines += [f"| `{word}` | {_cell(given['description'])} |" for word, given in said["outputs"].items()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()

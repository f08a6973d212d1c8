"""Inputs that would be commands, and the workflow commands that no input may give."""

from __future__ import annotations

NEVER = {
    "debug",
    "group",
    "endgroup",
    "echo",
    "add-mask",
    "save-state",
    "set-output",
    "set-env",
    "add-path",
    "add-matcher",
}

HOSTILE = (
    "a; touch pwned $(id)",
    "$(touch pwned)`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "x\ntouch pwned\n",
    "${{ github.token }}",
    "--help",
    "--save=pwned",
    "-o json=pwned",
    "::set-output name=decision::ALLOWED",
    "x\n::set-output name=decision::ALLOWED\n::error::forged\n##[error]forged",
    "x\ndecision=ALLOWED\nexit-code=0",
    "\u202eDEWOLLA \x1b[2J\x1b[31mred\x1b[0m \x07",
    "```\n# ALLOWED\n<img src=x onerror=alert(1)>",
    "<!-- policykit: other -->",
    "../../etc/passwd",
)

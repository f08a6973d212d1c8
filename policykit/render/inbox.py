"""The inbox as one page without script, and as JSON for machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policykit.render.page import environment
from policykit.terms.inbox import Inbox, Waiting
from policykit.terms.told import Change

MOST_LINES: Final = 2_000
MOST_NEWS: Final = 4
MOST_CAUSES: Final = 6
"""Drawn at once; the others are folded away."""
ALL_CAUSES: Final = 200


def inbox_html(inbox: Inbox) -> str:
    """Write the inbox as one self-contained HTML file."""
    waiting = [line for line in inbox.waiting if line.tone != "allowed"]
    allowed = [line for line in inbox.waiting if line.tone == "allowed"]
    return environment().get_template("inbox.html.j2").render(
        inbox=inbox,
        tone="blocked" if inbox.count("BLOCKED") else "held" if waiting else "allowed",
        waits=inbox.count("BLOCKED") + inbox.count("HELD"),
        waiting=waiting[:MOST_LINES],
        allowed=allowed[:MOST_LINES],
        left_out=max(0, len(waiting) - MOST_LINES) + max(0, len(allowed) - MOST_LINES),
        most_news=MOST_NEWS,
        most_causes=MOST_CAUSES,
        all_causes=ALL_CAUSES,
        looks={"allowed": "pass", "blocked": "fail", "held": "undecided"},
        counts=[
            (decision, look, inbox.count(decision))
            for decision, look in (("BLOCKED", "fail"), ("HELD", "undecided"), ("ALLOWED", "pass"))
        ],
    )  # fmt: skip


def inbox_json(inbox: Inbox) -> Mapping[str, Any]:
    """Return the inbox as JSON values, every text as the reports say it."""
    return {
        "asOf": inbox.day,
        "checked": inbox.checked,
        "reports": inbox.reports,
        "leftOut": inbox.left_out,
        "otherFiles": inbox.others,
        "models": [_line(line) for line in inbox.waiting],
        "causes": [
            {
                "rule": cause.rule,
                "title": cause.title,
                "status": "fail" if cause.word == "failed" else "undecided",
                "said": cause.said,
                "owner": cause.who,
                "models": list(cause.models),
            }
            for cause in inbox.causes
        ],
        "unread": [{"path": path, "problem": problem} for path, problem in inbox.unread],
    }


def _line(line: Waiting) -> Mapping[str, Any]:
    return {
        "name": line.name,
        "version": line.version,
        "stage": line.stage,
        "decision": line.decision,
        "gate": line.gate,
        "note": line.note,
        "letsThrough": line.tone == "allowed",
        "rule": line.rule,
        "reason": line.reason,
        "moreReasons": line.more,
        "owner": line.who,
        "daysWaiting": line.days,
        "waitingSince": line.since,
        "timeEvaluated": line.made,
        "verified": bool(line.signer),
        "signer": line.signer,
        "before": line.before,
        "changes": [_change(change) for change in line.changes],
        "path": line.path,
        "verdictDigest": line.digest,
    }


def _change(change: Change) -> Mapping[str, Any]:
    return {
        "kind": change.kind,
        "rule": change.rule,
        "title": change.title,
        "about": change.about,
        "before": change.before,
        "after": change.after,
        "better": change.better,
    }

"""Keep one note on a merge request: found by its first line, changed by each pipeline. Only Python's own library is used.

Reads GitLab's own variables (CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID) and POLICYKIT_NOTE_TOKEN.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

MARK = "<!-- policykit: "


def main(path: Path) -> int:
    """Return 0, whatever came of it: the decision is the gate's, not the note's."""
    token, number = os.environ.get("POLICYKIT_NOTE_TOKEN", ""), os.environ.get("CI_MERGE_REQUEST_IID", "")
    if not token or not number.isdecimal() or not path.is_file():
        print("no note is written: there is no token, no merge request, or no comment")
        return 0
    body = path.read_text(encoding="utf-8")
    first = body.split("\n", 1)[0]
    if not first.startswith(MARK):
        print("no note is written: the comment does not begin with its mark")
        return 0
    base = f"{os.environ['CI_API_V4_URL']}/projects/{int(os.environ['CI_PROJECT_ID'])}/merge_requests/{number}/notes"
    try:
        me = asked("GET", f"{os.environ['CI_API_V4_URL']}/user", token)["id"]
        known = found(base, token, me, first)
        asked("PUT" if known else "POST", f"{base}/{known}" if known else base, token, {"body": body})
    except (urllib.error.URLError, ValueError, KeyError) as error:
        print(f"no note is written: {type(error).__name__} {getattr(error, 'code', '')}".rstrip())
        return 0
    print("the note was changed" if known else "the note was written")
    return 0


def found(base: str, token: str, me: int, first: str) -> int:
    """Return the id of the note with this first line that this token wrote, or 0; a note of others is never touched."""
    for page in range(1, 51):
        notes = asked("GET", f"{base}?per_page=100&page={page}", token)
        for note in notes:
            if note["author"]["id"] == me and note["body"].split("\n", 1)[0].rstrip("\r") == first:
                return int(note["id"])
        if len(notes) < 100:
            return 0
    return 0


def asked(method: str, url: str, token: str, body: object = None):
    """Return the JSON that GitLab answers."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"PRIVATE-TOKEN": token, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=30) as answer:
        return json.loads(answer.read())


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))

"""Run the gate as this action was asked to, and tell GitHub what it said. Its exit code is an output: the last step ends with it.

Reads the action's inputs from the environment (`IN_TARGET` is the input `target`), and nothing from its arguments.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1]), str(HERE.parents[2])]

import tell  # noqa: E402 - both are found by the line above: this program runs isolated
from named import gate_id  # noqa: E402

from policykit.render.marks import automation, marker  # noqa: E402

if TYPE_CHECKING:
    from policykit.terms.told import Told

FILES = {
    "text": "report.txt",
    "json": "report.json",
    "html": "report.html",
    "markdown": "summary.md",
    "comment": "comment.md",
    "sarif": "report.sarif",
    "github": "annotations.txt",
    "statement": "statement.json",
    "attestation": "report.sigstore.json",
}
WORDS = {
    0: "ALLOWED",
    1: "BLOCKED",
    2: "INVALID",
    3: "HELD",
    4: "UNTRUSTED",
    74: "NOT READ OR WRITTEN",
    130: "INTERRUPTED",
}
JUDGED = (0, 1, 3)
NOBODY = "nothing was judged, so nothing was shown: the model stays where it is"
AUDIT = "this run was an audit, which nothing could stop: what it says enforces nothing, and earns no permit"
WITHOUT = {"unless-changed": "this is a whole run", "since": "what changed since then is not said"}
"""What becomes of a run whose earlier report is not there: the first one has none, and a path may be misspelt."""
UNATTESTED = (
    "GitHub attests a report only where it lets the model through (ALLOWED, enforced, by every rule, as of its day)"
)
READ = ("BUNDLE", "ROWS", "CONFIG", "TRUST", "KEY", "UNLESS_CHANGED", "SINCE", "POLICIES", "TRUST_ROOT", "WAIVERS")
"""Inputs that name files; where they take several, one stands per line."""


def main() -> int:
    """Gate, tell, and return 0: the gate's own exit code is the output `exit-code`."""
    given = {name[3:]: value for name, value in os.environ.items() if name.startswith("IN_")}
    try:
        folder = _folder(given)
    except ValueError as error:
        return _tell(2, f"policykit: {error}\n", _new_folder(), given)
    try:
        words = asked(given, folder)
    except ValueError as error:
        return _tell(2, f"policykit: {error}\n", folder, given)
    for name, path in _earlier(given):
        if not Path(path).is_file():
            tell.annotation("notice", f"no earlier report at `{path}`: {WITHOUT[name]}", title=f"policykit: {name}")
    environment = {"POLICYKIT_LINK": tell.page_of_run(), **tell.environment(), **_reading(os.environ)}
    done = subprocess.run(tell.engine(*words), env=environment, capture_output=True, check=False)
    log = (done.stdout + done.stderr).decode("utf-8", errors="replace")
    return _tell(done.returncode if done.returncode >= 0 else 70, log, folder, given)


def asked(given: Mapping[str, str], folder: Path) -> list[str]:
    """Return the command line: every value behind its own `--option=`, so that none can be taken for an option.

    Raises:
        ValueError: the inputs do not fit together.
    """
    bundle, rows, sign = given["BUNDLE"], given["ROWS"], given["SIGN"]
    if bool(bundle) == bool(rows):
        raise ValueError("name a `bundle`, or `rows` for a first look at a table of predictions: one of the two")
    if sign and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", sign):
        raise ValueError("`sign` is the name of an environment variable that holds the key, never the key itself")
    told = tell.lines_of(given["NOTIFY"])
    if any(not re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*", whom) for whom in told):
        raise ValueError(
            "`notify` names environment variables, as `env:TEAM_CHAT`: an address in a workflow is for all to read"
        )
    for name in ("COMMENT", "SARIF", "ATTEST"):  # what they do is up to action.yml
        tell.flag(given[name], name.lower())
    signed = bool(sign) or _config_signs(given["CONFIG"])
    outputs = [f"--output={name}={folder / file}" for name, file in FILES.items() if signed or name != "attestation"]
    words = ["gate", "--quiet", "--color=never", f"--gate-id={gate_id(given)}", *outputs]
    single = (
        "STAGE",
        "CONFIG",
        "MODE",
        "NONCE",
        "TRUST",
        "TARGET",
        "PREDICTION",
        "SCORE",
        "FAVOURABLE",
        "POSITIVE",
    )
    words += [f"--{name.lower()}={given[name]}" for name in single if given[name]]
    several = ("POLICIES", "PROTECTED", "TRUST_ROOT", "WAIVERS")
    words += [f"--{name.lower().replace('_', '-')}={line}" for name in several for line in tell.lines_of(given[name])]
    words += [f"--notify={whom}" for whom in told]
    if sign:
        words.append(f"--sign=env:{sign}")
    earlier = [f"--{name}={path}" for name, path in _earlier(given) if Path(path).is_file()]
    words += [*earlier, f"--key={given['KEY']}"] if earlier and given["KEY"] else earlier
    return [*words, "--", bundle or rows]


def _earlier(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the earlier reports that are asked for, by their options; the first run has none, and is then a whole one."""
    return [
        (name, path) for name, path in (("unless-changed", given["UNLESS_CHANGED"]), ("since", given["SINCE"])) if path
    ]


def _reading(given: Mapping[str, str]) -> dict[str, str]:
    """Return the setting by which git may read policies in private repositories of this platform: a header, in no address."""
    token, server = given.get("POLICYKIT_POLICIES_TOKEN", ""), given.get("GITHUB_SERVER_URL", "")
    if not token or not server:
        return {}
    secret = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    at = int(given.get("GIT_CONFIG_COUNT") or 0)
    return {
        "GIT_CONFIG_COUNT": str(at + 1),
        f"GIT_CONFIG_KEY_{at}": f"http.{server}/.extraheader",
        f"GIT_CONFIG_VALUE_{at}": f"Authorization: Basic {secret}",
    }


def _config_signs(config: str) -> bool:
    """Return whether the gate file that is named holds a key's place; one that cannot be read is refused by the gate itself."""
    if not config:
        return False
    from policykit.errors import PolicykitError
    from policykit.load.gate_file import load_gate_file

    try:
        return load_gate_file(Path(config)).sign is not None
    except (PolicykitError, OSError):
        return False


def _folder(given: Mapping[str, str]) -> Path:
    """Return the folder for reports, with none in it: a report of an earlier run must not be taken for this one's.

    Raises:
        ValueError: what would be removed, or written, is read in this run.
    """
    if not given["OUTPUT_DIR"]:
        return _new_folder()
    folder = Path(given["OUTPUT_DIR"])
    written = {os.path.realpath(folder / name) for name in FILES.values()}
    for name in READ:
        if any(os.path.realpath(line) in written for line in tell.lines_of(given[name])):
            said = name.lower().replace("_", "-")
            raise ValueError(f"`{said}` names a file of `output-dir` that this run writes: keep it in another folder")
    judged = given["BUNDLE"] and os.path.realpath(given["BUNDLE"])
    if judged and any(judged in (path, *map(str, Path(path).parents)) for path in written):
        raise ValueError("`output-dir` lies in the bundle that is judged: write reports beside it")
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES.values():
        (folder / name).unlink(missing_ok=True)
    return folder


def _new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="policykit-", dir=os.environ.get("RUNNER_TEMP")))


def _tell(code: int, log: str, folder: Path, given: Mapping[str, str]) -> int:
    said = _said(folder) if code in JUDGED else None
    if said is None and code in JUDGED:
        code, log = 70, log + "\npolicykit: it ended as if it had judged, and wrote no report\n"
    decision = said.decision if said is not None else WORDS.get(code, "BUG")
    if code == 0 and said is not None and said.decision != "ALLOWED" and said.mode != "audit":
        code, log = 70, log + f"\npolicykit: it ended with 0 and said {decision}\n"
    tell.foreign(_read(folder / FILES["text"]) + log)
    shown = _read(folder / FILES["github"])
    tell.annotations(shown)
    if said is not None and said.mode == "audit":
        tell.annotation("warning", AUDIT, title=f"policykit: {decision}, in mode audit")
    summary = _read(folder / FILES["markdown"])
    if said is None:
        if not shown.strip():
            tell.annotation("error", _first(log) or NOBODY, title=f"policykit: {decision}")
        summary = f"## {decision}: exit code {code}\n\n{NOBODY.capitalize()}.\n\n{tell.fenced(log)}"
        (folder / FILES["comment"]).write_text(_unjudged(gate_id(given), given["STAGE"], summary), encoding="utf-8")
    tell.summary(summary)
    wanted = given["ATTEST"].lower() == "true"
    through = said is not None and said.lets_through
    if wanted and not through:
        tell.annotation("notice", UNATTESTED, title=f"policykit: {decision} is not attested")
    print(f"policykit: {decision}, exit code {code}{', in mode audit' if said and said.mode == 'audit' else ''}")
    found = _outputs(code, decision, folder, said)
    category = automation(gate_id(given), given["STAGE"])
    tell.outputs({**found, "attest": "true" if wanted and through else "", "category": category})
    return 0


def _said(folder: Path) -> Told | None:
    from policykit.errors import PolicykitError
    from policykit.report.told import told_of

    try:
        statement = json.loads(_read(folder / FILES["statement"]))
        return told_of(statement["predicate"], subject=statement["subject"][0]["digest"]["sha256"])
    except (PolicykitError, ValueError, LookupError, TypeError):
        return None


def _outputs(code: int, decision: str, folder: Path, said: Told | None) -> dict[str, str]:
    there = {name: str(folder / file) for name, file in FILES.items() if (folder / file).is_file()}
    standings = [rule.standing for rule in said.rules] if said is not None else []
    counts = {
        "passed": sum(standing in ("passed", "caution") for standing in standings),
        "failed": standings.count("failed"),
        "undecided": standings.count("undecided"),
        "waived": standings.count("waived"),
    }
    return {
        "decision": decision,
        "exit-code": str(code),
        "mode": said.mode if said is not None else "",
        "folder": str(folder),
        "report": there.get("json", ""),
        "attestation": there.get("attestation", ""),
        "html": there.get("html", ""),
        "sarif": there.get("sarif", "") if said is not None else "",  # one without findings would close every alert
        "comment": there.get("comment", ""),
        "digest": said.subject if said is not None else "",
        "verdict-digest": said.verdict_digest if said is not None else "",
        **{name: str(number) if said is not None else "" for name, number in counts.items()},
    }


def _unjudged(gate: str, stage: str, summary: str) -> str:
    """Return the comment that takes the place of an earlier one: an old ALLOWED must not stay beside a run that judged nothing."""
    return f"{marker(gate, stage)}\n{summary}"


def _first(log: str) -> str:
    return next((line.removeprefix("policykit: ") for line in log.splitlines() if line.strip()), "")[:500]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    raise SystemExit(main())

"""What every export reads of a report, in one place, so that none of them can call a thing passed that another does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from policykit.render.visible import visible
from policykit.terms.layout import FEWEST

Json = dict[str, Any]
Standing = Literal["passed", "waived", "failed", "undecided", "advisory", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Source:
    """A report that was verified: its predicate, what it is about, and the SHA-256 of the bytes that were signed.

    `subjects` are (name, SHA-256) as the statement has them, the manifest first. `signer` is who signed it, in one line.
    `domain` and `report_type` are the words that all our types begin with, and the type of a gate report.
    """

    said: Mapping[str, Any]
    subjects: tuple[tuple[str, str], ...]
    payload: str
    signer: str
    domain: str
    report_type: str

    @property
    def verifier(self) -> str:
        """Return the name of the verifier: this gate, as it judges today."""
        return f"{self.domain}/gate/v1"


def lets_through(said: Mapping[str, Any]) -> bool:
    """Return whether the report lets its bundle go on: ALLOWED, by a gate that was there to decide, over every rule.

    HELD is no, undecided is no, audit and partial runs are no.
    """
    gate = said["gate"]
    return (said["decision"], gate["mode"], gate["scope"]) == ("ALLOWED", "enforce", "full")


def standing(rule: Mapping[str, Any]) -> Standing:
    """Return where a rule stands. What is waived did not pass; what is advisory and did not pass stops nothing."""
    match rule["status"]:
        case "pass":
            return "passed"
        case "not_applicable":
            return "not_applicable"
        case status:
            if excuses(rule):
                return "waived"
            if rule["advisory"] is True:
                return "advisory"
            return "failed" if status == "fail" else "undecided"


def excuses(rule: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return what excuses a rule: which waiver, of what kind, until when."""
    found = rule.get("excused", ())
    return found if isinstance(found, list) else ()


def name_of(rule: Mapping[str, Any]) -> str:
    """Return `policy@version/RULE`, by which a rule is known everywhere."""
    return f"{rule['policy']}/{rule['id']}"


def why(rule: Mapping[str, Any]) -> str:
    """Return in one line how a rule came out: status, cause, waivers, reason."""
    cause = f"({rule['cause']})" if rule["cause"] else ""
    waived = "".join(f", waived by {e['waiver']} until {e['until']}" for e in excuses(rule))
    advisory = ", advisory" if rule["advisory"] is True else ""
    return line(f"{rule['status']}{cause}{waived}{advisory}: {rule['reason']}")


def applied(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the policies that applied."""
    return [policy for policy in said["policies"] if policy["applied"] is True]


def errors(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the notices that block."""
    return [notice for notice in said["notices"] if notice["level"] == "error"]


def purl(said: Mapping[str, Any]) -> str:
    """Return the package URL of the bundle."""
    bundle = said["bundle"]
    return f"pkg:generic/{quote(bundle['name'], safe='')}@{quote(bundle['version'], safe='')}"


def permission(said: Mapping[str, Any]) -> str:
    """Return the one word that says `may go on`, with the stage it may go to: another stage is another word."""
    stage = said["gate"]["stage"]
    return f"POLICYKIT_ALLOWED_FOR_{quote(stage, safe='')}" if stage else "POLICYKIT_ALLOWED"


def slice_of(finding: Mapping[str, Any], group: str = "") -> str:
    """Return what a number is about, `attribute: sex, group: f`; empty where it is about all rows."""
    parts = [f"{name}: {value}" for name, value in finding["slice"]]
    return line(", ".join([*parts, f"group: {group}"] if group else parts))


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a report as the report writes it, with its interval; a bound that there is none of is `unbounded`."""

    rule: Mapping[str, Any]
    check: str
    about: str
    value: object
    low: object
    high: object


def numbers(said: Mapping[str, Any]) -> Iterator[Number]:
    """Yield every number that was observed, and those of its groups; a group of fewer than ten people is left out."""
    for rule in said["rules"]:
        for finding in rule["findings"]:
            seen = finding["observed"]
            if seen and seen["value"] is not None:
                yield Number(rule, finding["check"], slice_of(finding), seen["value"], seen["low"], seen["high"])
            for group in finding["groups"]:
                if group["rows"] >= FEWEST and group["value"] is not None:
                    about = slice_of(finding, group["name"])
                    yield Number(rule, finding["check"], about, group["value"], group["low"], group["high"])


def line(text: str) -> str:
    """Return text of a report as one line that hides nothing; a dash where there is none."""
    return visible(" ".join(text.split())) or "-"

"""Builders of policies, as text: what a test does not speak of is filled in."""

from __future__ import annotations

from policykit.errors import PolicyError
from policykit.load.lint.page import CodePage
from policykit.load.policies import read_policies
from policykit.terms.policy import Policy, Rule
from tests.load.waiver_texts import trust_of, waiver_of

HEAD = {
    "id": "id: acme.credit",
    "version": "version: 3.2.0",
    "title": "title: Credit",
    "owner": "owner: compliance@acme.example",
    "applies_to": "applies_to: everything",
    "rules": "rules:\n  - {id: ROWS, title: Rows, check: data.row_count, at_least: 100, why: Few rows show little.}",
}
CHECK = {
    "check": "check: fairness.demographic_parity_difference",
    "for_each": "for_each: [sex]",
    "at_most": "at_most: 10 pp",
}


def policy(keys: str = "") -> str:
    """Return a policy whose first lines after its kind are `keys`; what they leave out is filled in below."""
    given = {line.split(":")[0] for line in keys.splitlines() if line[:1].isalpha()}
    rest = [text for key, text in HEAD.items() if key not in given]
    return "\n".join(["policykit: policy/1", *([keys] if keys else []), *rest]) + "\n"


def rule(keys: str) -> str:
    """Return a policy of one rule, whose keys begin on line 4, column 5; a check is filled in where `keys` name none."""
    given = {line.split(":")[0] for line in keys.splitlines() if line[:1].isalpha()}
    body = keys.splitlines()
    if not given & {"check", "all_of", "any_of"} and "check" not in keys:
        extra = {key: text for key, text in CHECK.items() if key not in given}
        if "at_least" in given:
            extra = {"check": "check: data.row_count"}
        body += extra.values()
    body += [line for key, line in (("title", "title: A rule"), ("why", "why: It must be so.")) if key not in given]
    lines = ["rules:", "  - id: A", *(f"    {line}" for line in body)]
    return policy("\n".join(lines))


def text_of(page: CodePage, example: str) -> str:
    """Return the whole file that an example on the page of a code stands for."""
    match page.kind:
        case "policy":
            return policy(example)
        case "rule":
            return rule(example)
        case "trust":
            return trust_of(example)
        case "waiver":
            return waiver_of(example)
        case "test":
            return case_of(example)
        case _:
            return example


def one(text: str) -> Policy:
    """Return the one policy that a text states."""
    (found,) = read_policies([("p.yaml", text, {})])
    return found


def rule_of(keys: str) -> Rule:
    """Return the rule that has these keys."""
    return one(rule(keys)).rules[0]


def examine_text(text: str) -> set[str]:
    """Return the codes of the errors of a policy."""
    try:
        read_policies([("p.yaml", text, {})])
    except PolicyError as error:
        return {problem.code for problem in error.problems}
    return set()


def case_of(keys: str) -> str:
    """Return a test of one case, whose keys begin on line 5, column 5; what they leave out is filled in."""
    rest = {"name": "name: A case", "given": "given: {estimates: []}", "expect": "expect: {FAIR-01: undecided}"}
    given = {line.split(":")[0] for line in keys.splitlines() if line[:1].isalpha()}
    if "policy" in given:
        return f"policykit: test/1\n{keys}\ncases:\n  - {{{', '.join(rest.values())}}}\n"
    body = [*keys.splitlines(), *(line for key, line in rest.items() if key not in given and key != "name")]
    lines = [
        "policykit: test/1",
        "policy: acme.credit@3",
        "cases:",
        "  - name: A case",
        *(f"    {line}" for line in body),
    ]
    return "\n".join(lines) + "\n"

"""The words of the product, each in one sentence, from the docstrings of the words themselves."""

from __future__ import annotations

from inspect import cleandoc

from policykit.decide.exit_code import Exit
from policykit.terms import (
    bundle,
    estimate,
    frame,
    measure,
    plan,
    policy,
    quantity,
    report,
    signatory,
    trust,
    verdict,
    waiver,
)

_WORDS: tuple[type, ...] = (
    bundle.Bundle,
    bundle.Dataset,
    bundle.Attribute,
    policy.Policy,
    policy.Rule,
    policy.Clause,
    policy.Constraint,
    policy.Evidence,
    policy.Enforcement,
    policy.Severity,
    policy.Source,
    quantity.Quantity,
    plan.Question,
    frame.Frame,
    measure.Count,
    measure.Sum,
    measure.Extreme,
    measure.Cells,
    measure.Histogram,
    measure.Distinct,
    measure.Quantile,
    measure.Overlap,
    measure.Sample,
    measure.Fact,
    plan.Measurement,
    verdict.Unmeasured,
    estimate.Estimate,
    verdict.Finding,
    verdict.Verdict,
    report.Decision,
    report.Report,
    signatory.Signatory,
    trust.Trust,
    trust.Quorum,
    trust.StageTrust,
    waiver.Waiver,
    waiver.SignedWaiver,
    waiver.Excuse,
)

_CAUSES = {
    verdict.Cause.MISSING: "the evidence, or what the bundle has to declare for it, is not there",
    verdict.Cause.WRONG_TYPE: "the evidence is there and is of another type than the rule needs",
    verdict.Cause.TOO_LARGE: "the measurement would not fit, or its numbers are too large to add exactly",
    verdict.Cause.NOT_FINITE: "the value is not a number, or not a finite one",
    verdict.Cause.CRASHED: "the check, or the file it reads, broke",
    verdict.Cause.EMPTY: "there are no rows, groups or entries to look at",
    verdict.Cause.TOO_FEW: "the rule wants more rows than there are",
    verdict.Cause.STRADDLES: "the interval holds the limit: not shown yet",
    verdict.Cause.UNDEFINED: "the number does not exist for this data",
    verdict.Cause.STALE: "the evidence is older than the rule accepts",
    verdict.Cause.WRONG_SOURCE: "the evidence is weaker than the rule accepts",
    verdict.Cause.SAMPLED: "the evidence is a sample, which can fail a rule and never pass it",
    verdict.Cause.NO_CHAMPION: "there is no model in use to compare with",
    verdict.Cause.TIMEOUT: "measuring took longer than allowed",
}


# Words of people and papers, which no one type of the code stands for: each in one sentence, as a heading and as it is said.
SPOKEN: dict[str, str] = {
    "approval": "What somebody of the right role signs after reading a report: this very report may count for this stage.",
    "attempt": "One more report on the same held-out data; the ledger counts them, since looking often finds luck.",
    "break glass": "To promote without a permit in an emergency: several people sign it, it ends soon, and it stays red on every page.",
    "evaluator": "Whoever runs the gate and signs its reports: a role of the trust file, held by a key or a workflow.",
    "ledger": "A log that only grows and that anyone can check: what was signed is in it once and for ever.",
    "permit": "A short-lived signed file that says a bundle may go to one stage, made from a report, its approvals and the trust file.",
    "promotion": "The step that makes a bundle the one in use at a stage of a registry; it takes a permit.",
    "revocation": "A signed file that takes a permit, a waiver or a report back, with the reason; from then on it counts no more.",
    "time stamp": "The signed word of an authority (RFC 3161) that a signature was there at a time, whoever made it.",
    "trust file": "The signed document that says who may judge, excuse, approve and promote, and what each stage asks.",
}
_PLURALS = ("ies", "y"), ("s", "")


def words() -> dict[str, str]:
    """Return every word of the glossary with its sentence: those of the code as they are written there, sorted."""
    found = {kind.__name__: _first(kind) for kind in _WORDS} | SPOKEN
    return {word: found[word] for word in sorted(found, key=str.casefold)}


def meaning(asked: str) -> str | None:
    """Return what a word means, as `word: sentence`; None where the glossary does not have it. Case, number and hyphens are free."""
    sentences = {**{str(cause): said for cause, said in _CAUSES.items()}, **words()}
    known = {_folded(word): word for word in sentences}
    folded = _folded(asked)
    ones = [folded, *(folded.removesuffix(many) + one for many, one in _PLURALS if folded.endswith(many))]
    for one in ones:
        if one in known:
            return f"{known[one]}: {sentences[known[one]]}"
    return None


def glossary() -> str:
    """Return docs/glossary.md."""
    lines = ["# The words", "", "`policykit explain WORD` says each of them at the terminal.", ""]
    lines += [f"**{word}**: {said}\n" for word, said in words().items()]
    lines += ["## Causes: why something is not shown", ""]
    lines += [f"- `{cause.value}`: {_CAUSES[cause]}" for cause in verdict.Cause]
    lines += ["", "## Exit codes", ""]
    lines += [f"- {code.value}: {code.name}" for code in Exit]
    return "\n".join(lines)


def _first(kind: type) -> str:
    """Return the first paragraph of what a type says of itself."""
    return cleandoc(kind.__doc__ or "").split("\n\n", maxsplit=1)[0].replace("\n", " ")


def _folded(word: str) -> str:
    """Return a word as it is looked up: `Break-Glass`, `break_glass` and `BreakGlass` are one."""
    return "".join(mark for mark in word.casefold() if mark.isalnum())

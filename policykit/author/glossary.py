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


def glossary() -> str:
    """Return docs/glossary.md."""
    lines = ["# The words", ""]
    for kind in sorted(_WORDS, key=lambda found: found.__name__):
        first = cleandoc(kind.__doc__ or "").split("\n\n", maxsplit=1)[0].replace("\n", " ")
        lines.append(f"**{kind.__name__}**: {first}\n")
    lines += ["## Causes: why something is not shown", ""]
    lines += [f"- `{cause.value}`: {_CAUSES[cause]}" for cause in verdict.Cause]
    lines += ["", "## Exit codes", ""]
    lines += [f"- {code.value}: {code.name}" for code in Exit]
    return "\n".join(lines)

"""Every key of a test of a policy, and what it says: the reader, the schema and the editor share these."""

from __future__ import annotations

from collections.abc import Mapping

TEST: Mapping[str, str] = {
    "policykit": "The kind of this document and the version of its language: `test/1`.",
    "policy": "The policy that is tested: `id@3` for any version 3, or `id@3.2.0`.",
    "cases": "What the policy must do, one thing each.",
}
TEST_NEEDED = ("policy", "cases")
CASE: Mapping[str, str] = {
    "name": "What the policy must do, in one line that a person can read aloud.",
    "drafted": "`true`: nobody has read this case yet, so what it shows does not count as seen.",
    "given": "What is taken for granted: the model's labels, the stage, and what was measured.",
    "expect": "What must come of it: the outcome of a rule by its id, and the decision.",
}
CASE_NEEDED = ("name", "given", "expect")
GIVEN: Mapping[str, str] = {
    "bundle": "The name of the model, where the policy names some under `canary`.",
    "labels": "The labels of the model, as in a bundle.",
    "stage": "The stage that is asked for.",
    "task": "The task of the model: `{kind: regression}`. Without it, every check is defined.",
    "as_of": "The day as of which everything is judged; without it, the first day on which every rule counts.",
    "collected": "The day on which every data set was collected; without it, the day of judging.",
    "protected_attributes": "The protected attributes that the model's team declares; without it, those of the estimates.",
    "set": "Values of the policy's parameters, within their bounds, in place of those that the gate file sets.",
    "facts": "Facts of the bundle: owners, reviews and the like.",
    "estimates": "What was measured; what is not here is missing.",
}
ESTIMATE: Mapping[str, str] = {
    "check": "The check that gives this answer.",
    "rule": "The rule that asks, where several rules ask the same check.",
    "attribute": "The attribute whose groups are compared, or looked at one by one; `[sex, age_band]` for an intersection.",
    "group": "The group, for a rule that looks at each group by itself.",
    "column": "The column, for a rule that names several.",
    "data": "The data set, for a rule that is asked of several.",
    "compared_with": "`champion`: the value is how much larger the candidate's is than the champion's.",
    "value": "What was measured, in the check's unit; `absent` where a thing is not there.",
    "interval": "The two ends between which the true value lies for sure enough; they hold the value.",
    "interval_together": "The ends of the wider interval that a fail needs where a rule has several slices.",
    "rows": "How many rows it rests on.",
    "smallest": "How many rows the smallest of the compared groups has.",
    "source": "Where it comes from: `recomputed` (default), `attested` or `declared`.",
    "undecided": "Why there is no number, in place of a value: `missing`, `crashed`, `too_few` and so on.",
}
TASK: Mapping[str, str] = {"kind": "The kind of the task, as in a bundle."}
EXPECT_DECISION = "What the decision must be: `ALLOWED`, `BLOCKED` or `HELD`."
EXPECT_RULE = "What the rule must come out as: `pass`, `fail`, `undecided`, `undecided(cause)` or `not_applicable`."

"""Codes PK801 to PK807: tests of policies."""

from __future__ import annotations

from policykit.load.lint.page import CodePage, pages

TEST = pages(
    CodePage(
        "PK801",
        "the tested policy is not there",
        "A test names its policy with the version, so that it is looked at again when the policy changes. The policy lies in the"
        " folder of the test, in the folder above, or is named with `--policies`.",
        "policy: acme.credit@2",
        "policy: acme.credit@3",
        "test",
    ),
    CodePage(
        "PK802",
        "the tested policy has no such rule",
        "Nothing would ever be known of the outcome that is expected.",
        "expect: {FAIR-1: undecided(missing)}",
        "expect: {FAIR-01: undecided(missing)}",
        "test",
    ),
    CodePage(
        "PK803",
        "the tested policy does not ask this",
        "An estimate that no rule asks for changes nothing; where it was meant to, the test would show something else.",
        "given: {estimates: [{check: latency.p95, value: 3 s, interval: [2 s, 4 s]}]}\nexpect: {FAIR-01: undecided(missing)}",
        "given: {estimates: []}\nexpect: {FAIR-01: undecided(missing)}",
        "test",
    ),
    CodePage(
        "PK804",
        "the estimate does not say one thing",
        "An estimate is a value, with an interval that holds it where the check is about people behind the rows; or it is"
        " `undecided` with a cause.",
        "given:\n  estimates: [{check: fairness.demographic_parity_difference, value: 9 pp, interval: [1 pp, 8 pp]}]\n"
        "expect: {FAIR-01: pass}",
        "given:\n  estimates: [{check: fairness.demographic_parity_difference, value: 5 pp, interval: [1 pp, 8 pp]}]\n"
        "expect: {FAIR-01: pass}",
        "test",
    ),
    CodePage(
        "PK805",
        "no rule asks for this estimate",
        "The policy asks the check, but of another attribute, column, group or data set, or by another comparison.",
        "given: {estimates: [{check: data.completeness, column: age, value: 99 %}]}",
        "given: {estimates: [{check: data.completeness, column: income, value: 99 %}]}",
        "command",
    ),
    CodePage(
        "PK806",
        "two estimates answer one question",
        "Which of them is meant cannot be told.",
        "estimates: [{check: data.row_count, value: 10 rows}, {check: data.row_count, value: 20 rows}]",
        "estimates: [{check: data.row_count, value: 10 rows}]",
        "command",
    ),
    CodePage(
        "PK807",
        "the case does not say which stage",
        "The policy speaks of stages: without one, the gate refuses to judge, and so does a test.",
        "given: {labels: {use_case: credit-scoring}}",
        "given: {labels: {use_case: credit-scoring}, stage: production}",
        "command",
    ),
)

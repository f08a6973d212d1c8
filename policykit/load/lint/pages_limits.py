"""Codes PK201 to PK215: limits. Codes PK501 to PK510: warnings."""

from __future__ import annotations

from policykit.load.lint.page import CodePage, pages

_OWNER = "check: governance.owner\nwith: {of: model}\n"

LIMITS = pages(
    CodePage(
        "PK201",
        "the rule has no limit",
        "Something would be measured and nothing demanded: the rule could never fail.",
        "check: latency.p95\ncaution_above: 100 ms",
        "check: latency.p95\nat_most: 200 ms\ncaution_above: 100 ms",
    ),
    CodePage(
        "PK202",
        "the limits leave nothing",
        "No number meets both. (Elsewhere such a rule was not evaluated, and the run was green.)",
        "check: data.mean\nwith: {column: age}\nat_least: 50\nat_most: 30",
        "check: data.mean\nwith: {column: age}\nat_least: 30\nat_most: 50",
    ),
    CodePage(
        "PK203",
        "the limit looks the wrong way",
        "The check says which way is better; this limit stops the good models and lets the bad ones pass.",
        "check: latency.p95\nat_least: 200 ms",
        "check: latency.p95\nat_most: 200 ms",
    ),
    CodePage(
        "PK204",
        "the unit is missing, wrong or can be read two ways",
        "Shares are written `80 %`, `4/5` or `0.8`, differences of shares `10 pp`, durations `200 ms`, sizes `20 MB`, counts"
        " `2000` or `2000 rows`; everything else is a bare number in its own unit.",
        "check: fairness.demographic_parity_difference\nfor_each: [sex]\nat_most: 10 %",
        "check: fairness.demographic_parity_difference\nfor_each: [sex]\nat_most: 10 pp",
    ),
    CodePage(
        "PK205",
        "the caution lies outside the limit",
        "A caution shows inside the limit, before it is reached; here it never would.",
        "check: latency.p95\nat_most: 200 ms\ncaution_above: 300 ms",
        "check: latency.p95\nat_most: 200 ms\ncaution_above: 150 ms",
    ),
    CodePage(
        "PK206",
        "the two limits do not fit together",
        "With `surely_...` the estimate has to meet the first limit and its confidence bound the second, which is the looser one.",
        "check: latency.p95\nat_most: 200 ms\nsurely_at_most: 150 ms",
        "check: latency.p95\nat_most: 200 ms\nsurely_at_most: 250 ms",
    ),
    CodePage(
        "PK207",
        "no number of this kind is ever there",
        "A share lies between 0 % and 100 %, an AUC between 0 and 1, durations, counts and errors are not below zero: the rule would"
        " always fail, or never.",
        "check: data.completeness\nwith: {column: income}\nat_least: 105 %",
        "check: data.completeness\nwith: {column: income}\nat_least: 99.5 %",
    ),
    CodePage(
        "PK208",
        "the comparator does not fit the check",
        "Numbers are compared with numbers; an owner or a document is there or is not, or is one of several.",
        _OWNER + "at_least: 1",
        _OWNER + "is: present",
    ),
    CodePage(
        "PK209",
        "nothing is said about the first release",
        "A comparison with the champion means nothing where there is none. Say what holds then: it is never a silent pass.",
        "check: performance.accuracy\ncompared_with: champion\nworse_by_at_most: 1 pp",
        "check: performance.accuracy\ncompared_with: champion\nworse_by_at_most: 1 pp\nif_no_champion: undecided",
    ),
    CodePage(
        "PK210",
        "the comparison is not complete",
        "`compared_with` says with whom, `worse_by_at_most` or `better_by_at_least` by how much; one needs the other.",
        "check: performance.accuracy\nworse_by_at_most: 1 pp\nif_no_champion: undecided",
        "check: performance.accuracy\ncompared_with: champion\nworse_by_at_most: 1 pp\nif_no_champion: undecided",
    ),
    CodePage(
        "PK211",
        "the check cannot be compared with a champion",
        "It knows no better and worse, or has no way of comparing two models on the same rows.",
        "check: data.row_count\ncompared_with: champion\nworse_by_at_most: 10\nif_no_champion: undecided",
        "check: data.row_count\nat_least: 1000 rows",
    ),
    CodePage(
        "PK212",
        "a comparison stands alone",
        "A limit of its own beside a comparison, or two comparisons, are two demands: write them as parts of `all_of`.",
        "check: performance.accuracy\nat_least: 80 %\ncompared_with: champion\nworse_by_at_most: 1 pp\nif_no_champion: undecided",
        "all_of:\n"
        "  - {check: performance.accuracy, at_least: 80 %}\n"
        "  - {check: performance.accuracy, compared_with: champion, worse_by_at_most: 1 pp, if_no_champion: undecided}",
    ),
    CodePage(
        "PK213",
        "two limits stand on one side",
        "Only the stricter one would ever decide; a reader may see the other.",
        "check: latency.p95\nat_most: 200 ms\nbelow: 150 ms",
        "check: latency.p95\nbelow: 150 ms",
    ),
    CodePage(
        "PK215",
        "only the champion can be compared with",
        "Comparisons with a named data set come in a later version.",
        "check: performance.accuracy\ncompared_with: train\nworse_by_at_most: 1 pp\nif_no_champion: undecided",
        "check: performance.accuracy\ncompared_with: champion\nworse_by_at_most: 1 pp\nif_no_champion: undecided",
    ),
)

GATE = pages(
    CodePage(
        "PK401",
        "this is not a gate file",
        "`--config` was given a document of another kind.",
        "policykit: policy/1\nid: acme.credit",
        "policykit: gate/1\npolicies: [{path: policies/}]",
        "command",
    ),
    CodePage(
        "PK402",
        "the inventory cannot be read",
        "It is a CSV file in UTF-8 whose first column is called `name`; the others are labels.",
        "model,use_case\nloan-default,credit-scoring",
        "name,use_case\nloan-default,credit-scoring",
        "inventory",
    ),
    CodePage(
        "PK403",
        "a line of the inventory does not fit",
        "Each line names one model, once, with as many fields as the first line.",
        "name,use_case,risk\nloan-default,credit-scoring",
        "name,use_case,risk\nloan-default,credit-scoring,high",
        "inventory",
    ),
)

WARNINGS = pages(
    CodePage(
        "PK501",
        "a blocking rule does not say why",
        "People who are stopped read `why`; without it they look for a way around. A warning: exit codes do not change.",
        "rules:\n  - {id: ROWS, title: Rows, check: data.row_count, at_least: 100}",
        "rules:\n  - {id: ROWS, title: Rows, check: data.row_count, at_least: 100, why: Few rows show little.}",
        "policy",
    ),
    CodePage(
        "PK502",
        "the policy was to be reviewed",
        "Its `review_by` has passed. A warning, in every report, until it is reviewed.",
        "review_by: 2020-01-01",
        "review_by: 2099-01-01",
        "policy",
    ),
    CodePage(
        "PK503",
        "rows with a gap are left out too",
        "A missing value is not known to be none of these, so its row is not kept. Say what is meant. A warning.",
        "where: {column: channel, none_of: [test]}",
        "where: {any_of: [{column: channel, none_of: [test], is: present}, {column: channel, is: absent}]}",
    ),
    CodePage(
        "PK504",
        "nothing in the policy can block",
        "Every rule is advisory. A release needs at least one blocking rule that passed, so this policy alone holds it. A warning.",
        "rules:\n  - {id: ROWS, title: Rows, check: data.row_count, at_least: 100, enforcement: advisory}",
        "rules:\n  - {id: ROWS, title: Rows, check: data.row_count, at_least: 100, why: Few rows show little.}",
        "policy",
    ),
    CodePage(
        "PK505",
        "no rule reads the parameter",
        "It can be set, and nothing changes. A warning.",
        "parameters:\n  gap: {title: Largest gap, value: 10 pp}",
        "title: No parameters",
        "policy",
    ),
    CodePage(
        "PK506",
        "the limit asks for nothing",
        "Every number meets it. A warning.",
        "check: data.completeness\nwith: {column: income}\nat_least: 0 %",
        "check: data.completeness\nwith: {column: income}\nat_least: 99 %",
    ),
    CodePage(
        "PK507",
        "a label looks misspelt",
        "The vocabulary of the gate file has a label of nearly the same name. A bundle without the label asked for is held. A"
        " warning.",
        "applies_to: {use_cases: [credit-scoring]}",
        "applies_to: {use_case: [credit-scoring]}",
        "policy",
    ),
    CodePage(
        "PK508",
        "one check needs no list",
        "`all_of` or `any_of` holds a single check. A warning.",
        "all_of:\n  - {check: latency.p95, at_most: 200 ms}",
        "check: latency.p95\nat_most: 200 ms",
    ),
    CodePage(
        "PK509",
        "doubt is switched off",
        "With `confidence: none` a lucky sample passes like a good model. Every report is stamped so. A warning.",
        "evidence: {confidence: none}",
        "evidence: {confidence: 90 %}",
    ),
    CodePage(
        "PK510",
        "there are no groups to count",
        "`min_rows_per_group` is asked of each group of `for_each` or `across`, and the rule has neither. A warning.",
        "check: performance.accuracy\nat_least: 80 %\nevidence: {min_rows_per_group: 100}",
        "check: performance.accuracy\nat_least: 80 %\nevidence: {min_rows: 100}",
    ),
)

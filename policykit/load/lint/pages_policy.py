"""Codes PK101 to PK129: keys, names and scopes of policies."""

from __future__ import annotations

from policykit.load.lint.page import CodePage, pages

POLICY = pages(
    CodePage(
        "PK101",
        "the key is not known here",
        "A misspelt key would be a rule that does not hold, so it is never ignored.",
        "enforcment: absolute",
        "enforcement: absolute",
    ),
    CodePage(
        "PK102",
        "a key is missing",
        "The document or the rule cannot be understood without it.",
        "ignore_groups: {values: [unknown]}",
        "ignore_groups: {values: [unknown], why: People may decline to answer.}",
    ),
    CodePage(
        "PK103",
        "this is not a name",
        "Ids begin with a letter, then letters, digits, dots, dashes and underscores; 64 characters at most. They are for ever:"
        " waivers, reports and minutes refer to them.",
        "id: credit policy",
        "id: acme.credit",
        "policy",
    ),
    CodePage(
        "PK104",
        "no check is called so",
        "The catalogue has no check of this id. `policykit checks` lists them, and `policykit checks --ask` finds one by what it"
        " asks.",
        "check: fairness.demographic_parity_diference\nfor_each: [sex]\nat_most: 10 pp",
        "check: fairness.demographic_parity_difference\nfor_each: [sex]\nat_most: 10 pp",
    ),
    CodePage(
        "PK105",
        "this is not supported yet",
        "The key belongs to the language, and this version of policykit does not read it. It is refused, because ignoring it"
        " would change what the policy says.",
        "extends: [acme.baseline@4]",
        "title: All rules written out",
        "policy",
    ),
    CodePage(
        "PK106",
        "the check has no such parameter",
        "`with` holds the parameters of the check, and this one is not among them.",
        "check: data.completeness\nwith: {colum: income}\nat_least: 99 %",
        "check: data.completeness\nwith: {column: income}\nat_least: 99 %",
    ),
    CodePage(
        "PK107",
        "a parameter is missing",
        "The question has no meaning without it.",
        "check: data.completeness\nat_least: 99 %",
        "check: data.completeness\nwith: {column: income}\nat_least: 99 %",
    ),
    CodePage(
        "PK108",
        "the value of a parameter does not fit",
        "The check says which values it takes; `policykit checks ID` shows its page.",
        "check: data.in_range\nwith: {column: age, minimum: eighteen}\nat_least: 99 %",
        "check: data.in_range\nwith: {column: age, minimum: 18}\nat_least: 99 %",
    ),
    CodePage(
        "PK109",
        "two rules have one id",
        "A waiver or a report that names the rule would mean either.",
        "rules:\n"
        "  - {id: ROWS, title: Rows, check: data.row_count, at_least: 100, why: Few rows show little.}\n"
        "  - {id: ROWS, title: More rows, check: data.row_count, at_least: 200, why: Few rows show little.}",
        "rules:\n  - {id: ROWS, title: Rows, check: data.row_count, at_least: 200, why: Few rows show little.}",
        "policy",
    ),
    CodePage(
        "PK110",
        "the policy has no rules",
        "A policy without rules would allow everything.",
        "rules: []",
        "rules:\n  - {id: ROWS, title: Rows, check: data.row_count, at_least: 100, why: Few rows show little.}",
        "policy",
    ),
    CodePage(
        "PK111",
        "two policies have one id",
        "Two files define the same policy, in one version or in two. Waivers and trust files name a policy by its id, and would"
        " mean either.",
        "policykit lint policies/credit.yaml policies/copy_of_credit.yaml",
        "policykit lint policies/credit.yaml",
        "command",
    ),
    CodePage(
        "PK112",
        "the policy applies to nothing",
        "It names no labels and no stages, so it would never be asked. Write `everything` where everything is meant.",
        "applies_to: {}",
        "applies_to: everything",
        "policy",
    ),
    CodePage(
        "PK113",
        "the value is not in the vocabulary",
        "The gate file says which values this label may have. A policy for a value that no bundle can have would never apply,"
        " and a bundle with a value that no policy names would never be asked.",
        "applies_to: {use_case: [credit-scorin]}",
        "applies_to: {use_case: [credit-scoring]}",
        "policy",
    ),
    CodePage(
        "PK114",
        "no parameter is called so",
        "A rule writes `$name` for a parameter of its policy, and the policy declares none of this name.",
        "at_most: $largest_gpa",
        "at_most: 10 pp",
    ),
    CodePage(
        "PK115",
        "the value lies outside the bounds",
        "The owner of the policy lets the gate file set this parameter only within `may_be_set_between`.",
        "parameters:\n  gap: {title: Largest gap, value: 12 pp, may_be_set_between: [2 pp, 10 pp]}",
        "parameters:\n  gap: {title: Largest gap, value: 10 pp, may_be_set_between: [2 pp, 10 pp]}",
        "policy",
    ),
    CodePage(
        "PK116",
        "the parameter may not be set",
        "The policy states no `may_be_set_between` for it, so its value is not for the gate file to choose.",
        "policies: [{path: policies/, set: {fixed: 8 pp}}]",
        "policies: [{path: policies/}]",
        "command",
    ),
    CodePage(
        "PK117",
        "no policy has the parameter that is set",
        "A misspelt setting would leave the default in force while everybody believes otherwise.",
        "policies: [{path: policies/, set: {largest_gpa: 8 pp}}]",
        "policies: [{path: policies/, set: {largest_gap: 8 pp}}]",
        "command",
    ),
    CodePage(
        "PK118",
        "nothing measures what must be covered",
        "Each attribute of `must_cover` needs a blocking `fairness.*` rule that is asked for each of it, in this policy or in one"
        " that applies wherever this one does.",
        "must_cover: {protected_attributes: [sex]}",
        "must_cover: {protected_attributes: [sex]}\n"
        "rules:\n"
        "  - {id: F, title: Equal rates, check: fairness.four_fifths, for_each: [sex], at_least: 4/5, why: 29 CFR 1607.4 D.}",
        "policy",
    ),
    CodePage(
        "PK119",
        "the condition on rows is not complete",
        "`where` is a comparator on a column, or `all_of`, `any_of`, `not` of such. Values compared are of one type.",
        "where: {column: channel}",
        "where: {column: channel, equals: online}",
    ),
    CodePage(
        "PK120",
        "the pattern cannot be searched in linear time",
        "Lookaround, back references, atomic and possessive parts let one value of a bundle stall the gate for hours.",
        'where: {column: email, matches: "(?=.*@)"}',
        'where: {column: email, matches: "@"}',
    ),
    CodePage(
        "PK121",
        "no control is called so",
        "The list holds the subcategories of the NIST AI RMF 1.0 (`nist-ai-rmf@1.0/MEASURE-2.11`), articles 9 to 15 of"
        " Regulation (EU) 2024/1689 (`eu-ai-act@2024-1689/10.2`) and annex A of ISO/IEC 42001:2023 (`iso-42001@2023/A.7.4`)."
        " Others are named under `vocabulary: {controls: [...]}` of the gate file.",
        "controls: [{id: nist-ai-rmf@1.0/MEASUER-2.11}]",
        "controls: [{id: nist-ai-rmf@1.0/MEASURE-2.11}]",
    ),
    CodePage(
        "PK122",
        "the bands do not rise",
        "`cut` holds rising numbers, each of which begins a band; the bands have a name of their own.",
        "attributes:\n  age_band: {from: age, cut: [25, 62, 40]}",
        "attributes:\n  age_band: {from: age, cut: [25, 40, 62]}",
        "policy",
    ),
    CodePage(
        "PK123",
        "the key belongs into a part",
        "A rule has one check with its limit, or `all_of` or `any_of` with several, each with its own limit.",
        "any_of:\n  - {check: latency.p95, at_most: 200 ms}\n  - {check: latency.p99, at_most: 1 s}\nat_most: 200 ms",
        "any_of:\n  - {check: latency.p95, at_most: 200 ms}\n  - {check: latency.p99, at_most: 1 s}",
    ),
    CodePage(
        "PK124",
        "the check reads no rows",
        "It reads declared facts or documents, so data sets, groups and conditions on rows mean nothing to it.",
        "check: governance.owner\nwith: {of: model}\nfor_each: [sex]\nis: present",
        "check: governance.owner\nwith: {of: model}\nis: present",
    ),
    CodePage(
        "PK125",
        "this is not a stage",
        "Stages are lower-case letters, digits and dashes, as they are written on the command line.",
        "applies_to: {stage: [Production]}",
        "applies_to: {stage: [production]}",
        "policy",
    ),
    CodePage(
        "PK127",
        "one column and several are named",
        "`columns` asks the question once for each column; `column` beside it is one too many.",
        "check: data.completeness\nwith: {column: income, columns: [income, age]}\nat_least: 99 %",
        "check: data.completeness\nwith: {columns: [income, age]}\nat_least: 99 %",
    ),
    CodePage(
        "PK128",
        "the rule does not say which groups",
        "The check compares groups of people; say whose, with `for_each` or `across`.",
        "check: fairness.four_fifths\nat_least: 4/5",
        "check: fairness.four_fifths\nfor_each: protected_attributes\nat_least: 4/5",
    ),
    CodePage(
        "PK129",
        "there is no data whose age could be asked",
        "`max_age` counts from the day a data set was collected, and the check reads declared facts or documents. The rule could"
        " never be shown to hold. `governance.review_due` asks how old a review is.",
        "check: governance.owner\nwith: {of: model}\nis: present\nevidence: {max_age: 90 days}",
        "check: governance.owner\nwith: {of: model}\nis: present",
    ),
)

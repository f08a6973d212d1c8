"""Every key a policy or gate file may have, and what it says: the reader, the schemas and the messages share these."""

from __future__ import annotations

from collections.abc import Mapping

KINDS = ("policy", "bundle", "gate", "waiver", "trust", "test", "measurements")

POLICY: Mapping[str, str] = {
    "policykit": "The kind of this document and the version of its language: `policy/1`.",
    "id": "The name of this policy, for ever. A letter, then letters, digits, `.`, `-` and `_`.",
    "version": "The version of this policy; raise it whenever a rule changes.",
    "title": "What this policy is about, in a few words.",
    "owner": "Who answers for this policy.",
    "applies_to": "The labels and stages of the bundles this policy speaks of, or `everything`.",
    "rules": "What must be true.",
    "must_cover": "What some blocking rule has to measure, whatever else is configured.",
    "attributes": "Attributes this policy cuts into bands, so that nobody can choose bands that hide a gap.",
    "parameters": "Values that the gate file may set, within bounds; a rule writes `$name` for them.",
    "review_by": "Past this day, every report carries a warning.",
    "audit_until": "Until this day, and on it, the policy only advises: it is being rolled out.",
    "canary": "The names of the bundles that it judges in earnest before that day already.",
}
POLICY_LATER: Mapping[str, str] = {
    "extends": "copy the parent's rules, or pass both policies; both then apply",
    "report": "leave it out; reports are not released with privacy yet",
}
POLICY_NEEDED = ("id", "version", "title", "owner", "applies_to", "rules")

PARAMETER: Mapping[str, str] = {
    "title": "What this value is, in a few words.",
    "value": "The value, as it would be written in a rule.",
    "may_be_set_between": "The bounds, inclusive, within which the gate file may set it; without them it may not.",
}
BANDS: Mapping[str, str] = {
    "from": "The attribute that is cut.",
    "cut": "Where it is cut: rising numbers; each begins a band.",
}
MUST_COVER: Mapping[str, str] = {
    "protected_attributes": "Each of these needs a blocking fairness rule that is asked for each of it.",
}

RULE: Mapping[str, str] = {
    "id": "The name of this rule within its policy, for ever.",
    "title": "What must be true, in one line that a person can read aloud.",
    "why": "Why this limit: the reason a person will read when a release is stopped.",
    "fix": "What to do when this rule stops a release.",
    "owner": "Who acts next when this rule stops a release.",
    "for_each": "One finding for each of these attributes: `protected_attributes`, or a list of names.",
    "across": "Intersections to look at too, such as `[[sex, age_band]]`.",
    "where": "Which rows the rule is about: a comparator on a column, or `all_of`, `any_of`, `not` of such.",
    "evidence": "What the rule asks of its evidence.",
    "enforcement": "Who may overrule this rule: `advisory` (it never blocks), `waivable`, or `absolute` (nobody).",
    "severity": "Sorts the report, nothing else.",
    "block_from": "Advisory before this day.",
    "if_other_task": "What the rule is for a kind of task its check is not defined for.",
    "ignore_groups": "Groups this rule leaves out, and why; said in every report.",
    "controls": "Controls of a framework that this rule answers to.",
    "all_of": "Several checks with their limits, all of which must hold.",
    "any_of": "Several checks with their limits, one of which must hold.",
}
CLAUSE: Mapping[str, str] = {
    "check": "What is measured: an id of the catalogue (`policykit checks` lists them).",
    "with": "The parameters of the check.",
    "data": "The role of the data set; each check has its own default.",
}
LIMIT: Mapping[str, str] = {
    "at_least": "The number must be this or more.",
    "at_most": "The number must be this or less.",
    "above": "The number must be more than this.",
    "below": "The number must be less than this.",
    "between": "The number must lie between these two, both included.",
    "equals": "It must be exactly this.",
    "is_one_of": "It must be one of these.",
    "none_of": "It must be none of these.",
    "superset_of": "It must hold all of these.",
    "subset_of": "It must hold nothing but these.",
    "is": "It must be `present`, or `absent`.",
    "surely_at_least": "With `at_least`: the estimate meets that, and the confidence bound meets this looser limit.",
    "surely_at_most": "With `at_most`: the estimate meets that, and the confidence bound meets this looser limit.",
    "caution_above": "Inside the limit, but worth a line: shows, never blocks.",
    "caution_below": "Inside the limit, but worth a line: shows, never blocks.",
    "compared_with": "The model this one is compared with: `champion`.",
    "worse_by_at_most": "How much worse than the model compared with it may be.",
    "better_by_at_least": "How much better than the model compared with it must be.",
    "if_no_champion": "What the rule is where there is no champion: `undecided` or `advisory`.",
}
LIMIT_LATER: Mapping[str, str] = {"ratchet": "write a fixed limit such as `at_least` until then"}
NUMERIC = ("at_least", "at_most", "above", "below", "between")
SETS = ("is_one_of", "none_of", "superset_of", "subset_of")
RELATIVE = ("worse_by_at_most", "better_by_at_least")
DEMANDS = (*NUMERIC, "equals", *SETS, "is", *RELATIVE)  # any one of these is a limit; the rest only refine one

EVIDENCE: Mapping[str, str] = {
    "min_rows": "Fewer rows than this withhold a pass; they never hide a fail. 30 unless said, where a population is judged.",
    "min_rows_per_group": "The same for each group that is compared. 30 unless said.",
    "max_age": "How old the data may be, counted from the data set's `collected`.",
    "source": "The weakest source that is accepted: `recomputed`, `attested` or `declared`.",
    "confidence": "How sure the bound is (95 % unless said), or `none`: the point alone is judged, and stamped so.",
    "missing": "What a missing value is: left out (`exclude`), in order (`pass`), or a fault (`fail`).",
}
IGNORED: Mapping[str, str] = {
    "values": "The groups left out.",
    "why": "Why; said in every report.",
}
CONTROL: Mapping[str, str] = {
    "id": "The control, such as `nist-ai-rmf@1.0/MEASURE-2.11`.",
    "how": "What the rule does for it; `contributes` unless said.",
}
WHERE: Mapping[str, str] = {
    "column": "The column that is compared.",
    "at_least": "Rows where it is this or more.",
    "at_most": "Rows where it is this or less.",
    "above": "Rows where it is more than this.",
    "below": "Rows where it is less than this.",
    "between": "Rows where it lies between these two, both included.",
    "equals": "Rows where it is exactly this.",
    "is_one_of": "Rows where it is one of these.",
    "none_of": "Rows where it is filled in and none of these.",
    "matches": "Rows where this pattern is found in it.",
    "is": "Rows where it is `present`, or `absent`.",
    "all_of": "Rows where all of these hold.",
    "any_of": "Rows where one of these holds.",
    "not": "Rows where this does not hold.",
}

GATE: Mapping[str, str] = {
    "policykit": "The kind of this document and the version of its language: `gate/1`.",
    "policies": "Where the policies are: `{path: policies/}`, `{path: pack:baseline}` or `{git: …, at: …, digest: …}`.",
    "vocabulary": "The values that labels, stages and own controls may have; any other is then an error.",
    "inventory": "A CSV file: the labels of each model by name, kept by the owners of the policies.",
    "models": "The names of the bundles that this gate judges; any other is refused.",
    "champion": "How the champion's report is verified.",
    "report": "Which reports are written, and with which key they are signed.",
    "trust": "The trust file: its path, or `{path: trust.yaml, roots: [root.pub.pem]}`.",
    "waivers": "A waiver or a folder of them: its path, or `{path: waivers/, read_from: base branch}`.",
    "ledger": "The folder of the ledger that reports are counted and logged in.",
    "plugins": "Packages, by their names on the package index, whose plug-ins may be used.",
}
GATE_TRUST: Mapping[str, str] = {
    "path": "The trust file.",
    "roots": "Who may sign it: public key files, or `sha256:` with the id of a key.",
}
GATE_WAIVERS: Mapping[str, str] = {
    "path": "A waiver, or a folder of them.",
    "read_from": "`base branch`, or a git ref: then the waivers of that commit count, not those that lie here.",
    "longest": "How many days a waiver may last, such as `120 days`; the trust file may allow fewer.",
}
GATE_POLICY: Mapping[str, str] = {
    "path": "A file, a folder, or `pack:NAME`; counted from the folder of the gate file, or inside the repository of `git`.",
    "set": "Parameters of these policies, within their bounds.",
    "git": "The address of a git repository that holds the policies: `https://`, `ssh://`, `git@host:path` or `file://`.",
    "at": "The tag, branch or whole commit id of that repository.",
    "digest": "The SHA-256 of what is to be found there; `policykit lint --config policykit.yaml` says which to write.",
}
GATE_REPORT: Mapping[str, str] = {
    "sign": "A key: a path, or `env:NAME`. Honoured only with an explicit `--config`.",
    "output": "Formats with their files, such as `json=report.json`.",
    "notify": "Who is told of a decision: addresses, or `env:NAME` of a variable that holds one.",
}
GATE_REPORT_LATER: Mapping[str, str] = {
    "privacy": "leave it out; reports are not released with privacy yet",
    "publish": "leave it out; a second statement for the public is not written yet",
}
GATE_CHAMPION: Mapping[str, str] = {"key": "The public key file that the champion's report is verified with."}

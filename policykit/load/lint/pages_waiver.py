"""Codes PK701 to PK710: waivers. Codes PK514 to PK516 and PK519: warnings of them."""

from __future__ import annotations

from policykit.load.lint.page import CodePage, pages

WAIVER = pages(
    CodePage(
        "PK701",
        "this is not a waiver",
        "A document of another kind was given where a waiver belongs.",
        "policykit: policy/1\nid: acme.credit",
        "policykit: waiver/1\nid: W-2027-014",
        "command",
    ),
    CodePage(
        "PK702",
        "it is bound to two things",
        "A waiver is for one build (a digest: these very files), for one version, or for every version of a model.",
        f"binds: {{bundle: loan-default, version: 1.4.0, build: {'ab' * 32}}}",
        f"binds: {{bundle: loan-default, build: {'ab' * 32}}}",
        "waiver",
    ),
    CodePage(
        "PK703",
        "how far it goes is not clear",
        "A waiver excuses a fail up to a limit, or one named doubt up to a bound; a doubt that comes without a number needs none."
        " Without an end it would excuse whatever comes.",
        "allows: {undecided: straddles}",
        "allows: {undecided: straddles, surely_at_most: 18 pp}",
        "waiver",
    ),
    CodePage(
        "PK704",
        "the same person asks and approves",
        "Somebody else has to look. (What counts in the end are the signatures; this finds the mistake before anybody signs.)",
        "requested_by: a.silva@acme.example\napproved_by: [{who: a.silva@acme.example, role: head-of-model-risk}]",
        "requested_by: a.silva@acme.example\napproved_by: [{who: m.keller@acme.example, role: head-of-model-risk}]",
        "waiver",
    ),
    CodePage(
        "PK705",
        "two waivers have one id",
        "A report, or a signature, that names it would mean either.",
        "waivers/W-1.yaml and waivers/copy.yaml, both `id: W-1`",
        "waivers/W-1.yaml with `id: W-1`, waivers/W-2.yaml with `id: W-2`",
        "command",
    ),
    CodePage(
        "PK706",
        "it expires before it counts",
        "Both days are included: the last may not come before the first.",
        "valid_from: 2027-03-31\nexpires: 2027-01-10",
        "valid_from: 2027-01-10\nexpires: 2027-03-31",
        "waiver",
    ),
    CodePage(
        "PK707",
        "it lasts longer than the gate file allows",
        "`longest` under `waivers` of the gate file says how many days a waiver may last, first and last counted.",
        "waivers: {path: waivers/, longest: 30 days}   # and a waiver from 2027-01-10 to 2027-03-31",
        "waivers: {path: waivers/, longest: 120 days}",
        "command",
    ),
    CodePage(
        "PK710",
        "the waiver cannot be applied to its rule",
        "Its number has another unit than the rule's, loosens nothing, lies past every number there can be, stands where the"
        " rule's limit is no number, or would speak of several parts of a rule that ask different things.",
        "allows: {at_most: 12 pp}   # of a rule that says `at_least: 80 %`",
        "allows: {at_least: 75 %}",
        "command",
    ),
)

WAIVER_WARNINGS = pages(
    CodePage(
        "PK514",
        "the waiver has expired",
        "It excuses nothing any more, and every report says so. A warning.",
        "valid_from: 2026-01-10\nexpires: 2026-03-31",
        "valid_from: 2027-01-10\nexpires: 2027-03-31",
        "waiver",
    ),
    CodePage(
        "PK515",
        "the waiver names no rule of that policy",
        "The policy was read along, and has no such rule: the waiver would excuse nothing. A warning.",
        "rule: acme.credit/FAIR-10   # and the policy has FAIR-01",
        "rule: acme.credit/FAIR-01",
        "command",
    ),
    CodePage(
        "PK516",
        "the rule cannot be excused, or need not be",
        "Nobody may overrule an `absolute` rule, and an `advisory` one stops nothing: the waiver does nothing. A warning.",
        "rule: acme.credit/OWN-01   # and the policy says `enforcement: absolute`",
        "rule: acme.credit/FAIR-01",
        "command",
    ),
    CodePage(
        "PK519",
        "the rule asks something else",
        "The waiver says which check it was given for, and the rule asks another one by now: the waiver excuses nothing, and"
        " every report says so. A warning.",
        "check: data.completeness   # and acme.credit/FAIR-01 asks fairness.demographic_parity_difference",
        "check: fairness.demographic_parity_difference",
        "command",
    ),
)

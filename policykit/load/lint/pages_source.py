"""Pages of the codes about where policies come from, how they are rolled out, and who is told."""

from __future__ import annotations

from policykit.load.lint.page import CodePage, pages

SOURCE = pages(
    CodePage(
        "PK130",
        "a canary of nothing",
        "`canary` names the bundles that a policy judges in earnest while it only advises the others; without `audit_until` it"
        " judges all of them in earnest.",
        "canary: [loan-default]",
        "audit_until: 2099-01-01\ncanary: [loan-default]",
        "policy",
    ),
    CodePage(
        "PK404",
        "this is no address of a git repository",
        "Policies are fetched from `https://`, `ssh://`, `git@host:path` and `file://`, without a password in the address:"
        " everybody who reads the gate file would read it. Whoever runs the gate says who they are to git, by its credential"
        " helper or its `insteadOf`.",
        "policies: [{git: 'ext::sh -c ls', at: v3}]",
        'policies: [{git: "https://git.acme.example/model-policies", at: v3}]',
        "gate",
    ),
    CodePage(
        "PK405",
        "this is no tag, branch or commit",
        "`at` is the name of a tag or a branch, or the whole id of a commit; git would take other words for options or patterns.",
        'policies: [{git: "https://git.acme.example/model-policies", at: --upload-pack=ls}]',
        'policies: [{git: "https://git.acme.example/model-policies", at: v3}]',
        "gate",
    ),
    CodePage(
        "PK406",
        "nobody can be told there",
        "`notify` holds addresses such as `mailto://risk@acme.example`, or `env:NAME` of a variable that holds one.",
        "report: {notify: [risk@acme.example]}",
        "report: {notify: ['mailto://risk@acme.example', env:POLICYKIT_NOTIFY]}",
        "gate",
    ),
)

SOURCE_WARNINGS = pages(
    CodePage(
        "PK520",
        "the policy was rolled out",
        "Its `audit_until` has passed: it judges everybody in earnest. A warning: take the line out.",
        "audit_until: 2020-01-01",
        "title: Rolled out",
        "policy",
    ),
    CodePage(
        "PK521",
        "the policy only advises for long",
        "`audit_until` is more than 180 days ahead, and until then nothing stops a release. A warning.",
        "audit_until: 2099-01-01",
        "audit_until: 2027-02-01",
        "policy",
    ),
    CodePage(
        "PK522",
        "policies from git are not pinned",
        "Whoever can move the tag or the branch changes what is asked of every model, and nobody would see it. The hint gives the"
        " entry with its digest. A warning; a report that is signed must be judged by pinned policies.",
        'policies: [{git: "https://git.acme.example/model-policies", at: v3}]',
        'policies: [{git: "https://git.acme.example/model-policies", at: v3, digest: "sha256:…"}]',
        "gate",
    ),
    CodePage(
        "PK523",
        "a secret is written where everybody reads it",
        "The address of a mailbox or a channel with its password or token belongs into a variable of whoever runs the gate. Of"
        " most addresses nobody can say which part opens them, so that any but mail without a password is a warning.",
        "report: {notify: ['mailtos://risk:pass@acme.example']}",
        "report: {notify: [env:POLICYKIT_NOTIFY]}",
        "gate",
    ),
    CodePage(
        "PK525",
        "the inventory does not list this model",
        "`models` in the gate file names a bundle that its inventory does not have: of that one nothing is judged (PK317)."
        " Most likely one of the two is misspelt. A warning.",
        "inventory: inventory.csv   # name,use_case / loans,credit-scoring\nmodels: [laons]",
        "inventory: inventory.csv\nmodels: [loans]",
        "gate",
    ),
    CodePage(
        "PK524",
        "what was in force is rolled out again",
        "`audit_until` takes every rule of the policy out of force, those too that its earlier versions have blocked by: only"
        " the one version is there, and it only advises. In a new version write `block_from` on the rules that are new; a limit"
        " that gets stricter is a rule of its own beside the old one until that day. A warning; `0.…` and `1.0.0` are taken for"
        " first versions.",
        "version: 4.0.0\naudit_until: 2027-02-01",
        "version: 4.0.0\nrules:\n"
        "  - {id: ROWS, title: Rows, check: data.row_count, at_least: 100, why: Few rows show little.}\n"
        "  - {id: MORE-ROWS, title: More rows, check: data.row_count, at_least: 200, block_from: 2027-02-02, why: As above.}",
        "policy",
    ),
)

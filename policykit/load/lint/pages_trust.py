"""Codes PK601 to PK616: trust files. Codes PK511 to PK513, PK517 and PK518: warnings of them."""

from __future__ import annotations

from policykit.load.lint.page import CodePage, pages

_BODY = "MCowBQYDK2VwAyEAczAIcfRMFo58lJ3ix1DmDCybuP9TABfFomcjTpy0244="
_KEY = rf'pem: "-----BEGIN PUBLIC KEY-----\n{_BODY}\n-----END PUBLIC KEY-----"'
_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_WORKFLOW = "https://github.com/acme/platform/.github/workflows/gate.yml@refs/heads"
_ROOT = f"roots:\n  public: {{path: trusted_root.json, sha256: {_EMPTY}}}"
_ISSUER = 'issuer: "https://token.actions.githubusercontent.com"'

TRUST = pages(
    CodePage(
        "PK601",
        "this is not a trust file",
        "A document of another kind was given where a trust file belongs.",
        "policykit: policy/1\nid: acme.credit",
        "policykit: trust/1\nid: acme.models",
        "command",
    ),
    CodePage(
        "PK602",
        "the key cannot be used",
        "A key is one public key in PEM form, ed25519 or ECDSA P-256, as `policykit keys new` writes it: no certificate, no other"
        " kind of key, and never a private key.",
        "keys:\n  gate-2027: {pem: MCowBQYDK2VwAyEA}",
        f"keys:\n  gate-2027: {{{_KEY}}}",
        "trust",
    ),
    CodePage(
        "PK603",
        "one thing has two names, or two things one name",
        "Whoever is listed twice would be counted twice: two approvals from one key are one approval.",
        f"keys:\n  gate-2027: {{{_KEY}}}\n  gate-2028: {{{_KEY}}}",
        f"keys:\n  gate-2027: {{{_KEY}}}",
        "trust",
    ),
    CodePage(
        "PK604",
        "the name stands for nothing",
        "Roles list names of keys, identities and accounts; stages name roles, ledgers and time stamp authorities. Each has to be"
        " in the same file.",
        "roles:\n  auditor: [kellre]",
        "roles:\n  auditor: [keller]",
        "trust",
    ),
    CodePage(
        "PK605",
        "more signatures are asked for than there are people",
        "It could never be met. Members are counted by person: two keys of one person count once.",
        "signed_by: {role: trust-authority, count: 3}",
        "signed_by: {role: trust-authority, count: 2}",
        "trust",
    ),
    CodePage(
        "PK606",
        "the days of a key contradict each other",
        "A key counts from its first day to its last, and is revoked after its first, if at all.",
        f"keys:\n  gate-2027: {{{_KEY}, valid_from: 2027-01-01, valid_until: 2026-12-31}}",
        f"keys:\n  gate-2027: {{{_KEY}, valid_from: 2027-01-01, valid_until: 2027-12-31}}",
        "trust",
    ),
    CodePage(
        "PK607",
        "the file is not beside the document",
        "Files that a document names lie in its folder or below, and are no links: what is outside may change unseen.",
        f"roots:\n  public: {{path: ../trusted_root.json, sha256: {_EMPTY}}}",
        _ROOT,
        "trust",
    ),
    CodePage(
        "PK608",
        "this is not a SHA-256",
        "It is 64 hexadecimal digits, with or without `sha256:` before them.",
        "roots:\n  public: {path: trusted_root.json, sha256: e3b0c442}",
        _ROOT,
        "trust",
    ),
    CodePage(
        "PK609",
        "the key file is not pinned, or is another one",
        "The signatures of a trust file cover its own bytes and no others. A key in a file beside it needs the SHA-256 of that"
        " file, or whoever can write there decides whom everybody trusts.",
        "keys:\n  gate-2027: {path: keys/gate-2027.pub.pem}",
        f"keys:\n  gate-2027: {{{_KEY}}}",
        "trust",
    ),
    CodePage(
        "PK610",
        "the number is too small",
        "Versions, counts and numbers of attempts are whole numbers from 1 on.",
        "version: 0",
        "version: 1",
        "trust",
    ),
    CodePage(
        "PK611",
        "this is not a number of days",
        "Ages and spans are whole days, such as `7 days`.",
        "stages:\n  production: {report: {max_age: 12 hours}}",
        "stages:\n  production: {report: {max_age: 7 days}}",
        "trust",
    ),
    CodePage(
        "PK612",
        "this names no rule",
        "A rule is named with its policy, `policy/RULE`, and without a version.",
        "rule: FAIR-01",
        "rule: acme.credit/FAIR-01",
        "waiver",
    ),
    CodePage(
        "PK613",
        "the stage asks nothing",
        "A stage without demands would look guarded and let everything through.",
        "stages:\n  production: {}",
        "stages:\n  production: {report: {signed_by: evaluator, max_age: 7 days}}",
        "trust",
    ),
    CodePage(
        "PK614",
        "a subject is exact",
        "No sign stands for any text: a pattern would let other workflows, branches and forks sign too.",
        f'{_ROOT}\nidentities:\n  gate-workflow: {{{_ISSUER}, subject: "{_WORKFLOW}/*", root: public}}',
        f'{_ROOT}\nidentities:\n  gate-workflow: {{{_ISSUER}, subject: "{_WORKFLOW}/main", root: public}}',
        "trust",
    ),
    CodePage(
        "PK615",
        "the origin is not a host",
        "The origin of a ledger is a host without a path, as the first line of its checkpoints says; other programs look there.",
        'ledgers:\n  main: {origin: "https://ledger.acme.example/log", key: gate}',
        "ledgers:\n  main: {origin: ledger.acme.example, key: gate}",
        "trust",
    ),
    CodePage(
        "PK616",
        "who decides has no name",
        "Approvals, waivers and broken glass are counted by person, and nobody approves what is theirs or what they asked for."
        " A key or an identity of such a role has to say `who` it is of.",
        f"keys:\n  deputy: {{{_KEY}}}\nroles:\n  manager: [keller, deputy]\nstages:\n  production: {{approvals: [{{role: manager}}]}}",
        f"keys:\n  deputy: {{{_KEY}, who: d.deputy@acme.example}}\nroles:\n  manager: [keller, deputy]\nstages:\n"
        "  production: {approvals: [{role: manager}]}",
        "trust",
    ),
)

TRUST_WARNINGS = pages(
    CodePage(
        "PK511",
        "the trust file expires soon",
        "Past its last day nothing is permitted any more. Thirty days are left, or fewer. A warning.",
        "expires: 2026-12-01",
        "expires: 2027-06-30",
        "trust",
    ),
    CodePage(
        "PK512",
        "a waiver may be for every version of a model",
        "It then excuses versions that nobody has seen yet. A warning.",
        "stages:\n  production: {waivers: {signed_by: {role: release-manager}, widest: model}}",
        "stages:\n  production: {waivers: {signed_by: {role: release-manager}, widest: version}}",
        "trust",
    ),
    CodePage(
        "PK513",
        "somebody judges and decides",
        "Who signs reports for a stage also approves, or signs waivers, there: nobody else has to look. A warning.",
        "roles:\n  manager: [keller, gate]\nstages:\n  production: {approvals: [{role: manager}]}",
        "roles:\n  manager: [keller]\nstages:\n  production: {approvals: [{role: manager}]}",
        "trust",
    ),
    CodePage(
        "PK517",
        "the policy is pinned by its version",
        "The version is what the policy says of itself: any text with that id and a version as high meets the pin. `digest` pins"
        " the text. A warning.",
        "stages:\n  production: {policies: [{id: acme.credit, at_least: 3.2.0}]}",
        f"stages:\n  production: {{policies: [{{id: acme.credit, digest: {_EMPTY}}}]}}",
        "trust",
    ),
    CodePage(
        "PK518",
        "who judges also records the approvals",
        "A review on a platform counts because a key or a workflow signed that it saw it. Where the same one signs reports, it"
        " alone could make a report and every approval of it. A warning.",
        "accounts:\n  asilva: {platform: github, login: asilva, who: a.silva@acme.example, recorded_by: gate}\n"
        "roles:\n  manager: [keller, asilva]\nstages:\n  production: {approvals: [{role: manager}]}",
        f"keys:\n  reviews: {{{_KEY}}}\n"
        "accounts:\n  asilva: {platform: github, login: asilva, who: a.silva@acme.example, recorded_by: reviews}\n"
        "roles:\n  manager: [keller, asilva]\nstages:\n  production: {approvals: [{role: manager}]}",
        "trust",
    ),
)

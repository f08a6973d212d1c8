"""Every key of a trust file, and what it says: the reader, the schema and the messages share these."""

from __future__ import annotations

from collections.abc import Mapping

TRUST: Mapping[str, str] = {
    "policykit": "The kind of this document and the version of its language: `trust/1`.",
    "id": "The name of this trust file, for ever.",
    "version": "A whole number that rises with every change; a verifier refuses one lower than it has seen.",
    "title": "What this file decides, in a few words.",
    "expires": "The last day on which it counts; sign a new version before.",
    "signed_by": "Who signs the next version of this file: a role, and how many of it.",
    "keys": "Public keys by name.",
    "identities": "Workflows of a platform that sign without a key of their own, by name.",
    "accounts": "People who approve by reviewing on a platform, by name.",
    "roots": "Sigstore trusted roots by name: what identities are checked under.",
    "timestamp_authorities": "Certificates of time stamp authorities by name.",
    "ledgers": "Ledgers that count, by name.",
    "roles": "Who may do what: names of keys, identities and accounts by role.",
    "stages": "What each stage asks of those who sign for it.",
}
TRUST_NEEDED = ("id", "version", "title", "expires", "signed_by", "keys", "roles")
KEY: Mapping[str, str] = {
    "pem": "The public key itself, as `policykit keys new` wrote it into `NAME.pub.pem`.",
    "path": "A public key file beside this one, in place of `pem`; then `sha256` pins its bytes.",
    "sha256": "The SHA-256 of the file under `path`: the signature of this document covers no other file.",
    "who": "The person who holds the key; two keys of one person count once.",
    "valid_from": "The first day on which its signatures count.",
    "valid_until": "The last day on which its signatures count.",
    "revoked": "That the key counts no longer, why, and since when.",
}
REVOKED: Mapping[str, str] = {
    "as": "`superseded`: another took its place; `compromised`: somebody else may have signed with it.",
    "since": "The first day on which it counts no longer; without it, it never counted.",
}
IDENTITY: Mapping[str, str] = {
    "issuer": "Who vouches for the workflow, exactly as its certificate says.",
    "subject": "The workflow, exactly as its certificate says, with its branch or tag.",
    "root": "Under which of `roots` its certificate is checked.",
    "who": "The person behind it, where it is one.",
}
ACCOUNT: Mapping[str, str] = {
    "platform": "The platform, such as `github`.",
    "login": "The name of the account there.",
    "who": "The person whose account it is.",
    "recorded_by": "The key or identity that signs what it saw there.",
}
FILE: Mapping[str, str] = {
    "path": "A file beside this one.",
    "sha256": "The SHA-256 of that file.",
}
LEDGER: Mapping[str, str] = {
    "origin": "The name of the ledger, as its checkpoints begin: a host, without a path.",
    "key": "The key that signs its checkpoints.",
    "witnesses": "Keys that countersign its checkpoints.",
    "witnessed_by": "How many of the witnesses must have signed.",
}
QUORUM: Mapping[str, str] = {
    "role": "One of `roles`.",
    "count": "How many distinct people, or keys, of it; 1 unless said.",
}
STAGE: Mapping[str, str] = {
    "report": "Who judges for this stage, and how old a report may be.",
    "policies": "Policies that every report must have been made with.",
    "evidence": "The weakest source that blocking rules may rest on: `recomputed`, `attested` or `declared`.",
    "approvals": "Who has to approve: roles, and how many of each.",
    "permit": "Who turns an allowed and approved report into a permit; without it, nobody.",
    "waivers": "What a waiver may do here; without it, no waiver counts.",
    "ledger": "The ledger that must hold the report.",
    "timestamp": "The authority whose time stamp the report must carry.",
    "attempts": "How often a model may be judged on the same held-out data.",
    "rollback": "How long what was lawfully in place may come back.",
    "break_glass": "Who may promote without a permit in an emergency; it is logged and shown.",
}
REPORT: Mapping[str, str] = {
    "signed_by": "The role that signs reports; `evaluator` unless said.",
    "max_age": "How old a report may be, in days.",
    "evaluations": "By how many distinct evaluators, with equal results; 1 unless said.",
    "engine_at_least": "The oldest version of policykit that may have judged.",
}
PIN: Mapping[str, str] = {
    "id": "The id of the policy.",
    "at_least": "Its lowest version.",
    "digest": "The SHA-256 of exactly this policy, as reports show it.",
}
PERMIT: Mapping[str, str] = {
    "signed_by": "The role that signs permits.",
    "max_age": "How long a permit lasts, in days.",
}
WAIVERS: Mapping[str, str] = {
    "signed_by": "Who signs a waiver: a role, and how many of it.",
    "longest": "How many days a waiver may last, first and last counted; `90 days` unless said.",
    "widest": "What a waiver may be bound to at most: a `build`, a `version` (unless said) or a whole `model`.",
    "never": "Rules that no waiver excuses, such as `acme.credit/OWN-01`.",
    "doubts": "Doubts that may be excused; `straddles` and `too_few` unless said.",
    "at_most": "How many rules of one report may be excused.",
}
ATTEMPTS: Mapping[str, str] = {"at_most": "How many times."}
ROLLBACK: Mapping[str, str] = {"within": "For how many days after it was in place."}

"""Trust files: what they become, and what is refused at its place, all at once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from policykit.errors import TrustError
from policykit.load.trust_document import load_trust
from policykit.terms.policy import Source
from policykit.terms.trust import (
    PolicyPin,
    Quorum,
    Revoked,
    StageTrust,
    TrustAccount,
    TrustFile,
    TrustIdentity,
    TrustLedger,
    WaiverTerms,
)
from tests.load.trust_texts import PIN, SUBJECT, read, refused
from tests.load.waiver_texts import key, trust, trust_of


def test_everything_in_it_is_read() -> None:
    text = trust_of(
        "keys:\n"
        f"  gate-2026: {key(10, 'valid_from: 2026-01-01, valid_until: 2026-12-31')}\n"
        f"  gate-2025: {key(11, 'revoked: {as: superseded, since: 2026-01-15}')}\n"
        "identities:\n"
        f'  gate-workflow: {{issuer: "https://token.actions.githubusercontent.com", subject: "{SUBJECT}", root: public}}\n'
        "accounts:\n"
        "  asilva: {platform: github, login: asilva, who: x.silva@acme.example, recorded_by: gate-workflow}\n"
        f"roots: {{public: {{path: trusted_root.json, sha256: '{PIN}'}}}}\n"
        f"timestamp_authorities: {{acme: {{path: certs/tsa.pem, sha256: 'sha256:{PIN.upper()}'}}}}\n"
        "ledgers: {main: {origin: ledger.acme.example, key: gate-2026, witnesses: [root-a], witnessed_by: 1}}\n"
        "roles:\n"
        "  office: [gate-2026, gate-workflow, asilva]\n"
        "stages:\n"
        "  production:\n"
        "    report: {signed_by: office, max_age: 7 days, evaluations: 2, engine_at_least: 0.1.0}\n"
        f"    policies: [{{id: acme.credit, at_least: 3.2.0}}, {{id: acme.baseline, digest: 'sha256:{PIN}'}}]\n"
        "    evidence: recomputed\n"
        "    approvals: [{role: release-manager, count: 2}, {role: evaluator}]\n"
        "    permit: {signed_by: office, max_age: 2 days}\n"
        "    waivers: {signed_by: {role: release-manager, count: 2}, longest: 120 days, widest: model,"
        " never: [acme.credit/OWN-01], doubts: [straddles], at_most: 3}\n"
        "    ledger: main\n"
        "    timestamp: acme\n"
        "    attempts: {at_most: 5}\n"
        "    rollback: {within: 30 days}\n"
        "    break_glass: {role: release-manager, count: 2}\n"
        "  staging: {evidence: declared}"
    )
    found = read(text, Path("a"))
    assert (found.id, found.version, found.expires) == ("acme.models", 7, "2027-06-30")
    assert found.authority == Quorum("trust-authority", 2)
    assert (found.text, found.digest) == (text.encode(), hashlib.sha256(text.encode()).hexdigest())
    assert found.path == "a/trust.yaml"
    assert list(found.keys) == ["gate-2026", "gate-2025", "root-a", "root-b", "gate", "keller", "silva"]
    assert (found.keys["gate-2026"].valid_from, found.keys["gate-2026"].valid_until) == ("2026-01-01", "2026-12-31")
    assert found.keys["gate-2025"].revoked == Revoked("superseded", "2026-01-15")
    assert found.keys["keller"].who == "m.keller@acme.example"
    assert found.keys["gate-2025"].place.line == 4
    assert found.identities["gate-workflow"].subject == SUBJECT
    assert isinstance(found.identities["gate-workflow"], TrustIdentity)
    assert isinstance(found.accounts["asilva"], TrustAccount)
    assert found.accounts["asilva"].recorded_by == "gate-workflow"
    assert found.roots == {"public": TrustFile("public", "a/trusted_root.json", PIN)}
    assert found.timestamp_authorities == {"acme": TrustFile("acme", "a/certs/tsa.pem", PIN)}
    assert found.ledgers == {"main": TrustLedger("main", "ledger.acme.example", "gate-2026", ("root-a",), 1)}
    assert found.roles["office"] == ("gate-2026", "gate-workflow", "asilva")
    assert found.stages["production"] == StageTrust(
        "production",
        report_signed_by="office",
        report_max_age=7,
        evaluations=2,
        engine_at_least="0.1.0",
        policies=(PolicyPin("acme.credit", None, "3.2.0"), PolicyPin("acme.baseline", PIN, None)),
        evidence=Source.RECOMPUTED,
        approvals=(Quorum("release-manager", 2), Quorum("evaluator", 1)),
        permit_signed_by="office",
        permit_max_age=2,
        waivers=WaiverTerms(Quorum("release-manager", 2), 120, "model", ("acme.credit/OWN-01",), ("straddles",), 3),
        ledger="main",
        timestamp="acme",
        attempts_at_most=5,
        rollback_within=30,
        break_glass=Quorum("release-manager", 2),
    )
    assert found.stages["staging"] == StageTrust("staging", evidence=Source.DECLARED)


K9 = key(9)[1:-1]


@pytest.mark.parametrize(
    ("parts", "code", "message"),
    [
        ("keys:\n  a: {who: x}", "PK602", "the key itself is missing"),
        (f"keys:\n  a: {{{K9}, path: a.pem, sha256: {PIN}}}", "PK602", "a key has `pem` or `path`, not both"),
        (f"keys:\n  a: {{{K9}, sha256: {PIN}}}", "PK602", "`sha256` pins a file, and there is none"),
        (f"keys:\n  a: {{{K9}, valid_form: 2027-01-01}}", "PK101", "`valid_form` is not a key of a key"),
        (f"keys:\n  a: {{{K9}, valid_from: 1.1.2027}}", "PK024", "`1.1.2027` is not a day"),
        (
            f"keys:\n  a: {{{K9}, valid_from: 2027-02-01, revoked: {{as: superseded, since: 2027-01-31}}}}",
            "PK606",
            "the key is revoked since 2027-01-31, before it counts: 2027-02-01",
        ),
        (f"keys:\n  a: {{{K9}, revoked: {{since: 2027-01-31}}}}", "PK102", "`revoked` needs `as`"),
        (f"keys:\n  a: {{{K9}, revoked: {{as: lost}}}}", "PK026", "`lost` is none of `superseded`, `compromised`"),
        (f"keys:\n  a b: {{{K9}}}", "PK103", "`a b` is not a name"),
        (
            "identities: {w: {issuer: i, subject: s, root: pulbic}}",
            "PK604",
            "`pulbic` is not one of `roots` of this file",
        ),
        ("identities: {w: {issuer: i, subject: s}}", "PK102", "an identity needs `root`"),
        (
            "accounts: {x: {platform: github, login: x, who: x, recorded_by: keler}}",
            "PK604",
            "`keler` is not a key or an identity of this file",
        ),
        (
            "accounts: {gate: {platform: g, login: x, who: x, recorded_by: gate}}",
            "PK603",
            "`gate` is a name of `keys` already",
        ),
        (
            "accounts:\n  x: {platform: github, login: Asilva, who: x, recorded_by: gate}\n"
            "  y: {platform: GitHub, login: asilva, who: y, recorded_by: gate}",
            "PK603",
            "`y` is the same account as `x`",
        ),
        ("ledgers: {m: {origin: l.example, key: getae}}", "PK604", "`getae` is not a key of this file"),
        ("ledgers: {m: {origin: l.example/log, key: gate}}", "PK615", "`l.example/log` is not a host"),
        (
            "ledgers: {m: {origin: l.example, key: gate, witnesses: [root-a]}}",
            "PK102",
            "the ledger names witnesses, and not how many must have signed",
        ),
        (
            "ledgers: {m: {origin: l.example, key: gate, witnesses: [root-a], witnessed_by: 2}}",
            "PK605",
            "`witnessed_by: 2` does not fit 1 witness",
        ),
        (
            "ledgers: {m: {origin: l.example, key: gate, witnesses: [gate], witnessed_by: 1}}",
            "PK605",
            "`gate` signs the ledger itself, and is no witness of it",
        ),
        (
            "ledgers:\n  m: {origin: l.example, key: gate}\n  n: {origin: l.example, key: root-a}",
            "PK603",
            "`n` is the same ledger as `m`",
        ),
        ("roles:\n  nobody: []", "PK021", "the list is empty"),
        ("roles:\n  twice: [keller, keller]", "PK025", "`keller` is listed twice"),
        ("roles:\n  a: [nobody]", "PK604", "`nobody` is no key, identity or account of this file"),
        ("version: 1.5", "PK023", "`1.5` is not a whole number"),
        ("version: '7'", "PK023", "`7` is not a whole number"),
        ("version: 9999999999", "PK022", "`9999999999` is too large a number"),
        ("signed_by: {role: trust-authority, counts: 2}", "PK101", "`counts` is not a key of a role with its count"),
        (
            "stages: {production: {waivers: {signed_by: {role: evaluator}, doubts: [missing, missing]}}}",
            "PK025",
            "`missing` is listed twice",
        ),
        (
            "stages: {production: {waivers: {signed_by: {role: evaluator}, doubts: [{a: b}]}}}",
            "PK020",
            "text belongs here, not a map of keys and values",
        ),
        ("version: 0", "PK610", "`0` is less than 1"),
        ("expires: never", "PK024", "`never` is not a day"),
        ("expires: 2027-02-30", "PK024", "`2027-02-30` is not a day"),
        ("signed_by: {role: root}", "PK604", "`root` is not a role of this file"),
        ("signed_by: trust-authority", "PK020", "a map of keys and values belongs here, not one value"),
        ("singed_by: {role: evaluator}", "PK101", "`singed_by` is not a key of a trust file"),
        ("stages: {}", "PK613", "there is no stage here"),
        ("stages: {production: {}}", "PK613", "the stage `production` asks nothing"),
        ("stages: {production: }", "PK613", "the stage `production` asks nothing"),
        ("stages: {production: {report: {}}}", "PK613", "`report` asks nothing"),
        ("stages: {Prod: {evidence: declared}}", "PK125", "`Prod` is not a stage"),
        ("stages: {production: {report: {signed_by: evalator}}}", "PK604", "`evalator` is not a role of this file"),
        (
            "stages: {production: {report: {evaluations: 2}}}",
            "PK605",
            "`evaluator` can give 1 of the 2 that are asked for",
        ),
        ("stages: {production: {report: {max_age: 7}}}", "PK611", "`7` lacks its unit"),
        ("stages: {production: {report: {max_age: 7 weeks}}}", "PK611", "`weeks` is not a unit of time"),
        (
            "stages: {production: {report: {max_age: 0 days}}}",
            "PK611",
            "`0 days` is not a number of whole days from 1 to 36,500",
        ),
        (
            "stages: {production: {evidence: guessed}}",
            "PK026",
            "`guessed` is none of `recomputed`, `attested`, `declared`",
        ),
        ("stages: {production: {policies: []}}", "PK021", "the list is empty"),
        ("stages: {production: {policies: [{id: a}]}}", "PK102", "an entry of `policies` needs `at_least` or `digest`"),
        ("stages: {production: {policies: [{id: a, digest: abc}]}}", "PK608", "`abc` is not a SHA-256"),
        ("stages: {production: {policies: [{id: a, at_least: 1 2}]}}", "PK103", "`1 2` is not a version"),
        (
            "stages: {production: {policies: [{id: a, at_least: 1}, {id: a, at_least: 2}]}}",
            "PK025",
            "`a` is listed twice",
        ),
        ("stages: {production: {approvals: []}}", "PK021", "the list is empty"),
        ("stages: {production: {approvals: [{count: 1}]}}", "PK102", "a role with its count needs `role`"),
        (
            "stages: {production: {approvals: [{role: release-manager, count: 3}]}}",
            "PK605",
            "`release-manager` can give 2 of the 3 that are asked for",
        ),
        (
            "stages: {production: {approvals: [{role: evaluator}, {role: evaluator}]}}",
            "PK025",
            "`evaluator` is listed twice",
        ),
        ("stages: {production: {permit: {max_age: 2 days}}}", "PK102", "`permit` of a stage needs `signed_by`"),
        ("stages: {production: {waivers: {longest: 2 days}}}", "PK102", "`waivers` of a stage needs `signed_by`"),
        (
            "stages: {production: {waivers: {signed_by: {role: evaluator}, never: [OWN-01]}}}",
            "PK612",
            "`OWN-01` names no rule",
        ),
        (
            "stages: {production: {waivers: {signed_by: {role: evaluator}, never: [a/B, a/B]}}}",
            "PK025",
            "`a/B` is listed twice",
        ),
        (
            "stages: {production: {waivers: {signed_by: {role: evaluator}, widest: versions}}}",
            "PK026",
            "`versions` is none of `build`, `version`, `model`",
        ),
        ("stages: {production: {waivers: {signed_by: {role: evaluator}, at_most: 0}}}", "PK610", "`0` is less than 1"),
        ("stages: {production: {ledger: main}}", "PK604", "`main` is not one of `ledgers` of this file"),
        ("stages: {production: {timestamp: a}}", "PK604", "`a` is not one of `timestamp_authorities` of this file"),
        ("stages: {production: {attempts: {at_most: no}}}", "PK023", "`no` is not a whole number"),
        ("stages: {production: {rollback: 30 days}}", "PK020", "a map of keys and values belongs here, not one value"),
        ("stages: {production: {break_glass: {role: admins}}}", "PK604", "`admins` is not a role of this file"),
    ],
)
def test_what_is_wrong_in_it_is_told(parts: str, code: str, message: str) -> None:
    found = refused(trust_of(parts))
    assert (code, message) in found
    assert len(found) == 1 or parts.startswith("singed_by"), found


def test_every_problem_is_told_at_once_in_order_of_place() -> None:
    with pytest.raises(TrustError) as caught:
        read("policykit: trust/1\nversion: 0\nkeys: {a: {pem: x}}\nroles: {r: [b]}\nstages: {s: {}}\n")
    assert [(each.code, each.line) for each in caught.value.problems] == [
        *([("PK102", 1)] * 4),
        ("PK610", 2),
        ("PK602", 3),
        ("PK604", 4),
        ("PK613", 5),
    ]


def test_a_stage_that_does_not_say_who_judges_needs_the_role_evaluator() -> None:
    text = trust(roles="{trust-authority: [root-a, root-b], judges: [gate]}")
    assert refused(text) == [("PK604", "the stage `production` does not say who signs reports")]


@pytest.mark.parametrize("who", ["m.keller@acme.example", "M.Keller@ACME.example", "\uff4d.keller@acme.example"])
def test_two_keys_of_one_person_are_one_person(who: str) -> None:
    text = trust_of(
        f"keys:\n  k2: {key(9, f'who: {who}')}\n"
        "roles:\n  board: [keller, k2]\n"
        "stages: {production: {approvals: [{role: board, count: 2}]}}"
    )
    assert refused(text) == [("PK605", "`board` can give 1 of the 2 that are asked for")]


def test_a_key_and_an_account_of_one_person_are_one_person() -> None:
    text = trust_of(
        "accounts: {mk: {platform: github, login: mk, who: m.keller@acme.example, recorded_by: gate}}\n"
        "roles:\n  board: [keller, mk]\n"
        "stages: {production: {approvals: [{role: board, count: 2}]}}"
    )
    assert refused(text) == [("PK605", "`board` can give 1 of the 2 that are asked for")]


def test_a_key_that_cannot_be_read_is_one_mistake_and_not_four() -> None:
    text = trust_of("keys:\n  main: {pem: x}\nledgers: {l: {origin: l.example, key: main}}\nroles:\n  office: [main]")
    assert refused(text) == [("PK602", "this is not one public key in PEM form")]


def test_an_empty_list_of_doubts_says_that_none_may_be_excused() -> None:
    found = read(trust_of("stages: {production: {waivers: {signed_by: {role: evaluator}, doubts: []}}}"))
    assert found.stages["production"].waivers == WaiverTerms(Quorum("evaluator"), doubts=())


def test_what_a_stage_leaves_out_is_what_the_terms_say() -> None:
    found = read(trust_of("stages: {production: {waivers: {signed_by: {role: evaluator}}}}")).stages["production"]
    assert found.waivers == WaiverTerms(Quorum("evaluator"))
    assert (found.waivers.longest, found.waivers.widest) == (90, "version")


def test_one_that_has_expired_is_read_because_only_a_verifier_knows_the_time() -> None:
    assert read(trust(expires="2001-01-01")).expires == "2001-01-01"


def test_another_kind_of_document_is_no_trust_file() -> None:
    assert refused("policykit: policy/1\nid: acme.credit\n") == [
        ("PK601", "this is a policy document, not a trust file")
    ]


def test_a_file_is_read_by_its_path_and_one_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trust.yaml").write_text(trust())
    assert load_trust(tmp_path / "trust.yaml").id == "acme.models"
    with pytest.raises(TrustError) as caught:
        load_trust(tmp_path / "missing.yaml")
    assert [each.code for each in caught.value.problems] == ["PK016"]


def test_one_of_half_a_gigabyte_is_refused_without_being_read(tmp_path: Path) -> None:
    with (tmp_path / "trust.yaml").open("wb") as file:
        file.truncate(500_000_000)
    with pytest.raises(TrustError) as caught:
        load_trust(tmp_path / "trust.yaml")
    assert [each.message for each in caught.value.problems] == [
        "the file has 500,000,000 bytes; a document has at most 262,144"
    ]


@pytest.mark.parametrize(
    "text", ["", "trust", "keys: {a: 1}\n", "policykit: trust/2\n", "policykit: trust/1\nkeys: {a: }\n"]
)
def test_what_is_hardly_a_document_is_refused(text: str) -> None:
    with pytest.raises(TrustError):
        read(text)

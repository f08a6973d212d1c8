"""The schemas of trust files and waivers: an editor sees the commonest mistakes, and never refuses what the reader accepts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policykit.errors import DocumentError
from policykit.load.trust_document import read_trust
from policykit.load.waiver_document import read_waiver
from tests.author.test_author_schemas import refused
from tests.load.waiver_texts import key, pem, trust, trust_of, waiver
from tests.trust_world import trust_document

PIN = "ab" * 32


def read(text: str) -> bool:
    """Say whether the reader accepts a document."""
    try:
        if "policykit: trust" in text or '"trust/1"' in text:
            read_trust(text.encode(), Path("trust.yaml"))
        else:
            read_waiver(text.encode(), "w.yaml")
    except DocumentError:
        return False
    return True


GOOD = [
    trust(),
    trust(title="7"),
    trust_of(f"keys:\n  a: {key(9, 'valid_from: 2027-01-01, revoked: {as: compromised}')}"),
    trust_of(f"roots:\n  public: {{path: a/b.json, sha256: 'sha256:{PIN}'}}"),
    trust_of("ledgers:\n  main: {origin: l.example, key: gate, witnesses: root-a, witnessed_by: 0}"),
    trust_of("stages:\n  production: {evidence: attested, attempts: {at_most: 5}, policies: [{id: a, at_least: 3}]}"),
    trust_of(
        "stages:\n  production:\n    report: {max_age: 48 hours}\n"
        "    waivers: {signed_by: {role: release-manager}, longest: 1e1 days, doubts: []}"
    ),
    trust_of("stages:\n  production: {waivers: {signed_by: {role: evaluator}, doubts: missing, widest: build}}"),
    waiver(),
    waiver(binds=f"{{bundle: 7, build: {PIN}}}"),
    waiver(binds="{bundle: loan-default}", allows="{undecided: missing}", only_for=None),
    waiver(allows="{fail: any}", ticket="7", approved_by="[]"),
    waiver(allows="{at_least: 0.8, surely_at_least: 75 %}"),
    waiver(allows="{at_most: 5 % relative}"),
]
BAD = [
    trust(version="0"),
    trust(expires="soon"),
    trust(roles=None),
    trust(signed_by="{role: trust-authority, counts: 2}"),
    trust(stages="{production: {}}"),
    trust(stages="{Production: {report: {max_age: 7 days}}}"),
    trust(stages="{production: {report: {max_age: 7}}}"),
    trust(stages="{production: {evidence: guessed}}"),
    trust(stages="{production: {policies: [{id: a}]}}"),
    trust(stages="{production: {waivers: {signed_by: {role: evaluator}, widest: everything}}}"),
    trust(stages="{production: {waivers: {signed_by: {role: evaluator}, never: [OWN-01]}}}"),
    trust_of("keys:\n  a: {who: m.keller@acme.example}"),
    trust_of("keys:\n  a: {path: a.pub.pem}"),
    trust_of("ledgers:\n  main: {origin: l.example, key: gate, witnesses: [root-a]}"),
    waiver(reason=None),
    waiver(expires=None),
    waiver(expires="31.03.2027"),
    waiver(rule="FAIR-01"),
    waiver(allows="{surely_at_most: 12 pp}"),
    waiver(allows="{undecided: doubtful}"),
    waiver(binds=f"{{bundle: a, version: 1, build: {PIN}}}"),
    waiver(only_for="{}"),
    waiver(approved_by="[m.keller@acme.example]"),
]


@pytest.mark.parametrize("text", GOOD)
def test_what_the_reader_accepts_the_schema_accepts(text: str) -> None:
    assert read(text)
    assert not refused(text)


@pytest.mark.parametrize("text", BAD)
def test_an_editor_sees_the_commonest_mistakes(text: str) -> None:
    assert refused(text)
    assert not read(text)


def test_a_trust_file_written_as_json_is_one_too() -> None:
    from datetime import UTC, datetime

    text = json.dumps(trust_document(datetime(2027, 1, 1, tzinfo=UTC)))
    assert read(text)
    assert not refused(text)


def test_a_key_over_several_lines_is_a_key() -> None:
    block = "".join(f"      {line}\n" for line in pem(9).splitlines())
    text = trust_of(f"keys:\n  a:\n    pem: |\n{block}".rstrip("\n"))
    assert read(text)
    assert not refused(text)

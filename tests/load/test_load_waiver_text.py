"""Drafts of waivers: whatever people write into them, they read back as the same waiver."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.errors import UsageError, WaiverError
from policykit.load.waiver_document import read_waiver
from policykit.load.waiver_text import waiver_text
from policykit.load.yaml import hidden
from policykit.terms.policy import NOWHERE
from policykit.terms.verdict import Cause
from policykit.terms.waiver import Allows, Amount, Waiver

HOSTILE = (
    '"',
    "'",
    "\\",
    "\n",
    "\t",
    "# x",
    ": ",
    "- ",
    "{a: b}",
    "&a",
    "*a",
    "!!x",
    "~",
    "null",
    "yes",
    "%",
    "|",
    ">",
)
FAR = ("é", "日本", "🙂", "\u200d")
HIDDEN = ("\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\x00", "\x1b[31m", "\x85", "\uffff", "\xad")
texts = st.lists(st.one_of(st.text(max_size=8), st.sampled_from([*HOSTILE, *FAR])), min_size=1, max_size=6).map(
    lambda parts: "".join(part for part in parts if not hidden(part)).strip() or "x"
)
names = st.from_regex(r"[A-Za-z][A-Za-z0-9._-]{0,20}", fullmatch=True)
amounts = st.sampled_from(["12 pp", "80 %", "4/5", "0.8", "-1e-5", "200 ms", "2000 rows", "20 MB"]).map(Amount)
allows = st.one_of(
    st.builds(Allows, at_most=amounts),
    st.builds(Allows, at_least=amounts),
    st.builds(lambda bound: Allows(undecided=Cause.STRADDLES, surely_at_most=bound), amounts),
    st.sampled_from([Allows(undecided=Cause.MISSING), Allows(fail_any=True)]),
)
waivers = st.builds(
    Waiver,
    id=names,
    rule=st.tuples(names, names).map("/".join),
    bundle=texts,
    allows=allows,
    reason=texts,
    requested_by=texts,
    valid_from=st.just("2027-01-10"),
    expires=st.dates(min_value=date(2027, 1, 10)).map(str),
    only_for=st.dictionaries(texts, texts, max_size=3).map(lambda found: tuple(found.items())),
    ticket=st.one_of(st.just(""), texts),
    check=st.one_of(st.just(""), names),
    approved_by=st.lists(st.tuples(texts.map("by {}".format), texts), max_size=2, unique=True).map(tuple),
)


def bare(waiver: Waiver) -> Waiver:
    """Return what a waiver says, without where it says so."""
    said = {
        name: replace(amount, place=NOWHERE)
        for name in ("at_most", "at_least", "surely_at_most", "surely_at_least")
        if (amount := getattr(waiver.allows, name)) is not None
    }
    limits = replace(waiver.allows, **said)
    return replace(waiver, allows=limits, path="", text=b"", digest="", place=NOWHERE)


@given(waivers, st.sampled_from(["", "version", "build"]))
def test_a_draft_reads_back_as_the_same_waiver_whatever_people_wrote(waiver: Waiver, bound: str) -> None:
    if bound == "version":
        waiver = replace(waiver, version="1.4.0+x")
    elif bound == "build":
        waiver = replace(waiver, build="ab" * 32)
    if any(waiver.requested_by.casefold() == who.casefold() for who, _ in waiver.approved_by):
        waiver = replace(waiver, approved_by=())
    assert bare(read_waiver(waiver_text(waiver), "w.yaml")) == waiver


@given(waivers)
def test_a_draft_holds_nothing_that_cannot_be_seen(waiver: Waiver) -> None:
    assert all(line.isprintable() for line in waiver_text(waiver).decode().split("\n"))


@pytest.mark.parametrize("mark", HIDDEN)
@pytest.mark.parametrize(
    "place", ["reason", "ticket", "requested_by", "bundle", "only_for", "only_for name", "approver", "approver list"]
)
def test_what_cannot_be_seen_is_not_written_into_a_draft(place: str, mark: str) -> None:
    text = f"a{mark}b"
    said: dict[str, Any] = {place.split()[0]: text}
    if place.startswith("only_for"):
        said = {"only_for": ((text, "x") if place.endswith("name") else ("x", text),)}
    elif place.startswith("approver"):
        said = {"approved_by": ((text + (", c" if place.endswith("list") else ""), "head"),)}
    with pytest.raises(UsageError, match=r"a text holds the character U\+[0-9A-F]{4}, which cannot be seen") as caught:
        waiver_text(replace(PLAIN, **said))
    assert caught.value.hint == "type it again, without"


PLAIN = Waiver(
    id="W-1",
    rule="acme.credit/FAIR-01",
    bundle="loan-default",
    version="1.4.0",
    allows=Allows(at_most=Amount("12 pp")),
    reason="The 18-25 group is small in the 2026 sample; the new sample is due in March.",
    requested_by="a.silva@acme.example",
    approved_by=(("m.keller@acme.example", "head of model risk, EU"),),
    valid_from="2027-01-10",
    expires="2027-03-31",
)


def test_a_draft_is_plain_where_that_can_be_read_in_one_way_only() -> None:
    lines = [line for line in waiver_text(PLAIN).decode().splitlines() if not line.startswith("#")]
    assert lines == [
        "policykit: waiver/1",
        "id: W-1",
        "rule: acme.credit/FAIR-01",
        "binds:",
        "  bundle: loan-default",
        "  version: 1.4.0",
        "allows:",
        "  at_most: 12 pp",
        "reason: The 18-25 group is small in the 2026 sample; the new sample is due in March.",
        "requested_by: a.silva@acme.example",
        "approved_by:",
        '  - {who: m.keller@acme.example, role: "head of model risk, EU"}',
        "valid_from: 2027-01-10",
        "expires: 2027-03-31",
    ]


def test_every_key_of_a_draft_is_explained_above_it() -> None:
    lines = waiver_text(PLAIN).decode().splitlines()
    assert lines[lines.index("expires: 2027-03-31") - 1] == "# The last day on which it counts."
    assert sum(line.startswith("# ") for line in lines) == 9
    lines = waiver_text(replace(PLAIN, check="data.completeness")).decode().splitlines()
    assert lines[lines.index("check: data.completeness") - 1].startswith(
        "# What that rule asks, as the name of its check"
    )


def test_what_is_left_empty_in_a_draft_is_refused_until_it_is_filled_in() -> None:
    with pytest.raises(WaiverError) as caught:
        read_waiver(waiver_text(replace(PLAIN, reason=" ")), "w.yaml")
    assert [(each.code, each.message) for each in caught.value.problems] == [("PK021", "a text is missing here")]


def test_half_a_surrogate_pair_is_not_written() -> None:
    with pytest.raises(UsageError, match="the character U\\+D800, which cannot be seen"):
        waiver_text(replace(PLAIN, reason="\ud800"))

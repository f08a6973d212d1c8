"""Waivers: what they become, and what is refused at its place."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.errors import WaiverError
from policykit.load.waiver_document import load_waivers, read_waiver
from policykit.terms.policy import Place
from policykit.terms.verdict import Cause
from policykit.terms.waiver import Allows, Amount, Waiver
from tests.load.policy_texts import policy
from tests.load.waiver_texts import trust, waiver

BUILD = "ab" * 32


def refused(text: str) -> list[tuple[str, str]]:
    with pytest.raises(WaiverError) as caught:
        read_waiver(text.encode(), "w.yaml")
    return [(each.code, each.message) for each in caught.value.problems]


def allows(text: str) -> Allows:
    return read_waiver(waiver(allows=text).encode(), "w.yaml").allows


def test_everything_in_it_is_read() -> None:
    text = waiver(ticket="RISK-4412", approved_by="[{who: m.keller@acme.example, role: head-of-model-risk}]")
    assert read_waiver(text.encode(), "waivers/w.yaml") == Waiver(
        id="W-2027-014",
        rule="acme.credit/FAIR-01",
        bundle="loan-default",
        version="1.4.0",
        only_for=(("attribute", "age_band"),),
        allows=Allows(at_most=Amount("12 pp", Place("waivers/w.yaml", 6, 19))),
        reason="The new sample is due in March.",
        requested_by="a.silva@acme.example",
        valid_from="2027-01-10",
        expires="2027-03-31",
        ticket="RISK-4412",
        approved_by=(("m.keller@acme.example", "head-of-model-risk"),),
        path="waivers/w.yaml",
        text=text.encode(),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        place=Place("waivers/w.yaml", 2, 5),
    )


@pytest.mark.parametrize(
    ("binds", "binding", "version", "build"),
    [
        ("{bundle: loan-default, version: 1.10}", "version", "1.10", None),
        (f"{{bundle: loan-default, build: 'sha256:{BUILD.upper()}'}}", "build", None, BUILD),
        (f"{{bundle: loan-default, build: {BUILD}}}", "build", None, BUILD),
        ("{bundle: loan-default}", "model", None, None),
    ],
)
def test_it_is_bound_to_a_build_a_version_or_a_model(
    binds: str, binding: str, version: str | None, build: str | None
) -> None:
    found = read_waiver(waiver(binds=binds).encode(), "w.yaml")
    assert (found.binding, found.version, found.build) == (binding, version, build)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{at_most: 12 pp}", {"at_most": "12 pp"}),
        ("{at_least: 4/5, surely_at_least: 0.75}", {"at_least": "4/5", "surely_at_least": "0.75"}),
        ("{at_most: 12 pp, surely_at_most: 18 pp}", {"at_most": "12 pp", "surely_at_most": "18 pp"}),
        ("{at_least: 20, at_most: 60}", {"at_least": "20", "at_most": "60"}),
        ("{at_most: 5 % relative}", {"at_most": "5 % relative"}),
        ("{undecided: straddles, surely_at_most: 18 pp}", {"undecided": Cause.STRADDLES, "surely_at_most": "18 pp"}),
        ("{undecided: too_few, surely_at_least: 70%}", {"undecided": Cause.TOO_FEW, "surely_at_least": "70%"}),
        ("{undecided: stale, surely_at_least: 70%}", {"undecided": Cause.STALE, "surely_at_least": "70%"}),
        ("{undecided: stale}", {"undecided": Cause.STALE}),
        ("{undecided: missing}", {"undecided": Cause.MISSING}),
        ("{undecided: no_champion}", {"undecided": Cause.NO_CHAMPION}),
        ("{fail: any}", {"fail_any": True}),
    ],
)
def test_it_excuses_a_fail_within_a_limit_or_one_doubt_within_a_bound(text: str, said: dict[str, object]) -> None:
    found = allows(text)
    told = {name: getattr(found, name) for name in Allows.__dataclass_fields__}
    assert {
        name: value.text if isinstance(value, Amount) else value
        for name, value in told.items()
        if value is not None and value is not False
    } == said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "it allows nothing"),
        ("{surely_at_most: 12 pp}", "`surely_at_most` needs `at_most` beside it"),
        ("{at_least: 1, surely_at_most: 12}", "`surely_at_most` needs `at_most` beside it"),
        ("{fail: any, at_most: 12 pp}", "`fail: any` excuses every fail, and stands alone"),
        ("{fail: any, undecided: missing}", "`fail: any` excuses every fail, and stands alone"),
        (
            "{undecided: straddles, at_most: 12 pp, surely_at_most: 18 pp}",
            "`at_most` excuses a fail, `undecided` a doubt: a waiver excuses one of the two",
        ),
        *(
            (
                f"{{undecided: {cause}}}",
                f"a doubt that comes with a number needs a bound: `{cause}` without one would excuse anything",
            )
            for cause in ("straddles", "too_few", "sampled")
        ),
        *(
            (
                f"{{undecided: {cause}, surely_at_most: 1}}",
                f"`{cause}` comes without a number, so `surely_at_most` would never be met",
            )
            for cause in (
                "missing",
                "wrong_type",
                "too_large",
                "not_finite",
                "crashed",
                "empty",
                "undefined",
                "timeout",
            )
        ),
    ],
)
def test_one_that_would_excuse_everything_or_nothing_is_refused(text: str, message: str) -> None:
    assert refused(waiver(allows=text)) == [("PK703", message)]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("{at_most: a little}", "PK204", "`a little` is not a number with a unit"),
        ("{at_most: 12 points}", "PK204", "`12 points` is not a number with a unit"),
        ("{at_most: nan}", "PK204", "`nan` is not a number with a unit"),
        ("{at_most: inf}", "PK204", "`inf` is not a number with a unit"),
        ("{at_most: 1e300}", "PK204", "`1e300` is not a number with a unit"),
        ("{at_most: 3 pp relative}", "PK204", "`3 pp relative` is not a number with a unit"),
        ("{at_most: 1000 pp}", "PK207", "a difference of shares is never `1000 pp`"),
        ("{undecided: straddles, surely_at_most: 101pp}", "PK207", "a difference of shares is never `101pp`"),
        ("{at_least: -200 pp}", "PK207", "a difference of shares is never `-200 pp`"),
        ("{at_most: \u0661\u0662 pp}", "PK204", "`\u0661\u0662 pp` is not a number with a unit"),
        ("{at_most: \uff14\uff10 pp}", "PK204", "`\uff14\uff10 pp` is not a number with a unit"),
        ("{at_most: 9\u2070 pp}", "PK204", "`9\u2070 pp` is not a number with a unit"),
        ("{at_most: }", "PK021", "a text is missing here"),
        ("{at_most: 12 pp, surely_at_most: 8 pp}", "PK206", "`surely_at_most: 8 pp` is stricter than `at_most: 12 pp`"),
        ("{at_least: 70 %, surely_at_least: 4/5}", "PK206", "`surely_at_least: 4/5` is stricter than `at_least: 70 %`"),
        ("{at_least: 60, at_most: 20}", "PK202", "no number meets both `at_least: 60` and `at_most: 20`"),
        ("{undecided: straddels, surely_at_most: 1}", "PK026", None),
        ("{fail: some}", "PK026", "`some` is none of `any`"),
        ("{atmost: 12 pp}", "PK101", "`atmost` is not a key of `allows`"),
        ("12 pp", "PK020", "a map of keys and values belongs here, not one value"),
    ],
)
def test_how_far_it_goes_is_written_as_a_limit_is(text: str, code: str, message: str | None) -> None:
    found = refused(waiver(allows=text))
    assert found[0][0] == code
    assert message is None or found[0][1] == message


@pytest.mark.parametrize(
    ("key", "value", "code", "message"),
    [
        ("reason", '""', "PK021", "a text is missing here"),
        ("reason", "", "PK021", "a text is missing here"),
        ("reason", '"  "', "PK021", "a text is missing here"),
        ("id", "W 14", "PK103", "`W 14` is not an id"),
        ("rule", "FAIR-01", "PK612", "`FAIR-01` names no rule"),
        ("rule", "acme.credit@3/FAIR-01", "PK612", "`acme.credit@3/FAIR-01` names no rule"),
        ("rule", "acme.credit/*", "PK612", "`acme.credit/*` names no rule"),
        ("rule", "[acme.credit/FAIR-01]", "PK020", "text belongs here, not a list"),
        ("binds", "{version: 1.4.0}", "PK102", "`binds` needs `bundle`"),
        ("binds", f"{{bundle: a, version: 1, build: {BUILD}}}", "PK702", None),
        ("binds", "{bundle: a, build: abc}", "PK608", "`abc` is not a SHA-256"),
        ("binds", "{bundle: a, verison: 1}", "PK101", "`verison` is not a key of `binds`"),
        ("binds", "everything", "PK020", "a map of keys and values belongs here, not one value"),
        ("check", "data completeness", "PK103", "`data completeness` is not an id"),
        ("check", "[data.completeness]", "PK020", "text belongs here, not a list"),
        ("only_for", "{}", "PK021", "it is for nothing"),
        ("only_for", "{sex: }", "PK021", "a text is missing here"),
        ("only_for", "{sex: [female, male]}", "PK020", "text belongs here, not a list"),
        ("only_for", '{"": female}', "PK021", "a text is missing here"),
        ("approved_by", "[{who: m.keller@acme.example}]", "PK102", "an approver needs `role`"),
        ("approved_by", "m.keller@acme.example", "PK020", "a list belongs here, not one value"),
        ("approved_by", "[{who: a, role: b}, {who: a, role: b}]", "PK025", "`a` is listed twice"),
        ("valid_from", "2027-04-01", "PK706", "it expires before it counts: 2027-03-31 is before 2027-04-01"),
        ("expiers", "2027-03-31", "PK101", "`expiers` is not a key of a waiver"),
    ],
)
def test_what_is_wrong_in_it_is_told(key: str, value: str, code: str, message: str | None) -> None:
    found = refused(waiver(**{key: value}))
    assert [each for each, _ in found] == [code]
    assert message is None or found[0][1] == message


@pytest.mark.parametrize("key", ["id", "rule", "binds", "allows", "reason", "requested_by", "valid_from", "expires"])
def test_a_key_that_must_be_there_is_asked_for(key: str) -> None:
    assert refused(waiver(**{key: None})) == [("PK102", f"a waiver needs `{key}`")]


@pytest.mark.parametrize("who", ["a.silva@acme.example", "A.Silva@ACME.example", " a.silva@acme.example "])
def test_who_asks_for_it_cannot_be_listed_as_approving_it(who: str) -> None:
    found = refused(waiver(approved_by=f"[{{who: '{who}', role: head}}]"))
    assert found == [("PK704", f"`{who.strip()}` asks for this waiver, and cannot approve it")]


NO_DAYS = (
    "31.03.2027",
    "2027-3-31",
    "2027-02-30",
    "2027-13-01",
    "20270331",
    "2027-03-31T00:00:00Z",
    "forever",
    "never",
    "~",
    "1e9",
)


@pytest.mark.parametrize("day", NO_DAYS)
@pytest.mark.parametrize("key", ["valid_from", "expires"])
def test_a_malformed_date_is_refused_and_makes_nothing_permanent(key: str, day: str) -> None:
    (found,) = refused(waiver(**{key: day}))
    assert found[0] in ("PK024", "PK020")


@given(st.text(max_size=12))
def test_no_text_but_a_day_is_taken_for_the_last_day(text: str) -> None:
    escaped = "".join(f"\\u{ord(each):04x}" if ord(each) < 0x10000 else f"\\U{ord(each):08x}" for each in text)
    if any("\ud800" <= each <= "\udfff" for each in text):
        return
    try:
        found = read_waiver(waiver(expires=f'"{escaped}"').encode(), "w.yaml")
    except WaiverError:
        return
    assert found.expires == text
    assert len(text) == 10


def test_every_problem_of_it_is_told_at_once_in_order_of_place() -> None:
    with pytest.raises(WaiverError) as caught:
        read_waiver(waiver(id="W 1", allows="{}", expires="soon").encode(), "w.yaml")
    assert [(each.code, each.where) for each in caught.value.problems] == [
        ("PK103", "w.yaml:2:5"),
        ("PK703", "w.yaml:6:9"),
        ("PK024", "w.yaml:10:10"),
    ]
    assert str(caught.value) == "the waiver `w.yaml` is wrong"


def test_a_folder_is_read_with_what_lies_below_and_other_kinds_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "2027").mkdir()
    (tmp_path / "a.yaml").write_text(waiver(id="W-1"))
    (tmp_path / "2027" / "b.yml").write_text(waiver(id="W-2"))
    (tmp_path / "policy.yaml").write_text(policy())
    (tmp_path / "trust.yaml").write_text(trust())
    (tmp_path / "claims.jsonl").write_text("{}\n")
    (tmp_path / "README.md").write_text("# Waivers\n")
    found = load_waivers(tmp_path)
    assert [(each.id, each.path) for each in found] == [
        ("W-1", f"{tmp_path}/a.yaml"),
        ("W-2", f"{tmp_path}/2027/b.yml"),
    ]


def test_a_folder_may_hold_no_waiver(tmp_path: Path) -> None:
    assert load_waivers(tmp_path) == ()


def test_one_file_is_one_waiver(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(waiver())
    (found,) = load_waivers(tmp_path / "a.yaml")
    assert found.digest == hashlib.sha256((tmp_path / "a.yaml").read_bytes()).hexdigest()


def codes(path: Path) -> list[str]:
    with pytest.raises(WaiverError) as caught:
        load_waivers(path)
    return [each.code for each in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "PK003"),
        ("rules: []\n", "PK017"),
        ("policykit: waver/1\n", "PK018"),
        ("policykit: waiver/2\n", "PK018"),
        ("a: b: c\n", "PK004"),
        ("policykit: waiver/1\nid: a\nid: b\n", "PK012"),
    ],
)
def test_a_document_that_does_not_say_what_it_is_is_never_skipped(text: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(waiver())
    (tmp_path / "b.yaml").write_text(text)
    assert code in codes(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert codes(tmp_path / "waivers") == ["PK016"]


def test_a_file_that_was_named_has_to_be_a_waiver(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy())
    with pytest.raises(WaiverError) as caught:
        load_waivers(tmp_path / "p.yaml")
    assert [(each.code, each.message) for each in caught.value.problems] == [
        ("PK701", "this is a policy document, not a waiver")
    ]


def test_two_waivers_of_one_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(waiver(id="W-1"))
    (tmp_path / "b.yaml").write_text(waiver(id="w-1"))
    with pytest.raises(WaiverError) as caught:
        load_waivers(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("PK705", f"{tmp_path}/b.yaml:2:5")
    assert problem.message == f"`w-1` is the id of the waiver in {tmp_path}/a.yaml already"


def test_the_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(waiver(expires="soon"))
    (tmp_path / "b.yaml").write_text(waiver(id="W-2", rule="x"))
    with pytest.raises(WaiverError, match="the waivers have 2 problems") as caught:
        load_waivers(tmp_path)
    assert [each.path for each in caught.value.problems] == [f"{tmp_path}/a.yaml", f"{tmp_path}/b.yaml"]

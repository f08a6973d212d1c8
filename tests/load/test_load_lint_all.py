"""Lint reads trust files and waivers along with policies: each at its place, and what does not fit between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.errors import Diagnostic
from policykit.load.policies import lint
from tests.load.policy_texts import policy, rule
from tests.load.waiver_texts import key, trust, trust_of, waiver

TODAY = "2027-02-01"
GAP = rule("check: fairness.demographic_parity_difference\nfor_each: [sex]\nat_most: 10 pp").replace(
    "id: A", "id: FAIR-01"
)


def found(*paths: Path) -> list[tuple[str, str, str]]:
    return [(each.code, each.level, each.message) for each in problems(*paths)]


def problems(*paths: Path) -> tuple[Diagnostic, ...]:
    return lint(paths, as_of=TODAY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "trust.yaml").write_text(trust())
    (tmp_path / "waivers").mkdir()
    (tmp_path / "waivers" / "W-1.yaml").write_text(waiver(id="W-1"))
    return tmp_path


def test_trust_files_and_waivers_are_read_without_a_policy(folder: Path) -> None:
    assert problems(folder / "trust.yaml", folder / "waivers") == ()
    assert problems(folder) == ()


def test_a_policy_with_both_beside_it_is_read_with_them(folder: Path) -> None:
    (folder / "policy.yaml").write_text(GAP)
    assert problems(folder) == ()


def test_mistakes_of_all_kinds_are_told_at_their_places(folder: Path) -> None:
    (folder / "policy.yaml").write_text(policy("verson: 1"))
    (folder / "trust.yaml").write_text(trust(version="0"))
    (folder / "waivers" / "W-1.yaml").write_text(waiver(rule="acme.other/A", expires="soon"))
    assert [(each.code, each.path.removeprefix(f"{folder}/"), each.line) for each in problems(folder)] == [
        ("PK101", "policy.yaml", 2),
        ("PK610", "trust.yaml", 3),
        ("PK024", "waivers/W-1.yaml", 10),
    ]


def test_a_document_named_twice_is_read_once(folder: Path) -> None:
    (folder / "waivers" / "W-1.yaml").write_text(waiver(reason=None))
    assert [code for code, _, _ in found(folder, folder / "waivers", folder / "waivers" / "W-1.yaml")] == ["PK102"]


def test_two_waivers_of_one_id_are_told(folder: Path) -> None:
    (folder / "waivers" / "copy.yaml").write_text(waiver(id="W-1"))
    assert [code for code, _, _ in found(folder)] == ["PK705"]


def test_a_folder_of_other_documents_still_has_no_policy(tmp_path: Path) -> None:
    (tmp_path / "bundle.yaml").write_text(
        "policykit: bundle/1\nname: a\nversion: 1\ndatasets: {evaluation: {path: e.csv}}\n"
    )
    assert [code for code, _, _ in found(tmp_path)] == ["PK019"]


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2027-03-03", "this trust file expires in 30 days"),
        ("2027-02-02", "this trust file expires in 1 day"),
        (TODAY, "this trust file expires today"),
        ("2027-01-31", "this trust file expired on 2027-01-31"),
    ],
)
def test_a_trust_file_that_expires_within_thirty_days_is_a_warning(day: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "trust.yaml").write_text(trust(expires=day))
    assert found(tmp_path / "trust.yaml") == [("PK511", "warning", message)]


def test_thirty_one_days_are_no_warning(tmp_path: Path) -> None:
    (tmp_path / "trust.yaml").write_text(trust(expires="2027-03-04"))
    assert found(tmp_path / "trust.yaml") == []


def test_somebody_who_judges_and_signs_waivers_is_a_warning_also_under_another_key(tmp_path: Path) -> None:
    (tmp_path / "trust.yaml").write_text(
        trust_of(
            f"keys:\n  ci: {key(9, 'who: m.keller@acme.example')}\nroles:\n  judges: [ci]\n"
            "stages:\n  production: {report: {signed_by: judges}, waivers: {signed_by: {role: release-manager}}}"
        )
    )
    assert found(tmp_path / "trust.yaml") == [
        ("PK513", "warning", "`m.keller@acme.example` both judges for `production` and signs as `release-manager`")
    ]


def test_a_waiver_that_has_expired_is_a_warning(folder: Path) -> None:
    (folder / "waivers" / "W-1.yaml").write_text(waiver(valid_from="2027-01-01", expires="2027-01-31"))
    assert found(folder) == [("PK514", "warning", "`W-2027-014` expired 1 day ago, and excuses nothing")]


def test_a_waiver_of_a_rule_that_its_policy_does_not_have_is_a_warning(folder: Path) -> None:
    (folder / "policy.yaml").write_text(GAP.replace("FAIR-01", "FAIR-10"))
    (problem,) = problems(folder)
    assert (problem.code, problem.level, problem.suggestion) == ("PK515", "warning", "acme.credit/FAIR-10")
    assert problem.message == "`acme.credit/FAIR-01` is no rule of that policy"


def test_a_waiver_of_another_policy_says_nothing_here(folder: Path) -> None:
    (folder / "policy.yaml").write_text(GAP.replace("id: acme.credit", "id: acme.other"))
    assert found(folder) == []


@pytest.mark.parametrize("word", ["absolute", "advisory"])
def test_a_waiver_of_a_rule_that_nobody_waives_is_a_warning(word: str, folder: Path) -> None:
    (folder / "policy.yaml").write_text(GAP.replace("at_most: 10 pp", f"at_most: 10 pp\n    enforcement: {word}"))
    assert ("PK516", "warning", f"`acme.credit/FAIR-01` is {word}, so a waiver does nothing") in found(folder)


@pytest.mark.parametrize(
    ("clause", "allows", "message"),
    [
        ("at_most: 10 pp", "{at_most: 12 %}", "`12 %` is not in the unit of `acme.credit/FAIR-01`"),
        ("at_most: 10 pp", "{at_least: 12 pp}", "`at_least` does not loosen `acme.credit/FAIR-01`"),
        (
            "at_most: 10 pp",
            "{undecided: straddles, surely_at_least: 1 pp}",
            "`surely_at_least` does not loosen `acme.credit/FAIR-01`",
        ),
        ("at_most: 10 pp", "{fail: any}", "the limit of `acme.credit/FAIR-01` is a number"),
        ("is: present", "{at_most: 12 pp}", "the limit of `acme.credit/FAIR-01` is no number"),
    ],
)
def test_a_waiver_that_the_gate_would_refuse_to_apply_is_an_error(
    clause: str, allows: str, message: str, folder: Path
) -> None:
    owner = "    check: governance.owner\n    with: {of: model}\n    is: present\n"
    gap = "    check: fairness.demographic_parity_difference\n    for_each: [sex]\n    at_most: 10 pp\n"
    (folder / "policy.yaml").write_text(GAP.replace(gap, owner) if clause.startswith("is") else GAP)
    (folder / "waivers" / "W-1.yaml").write_text(waiver(id="W-1", allows=allows))
    assert found(folder) == [("PK710", "error", f"the waiver `W-1` cannot be applied: {message}")]


@pytest.mark.parametrize(
    ("limit", "allows", "fits"),
    [
        ("0.5 pp", "{at_most: 1 pp}", True),
        ("0.5 pp", "{at_most: 5 % relative}", False),
        ("0.5 pp", "{at_most: 0.05 relative}", False),
        ("2 % relative", "{at_most: 5 % relative}", True),
        ("2 % relative", "{at_most: 500 % relative}", True),
        ("2 % relative", "{at_most: 20}", False),
        ("2 % relative", "{at_most: 1 pp}", False),
    ],
)
def test_a_waiver_of_a_rule_against_the_champion_is_written_as_that_rule_is(
    limit: str, allows: str, fits: bool, folder: Path
) -> None:
    text = f"check: performance.accuracy\ncompared_with: champion\nworse_by_at_most: {limit}\nif_no_champion: undecided"
    (folder / "policy.yaml").write_text(rule(text).replace("id: A", "id: FAIR-01"))
    (folder / "waivers" / "W-1.yaml").write_text(waiver(allows=allows))
    assert [code for code, _, _ in found(folder)] == ([] if fits else ["PK710"])


def test_a_share_past_the_whole_is_an_error(folder: Path) -> None:
    text = "check: performance.accuracy\nat_least: 90 %"
    (folder / "policy.yaml").write_text(rule(text).replace("id: A", "id: FAIR-01"))
    (folder / "waivers" / "W-1.yaml").write_text(waiver(id="W-1", allows="{at_least: -2}"))
    (problem,) = problems(folder)
    assert problem.message == "the waiver `W-1` cannot be applied: `-2` lies past every number there can be"
    assert (problem.code, problem.hint) == ("PK710", "no number is beyond 100 % or 100 pp")


def test_one_number_for_unlike_parts_of_a_rule_is_an_error(folder: Path) -> None:
    parts = [f"  - {{check: data.maximum, with: {{columns: [{name}]}}, at_most: 55}}" for name in ("income", "age")]
    text = "\n".join(["all_of:", *parts])
    (folder / "policy.yaml").write_text(rule(text).replace("id: A", "id: FAIR-01"))
    (folder / "waivers" / "W-1.yaml").write_text(waiver(id="W-1", only_for=None, allows="{at_most: 400}"))
    (problem,) = problems(folder)
    assert problem.code == "PK710"
    assert problem.message == (
        "the waiver `W-1` cannot be applied: `400` would speak of several parts of `acme.credit/FAIR-01`"
    )
    assert problem.hint == "say which is meant: `check:` where the checks differ, else `only_for:`"
    (folder / "waivers" / "W-1.yaml").write_text(waiver(only_for="{column: age}", allows="{at_most: 400}"))
    assert found(folder) == []


def test_a_waiver_given_for_another_check_is_a_warning(folder: Path) -> None:
    (folder / "policy.yaml").write_text(GAP)
    (folder / "waivers" / "W-1.yaml").write_text(waiver(check="fairness.demographic_parity_difference"))
    assert found(folder) == []
    (folder / "waivers" / "W-1.yaml").write_text(waiver(check="data.completeness"))
    (problem,) = problems(folder)
    assert (problem.code, problem.level) == ("PK519", "warning")
    assert problem.message == "`acme.credit/FAIR-01` does not ask `data.completeness`"
    assert problem.hint == "it asks `fairness.demographic_parity_difference`: ask for a new waiver"


@pytest.mark.parametrize(
    "stage",
    [
        "approvals: [{role: judges}]",
        "waivers: {signed_by: {role: judges}}",
        "break_glass: {role: judges}",
    ],
)
def test_who_decides_and_names_no_person_is_an_error(stage: str, tmp_path: Path) -> None:
    subject = "https://github.com/acme/platform/.github/workflows/a.yml@refs/heads/main"
    text = trust_of(
        f"identities: {{flow: {{issuer: i.example, subject: '{subject}', root: public}}}}\n"
        f"roots: {{public: {{path: root.json, sha256: {'ab' * 32}}}}}\n"
        "roles:\n  judges: [keller, flow]\n"
        f"stages: {{production: {{{stage}}}, staging: {{report: {{max_age: 7 days}}}}}}\n"
    )
    (tmp_path / "trust.yaml").write_text(text)
    (problem,) = problems(tmp_path / "trust.yaml")
    assert (problem.code, problem.level, problem.line) == ("PK616", "error", 2)
    assert problem.message == "`flow` decides as `judges`, and names no person"
    assert problem.hint == "add `who:`: decisions are counted by person, and nobody approves what is their own"


def test_who_only_judges_need_not_be_a_person(tmp_path: Path) -> None:
    (tmp_path / "trust.yaml").write_text(trust_of("stages: {production: {approvals: [{role: release-manager}]}}\n"))
    assert found(tmp_path / "trust.yaml") == []

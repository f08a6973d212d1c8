"""Every code: triggered by the wrong example on its page, at its line and column; the right example is free of it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from policykit.author.codes_page import code_page, codes_page
from policykit.errors import BundleError, Diagnostic, DocumentError, PolicyError
from policykit.load.bundle import load_bundle
from policykit.load.companions import Companions
from policykit.load.gate_file import load_gate_file, load_inventory
from policykit.load.lint.codes import CODES
from policykit.load.policies import examine, read_policies
from policykit.load.yaml import LARGEST
from policykit.measure.csv_files import read_csv
from tests.load.policy_texts import policy, rule, text_of

ROOT = Path(__file__).parents[2]
VOCABULARY = {"use_case": ("credit-scoring", "marketing"), "stage": ("production", "staging")}

# code → line, column, message, suggestion of the wrong example on its page
TRIGGERED = {
    "PK003": (0, 0, "the file is empty", ""),
    "PK004": (2, 14, "this is not YAML: mapping values are not allowed in this context", ""),
    "PK005": (2, 39, "values are nested more than 32 deep", ""),
    "PK007": (4, 14, "anchors are not allowed: `&gap`", ""),
    "PK008": (4, 14, "aliases are not allowed", ""),
    "PK009": (4, 12, "tags are not allowed: `tag:yaml.org,2002:str`", ""),
    "PK010": (4, 5, "merge keys are not allowed", ""),
    "PK011": (2, 1, "a file holds one document; a second one begins here", ""),
    "PK012": (5, 5, "`severity` is written twice; the first is on line 4", ""),
    "PK013": (4, 7, "a key must be a word, not a list or a map", ""),
    "PK014": (1, 1, "directives are not allowed", ""),
    "PK015": (4, 14, "the character U+200B cannot be seen, and is not allowed", ""),
    "PK017": (1, 1, "the document does not say what it is", ""),
    "PK018": (1, 12, "`polciy/1` is no kind of document", "policy/1"),
    "PK019": (1, 1, "this is a gate document, not a policy", ""),
    "PK020": (4, 15, "a map of keys and values belongs here, not one value", ""),
    "PK021": (4, 15, "the list is empty", ""),
    "PK022": (4, 15, "`1e300` is too large a number", ""),
    "PK023": (3, 31, "`young` is not a number", ""),
    "PK024": (4, 17, "`30.06.2027` is not a day", ""),
    "PK025": (4, 21, "`sex` is listed twice", ""),
    "PK026": (4, 18, "`waiveable` is none of `advisory`, `waivable`, `absolute`", "waivable"),
    "PK101": (4, 5, "`enforcment` is not a key of a rule", "enforcement"),
    "PK102": (4, 20, "`ignore_groups` needs `why`", ""),
    "PK103": (2, 5, "`credit policy` is not an id", ""),
    "PK104": (
        4,
        12,
        "no check is called `fairness.demographic_parity_diference`",
        "fairness.demographic_parity_difference",
    ),
    "PK105": (2, 1, "`extends` is not supported yet", ""),
    "PK106": (5, 12, "`data.completeness` has no parameter `colum`", "column"),
    "PK107": (4, 12, "`data.completeness` needs the parameter `column`", ""),
    "PK108": (5, 34, "parameter `minimum` of `data.in_range`: a number belongs here, not `eighteen`", ""),
    "PK109": (4, 10, "two rules are called `ROWS`; the first is on line 3", ""),
    "PK110": (2, 8, "the policy has no rules", ""),
    "PK112": (2, 13, "the policy applies to nothing", ""),
    "PK113": (2, 25, "`credit-scorin` is no `use_case` of the vocabulary", "credit-scoring"),
    "PK114": (4, 14, "no parameter is called `largest_gpa`", ""),
    "PK115": (3, 36, "`12 pp` lies outside `2 pp` to `10 pp`", ""),
    "PK118": (2, 37, "no blocking fairness rule measures `sex`, which this policy says must be covered", ""),
    "PK119": (4, 12, "`where` does not say what the column must be", ""),
    "PK120": (4, 37, "the pattern `(?=.*@)` looks ahead or behind", ""),
    "PK121": (4, 21, "no control is called `nist-ai-rmf@1.0/MEASUER-2.11`", "nist-ai-rmf@1.0/MEASURE-2.11"),
    "PK122": (3, 39, "`40` is not above `62`", ""),
    "PK123": (7, 14, "`at_most` cannot stand beside `any_of`", ""),
    "PK124": (6, 15, "`governance.owner` reads no rows", ""),
    "PK125": (2, 22, "`Production` is not a stage", ""),
    "PK127": (5, 37, "`column` and `columns` are both written", ""),
    "PK128": (4, 12, "`fairness.four_fifths` compares groups, and the rule does not say which", ""),
    "PK129": (7, 16, "`governance.owner` reads no data set that could be too old", ""),
    "PK130": (2, 9, "`canary` means something only beside `audit_until`", ""),
    "PK201": (4, 12, "the rule has no limit", ""),
    "PK202": (7, 14, "no number meets both `at_least: 50` and `at_most: 30`", ""),
    "PK203": (5, 15, "`at_least` looks the wrong way: of `latency.p95`, lower is better", "at_most"),
    "PK204": (6, 14, "`10 %` of a difference can be read two ways", ""),
    "PK205": (6, 20, "`caution_above: 300 ms` would never show: the limit is `200 ms`", ""),
    "PK206": (6, 21, "`surely_at_most: 150 ms` is stricter than `at_most: 200 ms`", ""),
    "PK207": (6, 15, "a share is never `105 %`", ""),
    "PK208": (6, 15, "`at_least` does not fit `governance.owner`, which gives something that is there or is not", ""),
    "PK209": (5, 20, "the rule does not say what holds where there is no champion", ""),
    "PK210": (5, 23, "`worse_by_at_most` needs `compared_with: champion` beside it", ""),
    "PK211": (5, 20, "`data.row_count` knows no better and worse", ""),
    "PK212": (5, 15, "`at_least` cannot stand beside a comparison with the champion", ""),
    "PK213": (6, 12, "`at_most` and `below` both set the upper limit", ""),
    "PK215": (5, 20, "`train` cannot be compared with yet, only `champion` can", ""),
    "PK501": (3, 10, "`ROWS` can stop a release and does not say why", ""),
    "PK502": (2, 12, "this policy was to be reviewed by 2020-01-01", ""),
    "PK503": (4, 39, "rows where `channel` is missing are left out too", ""),
    "PK504": (3, 3, "every rule is advisory: this policy alone never allows a release", ""),
    "PK505": (3, 3, "no rule reads the parameter `gap`", ""),
    "PK506": (6, 15, "`at_least: 0 %` asks for nothing: every number meets it", ""),
    "PK507": (2, 14, "the vocabulary has no label `use_cases`", "use_case"),
    "PK508": (5, 7, "`all_of` holds one check only", ""),
    "PK509": (4, 28, "the point alone is judged, however few the rows: every report says so", ""),
    "PK510": (6, 16, "the rule has no groups, so `min_rows_per_group` asks for nothing", ""),
    "PK511": (2, 10, "this trust file expires in 9 days", ""),
    "PK512": (3, 70, "at `production` a waiver may excuse every future version of a model", ""),
    "PK513": (8, 27, "`gate` both judges for `production` and signs as `manager`", ""),
    "PK514": (3, 10, "`W-2027-014` expired 236 days ago, and excuses nothing", ""),
    "PK517": (3, 55, "`acme.credit` is pinned by its version: any text that calls itself so meets it", ""),
    "PK518": (3, 85, "`gate` records the reviews of `asilva` and signs reports for `production`", ""),
    "PK520": (2, 14, "this policy is rolled out since 2020-01-01: it judges everybody in earnest", ""),
    "PK521": (2, 14, "for 26,338 days yet this policy stops nothing but its canaries", ""),
    "PK524": (
        3,
        14,
        "the rule that blocks is out of force until 2027-02-01, and so is what earlier versions than `4.0.0` blocked",
        "",
    ),
    "PK602": (3, 20, "this is not one public key in PEM form", ""),
    "PK603": (4, 3, "`gate-2028` is the same key as `gate-2027`", ""),
    "PK604": (3, 13, "`kellre` is no key, identity or account of this file", "keller"),
    "PK605": (2, 43, "`trust-authority` can give 2 of the 3 that are asked for", ""),
    "PK606": (3, 175, "`valid_until` is before `valid_from`: 2026-12-31 is before 2027-01-01", ""),
    "PK607": (3, 18, "the path `../trusted_root.json` climbs out of its folder", ""),
    "PK608": (3, 45, "`e3b0c442` is not a SHA-256", ""),
    "PK609": (
        3,
        21,
        "`keys/gate-2027.pub.pem` is not pinned, and the signature of this document covers no other file",
        "",
    ),
    "PK610": (2, 10, "`0` is less than 1", ""),
    "PK611": (3, 34, "`12 hours` is not a number of whole days from 1 to 36,500", ""),
    "PK612": (2, 7, "`FAIR-01` names no rule", ""),
    "PK613": (3, 3, "the stage `production` asks nothing", ""),
    "PK614": (5, 83, "a subject is exact; `*` stands for nothing", ""),
    "PK615": (3, 18, "`https://ledger.acme.example/log` is not a host", ""),
    "PK616": (3, 3, "`deputy` decides as `manager`, and names no person", ""),
    "PK702": (2, 54, "a waiver is bound to a `version` or to a `build`, not to both", ""),
    "PK703": (
        2,
        21,
        "a doubt that comes with a number needs a bound: `straddles` without one would excuse anything",
        "",
    ),
    "PK704": (3, 21, "`a.silva@acme.example` asks for this waiver, and cannot approve it", ""),
    "PK706": (3, 10, "it expires before it counts: 2027-01-10 is before 2027-03-31", ""),
    "PK804": (6, 90, "the interval from `1 pp` to `8 pp` does not hold the value `9 pp`", ""),
}
BY_HAND = {
    "PK801",
    "PK802",
    "PK803",
    "PK805",
    "PK806",
    "PK807",
    "PK601",
    "PK701",
    "PK705",
    "PK707",
    "PK710",
    "PK515",
    "PK516",
    "PK519",
    "PK001",
    "PK002",
    "PK006",
    "PK016",
    "PK028",
    "PK029",
    "PK030",
    "PK111",
    "PK116",
    "PK117",
    "PK401",
    "PK402",
    "PK403",
    "PK404",
    "PK405",
    "PK406",
    "PK522",
    "PK523",
    "PK525",
}


def problems(folder: Path, text: str, name: str = "p.yaml") -> tuple[Diagnostic, ...]:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    beside = Companions()
    return examine([folder / name], vocabulary=VOCABULARY, as_of="2026-11-22", beside=beside).problems


@pytest.mark.parametrize("code", sorted(TRIGGERED))
def test_the_wrong_example_of_a_code_triggers_it_at_its_place(code: str, tmp_path: Path) -> None:
    line, column, message, suggestion = TRIGGERED[code]
    found = problems(tmp_path, text_of(CODES[code], CODES[code].wrong))
    here = next(problem for problem in found if problem.code == code)
    assert (here.line, here.column, here.message, here.suggestion) == (line, column, message, suggestion)


@pytest.mark.parametrize("code", sorted(TRIGGERED))
def test_the_right_example_of_a_code_does_not_trigger_it(code: str, tmp_path: Path) -> None:
    found = problems(tmp_path, text_of(CODES[code], CODES[code].right))
    errors = [problem for problem in found if problem.level == "error"]
    assert code not in {problem.code for problem in found}
    assert CODES[code].kind == "file" or not errors


def test_every_code_that_is_raised_has_a_page_and_every_page_a_code_that_is_raised() -> None:
    files = (ROOT / "policykit").rglob("*.py")
    raising = [path for path in files if not path.name.startswith("pages_") and path.name != "codes_page.py"]
    raised = {code for path in raising for code in re.findall(r'"(PK\d{3})"', path.read_text(encoding="utf-8"))}
    assert raised == set(CODES)


def test_every_code_is_triggered_by_a_test() -> None:
    bundle = {code for code in CODES if code.startswith("PK3")}
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    untested = {code for code in bundle if code not in tests}
    assert set(CODES) - bundle == set(TRIGGERED) | BY_HAND
    assert not untested


def test_a_warning_is_a_code_of_its_own_family(tmp_path: Path) -> None:
    for code, page in CODES.items():
        if page.kind in ("policy", "rule", "trust", "waiver") or code == "PK804":
            found = problems(tmp_path, text_of(page, page.wrong))
            level = "warning" if "PK5" < code < "PK6" else "error"
            assert {each.level for each in found if each.code == code} == {level}


def test_the_page_of_a_code_shows_both_examples() -> None:
    page = code_page("PK104")
    assert page is not None
    assert page.startswith("# PK104: no check is called so\n")
    assert "Wrong:\n\n```text\ncheck: fairness.demographic_parity_diference" in page


def test_a_code_that_does_not_exist_has_no_page() -> None:
    assert code_page("PK999") is None


def test_the_page_of_all_codes_has_each_once() -> None:
    assert re.findall(r"^### (PK\d{3}):", codes_page(), re.MULTILINE) == sorted(CODES)


def test_a_file_past_256_kib_is_refused(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, policy() + "#" * LARGEST)
    assert (found.code, found.line) == ("PK001", 0)
    assert found.message == f"the file has {len(policy()) + LARGEST:,} bytes; a document has at most 262,144"


def test_a_byte_that_is_not_utf8_is_named_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_bytes("policykit: policy/1\ntitle: Größe\n".encode("latin-1"))
    (found,) = examine([tmp_path / "p.yaml"]).problems
    assert (found.code, found.line, found.column, found.message) == ("PK002", 2, 10, "the byte 0xf6 is not UTF-8")


def test_more_than_20000_values_are_refused(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "policykit: policy/1\nrules: [" + "a," * 20_000 + "]")
    assert (found.code, found.line, found.message) == ("PK006", 2, "the document holds more than 20,000 values")


@pytest.mark.parametrize("name", ["missing.yaml", "missing", "nul\0byte"])
def test_a_path_that_is_not_there_is_an_error(name: str, tmp_path: Path) -> None:
    (found,) = examine([f"{tmp_path}/{name}"]).problems
    assert (found.code, found.hint) == ("PK016", "give a file, a folder, or `pack:NAME`")
    assert found.message.endswith(" is not there")


def test_a_misspelt_pack_is_corrected() -> None:
    (found,) = examine(["pack:baselin"]).problems
    assert (found.code, found.message) == ("PK028", "no pack is called `baselin`")
    assert found.suggestion == "pack:baseline"


def test_a_link_to_a_folder_is_neither_followed_nor_skipped(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "p.yaml").write_text(policy())
    (tmp_path / "policies" / "shared").symlink_to(tmp_path / "elsewhere")
    (found,) = examine([tmp_path / "policies"]).problems
    assert found.code == "PK029"
    assert found.path == f"{tmp_path}/policies/shared"


@pytest.mark.parametrize("empty", [".cache/x", "venv/include/python3.11"])
def test_an_empty_folder_of_a_tool_is_no_place_of_policies(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policies", empty).mkdir(parents=True)
    Path("policies/p.yaml").write_text(policy())
    Path("policies/venv").mkdir(exist_ok=True)
    Path("policies/venv/pyvenv.cfg").write_text("home = /usr/bin\n")
    assert examine(["policies"]).problems == ()


@pytest.mark.parametrize("files", [(), (".git",)])
def test_an_empty_folder_below_is_no_folder_without_policies_but_one_that_was_not_filled(
    files: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policies/central").mkdir(parents=True)
    Path("policies/p.yaml").write_text(policy())
    for name in files:
        Path("policies/central", name).write_text("gitdir: ../../.git/modules/central\n")
    (found,) = examine(["policies"]).problems
    assert (found.code, found.path) == ("PK030", "policies/central")
    assert found.message == "`policies/central` is an empty folder"
    assert found.hint == "where it is a submodule, `git submodule update --init` fills it; else delete it"


def test_a_folder_of_other_files_and_what_git_keeps_for_itself_are_passed_by(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy())
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "README.md").write_text("Why\n")
    (tmp_path / ".git" / "refs" / "tags").mkdir(parents=True)
    (tmp_path / ".git" / "refs" / "tags" / "v1.yaml").write_text("0" * 40)
    assert examine([tmp_path]).problems == ()


@pytest.mark.parametrize(
    ("version", "warned"),
    [
        *((first, False) for first in ("0", "0.1", "0.9.7", "0-draft", "1", "1.0", "1.0.0", "1.0.0-rc1")),
        *((later, True) for later in ("1.0.1", "1.1.0", "1.2", "2", "2.0.0", "10.0.0", "v1", "2026-11", "1.00")),
    ],
)
def test_only_a_first_version_is_rolled_out_without_a_warning(version: str, warned: bool, tmp_path: Path) -> None:
    found = problems(tmp_path, policy(f'version: "{version}"\naudit_until: 2027-02-01'))
    assert [each.code for each in found] == (["PK524"] if warned else [])


def test_what_blocks_nobody_anyhow_is_not_said_to_be_out_of_force(tmp_path: Path) -> None:
    advisory = "{id: A, title: A, check: data.row_count, at_least: 1, enforcement: advisory}"
    found = problems(tmp_path, policy(f"audit_until: 2027-02-01\nrules: [{advisory}]"))
    assert [each.code for each in found] == ["PK504"]


def test_two_policies_of_one_id_and_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(policy())
    (tmp_path / "b.yaml").write_text(policy("title: A copy"))
    (found,) = examine([tmp_path]).problems
    assert (found.code, found.path, found.line, found.column) == ("PK111", f"{tmp_path}/b.yaml", 3, 5)
    assert found.message == f"`acme.credit@3.2.0` is already defined in {tmp_path}/a.yaml:2"
    assert found.hint == "pass one of the two files only, or give one policy another id"


def test_two_versions_of_one_policy_are_refused_because_a_waiver_would_mean_either(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(policy())
    (tmp_path / "b.yaml").write_text(policy("version: 4.0.0"))
    (found,) = examine([tmp_path]).problems
    assert (found.code, found.path, found.line, found.column) == ("PK111", f"{tmp_path}/b.yaml", 3, 5)
    assert found.message == f"`acme.credit` is already defined in {tmp_path}/a.yaml:2, as version 3.2.0"


def test_two_versions_of_one_policy_are_refused_in_a_report_too() -> None:
    texts: list[tuple[str, str, dict[str, str]]] = [("a.yaml", policy(), {}), ("b.yaml", policy("version: 4.0.0"), {})]
    with pytest.raises(PolicyError) as caught:
        read_policies(texts)
    assert [each.code for each in caught.value.problems] == ["PK111"]


def test_a_policy_is_not_a_gate_file(tmp_path: Path) -> None:
    (tmp_path / "policykit.yaml").write_text(policy())
    with pytest.raises(DocumentError) as caught:
        load_gate_file(tmp_path / "policykit.yaml")
    assert [(each.code, each.line, each.message) for each in caught.value.problems] == [
        ("PK401", 1, "this is a policy document, not a gate file")
    ]


@pytest.mark.parametrize(
    ("text", "code", "line", "message"),
    [
        (CODES["PK402"].wrong, "PK402", 1, "the first column is not called `name`"),
        (CODES["PK403"].wrong, "PK403", 2, "the line has 2 fields, the first line 3"),
        ("name,risk\n,high\n", "PK403", 2, "the line names no model"),
        ("name,risk\na,high\na,low\n", "PK403", 3, "`a` is listed twice"),
        ("name,risk,risk\na,b,c\n", "PK402", 1, "the column `risk` is there twice"),
        ("name,a b\nx,y\n", "PK402", 1, "`a b` is not a label"),
        ('name,risk\n"a,high\n', "PK402", 2, "this is not CSV: unexpected end of data"),
        ("", "PK402", 1, "the first column is not called `name`"),
    ],
)
def test_a_wrong_inventory_is_refused(text: str, code: str, line: int, message: str, tmp_path: Path) -> None:
    (tmp_path / "inventory.csv").write_text(text)
    with pytest.raises(DocumentError) as caught:
        load_inventory(tmp_path / "inventory.csv")
    found = caught.value.problems[0]
    assert (found.code, found.line, found.message) == (code, line, message)


def test_an_inventory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        load_inventory(tmp_path / "inventory.csv")
    assert [each.code for each in caught.value.problems] == ["PK402"]


def test_a_rule_that_is_wrong_in_many_ways_is_told_all_of_them_at_once(tmp_path: Path) -> None:
    keys = "check: latency.p95\nat_least: 200\nseverty: high\nblock_from: soon\ncontrols: [{id: nist/1}]"
    found = problems(tmp_path, rule(keys))
    assert [problem.code for problem in found] == ["PK204", "PK101", "PK024", "PK121"]
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)


def test_a_policy_is_not_the_manifest_of_a_bundle(tmp_path: Path) -> None:
    (tmp_path / "bundle.yaml").write_text(CODES["PK301"].wrong)
    with pytest.raises(BundleError) as caught:
        load_bundle(tmp_path)
    assert [(each.code, each.message) for each in caught.value.problems] == [
        ("PK301", "this document is not the manifest of a bundle")
    ]


def test_a_folder_without_a_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        load_bundle(tmp_path)
    assert [each.code for each in caught.value.problems] == ["PK318"]


def test_a_file_of_more_than_a_gibibyte_is_not_read_in_a_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policykit.load.resolve.LARGEST_IN_ZIP", 3)
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
        archive.writestr(
            "bundle.yaml", "policykit: bundle/1\nname: a\nversion: 1\ndatasets: {evaluation: {path: e.csv}}\n"
        )
        archive.writestr("e.csv", "y,yhat\n1,1\n")
    with pytest.raises(BundleError) as caught:
        load_bundle(tmp_path / "bundle.zip")
    found = caught.value.problems[0]
    assert (found.code, found.line, found.message) == ("PK320", 4, "`e.csv` is too large to be read in a zip")


def test_a_ragged_csv_file_is_refused_at_its_line() -> None:
    with pytest.raises(BundleError) as caught:
        read_csv(b"id,age\n1,40,7\n", "data/e.csv", {}, ())
    found = caught.value.problems[0]
    assert (found.code, found.path, found.line) == ("PK350", "data/e.csv", 2)

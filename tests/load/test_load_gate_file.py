"""The gate file and the inventory: what they become, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.errors import DocumentError
from policykit.load.gate_file import load_gate_file, load_inventory
from policykit.load.policies import load_policies
from policykit.terms.gate_file import GateFile, PolicySource
from tests.load.policy_texts import policy


def gate(folder: Path, text: str) -> GateFile:
    (folder / "policykit.yaml").write_text("policykit: gate/1\n" + text)
    return load_gate_file(folder / "policykit.yaml")


def refused(folder: Path, text: str) -> list[tuple[str, int, int, str]]:
    with pytest.raises(DocumentError) as caught:
        gate(folder, text)
    return [(each.code, each.line, each.column, each.message) for each in caught.value.problems]


def test_everything_in_it_is_read_and_paths_count_from_its_folder(tmp_path: Path) -> None:
    found = gate(
        tmp_path,
        "policies: [{path: policies/, set: {largest_gap: 8 pp}}, pack:baseline]\n"
        "vocabulary: {use_case: [credit-scoring, loan-pricing], stage: production, controls: [acme/7]}\n"
        "inventory: inventory.csv\n"
        "champion: {key: keys/gate.pub.pem}\n"
        "report: {sign: env:POLICYKIT_KEY, output: [json=report.json, html=report.html]}\n",
    )
    place = str(tmp_path / "policykit.yaml")
    assert found == GateFile(
        path=place,
        policies=(
            PolicySource(str(tmp_path / "policies"), {"largest_gap": "8 pp"}, place, line=2, column=12),
            PolicySource("pack:baseline", {}, place, line=2, column=57),
        ),
        vocabulary={
            "use_case": ("credit-scoring", "loan-pricing"),
            "stage": ("production",),
            "controls": ("acme/7",),
        },
        inventory=str(tmp_path / "inventory.csv"),
        sign="env:POLICYKIT_KEY",
        output=("json=report.json", "html=report.html"),
        champion_key=str(tmp_path / "keys/gate.pub.pem"),
    )


def test_trust_waivers_ledger_and_plugins_are_read_and_paths_count_from_its_folder(tmp_path: Path) -> None:
    found = gate(
        tmp_path,
        f"trust: {{path: trust.yaml, roots: [keys/root-a.pub.pem, 'sha256:{'AB' * 32}']}}\n"
        "waivers: {path: waivers/, read_from: base branch, longest: 120 days}\n"
        "ledger: ledger\n"
        "plugins: [acme-policykit, other.one]\n",
    )
    assert found == GateFile(
        path=str(tmp_path / "policykit.yaml"),
        trust=str(tmp_path / "trust.yaml"),
        trust_roots=(str(tmp_path / "keys/root-a.pub.pem"), f"sha256:{'ab' * 32}"),
        waivers=str(tmp_path / "waivers"),
        waivers_from="base branch",
        waivers_longest=120,
        ledger=str(tmp_path / "ledger"),
        plugins=("acme-policykit", "other.one"),
    )


def test_trust_and_waivers_may_be_written_as_paths_alone(tmp_path: Path) -> None:
    found = gate(tmp_path, "trust: trust.yaml\nwaivers: waivers/\nplugins: []\n")
    assert (found.trust, found.trust_roots) == (str(tmp_path / "trust.yaml"), ())
    assert (found.waivers, found.waivers_from, found.waivers_longest) == (str(tmp_path / "waivers"), "", None)
    assert found.plugins == ()


def test_an_empty_gate_file_says_nothing(tmp_path: Path) -> None:
    assert gate(tmp_path, "") == GateFile(path=str(tmp_path / "policykit.yaml"))


def test_its_entries_can_be_loaded_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        policy(
            "parameters:\n  slow: {title: T, value: 1 s, may_be_set_between: [1 ms, 2 s]}\n"
            "rules:\n  - {id: A, title: T, why: W, check: latency.p95, at_most: $slow}"
        )
    )
    found = gate(tmp_path, "policies: [{path: p.yaml, set: {slow: 200 ms}}]")
    (loaded,) = load_policies(found.policies)
    assert loaded.settings == {"slow": "200 ms"}
    assert str(loaded.rules[0].clauses[0].constraint.at_most) == "200 ms"


def test_a_setting_that_is_wrong_names_the_gate_file(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(policy())
    found = gate(tmp_path, "policies: [{path: p.yaml, set: {slow: 200 ms}}]")
    with pytest.raises(DocumentError) as caught:
        load_policies(found.policies)
    assert [(each.code, each.path) for each in caught.value.problems] == [("PK117", str(tmp_path / "policykit.yaml"))]


@pytest.mark.parametrize(
    ("text", "code", "column", "message"),
    [
        ("waivers: {read_from: base branch}", "PK102", 10, "`waivers` needs `path`"),
        ("waivers: {path: w, longest: 120}", "PK611", 29, "`120` lacks its unit"),
        ("waivers: [w]", "PK020", 10, "a map of keys and values belongs here, not a list"),
        ("trust: {path: t, root: r}", "PK101", 18, "`root` is not a key of `trust`"),
        ("trust: {path: t, roots: []}", "PK021", 25, "the list is empty"),
        ('trust: {path: t, roots: "sha256:12"}', "PK608", 25, "`sha256:12` is not a SHA-256"),
        ("ledger: {path: l}", "PK020", 9, "text belongs here, not a map of keys and values"),
        ("plugins: [acme==1]", "PK103", 11, "`acme==1` is not the name of a package"),
        ("plugins: [a, a]", "PK025", 14, "`a` is listed twice"),
        ("report: {privacy: {epsilon: 1}}", "PK105", 10, "`privacy` is not supported yet"),
        ("vocabluary: {stage: [a]}", "PK101", 1, "`vocabluary` is not a key of a gate file"),
        ("policies: []", "PK021", 11, "the list is empty"),
        ("policies: policies/", "PK020", 11, "a list belongs here, not one value"),
        ("inventory: [a]", "PK020", 12, "text belongs here, not a list"),
        ("vocabulary: {a b: [c]}", "PK103", 14, "`a b` is not a label"),
        ("policies: [{set: {a: b}}]", "PK102", 12, "an entry of `policies` needs `path`"),
    ],
)
def test_what_is_wrong_in_it_is_told_at_its_place(
    text: str, code: str, column: int, message: str, tmp_path: Path
) -> None:
    assert refused(tmp_path, text) == [(code, 2, column, message)]


def test_policies_in_a_repository_are_read_with_what_pins_them(tmp_path: Path) -> None:
    found = gate(
        tmp_path,
        'policies: [{git: "https://git.acme.example/policies", at: v3, '
        f'digest: "sha256:{"AB" * 32}", path: ./policies/credit/, set: {{gap: 8 pp}}}}, {{git: git@acme.example:p, at: main}}]\n',
    )
    place = str(tmp_path / "policykit.yaml")
    assert found.policies == (
        PolicySource(
            "policies/credit", {"gap": "8 pp"}, place, "https://git.acme.example/policies", "v3", "ab" * 32, 2, 12
        ),
        PolicySource("", {}, place, "git@acme.example:p", "main", "", 2, 191),
    )


@pytest.mark.parametrize(
    ("entry", "code", "message"),
    [
        ("{git: https://x.example/p}", "PK102", "an entry of `policies` needs `at`"),
        ("{at: v3}", "PK102", "an entry of `policies` needs `git`"),
        ("{path: p, at: v3}", "PK102", "an entry of `policies` needs `git`"),
        ("{git: https://x.example/p, at: v3, digest: 'sha256:0'}", "PK608", "`sha256:0` is not a SHA-256"),
        ("{git: https://x.example/p, at: -v3}", "PK405", "`-v3` is no tag, branch or commit"),
        ("{git: https://x.example/p, at: v1..v3}", "PK405", "`v1..v3` is no tag, branch or commit"),
        ("{git: https://x.example/p, at: 'v3:x'}", "PK405", "`v3:x` is no tag, branch or commit"),
        ("{git: https://x.example/p, at: 'HEAD@{1}'}", "PK405", "`HEAD@{1}` is no tag, branch or commit"),
        (
            "{git: 'ext::sh -c ls', at: v3}",
            "PK404",
            "`ext::sh -c ls` holds a character that no address has, or too many",
        ),
        ("{git: 'ext::ls', at: v3}", "PK404", "`ext::ls` is no address that policies are fetched from"),
        (
            "{git: 'http://x.example/p', at: v3}",
            "PK404",
            "`http://x.example/p` is no address that policies are fetched from",
        ),
        ("{git: ../p, at: v3}", "PK404", "`../p` is no address that policies are fetched from"),
        ("{git: --upload-pack=ls, at: v3}", "PK404", "`--upload-pack=ls` is no address that policies are fetched from"),
        ("{git: 'file://host/p', at: v3}", "PK404", "`file://host/p` names a host, which files do not have"),
        ("{git: 'ssh://-oProxyCommand=ls/p', at: v3}", "PK404", "`ssh://-oProxyCommand=ls/p` names no host"),
        ("{git: '-x@y:p', at: v3}", "PK404", "`y:p` is no address that policies are fetched from"),
        ("{git: 'a@-y:p', at: v3}", "PK404", "`-y:p` is no address that policies are fetched from"),
        ("{git: 'a@y:-p', at: v3}", "PK404", "`y:-p` is no address that policies are fetched from"),
        ("{git: https://x.example/p, at: v3, path: ../q}", "PK607", "the path `../q` climbs out of its folder"),
        ("{git: https://x.example/p, at: v3, path: /q}", "PK607", "the path `/q` climbs out of its folder"),
    ],
)
def test_an_address_or_a_name_that_git_must_not_be_given_is_refused(
    entry: str, code: str, message: str, tmp_path: Path
) -> None:
    assert [(found, said) for found, _, _, said in refused(tmp_path, f"policies: [{entry}]")] == [(code, message)]


def test_a_password_in_an_address_is_refused_and_never_printed(tmp_path: Path) -> None:
    (tmp_path / "policykit.yaml").write_text(
        "policykit: gate/1\npolicies: [{git: 'https://me:hunter2@x.example/p', at: v3}]\n"
    )
    with pytest.raises(DocumentError) as caught:
        load_gate_file(tmp_path / "policykit.yaml")
    (problem,) = caught.value.problems
    assert problem.message == "`https://x.example/p` holds a password, which everybody can read"
    assert "hunter2" not in repr(problem)


def test_who_is_told_is_an_address_or_the_name_of_a_variable(tmp_path: Path) -> None:
    plain = (
        "mailto://risk@acme.example",
        "env:POLICYKIT_NOTIFY",
        "mailtos://smtp.acme.example:465?from=a@b.c&to=d@e.f",
    )
    found = gate(tmp_path, f"report: {{notify: {list(plain)}}}\n")
    assert found.notify == plain
    assert found.warnings == ()
    assert [each[0] for each in refused(tmp_path, "report: {notify: risk@acme.example}\n")] == ["PK406"]


@pytest.mark.parametrize(
    "address",
    [
        "mailtos://risk:hunter2@acme.example",
        "json://acme.example/hook?token=hunter2",
        "slack://hunter2/B/C/channel",
        "pagerduty://hunter2@key",
        "tgram://123:hunter2/chat",
        "ntfys://hunter2",
        "jsons://hooks.acme.example/T0/hunter2",
        "mailto://risk:hunter2@acme.example?to=a@acme.example",
        "mailto://acme.example?user=risk&pass=hunter2",
        "mailto://acme.example?user=risk&PASSWOR%44=hunter2",
    ],
)
def test_a_secret_in_an_address_is_a_warning_that_does_not_repeat_it(address: str, tmp_path: Path) -> None:
    found = gate(tmp_path, f"report: {{notify: ['{address}']}}\n")
    (warning,) = found.warnings
    assert (warning.code, warning.level, warning.line, warning.column) == ("PK523", "warning", 2, 19)
    assert "hunter2" not in repr(warning)
    assert "env:POLICYKIT_NOTIFY" in warning.hint


def test_a_gate_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        load_gate_file(tmp_path / "policykit.yaml")
    assert [each.code for each in caught.value.problems] == ["PK016"]


def test_an_inventory_is_labels_by_name(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text(
        '\ufeffname,use_case,risk\nloan,credit-scoring,high\n\nad,"a; b",\n', encoding="utf-8"
    )
    assert load_inventory(tmp_path / "i.csv") == {
        "loan": {"use_case": ("credit-scoring",), "risk": ("high",)},
        "ad": {"use_case": ("a", "b")},
    }

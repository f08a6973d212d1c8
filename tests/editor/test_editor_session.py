"""A real session: an editor opens, types, asks and leaves, over the pipes of a real process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.editor.language_client import Session
from tests.load.policy_texts import policy

POLICY = policy(
    "parameters:\n  gap: {title: Largest gap 😀, value: 10 pp}\nrules:\n  - id: FAIR-01\n    title: Fair\n"
    "    check: fairness.demographic_parity_difference\n    for_each: [sex]\n    at_most: $gap\n    why: so"
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "policykit.yaml").write_text(
        "policykit: gate/1\npolicies: [p.yaml]\nvocabulary: {use_case: [credit-scoring, marketing], stage: [production]}\n"
    )
    found = Session(tmp_path)
    yield found
    found.process.kill()
    found.process.wait()


def line_of(text: str, begin: str) -> int:
    return next(number for number, line in enumerate(text.split("\n")) if line.startswith(begin))


def test_a_session_from_hello_to_good_bye(session: Session, tmp_path: Path) -> None:
    uri = (tmp_path / "p.yaml").as_uri()
    offered = session.start()
    assert {
        "completionProvider",
        "hoverProvider",
        "documentSymbolProvider",
        "definitionProvider",
        "codeActionProvider",
    } <= {name for name, value in offered.items() if value}

    session.open(uri, POLICY)
    assert session.problems(1) == []

    wrong = POLICY.replace("demographic_parity_difference", "demographic_parity_diference")
    session.change(uri, 2, wrong)
    (problem,) = session.problems(2)
    line = line_of(wrong, "    check:")
    assert problem == {
        "range": {"start": {"line": line, "character": 11}, "end": {"line": line, "character": 48}},
        "message": "no check is called `fairness.demographic_parity_diference`\n"
        "did you mean `fairness.demographic_parity_difference`?",
        "severity": 1,
        "code": "PK104",
        "source": "policykit",
    } | {"range": problem["range"]}
    assert problem["range"]["start"] == {"line": line, "character": 11}

    (action,) = session.ask(
        "textDocument/codeAction",
        {"textDocument": {"uri": uri}, "range": problem["range"], "context": {"diagnostics": [problem]}},
    )
    (edit,) = action["edit"]["changes"][uri]
    assert action["title"] == "change to `fairness.demographic_parity_difference`"
    assert edit["newText"] == "fairness.demographic_parity_difference"
    assert edit["range"] == problem["range"]

    typed = POLICY.replace("    why: so", "    enforcement: ")
    session.change(uri, 3, typed)
    found = session.at("completion", uri, line_of(typed, "    enforcement:"), len("    enforcement: "))
    assert [item["label"] for item in found["items"]] == ["advisory", "waivable", "absolute"]

    session.change(uri, 4, POLICY)
    said = session.at("hover", uri, line_of(POLICY, "    check:"), 15)
    assert said["contents"]["kind"] == "markdown"
    assert said["contents"]["value"].startswith("# `fairness.demographic_parity_difference`")
    spoken = session.at("hover", uri, line_of(POLICY, "  - id:"), 9)
    assert spoken["contents"]["kind"] == "plaintext"
    assert "must be at most 10 pp" in spoken["contents"]["value"]

    place = session.at("definition", uri, line_of(POLICY, "    at_most:"), 15)
    assert place["range"]["start"] == {"line": line_of(POLICY, "  gap:"), "character": 2}
    outline = session.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    (rules,) = [each for each in outline if each["name"] == "rules"]
    assert [(each["name"], each["detail"]) for each in rules["children"]] == [("FAIR-01", "Fair")]

    assert session.end() == 0


def test_the_vocabulary_of_the_gate_file_above_is_known(session: Session, tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    uri = (tmp_path / "policies/p.yaml").as_uri()
    text = policy("applies_to: {use_case: [credit-scorin]}")
    session.start()
    session.open(uri, text)
    (problem,) = session.problems(1)
    assert problem["code"] == "PK113"
    line = line_of(text, "applies_to")
    found = session.at("completion", uri, line, len("applies_to: {use_case: [credit-scorin"))
    item = found["items"][0]
    assert (item["label"], item["textEdit"]["newText"]) == ("credit-scoring", "credit-scoring")
    assert item["textEdit"]["range"]["start"]["character"] == len("applies_to: {use_case: [")


def test_characters_outside_the_first_plane_count_twice(session: Session, tmp_path: Path) -> None:
    uri = (tmp_path / "p.yaml").as_uri()
    text = policy("parameters: {gap: {title: 😀😀, valu: 10 pp}}")
    session.start()
    session.open(uri, text)
    problem = next(each for each in session.problems(1) if each["code"] == "PK101")
    assert problem["range"]["start"]["character"] == len("parameters: {gap: {title: ") + 4 + len(", ")


def test_other_yaml_is_left_alone(session: Session, tmp_path: Path) -> None:
    uri = (tmp_path / "compose.yaml").as_uri()
    session.start()
    session.open(uri, "services:\n  web: {image: &a x}\n  b: *a\n")
    assert session.problems(1) == []
    assert session.at("completion", uri, 2, 2)["items"] == []


def test_an_editor_is_asked_for_whole_texts(session: Session, tmp_path: Path) -> None:
    """A text may hold signs that end a line for Python and for no editor: by parts, both would soon speak of other lines."""
    assert session.start()["textDocumentSync"]["change"] == 1
    uri = (tmp_path / "p.yaml").as_uri()
    session.open(uri, POLICY.replace("Fair\n", "Fair\u2028\n"))
    assert [each["code"] for each in session.problems(1)] == ["PK015"]
    session.change(uri, 2, POLICY)
    assert session.problems(2) == []


def test_a_job_of_another_program_that_is_called_policykit_is_left_alone(session: Session, tmp_path: Path) -> None:
    uri = (tmp_path / ".gitlab-ci.yml").as_uri()
    session.start()
    session.open(uri, "stages: [gate]\npolicykit:\n  script: [policykit gate bundle]\njobs:\n  policykit: {uses: x}\n")
    assert session.problems(1) == []


def test_a_fix_is_offered_for_the_text_as_it_stands_not_as_it_was_published(session: Session, tmp_path: Path) -> None:
    uri = (tmp_path / "p.yaml").as_uri()
    session.start()
    session.open(uri, POLICY)
    assert session.problems(1) == []
    wrong = POLICY.replace("    why: so", "    wy: so")
    session.change(uri, 2, wrong)
    at = {"line": line_of(wrong, "    wy:"), "character": 4}
    where = {"textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": {"diagnostics": []}}
    assert [each["title"] for each in session.ask("textDocument/codeAction", where)] == ["change to `why`"]


def test_hostile_text_is_told_and_nothing_else_happens(session: Session, tmp_path: Path) -> None:
    uri = (tmp_path / "p.yaml").as_uri()
    session.start()
    hostile = 'policykit: policy/1\ntitle: "<script>alert(1)</script> \u202e [x](command:evil) $(id)"\n' + "{" * 4000
    session.open(uri, hostile)
    told = session.problems(1)
    assert told
    assert all("\u202e" not in each["message"] for each in told)
    for place in ((0, 0), (1, 20), (2, 3999), (99, 99)):
        session.at("completion", uri, *place)
        session.at("hover", uri, *place)
    assert session.end() == 0


def test_an_untitled_document_is_helped_too(session: Session) -> None:
    session.start()
    session.open("untitled:Untitled-1", "policykit: polcy/1\n")
    assert [each["code"] for each in session.problems(1)] == ["PK018"]


def test_five_thousand_lines_are_answered(session: Session, tmp_path: Path) -> None:
    uri = (tmp_path / "p.yaml").as_uri()
    keys = (
        "id: R-{0}",
        "title: Rule {0}",
        "check: data.row_count",
        "at_least: {0}",
        "why: so",
        "severity: low",
        "fix: x",
    )
    one = "  - " + "\n    ".join(keys) + "\n"
    text = policy("rules:\n" + "".join(one.format(number) for number in range(1, 716)).rstrip())
    assert len(text.splitlines()) >= 5000
    session.start()
    session.open(uri, text)
    assert session.problems(1) == []
    assert session.at("completion", uri, 4990, 4)["items"]


def test_editors_may_say_stdio(tmp_path: Path) -> None:
    found = Session(tmp_path, "--stdio")
    try:
        assert found.start()["hoverProvider"]
        assert found.end() == 0
    finally:
        found.process.kill()


def test_without_its_extra_the_server_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("pygls", "lsprotocol")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "policykit.author.editor.server", raising=False)
    monkeypatch.setitem(sys.modules, "lsprotocol", None)
    assert run(["lsp"]) == 2
    assert capsys.readouterr().err == (
        "policykit: the language server needs the extra `lsp`\n  install policykit with it: docs/install.md\n"
    )

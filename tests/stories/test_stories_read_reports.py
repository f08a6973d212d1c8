"""Reading many reports: each by itself, a signature that does not hold is never an unsigned report, hostile folders end at once."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policykit.errors import PolicykitError
from policykit.stories.read_reports import Found, read_reports
from tests.trust_world import World, add, make_world


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = make_world(tmp_path_factory.mktemp("read") / "world")
    folder = world.folder / "reports"
    folder.mkdir()
    world.report.rename(folder / "one.json")
    return world


@pytest.fixture
def folder(made: World, tmp_path: Path) -> Path:
    """A folder with the signed report of the world, to add to."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "one.json").write_bytes(_signed(made))
    return tmp_path / "reports"


def _signed(world: World) -> bytes:
    return (world.folder / "reports" / "one.json").read_bytes()


def _statement(world: World) -> bytes:
    return world.payload(world.folder / "reports" / "one.json")


def read(world: World, *paths: Path, **given: Any) -> list[Found]:
    return [*read_reports(paths, now=given.pop("now", world.now), **given)]


def by_key(world: World) -> dict[str, Any]:
    return {"key": world.public("gate")}


def by_trust(world: World) -> dict[str, Any]:
    return {"authority": world.authority()}


def no_word(world: World) -> dict[str, Any]:
    return {}


@pytest.mark.parametrize(
    ("word", "signer"),
    [(by_key, "key "), (by_trust, "gate as evaluator"), (no_word, "")],
)
def test_a_signer_is_named_only_where_the_signature_was_verified(
    made: World, folder: Path, word: Callable[[World], dict[str, Any]], signer: str
) -> None:
    (found,) = read(made, folder, **word(made))
    assert found.problem == ""
    assert found.told is not None
    assert found.told.signer.startswith(signer)
    assert bool(found.told.signer) is bool(signer)
    assert (found.told.name, found.told.decision, found.told.stage) == ("loans", "ALLOWED", "production")
    assert len(found.told.payload) == len(found.told.subject) == 64
    assert found.told.path == str(folder / "one.json")


@pytest.mark.parametrize("word", [by_key, by_trust])
def test_a_signature_that_does_not_hold_is_a_problem_and_never_an_unsigned_report(
    made: World, tmp_path: Path, word: Callable[[World], dict[str, Any]]
) -> None:
    bent = json.loads(_signed(made))
    payload = bent["dsseEnvelope"]["payload"]
    bent["dsseEnvelope"]["payload"] = payload[:-8] + ("A" if payload[-8] != "A" else "B") + payload[-7:]
    (tmp_path / "bent.json").write_text(json.dumps(bent))
    (found,) = read(made, tmp_path, **word(made))
    assert found.told is None
    assert found.problem


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda said: said.update(decision="HELD"), "ALLOWED follows from its rules"),
        (lambda said: said.update(verdictDigest="0" * 64), "is not the digest of what it says"),
        (lambda said: said.update(timeEvaluated="2999-01-01T00:00:00Z"), "the report says it was made at"),
        (lambda said: said["gate"].update(stage="moon"), "says nothing about the stage"),
    ],
)
def test_a_signed_report_that_does_not_hold_together_is_a_problem(
    made: World, tmp_path: Path, change: Callable[[dict[str, Any]], None], problem: str
) -> None:
    from policykit.attest.envelope import seal
    from policykit.attest.statement import statement

    said = json.loads(_statement(made))
    change(said["predicate"])
    subjects = [(entry["name"], entry["digest"]["sha256"]) for entry in said["subject"]]
    (tmp_path / "r.json").write_bytes(seal(statement(subjects, said["predicate"]), made.signer("gate")))
    (found,) = read(made, tmp_path, **by_trust(made))
    assert found.told is None
    assert problem in found.problem


def test_somebody_who_may_not_sign_reports_signs_none(made: World, tmp_path: Path) -> None:
    from policykit.attest.envelope import seal

    for name in ("stranger", "keller"):
        (tmp_path / f"{name}.json").write_bytes(seal(_statement(made), made.signer(name)))
    assert [found.told for found in read(made, tmp_path, **by_trust(made))] == [None, None]
    assert [found.told for found in read(made, tmp_path, **by_key(made))] == [None, None]


def test_the_same_report_in_three_forms_counts_once_and_the_verified_one_of_them(made: World, folder: Path) -> None:
    (folder / "a_plain.json").write_text(json.dumps(json.loads(_statement(made))["predicate"], indent=1))
    (folder / "b_statement.json").write_bytes(_statement(made))
    (folder / "two.json").write_bytes(_signed(made))
    assert [found.path.name for found in read(made, folder)] == ["a_plain.json"]
    (verified,) = read(made, folder, **by_key(made))
    assert verified.path.name == "one.json"
    assert verified.told is not None
    assert verified.told.signer


def test_a_plain_report_as_the_gate_writes_it_is_read_and_signed_by_nobody(made: World, tmp_path: Path) -> None:
    from policykit.cli.start import run

    (tmp_path / "out").mkdir()
    out = tmp_path / "out" / "plain.json"
    words = ["gate", str(made.bundle), "-p", str(made.policy), "-s", "production", "-o", f"json={out}"]
    assert run([*words, "-o", f"statement={tmp_path / 'out' / 'st.json'}"]) == 0
    (found,) = read(made, tmp_path / "out", now=made.now + timedelta(days=1), **by_key(made))
    assert found.told is not None
    assert found.told.signer == ""
    assert found.path == out


def test_a_decision_that_rests_on_a_waiver_needs_a_trust_file(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", women=(300, 1000))
    world.waiver()
    report = world.gate("waived.json", waived=True)
    (by_one_key,) = read(world, report, **by_key(world))
    assert "a key alone does not say who may excuse" in by_one_key.problem
    (trusted,) = read(world, report, **by_trust(world))
    assert trusted.told is not None
    assert trusted.told.decision == "ALLOWED"


def test_a_report_that_was_taken_back_is_shown_no_more(tmp_path: Path) -> None:
    from policykit.attest.envelope import seal
    from policykit.attest.statement import REVOCATION, statement
    from policykit.canon import digest

    world = make_world(tmp_path / "world")
    payload = digest(world.payload())
    said = {
        "revokes": f"sha256:{payload}",
        "kind": "report",
        "reason": "the data was wrong",
        "time": "2027-01-01T00:00:00Z",
    }
    for by in ("gate", "keller"):
        add(world.claims, seal(statement([("report", payload)], said, predicate_type=REVOCATION), world.signer(by)))
    (found,) = read(world, world.report, **by_trust(world))
    assert "was taken back" in found.problem


def test_what_is_no_report_says_so_and_what_never_was_one_is_told_apart(made: World, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"unit": "ms", "samples": [1]}')
    (tmp_path / "b.json").write_text("[1, 2]")
    (tmp_path / "c.json").write_bytes(made.approval(made.folder / "reports" / "one.json", by="keller"))
    (tmp_path / "d.json").write_text('{"decision": null, "error": "the policy is wrong", "hint": "", "problems": []}')
    (tmp_path / "e.json").write_text(
        '{"bundle": {}, "gate": {}, "decision": "ALLOWED", "rules": [], "timeEvaluated": "2026-01-01T00:00:00Z"}'
    )
    (tmp_path / "j.json").write_text(
        '{"bundle": {}, "gate": {}, "decision": "ALLOWED", "rules": [], "timeEvaluated": "2999-01-01T00:00:00Z"}'
    )
    (tmp_path / "f.json").write_text("{")
    (tmp_path / "g.json").write_text(
        '{"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://policykit.dev/gate-report/v9"}'
    )
    (tmp_path / "h.txt").write_text("not looked at")
    (tmp_path / "i.json").write_text('{"a": 1, "a": 2}')
    found = {each.path.name: (each.other, each.problem) for each in read(made, tmp_path)}
    assert found.pop("j.json")[1].startswith("the report says it was made at 2999-01-01T00:00:00Z, and now is ")
    assert found == {
        "a.json": (True, "it is JSON, and no report"),
        "b.json": (True, "it is JSON, and no report"),
        "c.json": (True, "it is a signed statement of another kind, and no report"),
        "d.json": (False, "nothing was judged: the policy is wrong"),
        "e.json": (False, "this is not written as a report is"),
        "f.json": (False, "the file is not JSON at line 1, column 2"),
        "g.json": (False, "the statement is of a newer form, `https://policykit.dev/gate-report/v9`"),
        "i.json": (False, "the file says `a` twice in one object"),
    }


def test_a_hostile_folder_is_read_to_its_end_in_a_moment(made: World, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"password": "hunter2"}')
    (folder / "a_link.json").symlink_to(tmp_path / "secret.json")
    (folder / "b_loop").symlink_to(folder)
    (folder / "c_gone.json").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "d_pipe.json")
    with (folder / "e_huge.json").open("wb") as huge:
        huge.truncate(10 * 1024**3)
    (folder / "f_deep.json").write_text("[" * 200_000 + "]" * 200_000)
    (folder / "g_bytes.json").write_bytes(b"\xff\xfe\x00")
    (folder / "h_folder.json").mkdir()
    (folder / "h_folder.json" / "in.json").write_text("{}")
    start = time.process_time()
    found = {str(each.path.relative_to(folder)): each for each in read(made, folder, **by_key(made))}
    assert time.process_time() - start < 2
    assert found.pop("one.json").told is not None
    link = "it is a link, and links in folders are not followed: name it to have it read"
    assert {name: each.problem for name, each in found.items()} == {
        "a_link.json": link,
        "b_loop": link,
        "c_gone.json": link,
        "d_pipe.json": "cannot read the report: it is not a file",
        "e_huge.json": "the file is larger than 64 MiB, which no signed report is",
        "f_deep.json": "the file is nested more than 64 deep",
        "g_bytes.json": "the file is not JSON: byte 0 is not UTF-8",
        "h_folder.json/in.json": "it is JSON, and no report",
    }


def test_a_path_that_is_not_there_says_so_and_a_link_that_was_named_is_followed(made: World, folder: Path) -> None:
    (folder.parent / "named.json").symlink_to(folder / "one.json")
    missing, named = read(made, folder.parent / "nowhere", folder.parent / "named.json")
    assert missing.problem == "there is no such file or folder"
    assert named.told is not None


def test_a_key_that_is_none_is_said_before_anything_is_read(made: World, folder: Path) -> None:
    with pytest.raises(PolicykitError):
        read(made, folder, key=folder / "one.json")


def test_a_thousand_small_reports_are_read_and_verified_in_seconds(made: World, tmp_path: Path) -> None:
    from policykit.attest.envelope import seal
    from policykit.attest.statement import statement
    from policykit.report.digests import inputs_digest_of

    said = json.loads(_statement(made))
    subjects = [(entry["name"], entry["digest"]["sha256"]) for entry in said["subject"]]
    for number in range(1000):
        said["predicate"]["timeEvaluated"] = f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z"
        said["predicate"]["inputsDigest"] = inputs_digest_of(said["predicate"])
        (tmp_path / f"{number:04}.json").write_bytes(seal(statement(subjects, said["predicate"]), made.signer("gate")))
    start = time.process_time()
    found = read(made, tmp_path, **by_key(made))
    took = time.process_time() - start
    assert all(each.told is not None and each.told.signer for each in found), found[0]
    assert len(found) == 1000
    assert took < 8
